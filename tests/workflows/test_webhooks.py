"""Webhooks: believed for their signature, kept only where they are about a linked repository, harmless in any order."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from stages.permissions import SYSTEM
from tests.country import KETTEI, TANTO, VENDOR, Country
from tests.hooks import (
    FORGE_ID,
    FULL_NAME,
    a_payload,
    a_repository,
    facts,
    hears,
    names,
    renamed,
    works,
)
from tests.races import at_once
from tests.shelves import SQLiteShelf
from workflows.dossier_products import repository_facts
from workflows.github import deliveries
from workflows.github.keeping import keep
from workflows.github.outcomes import Seen
from workflows.github.webhooks import HEARD, NotHeard, check_signature, receive
from workflows.runtime import ledger, verification
from workflows.runtime.actors import Speaker
from workflows.runtime.pruning import DELIVERIES_KEPT, prune
from workflows.runtime.transaction import reading, writing
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.machinery import Message
from workflows.tables.products import Product
from workflows.tables.repositories import ForgeState, HookDelivery, Repository, Snapshot

MINUTE = timedelta(minutes=1)
GITHUBS_EXAMPLE = ("It's a Secret to Everybody", b"Hello, World!")
GITHUBS_SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def linked(country: Country, *, forge_id: int | None = FORGE_ID) -> str:
    """An idea with the repository linked, known by GitHub's number as after a first look."""
    idea = country.an_idea_with_a_team()
    country.say(VENDOR, "repo.link", idea=idea, full_name=FULL_NAME)
    if forge_id is not None:
        with writing(country.engine) as session:
            (repository_id,) = session.exec(select(Repository.id)).all()
            session.add(ForgeState(repository_id=repository_id, forge_id=forge_id))
    return idea


def snapshots(country: Country) -> list[Snapshot]:
    with Session(country.engine) as session:
        return list(session.exec(select(Snapshot).order_by(Snapshot.id)))


def flag_of(country: Country) -> tuple[str, set[str]]:
    with Session(country.engine) as session:
        product = session.exec(select(Product)).one()
        return product.flag, set(product.suspended_because or {})


def asked_for(country: Country) -> bool:
    with Session(country.engine) as session:
        return session.exec(select(Repository.sync_asked_at)).one() == country.now


# -- the signature ---------------------------------------------------------------------------------------------------


def test_githubs_own_example_of_a_signature() -> None:
    secret, body = GITHUBS_EXAMPLE
    check_signature([secret], body, GITHUBS_SIGNATURE)


def test_while_a_secret_is_replaced_both_hold() -> None:
    secret, body = GITHUBS_EXAMPLE
    check_signature(["the new secret, twenty letters", secret], body, GITHUBS_SIGNATURE)
    with pytest.raises(NotHeard) as refused:
        check_signature(["the new secret, twenty letters"], body, GITHUBS_SIGNATURE)
    assert refused.value.reason == "wrong_signature"


@pytest.mark.parametrize(
    "signature",
    [
        GITHUBS_SIGNATURE[:-1], GITHUBS_SIGNATURE[:-1] + "8", GITHUBS_SIGNATURE.removeprefix("sha256="), GITHUBS_SIGNATURE + " ",
        "sha1=" + "0" * 40, "sha256=", "署名", "sha256=\udcff", GITHUBS_SIGNATURE.upper(),
    ],
)  # fmt: skip
def test_any_other_signature_is_wrong(signature: str) -> None:
    secret, body = GITHUBS_EXAMPLE
    with pytest.raises(NotHeard) as refused:
        check_signature([secret], body, signature)
    assert refused.value.reason == "wrong_signature"


@pytest.mark.parametrize("signature", [None, ""])
def test_what_is_not_signed_is_refused(signature: str | None) -> None:
    with pytest.raises(NotHeard) as refused:
        check_signature([GITHUBS_EXAMPLE[0]], b"", signature)
    assert refused.value.reason == "unsigned"


@given(st.binary(max_size=50), st.text(max_size=80), st.lists(st.text(min_size=1), max_size=3))
def test_no_made_up_signature_is_believed(body: bytes, signature: str, secrets: list[str]) -> None:
    with pytest.raises(NotHeard):
        check_signature(secrets, body, signature)


