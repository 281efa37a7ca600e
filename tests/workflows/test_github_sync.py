"""The sync: what is looked at first, what a look leaves behind, and that two at once, a limit or silence do no harm."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.stand_in import StandIn
from stages.permissions import SYSTEM
from tests.country import PUBLICCODE, TANTO, VENDOR, Country
from tests.forges.asking import asking
from tests.forges.emulated import OWNER, TOKEN, Emulated, seed
from tests.forges.faults import Faults
from workflows.calendar import tokyo_day
from workflows.dossier_products import repository_facts
from workflows.github.keeping import LONGEST_WAIT
from workflows.github.outcomes import Gone, Reply, Unavailable
from workflows.github.questions import Asks
from workflows.github.sync import CLAIM, Summary, due, sync
from workflows.queries.idea_repositories import repositories_of
from workflows.queries.looks import Eyes
from workflows.runtime import verification
from workflows.runtime.actors import Speaker
from workflows.runtime.jobs import Setting
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import reading, writing
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.machinery import Message
from workflows.tables.pilots import Pilot
from workflows.tables.repositories import ForgePage, ForgeState, Repository, RepositoryLink, Snapshot

Opens = Callable[[Mapping[str, Any]], Emulated]
NAME = f"{OWNER}/madoguchi-faq"
FILES = ["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"]
HEALTHY = {
    "archived": False,
    "licence_spdx": "MIT",
    "files": FILES,
    "releases": [{"tag": "v1.0.0"}],
    "publiccode": PUBLICCODE,
}


def looks(country: Country, client: Asks, *names: str, **more: Any) -> Summary:
    return sync(country.engine, country.now, client, names or None, **more)


def state(country: Country, name: str = NAME) -> ForgeState:
    with Session(country.engine) as session:
        found = select(ForgeState).join(Repository, col(Repository.id) == col(ForgeState.repository_id))
        return session.exec(found.where(Repository.key == name)).one()


def snapshots(country: Country) -> list[Snapshot]:
    with Session(country.engine) as session:
        return list(session.exec(select(Snapshot).order_by(col(Snapshot.id))))


def linked(country: Country, *names: str) -> dict[str, str]:
    """An idea for each name, with the repository of that name linked."""
    ideas = {}
    for name in names:
        ideas[name] = country.an_idea_with_a_team(f"{name} の仕組み")
        country.say(VENDOR, "repo.link", idea=ideas[name], full_name=f"{OWNER}/{name}")
    return ideas


def ready_for_g1(country: Country, title: str, name: str) -> tuple[str, str]:
    """An idea ready for its gate, with a repository of its own, and its pilot."""
    idea, pilot = country.an_idea_ready_for_g1(title)
    country.say(VENDOR, "repo.unlink", idea=idea, full_name=NAME)
    country.say(VENDOR, "repo.link", idea=idea, full_name=f"{OWNER}/{name}")
    return idea, pilot


class Counts:
    """Another's answers, counted; `meanwhile` happens before each."""

    def __init__(self, client: Asks, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.client = client
        self.meanwhile = meanwhile
        self.paths: list[str] = []

    def get(self, path: str, *args: Any, **more: Any) -> Reply:
        self.paths.append(path)
        self.meanwhile()
        return self.client.get(path, *args, **more)


class Says:
    """The same answer to everything."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def get(self, path: str, *args: Any, **more: Any) -> Reply:
        return self.reply


def test_an_unchanged_repository_costs_one_request_and_leaves_no_second_snapshot(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    first = looks(country, asking(forge, country.engine, country.now))
    country.pass_days(1)
    forge.forget()
    second = looks(country, asking(forge, country.engine, country.now))
    assert (first.changed, second.unchanged, second.requests) == (1, 1, 1)
    assert forge.asked() == [("GET", f"/repos/{NAME}", 304)]
    (shot,) = snapshots(country)
    assert (shot.source, shot.facts["files"]) == ("sync", ["README.md"])
    assert shot.seen is not None
    assert shot.seen["files"] == [shot.taken_at.isoformat(), f"/repos/{NAME}/git/trees/HEAD"]
    assert state(country).seen_at == country.now
    assert state(country).outcome == "unchanged"


def test_a_week_later_everything_is_asked_again_conditionally(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    looks(country, asking(forge, country.engine, country.now))
    country.pass_days(7)
    forge.forget()
    assert looks(country, asking(forge, country.engine, country.now)).unchanged == 1
    statuses = [status for _, path, status in forge.asked() if "/status" not in path]
    assert len(statuses) > 5
    assert set(statuses) == {304}
    with Session(country.engine) as session:
        assert set(session.exec(select(ForgePage.seen_at))) == {country.now}


def test_the_most_important_are_looked_at_first(country: Country) -> None:
    """Asked for, then an open review, a running pilot, a flagged product, the rest."""
    country.a_flagged_product()
    linked(country, "rest", "asked")
    reviewed, _ = ready_for_g1(country, "審査を待つ仕組み", "reviewed")
    _, pilot = ready_for_g1(country, "試している道具", "tried")
    country.a_review(reviewed, rated=False)
    with country.engine.begin() as connection:
        connection.execute(
            sa.update(Pilot).where(col(Pilot.ref) == pilot).values(status="running", started_at=country.now)
        )
    country.say(TANTO, "repo.sync", full_name=f"{OWNER}/asked")
    with reading(country.engine) as session:
        found = [(one.full_name, one.rank) for one in due(session, country.now)]
    assert found == [
        (f"{OWNER}/asked", 3),
        (f"{OWNER}/reviewed", 0),
        (f"{OWNER}/tried", 1),
        (NAME, 2),
        (f"{OWNER}/rest", 3),
    ]


def test_what_waits_too_long_comes_before_what_is_more_important(small_country: Country) -> None:
    linked(small_country, "rest")
    reviewed, _ = ready_for_g1(small_country, "審査を待つ仕組み", "reviewed")
    small_country.a_review(reviewed, rated=False)
    with writing(small_country.engine) as session:
        for row in session.exec(select(Repository)):
            late = timedelta(days=2) if row.key.endswith("rest") else timedelta(hours=1)
            session.add(
                ForgeState(
                    repository_id=row.id, looked_at=small_country.now, look_after=small_country.now - late
                )
            )
    with reading(small_country.engine) as session:
        found = [one.full_name for one in due(session, small_country.now)]
    assert found == [f"{OWNER}/rest", f"{OWNER}/reviewed"]


def test_a_limit_in_the_middle_stops_the_run_and_the_next_goes_on_there(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("a", "b", "c"))
    linked(country, "a", "b", "c")
    resets = int(time.time()) + 3600  # by the server's clock, of which we take only how long it is until then
    one = looks(country, asking(forge, country.engine, country.now), f"{OWNER}/a").requests
    forge.allows(one + 2, resets)
    stopped = looks(country, asking(forge, country.engine, country.now))
    assert (stopped.changed, stopped.left) == (1, 0)
    assert stopped.until is not None
    assert timedelta(minutes=59) < stopped.until - country.now <= timedelta(hours=1, seconds=5)
    assert "上限" in stopped.stopped
    assert state(country, f"{OWNER}/c").outcome == "limited"
    assert state(country, f"{OWNER}/c").failures == 0
    forge.allows(1000, resets)
    assert looks(country, asking(forge, country.engine, country.now)).looked == 0
    country.now = stopped.until
    with reading(country.engine) as session:
        assert due(session, country.now)[0].full_name == f"{OWNER}/c"
    assert looks(country, asking(forge, country.engine, country.now)).changed == 1


def test_silence_keeps_what_was_seen_says_since_when_and_waits_longer_each_time(
    country: Country, emulate: Opens
) -> None:
    linked(country, "madoguchi-faq")
    looks(country, asking(emulate(seed("madoguchi-faq")), country.engine, country.now))
    silence = Says(Unavailable("時間内に答えがありませんでした。"))
    country.pass_days(1)
    began, waits = country.now, []
    for _ in range(10):
        assert looks(country, silence).failed == {NAME: "時間内に答えがありませんでした。"}
        waits.append(state(country).look_after - country.now)  # type: ignore[operator]
        country.now = state(country).look_after or country.now
    assert waits[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert waits[-1] == LONGEST_WAIT
    now = state(country)
    assert (now.outcome, now.outcome_since, now.failures) == ("unavailable", began, 10)
    assert now.seen_at == began - timedelta(days=1)
    assert len(snapshots(country)) == 1
    looks(country, asking(emulate(seed("madoguchi-faq")), country.engine, country.now))
    assert (state(country).outcome, state(country).failures) == ("fresh", 0)


def test_what_was_asked_for_while_github_was_silent_is_looked_at_whole_later(
    country: Country, emulate: Opens
) -> None:
    """A webhook tells of a test run; GitHub falls silent; the repository itself looks as before when it answers again."""
    linked(country, "madoguchi-faq")
    forge = emulate(seed("madoguchi-faq"))
    looks(country, asking(forge, country.engine, country.now))
    country.pass_days(1)
    country.say(VENDOR, "repo.sync", full_name=NAME)
    looks(country, Says(Unavailable("届きません。")))
    country.now = state(country).look_after or country.now
    forge.forget()
    assert looks(country, asking(forge, country.engine, country.now)).unchanged == 1
    assert len(forge.asked()) > 5


def test_the_answers_of_a_repository_that_nothing_links_to_are_let_go(
    country: Country, emulate: Opens
) -> None:
    idea = linked(country, "madoguchi-faq")["madoguchi-faq"]
    looks(country, asking(emulate(seed("madoguchi-faq")), country.engine, country.now))
    country.say(VENDOR, "repo.unlink", idea=idea, full_name=NAME)
    with Session(country.engine) as session:
        assert session.exec(select(ForgePage.path)).all() == []
    assert len(snapshots(country)) == 1


def test_where_nobody_answers_the_others_are_not_tried(country: Country) -> None:
    linked(country, "a", "b", "c", "d")
    silence = Counts(Says(Unavailable("届きません。")))
    summary = looks(country, silence)
    assert (len(silence.paths), summary.left, len(summary.failed)) == (3, 1, 3)
    assert "答えません" in summary.stopped


def test_a_rename_is_followed_everywhere_and_the_old_name_still_finds_it(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("madoguchi-faq"))
    idea = linked(country, "madoguchi-faq")["madoguchi-faq"]
    looks(country, asking(forge, country.engine, country.now))
    for name in ("faq", "faq-next"):
        before = f"{OWNER}/{'madoguchi-faq' if name == 'faq' else 'faq'}"
        forge.says("PATCH", f"/repos/{before}", {"name": name})
        country.pass_days(1)
        assert looks(country, asking(forge, country.engine, country.now)).renamed == [
            (before, f"{OWNER}/{name}")
        ]
    for old in (NAME, f"{OWNER}/FAQ", f"{OWNER}/faq-next"):
        assert country.say(TANTO, "repo.sync", full_name=old).ref == f"{OWNER}/faq-next"
    assert country.refused("duplicate", VENDOR, "repo.link", idea=idea, full_name=NAME)
    with Session(country.engine) as session:
        told = session.exec(
            select(LedgerEntry.facts).where(LedgerEntry.chain == idea, LedgerEntry.action == "repo.renamed")
        ).all()
    assert [json.loads(facts) for facts in told] == [
        {"from": NAME, "to": f"{OWNER}/faq"},
        {"from": f"{OWNER}/faq", "to": f"{OWNER}/faq-next"},
    ]
    # And back: the name it has now is no former one.
    forge.says("PATCH", f"/repos/{OWNER}/faq-next", {"name": "madoguchi-faq"})
    assert looks(country, asking(forge, country.engine, country.now), NAME).renamed == [
        (f"{OWNER}/faq-next", NAME)
    ]
    assert country.say(TANTO, "repo.sync", full_name=f"{OWNER}/faq").ref == NAME


def test_a_transfer_is_followed_by_number_where_the_name_leads_nowhere(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(
        seed("madoguchi-faq", orgs=[{"login": "asobiba", "members": [{"login": OWNER, "role": "admin"}]}])
    )
    linked(country, "madoguchi-faq")
    looks(country, asking(forge, country.engine, country.now))
    forge.says("POST", f"/repos/{NAME}/transfer", {"new_owner": "asobiba"})
    assert looks(country, asking(forge, country.engine, country.now), NAME).renamed == [
        (NAME, "asobiba/madoguchi-faq")
    ]


def test_another_repository_under_the_old_name_is_not_taken_for_it(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    looks(country, asking(forge, country.engine, country.now))
    forge.says("DELETE", f"/repos/{NAME}")
    forge.says("POST", "/user/repos", {"name": "madoguchi-faq", "auto_init": True, "description": "別のもの"})
    assert looks(country, asking(forge, country.engine, country.now), NAME).gone == [NAME]
    facts = snapshots(country)[-1].facts
    assert (facts["gone"], facts["description"]) == (True, None)


def test_two_entries_of_one_repository_become_one(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("old"))
    ideas = linked(country, "old")
    looks(country, asking(forge, country.engine, country.now))
    forge.says("PATCH", f"/repos/{OWNER}/old", {"name": "new"})
    ideas |= linked(country, "new")
    country.say(VENDOR, "repo.link", idea=ideas["old"], full_name=f"{OWNER}/new")
    looks(country, asking(forge, country.engine, country.now), f"{OWNER}/new")
    with Session(country.engine) as session:
        (left,) = session.exec(select(Repository)).all()
        live = session.exec(select(RepositoryLink.idea_id).where(col(RepositoryLink.unlinked_at).is_(None)))
        assert len(set(live)) == 2
        assert verification.verify(session).broken == ()
    assert left.full_name == f"{OWNER}/new"
    assert country.say(TANTO, "repo.sync", full_name=f"{OWNER}/old").ref == f"{OWNER}/new"


def test_two_that_swapped_their_names_are_told_apart(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("a", "b"))
    linked(country, "a", "b")
    looks(country, asking(forge, country.engine, country.now))
    for before, after in (("a", "x"), ("b", "a"), ("x", "b")):
        forge.says("PATCH", f"/repos/{OWNER}/{before}", {"name": after, "description": after})
    country.pass_days(1)
    looks(country, asking(forge, country.engine, country.now))
    country.pass_days(1)
    looks(country, asking(forge, country.engine, country.now))
    with Session(country.engine) as session:
        rows = session.exec(
            select(Repository.full_name, ForgeState.forge_id).join(
                ForgeState, col(ForgeState.repository_id) == col(Repository.id)
            )
        ).all()
    assert sorted(rows) == [(f"{OWNER}/a", 2), (f"{OWNER}/b", 1)]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"archived": True}, "repository_archived"),
        ({"gone": True}, "repository_gone"),
        ({"licence_spdx": None}, "licence_lost"),
        ({"publiccode": "publiccodeYmlVersion: '0.4'\n"}, "publiccode_invalid"),
    ],
)
def test_what_speaks_against_a_flagged_product_suspends_it_within_one_sync(
    country: Country, emulate: Opens, change: dict[str, Any], cause: str
) -> None:
    _, product = country.a_flagged_product()
    forge = emulate(seed())
    github = StandIn(forge.url, TOKEN, asking(forge, country.engine, country.now))
    github.change({"full_name": NAME, **HEALTHY}, country.now)
    country.pass_days(1)
    country.tick(Setting(forge=github.client))
    assert country.look("product", product)["flag"] == "nationwide"
    country.pass_days(1)
    if change == {"licence_spdx": None}:
        change |= {"files": [f for f in FILES if f != "LICENSE"]}
    github.change({"full_name": NAME, **change}, country.now)
    sync(country.engine, country.now, github.client, [NAME])
    assert country.look("product", product)["flag"] == "suspended"
    with Session(country.engine) as session:
        assert session.exec(select(Message).where(Message.kind == "product.suspended")).first()
        said = session.exec(select(LedgerEntry.facts).where(LedgerEntry.action == "product.suspended")).one()
    assert set(json.loads(said)["causes"]) == {cause}


def test_what_was_only_ever_imported_is_never_called_gone(country: Country, emulate: Opens) -> None:
    _, product = country.a_flagged_product()
    before = snapshots(country)
    summary = looks(country, asking(emulate(seed("other")), country.engine, country.now))
    assert summary.gone == [NAME]
    assert snapshots(country) == before
    assert country.look("product", product)["flag"] == "nationwide"
    assert (state(country).outcome, state(country).seen_at) == ("gone", None)


def test_a_repository_that_comes_back_is_seen_again(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    looks(country, asking(forge, country.engine, country.now))
    looks_gone = Says(Gone(404))
    country.pass_days(1)
    assert looks(country, looks_gone).gone == [NAME]
    country.pass_days(1)
    assert looks(country, looks_gone).gone == [NAME]
    country.pass_days(2)
    assert looks(country, asking(forge, country.engine, country.now)).changed == 1
    assert [shot.facts.get("gone") for shot in snapshots(country)] == [None, True, None]


def test_who_links_the_name_of_a_gone_repository_again_means_what_has_it_now(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("madoguchi-faq"))
    idea = linked(country, "madoguchi-faq")["madoguchi-faq"]
    looks(country, asking(forge, country.engine, country.now))
    forge.says("DELETE", f"/repos/{NAME}")
    forge.says("POST", "/user/repos", {"name": "madoguchi-faq", "auto_init": True})
    assert looks(country, asking(forge, country.engine, country.now), NAME).gone == [NAME]
    country.say(VENDOR, "repo.unlink", idea=idea, full_name=NAME)
    country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)
    assert looks(country, asking(forge, country.engine, country.now)).changed == 1
    assert "gone" not in snapshots(country)[-1].facts


def test_a_repository_deleted_in_the_middle_of_a_look_leaves_nothing_half_seen(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    watched: Counts

    def delete() -> None:
        if len(watched.paths) == 3:
            forge.says("DELETE", f"/repos/{NAME}")

    watched = Counts(asking(forge, country.engine, country.now), delete)
    assert looks(country, watched).gone == [NAME]
    assert snapshots(country) == []


def test_no_transaction_is_open_while_github_is_asked(country: Country, emulate: Opens) -> None:
    linked(country, "madoguchi-faq")

    def write() -> None:
        with writing(country.engine) as session:
            session.exec(select(Repository).with_for_update()).all()
            session.connection().execute(sa.update(Repository).values(full_name=NAME))

    done = threading.Event()

    def run() -> None:
        looks(country, Counts(asking(emulate(seed("madoguchi-faq")), country.engine, country.now), write))
        done.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(60)
    assert done.is_set()
    assert len(snapshots(country)) == 1


def test_two_at_once_look_once_each_and_never_keep_twice(country: Country, emulate: Opens) -> None:
    forge = emulate(seed("a", "b", "c", "d"))
    linked(country, "a", "b", "c", "d")
    together = threading.Barrier(2)
    found: list[Summary] = []

    def run() -> None:
        together.wait()
        found.append(looks(country, asking(forge, country.engine, country.now)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.changed for one in found) == 4
    assert sum(one.overtaken for one in found) <= 4
    assert len(snapshots(country)) == 4


def test_a_claim_that_lapsed_is_taken_over_and_the_late_answer_thrown_away(
    country: Country, emulate: Opens
) -> None:
    forge = emulate(seed("madoguchi-faq"))
    linked(country, "madoguchi-faq")
    others: list[Summary] = []

    def meanwhile() -> None:
        if not others:
            others.append(Summary())
            others[0] = sync(country.engine, country.now + CLAIM, asking(forge, country.engine, country.now))

    late = looks(country, Counts(asking(forge, country.engine, country.now), meanwhile))
    assert (others[0].changed, late.changed, late.overtaken) == (1, 0, 1)
    assert len(snapshots(country)) == 1


def test_only_linked_repositories_are_looked_at(small_country: Country) -> None:
    idea = linked(small_country, "madoguchi-faq")["madoguchi-faq"]
    small_country.say(VENDOR, "repo.unlink", idea=idea, full_name=NAME)
    nobody = Counts(Says(Gone(404)))
    assert looks(small_country, nobody).total == 0
    with pytest.raises(Refused, match=NAME):
        looks(small_country, nobody, NAME)
    assert nobody.paths == []


def test_a_clock_without_github_looks_at_nothing(small_country: Country) -> None:
    linked(small_country, "madoguchi-faq")
    assert small_country.tick()["sync"] == 0


def test_a_dossier_says_the_day_of_the_last_look_that_found_it_so(country: Country, emulate: Opens) -> None:
    linked(country, "madoguchi-faq")
    forge = emulate(seed("madoguchi-faq"))
    looks(country, asking(forge, country.engine, country.now))
    country.pass_days(3)
    assert looks(country, asking(forge, country.engine, country.now)).unchanged == 1
    with Session(country.engine) as session:
        idea = session.exec(select(Idea)).one()
        found = repository_facts(session, idea)
        (shown,) = repositories_of(Eyes(session, Speaker(SYSTEM), country.now), idea)
    assert (shown.outcome, shown.seen_at, shown.because) == ("unchanged", country.now, "")
    assert set(shown.seen) == set(shown.facts)
    (shot,) = snapshots(country)
    assert found is not None
    assert found.taken_on == tokyo_day(country.now)
    assert tokyo_day(shot.taken_at) < found.taken_on


def test_answers_that_are_not_githubs_keep_nothing(country: Country, wiremock: Faults) -> None:
    linked(country, "madoguchi-faq")
    wiremock.answers(f"/repos/{NAME}", {"status": 200, "jsonBody": {"id": 1, "full_name": "../../user"}})
    assert list(looks(country, asking(wiremock, country.engine, country.now)).failed) == [NAME]
    assert snapshots(country) == []
    assert state(country).outcome == "malformed"