# -- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        a_payload("archived", a_repository(datetime(2026, 4, 1, tzinfo=UTC), "yosomono/himitsu", 1)),
        # Another repository has taken the name over; ours has moved on.
        a_payload("archived", a_repository(datetime(2026, 4, 1, tzinfo=UTC), FULL_NAME, 1)),
    ],
    ids=["unknown name", "the name taken over"],
)
def test_a_repository_that_is_not_linked_leaves_no_trace(country: Country, payload: dict[str, Any]) -> None:
    linked(country)
    before = country.everything()
    assert hears(country, "repository", payload) is False
    assert works(country) == 0
    assert country.everything() == before


def test_a_repository_that_was_unlinked_leaves_no_trace(country: Country) -> None:
    idea = linked(country)
    archived = a_payload("archived", a_repository(country.now, archived=True))
    assert hears(country, "repository", archived) is True
    country.say(TANTO, "repo.unlink", idea=idea, full_name=FULL_NAME)
    assert works(country) == 1
    assert snapshots(country) == []
    before = country.everything()
    assert hears(country, "repository", archived) is False
    assert country.everything() == before


def test_nothing_of_a_payload_is_kept_but_what_is_needed(country: Country) -> None:
    linked(country)
    hears(country, "issues", a_payload("opened", a_repository(country.now), issue={"title": "himitsu"}))
    with Session(country.engine) as session:
        assert session.exec(select(HookDelivery.body)).one() == {
            "forge_id": FORGE_ID,
            "full_name": FULL_NAME,
            "happened_at": country.now.astimezone(UTC).isoformat(),
            "facts": {"archived": False, "licence_spdx": "MIT"},
        }
    assert "himitsu" not in repr(country.everything())
    assert "hito-no-namae" not in repr(country.everything())


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("star", "created"),
        ("issues", "labeled"),
        ("check_suite", "requested"),
        ("", None),
        ("workflow_run", [1]),
    ],
)
def test_what_changes_no_fact_is_ignored(country: Country, event: str, action: Any) -> None:
    linked(country)
    before = country.everything()
    assert hears(country, event, a_payload(action, a_repository(country.now))) is False
    assert country.everything() == before


@pytest.mark.parametrize("event", [e for e in HEARD if not e.startswith("installation")])
def test_every_event_that_is_heard_asks_for_a_look(country: Country, event: str) -> None:
    linked(country)
    action = sorted(HEARD[event] or [""])[0]
    assert hears(country, event, a_payload(action, a_repository(country.now))) is True
    assert works(country) == 1
    assert asked_for(country)


def test_an_installation_asks_for_a_look_at_each_linked_repository(country: Country) -> None:
    idea = linked(country)
    country.say(TANTO, "repo.link", idea=idea, full_name="kazemirai/tsuho")
    entries = [
        {"id": FORGE_ID, "full_name": FULL_NAME},
        {"id": 7, "full_name": "kazemirai/Tsuho"},
        *({"id": 1000 + n, "full_name": f"kazemirai/other-{n}"} for n in range(1200)),
    ]
    payload = {"action": "removed", "repositories_added": [], "repositories_removed": entries}
    assert hears(country, "installation_repositories", payload, "one") is True
    with pytest.raises(NotHeard):
        hears(country, "installation_repositories", payload, "one")
    assert works(country) == 2
    with Session(country.engine) as session:
        assert session.exec(select(Repository.sync_asked_at)).all() == [country.now] * 2
        assert set(session.exec(select(ForgeState.forge_id))) == {FORGE_ID, 7}
    assert snapshots(country) == []
    assert hears(country, "installation", {"action": "suspend", "installation": {}}) is False
    assert hears(country, "ping", {"zen": "Keep it logically awesome."}) is False


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"payload=%7B%7D", b"\xff\xfe", b"[" * 100_000, b'{"repository": []}', b'{"repository": {}}',
        b'{"repository": {"id": true, "full_name": "a/b"}}', b'{"repository": {"id": 1, "full_name": "../../user"}}',
        b'{"repository": {"id": 99999999999999999999, "full_name": "a/b"}}', b'{"repository": {"id": 1, "full_name": "a\\u0000/b"}}',
        b'{"repository": {"id": 1}}', b'{"repository": {"id": ' + b"9" * 5000 + b"}}",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(small_country: Country, body: bytes) -> None:
    before = small_country.everything()
    with pytest.raises(NotHeard) as refused:
        receive(small_country.engine, "push", "d", body, small_country.now)
    assert refused.value.reason == "malformed"
    assert small_country.everything() == before


@pytest.mark.parametrize("lists", [3, {"id": 1}, [None], [[]], "x"])
def test_an_installation_that_cannot_be_read_is_refused(small_country: Country, lists: Any) -> None:
    with pytest.raises(NotHeard) as refused:
        hears(small_country, "installation", {"action": "created", "repositories": lists})
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize("delivery", ["", "a b", "\x00", "あ", "a" * 65, "../x"])
def test_a_delivery_without_a_readable_id_is_refused(small_country: Country, delivery: str) -> None:
    with pytest.raises(NotHeard) as refused:
        receive(small_country.engine, "push", delivery, b"{}", small_country.now)
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize(
    "odd", [None, "MIT", [], {"spdx_id": None}, {"spdx_id": "\ud800"}, {"spdx_id": "x" * 999}]
)
@pytest.mark.parametrize("time", [None, "yesterday", "2026-04-01", [], 1e400, 10**18, -1, True])
def test_odd_values_in_a_payload_hold_nothing_up(small_country: Country, odd: Any, time: Any) -> None:
    """GitHub may leave anything empty."""
    linked(small_country)
    repository = a_repository(small_country.now) | {
        "license": odd, "archived": None, "updated_at": time, "pushed_at": time, "owner": None,
    }  # fmt: skip
    for changes in (None, [], {"owner": None}, {"repository": {"name": {"from": 3}}}):
        assert hears(small_country, "repository", a_payload("edited", repository, changes=changes)) is True
    assert works(small_country) == 4
    assert asked_for(small_country)


def test_a_replay_is_refused_and_changes_nothing(country: Country) -> None:
    linked(country)
    payload = a_payload("archived", a_repository(country.now, archived=True))
    hears(country, "repository", payload, "the-same")
    for _ in range(2):
        before = country.everything()
        with pytest.raises(NotHeard) as refused:
            hears(country, "repository", payload, "the-same")
        assert refused.value.reason == "duplicate"
        assert country.everything() == before
        works(country)


def test_the_same_delivery_many_times_at_one_moment_is_queued_once(country: Country) -> None:
    linked(country)
    body = json.dumps(a_payload(None, a_repository(country.now))).encode()
    came = at_once(country.engine, [lambda engine: receive(engine, "push", "same", body, country.now)] * 10)
    assert sorted(getattr(c, "reason", c) == "duplicate" for c in came) == [False] + [True] * 9
    assert came.count(True) == 1


# -- what comes of it ------------------------------------------------------------------------------------------------


def test_an_archived_repository_suspends_its_product_with_the_delivery(country: Country) -> None:
    country.a_flagged_product()
    country.now += MINUTE
    last = snapshots(country)[-1]
    hears(country, "repository", a_payload("archived", a_repository(country.now, archived=True)))
    assert flag_of(country) == ("nationwide", set())
    assert country.tick()["webhooks"] == 1
    assert flag_of(country) == ("suspended", {"repository_archived"})
    taken = snapshots(country)[-1]
    assert (taken.source, taken.facts) == ("webhook", {**last.facts, "archived": True})
    assert taken.seen is not None
    assert taken.seen["archived"] == [country.now.astimezone(UTC).isoformat(), "webhook: repository"]
    assert taken.seen["files"] == [last.taken_at.isoformat(), "import"]
    with Session(country.engine) as session:
        assert session.exec(select(Message.id).where(Message.kind == "product.suspended")).first()

    country.now += MINUTE
    hears(country, "repository", a_payload("unarchived", a_repository(country.now)))
    works(country)
    assert flag_of(country)[0] == "suspended", "an approver restores it"
    country.say(KETTEI, "product.restore", product="madoguchi-faq", because="保管状態が解かれた。")
    assert flag_of(country) == ("nationwide", set())


@pytest.mark.parametrize(
    ("action", "more", "cause"),
    [("edited", {"licence": None}, "licence_lost"), ("deleted", {}, "repository_gone")],
)
def test_a_lost_licence_and_a_deleted_repository_suspend_too(
    country: Country, action: str, more: dict[str, Any], cause: str
) -> None:
    country.a_flagged_product()
    country.now += MINUTE
    hears(country, "repository", a_payload(action, a_repository(country.now - timedelta(seconds=30), **more)))
    works(country)
    assert flag_of(country) == ("suspended", {cause})


def test_a_deletion_counts_although_its_payload_is_older_than_the_last_look(country: Country) -> None:
    country.a_flagged_product()
    long_ago = country.now - timedelta(days=400)
    country.now += MINUTE
    hears(country, "repository", a_payload("deleted", a_repository(long_ago)))
    works(country)
    assert flag_of(country) == ("suspended", {"repository_gone"})


def test_what_a_look_has_seen_since_is_not_overruled_by_a_late_delivery(country: Country) -> None:
    linked(country)
    country.now += timedelta(hours=1)
    country.snapshot(archived=False)
    late = a_repository(country.now - MINUTE, archived=True, licence=None)
    hears(country, "repository", a_payload("archived", late))
    assert works(country) == 1
    assert facts(country)["archived"] is False
    assert facts(country)["licence_spdx"] == "MIT"
    assert asked_for(country), "the look that is asked for will tell"


def test_a_look_that_found_nothing_new_overrules_a_late_delivery_too(country: Country) -> None:
    linked(country)
    country.snapshot(archived=False)
    country.now += timedelta(hours=1)
    with writing(country.engine) as session:
        session.exec(select(ForgeState)).one().seen_at = country.now
    hears(country, "repository", a_payload("archived", a_repository(country.now - MINUTE, archived=True)))
    works(country)
    assert facts(country)["archived"] is False


def test_a_licence_github_cannot_name_exactly_is_left_to_a_look(country: Country) -> None:
    linked(country)
    country.snapshot(licence_spdx="GPL-3.0-or-later")
    for name in ("GPL-3.0", "AGPL-3.0", "LGPL-2.1", "NOASSERTION"):
        country.now += MINUTE
        hears(country, "push", a_payload(None, a_repository(country.now, licence=name)))
    works(country)
    assert facts(country)["licence_spdx"] == "GPL-3.0-or-later"


def test_a_payload_from_the_future_does_not_silence_what_comes_later(country: Country) -> None:
    linked(country)
    hears(
        country,
        "repository",
        a_payload("archived", a_repository(country.now + timedelta(days=900), archived=True)),
    )
    works(country)
    assert facts(country)["archived"] is True
    country.now += MINUTE
    hears(country, "repository", a_payload("unarchived", a_repository(country.now)))
    works(country)
    assert facts(country)["archived"] is False


def test_what_was_known_already_makes_no_snapshot(country: Country) -> None:
    linked(country)
    country.snapshot()
    country.now += MINUTE
    hears(country, "push", a_payload(None, a_repository(country.now)))
    works(country)
    assert len(snapshots(country)) == 1


def test_seconds_since_1970_are_a_time_as_in_the_event_push(country: Country) -> None:
    linked(country)
    pushed = a_repository(country.now - timedelta(days=9), licence=None)
    country.snapshot()
    country.now += MINUTE
    hears(country, "push", a_payload(None, pushed | {"pushed_at": int(country.now.timestamp())}))
    works(country)
    assert facts(country)["licence_spdx"] is None


# -- names -----------------------------------------------------------------------------------------------------------


def test_a_renamed_repository_is_followed_by_its_number(country: Country) -> None:
    idea = linked(country)
    after = a_repository(country.now, "kazemirai/Madoguchi")
    hears(country, "repository", renamed(FULL_NAME, after))
    works(country)
    assert names(country) == ("kazemirai/Madoguchi", {FULL_NAME})
    with reading(country.engine) as session:
        for chain in (idea, f"repository:{FULL_NAME}", "repository:kazemirai/madoguchi"):
            told = [
                json.loads(e.facts) for e in ledger.entries_of(session, chain) if e.action == "repo.renamed"
            ]
            assert told == [{"from": FULL_NAME, "to": "kazemirai/Madoguchi"}], chain
        assert verification.verify(session).verified
    country.now += MINUTE
    archived = a_repository(country.now, "kazemirai/madoguchi", archived=True)
    hears(country, "repository", a_payload("archived", archived))
    works(country)
    assert facts(country)["archived"] is True


def test_names_that_came_out_of_order_end_in_the_last_one(country: Country) -> None:
    linked(country)
    start = country.now
    country.now += timedelta(hours=1)
    second = a_repository(start + 2 * MINUTE, "kazemirai/faq")
    first = a_repository(start + MINUTE, "kazemirai/madoguchi")
    hears(country, "repository", renamed("kazemirai/madoguchi", second))
    works(country)
    hears(country, "repository", renamed(FULL_NAME, first))
    works(country)
    assert names(country) == ("kazemirai/faq", {FULL_NAME, "kazemirai/madoguchi"})


def test_a_rename_is_followed_where_the_number_is_not_known_yet_and_it_is_known_then(
    country: Country,
) -> None:
    linked(country, forge_id=None)
    moved = a_repository(country.now, "kazami-shi/madoguchi-faq")
    changes = {"owner": {"from": {"organization": {"login": "kazemirai"}}}}
    hears(country, "repository", a_payload("transferred", moved, changes=changes))
    works(country)
    assert names(country) == ("kazami-shi/madoguchi-faq", {FULL_NAME})
    with Session(country.engine) as session:
        assert session.exec(select(ForgeState.forge_id)).one() == FORGE_ID


def test_a_repository_renamed_back_has_its_name_again(country: Country) -> None:
    linked(country)
    for name in ("kazemirai/faq", FULL_NAME):
        country.now += MINUTE
        hears(country, "repository", a_payload("renamed", a_repository(country.now, name)))
        works(country)
    assert names(country) == (FULL_NAME, {"kazemirai/faq"})


def test_a_repository_linked_under_both_its_names_becomes_one(country: Country) -> None:
    idea = linked(country)
    country.say(TANTO, "repo.link", idea=country.an_idea("通報の振り分け"), full_name="kazemirai/faq")
    hears(
        country, "repository", a_payload("renamed", a_repository(country.now, "kazemirai/faq", archived=True))
    )
    assert works(country) == 1
    assert names(country) == ("kazemirai/faq", {FULL_NAME})
    for each in (idea, "R8-0002"):
        with reading(country.engine) as session:
            seen = repository_facts(session, session.exec(select(Idea).where(Idea.number == each)).one())
        assert seen is not None
        assert seen.archived is True, each


def test_a_repository_unlinked_under_its_old_name_is_found_under_the_new_one(country: Country) -> None:
    """The row that has GitHub's number is joined by the one that was linked later."""
    idea = linked(country)
    country.say(TANTO, "repo.unlink", idea=idea, full_name=FULL_NAME)
    country.say(TANTO, "repo.link", idea=idea, full_name="kazemirai/faq")
    hears(
        country,
        "repository",
        a_payload("archived", a_repository(country.now, "kazemirai/faq", archived=True)),
    )
    assert works(country) == 1
    assert works(country) == 0
    assert names(country) == ("kazemirai/faq", {FULL_NAME})
    assert facts(country)["archived"] is True


# -- the queue -------------------------------------------------------------------------------------------------------


def test_a_delivery_that_fails_keeps_no_other_and_is_tried_again(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = linked(country)
    country.say(TANTO, "repo.link", idea=idea, full_name="kazemirai/tsuho")
    hears(country, "push", a_payload(None, a_repository(country.now, licence=None)), "fails")
    hears(country, "push", a_payload(None, a_repository(country.now, "kazemirai/tsuho", 7)), "works")
    take = deliveries._take_facts

    def fails(work: Any, repository: Repository, *more: Any) -> None:
        if repository.key == FULL_NAME:
            raise ZeroDivisionError("a bug")
        take(work, repository, *more)

    monkeypatch.setattr(deliveries, "_take_facts", fails)
    with pytest.raises(ZeroDivisionError) as caught:
        works(country)
    assert caught.value.__notes__ == ["delivery fails: ZeroDivisionError: a bug"]
    with Session(country.engine) as session:
        waiting = select(HookDelivery.delivery).where(HookDelivery.handled_at.is_(None))  # type: ignore[union-attr]
        assert session.exec(waiting).all() == ["fails"]
    monkeypatch.undo()
    assert works(country) == 1


def test_clocks_that_work_at_once_work_each_delivery_through_once(country: Country) -> None:
    linked(country)
    for n in range(12):
        repository = a_repository(country.now + n * timedelta(seconds=1), archived=bool(n % 2))
        hears(country, "repository", a_payload("edited", repository))
    came = at_once(country.engine, [lambda engine: deliveries.work_through(engine, country.now)] * 4)
    assert sum(came) == 12, came
    assert works(country) == 0


def test_only_what_came_lately_is_worked_through_between_the_minutes(country: Country) -> None:
    linked(country)
    hears(country, "push", a_payload(None, a_repository(country.now)))
    country.now += 2 * MINUTE
    assert deliveries.work_through(country.engine, country.now, since=country.now - MINUTE) == 0
    hears(country, "push", a_payload(None, a_repository(country.now)))
    assert deliveries.work_through(country.engine, country.now, since=country.now - MINUTE) == 1
    assert country.tick()["webhooks"] == 1


def test_deliveries_are_let_go_after_thirty_days(country: Country) -> None:
    linked(country)
    hears(country, "push", a_payload(None, a_repository(country.now)), "old")
    works(country)
    country.now += DELIVERIES_KEPT
    hears(country, "push", a_payload(None, a_repository(country.now)), "fresh")
    assert prune(country.engine, country.now + MINUTE) == 1
    with Session(country.engine) as session:
        assert session.exec(select(HookDelivery.delivery)).all() == ["fresh"]


# -- any order -------------------------------------------------------------------------------------------------------

NAMES = (FULL_NAME, "kazemirai/madoguchi", "kazemirai/faq", "kazami-shi/faq")


@st.composite
def what_happened(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """What GitHub told of one repository: moments may be the same, and some things are told twice."""
    start = datetime(2026, 4, 1, tzinfo=UTC)
    told = []
    for _ in range(draw(st.integers(2, 6))):
        at = start + draw(st.integers(0, 4)) * MINUTE
        repository = a_repository(
            at,
            draw(st.sampled_from(NAMES)),
            licence=draw(st.sampled_from(["MIT", "Apache-2.0", "GPL-3.0", None])),
            archived=draw(st.booleans()),
        )
        if draw(st.booleans()):
            del repository["license"]
        told.append(
            (draw(st.sampled_from(["push", "repository", "release"])), a_payload("edited", repository))
        )
    return told


@pytest.fixture(scope="module")
def linked_once(sqlite_shelf: SQLiteShelf) -> SQLiteShelf:
    """A shelf with a country in which the repository is linked and has been looked at."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        linked(country)
        country.snapshot()
        country.now += timedelta(hours=24)
        sqlite_shelf.keep("linked_once", country.engine, country.now)
    return sqlite_shelf


def told_in_order(shelf: SQLiteShelf, told: list[tuple[str, dict[str, Any]]], batches: list[bool]) -> Any:
    """What is known in the end, of facts and of names."""
    with shelf.plot() as plot:
        plot.copied_from = "linked_once"
        country = Country(plot, peopled=False)
        country.now = shelf.known["linked_once"]
        for (event, payload), pause in zip(told, batches, strict=True):
            hears(country, event, payload)
            if pause:
                works(country)
            country.now += timedelta(seconds=1)
        works(country)
        return facts(country), names(country)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), told=what_happened())
def test_any_order_ends_in_the_same_facts_and_names(
    linked_once: SQLiteShelf, data: st.DataObject, told: list[tuple[str, dict[str, Any]]]
) -> None:
    """Where GitHub is never asked: what the deliveries told is all there is."""
    pauses = data.draw(st.lists(st.booleans(), min_size=len(told), max_size=len(told)))
    other = data.draw(st.permutations(told))
    assert told_in_order(linked_once, told, pauses) == told_in_order(linked_once, other, [True] * len(told))


LAST = {"archived": False, "licence_spdx": "MIT", "files": ["README.md"]}


def looked_at(country: Country) -> None:
    """A look that found the repository under its last name."""
    country.now += MINUTE
    with writing(country.engine) as session:
        work = Work(session, Speaker(SYSTEM), country.now)
        repository = work.lock(Repository, session.exec(select(Repository.id)).one())
        seen = {name: [country.now.isoformat(), "/repos"] for name in LAST}
        keep(
            work,
            repository,
            Seen("kazami-shi/faq", FORGE_ID, LAST, {}, 1, seen=seen),
            after=timedelta(hours=1),
        )


def test_any_order_ends_in_what_a_look_sees_then(linked_once: SQLiteShelf) -> None:
    """Even of a deletion and what came before it, and without GitHub's clock telling one from another."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    told = [
        ("repository", a_payload("archived", a_repository(at, archived=True))),
        ("repository", renamed(FULL_NAME, a_repository(at, "kazami-shi/faq"))),
        ("push", a_payload(None, a_repository(at + MINUTE, "kazami-shi/faq", licence=None))),
        ("repository", a_payload("deleted", a_repository(at, "kazami-shi/faq"))),
    ]
    for order in permutations(told):
        with linked_once.plot() as plot:
            plot.copied_from = "linked_once"
            country = Country(plot, peopled=False)
            country.now = linked_once.known["linked_once"]
            for event, payload in order:
                hears(country, event, payload)
                works(country)
            assert facts(country)["gone"] is True
            looked_at(country)
            assert (facts(country), names(country)) == (LAST, ("kazami-shi/faq", {FULL_NAME}))
            # What comes later still, of a moment before the look, changes nothing.
            hears(country, *told[0])
            works(country)
            assert facts(country) == LAST
