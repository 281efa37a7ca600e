"""Scenarios: a story is played as written, or stops at the first surprise and says what came."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.country import KESSAI, SHINSA1, TANTO, VENDOR, Country
from tests.steps import DRAFT, NINE, draft, written
from workflows import registry  # noqa: F401  (fills the registry of verbs)
from workflows.runtime import scenario
from workflows.runtime.refusal import Refused
from workflows.runtime.scenario import Played, Surprise, fingerprint, play, read_scenarios


def played(country: Country, *steps: Any) -> list[Played]:
    return list(play(country.engine, read_scenarios([("物語.yaml", written(*steps))])))


def surprise(country: Country, *steps: Any) -> str:
    with pytest.raises(Surprise) as caught:
        played(country, *steps)
    return str(caught.value)


def test_a_wrong_form_may_be_shown_to_be_refused(small_country: Country) -> None:
    wrong = draft(refuse="invalid", save=None, **{"with": {"title": "x", "colour": "blue"}})
    assert played(small_country, wrong)[0].outcome == "断られました: invalid"


def test_a_story_is_played_as_written(country: Country) -> None:
    lines = [
        done.line
        for done in played(
            country,
            draft(),
            {"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}},
            {
                "look": "idea",
                "at_ref": "$idea",
                "expect": {"status": "active", "owner": "kazami", "number": "$idea"},
            },
            {
                "at": "2026-05-02T09:00:00+09:00",
                "as": VENDOR,
                "do": "idea.submit",
                "with": {"idea": "$idea"},
                "refuse": "not_permitted",
            },
            {"github": {"full_name": "kazemirai/faq", "archived": True}},
            {"tick": "2026-05-03T09:00:00+09:00"},
            {"look": "ledger", "at_ref": "$idea", "expect": {"verified": True, "entries": 2}},
        )
    ]
    assert lines[0] == f"2026-05-01T09:00:00+09:00  {TANTO}  idea.draft  → R8-0001"
    assert lines[3] == f"2026-05-02T09:00:00+09:00  {VENDOR}  idea.submit  → 断られました: not_permitted"
    assert "飛ばしました" in lines[4]
    assert "anchor" in lines[5]
    assert lines[6] == "2026-05-03T09:00:00+09:00  -  look ledger  → R8-0001"


def test_saved_names_belong_to_their_file(small_country: Country) -> None:
    check = {"look": "idea", "at_ref": "$idea"}
    one = written(draft(), check | {"expect": {"title": "窓口FAQ", "number": "R8-0001"}})
    two = written(
        draft(**{"with": DRAFT | {"title": "道路点検"}}),
        check | {"expect": {"title": "道路点検", "number": "R8-0002"}},
    )
    assert len(list(play(small_country.engine, read_scenarios([("一", one), ("二", two)])))) == 4


def test_the_current_version_is_the_one_on_screen(small_country: Country) -> None:
    revise = {
        "as": TANTO,
        "do": "idea.revise",
        "with": {"idea": "$idea", "seen_version": "@current", "title": "道路点検"},
    }
    stale = revise | {"with": {"idea": "$idea", "seen_version": 1, "title": "除雪"}, "refuse": "stale"}
    look = {"look": "idea", "at_ref": "$idea", "expect": {"title": "道路点検", "version": 3}}
    played(small_country, draft(), revise, revise, stale, look)


def test_a_path_reads_what_the_thing_shows_now(small_country: Country) -> None:
    road = small_country.an_idea_ready_for_g1()[0]
    review = small_country.a_review(road)
    action = {"criterion": "feasible", "text": "直す。", "owner": "kazami", "due_on": "2026-06-01"}
    rate = {"ratings": {"feasible": {"rating": "amber", "finding": "足りない。", "action": "足す。"}}}
    played(
        small_country,
        {"at": NINE, "as": SHINSA1, "do": "review.rate", "with": {"review": review} | rate},
        {
            "as": "kettei@digital-agency.example.jp",
            "do": "review.decide",
            "with": {
                "review": review,
                "seen_version": "@current",
                "decision": "conditional_go",
                "rationale": "よい。",
                "actions": [action],
            },
            "save": "review",
        },
        {"as": TANTO, "do": "action.close", "with": {"action": "$review.actions.0", "note": "直した。"}},
        {
            "look": "review",
            "at_ref": "$review.ref",
            "expect": {"actions": [{"status": "closed", "ref": "$review.actions.0"}]},
        },
    )


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            {"look": "idea", "at_ref": "$idea", "expect": {"status": "active"}},
            "「status」は active のはずですが、draft でした",
        ),
        (
            {"look": "idea", "at_ref": "$idea", "expect": {"colour": "blue"}},
            "「colour」という項目がありません",
        ),
        ({"look": "idea", "at_ref": "R8-0009"}, "断られました: unknown"),
        ({"look": "idea", "at_ref": "$idea", "as": VENDOR}, "断られました: unknown"),
        (
            {"look": "idea", "at_ref": "$idea", "as": TANTO, "refuse": "unknown"},
            "unknown で断られるはずが、行われました",
        ),
        (
            {"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}, "refuse": "not_permitted"},
            "断られるはずが、行われました（R8-0001）",
        ),
        (
            {"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}, "refuse": "stale"},
            "stale で断られるはずが、not_permitted でした",
        ),
        ({"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}}, "断られました: not_permitted"),
        (
            {"as": "nobody@kazami.example.jp", "do": "idea.submit", "with": {"idea": "$idea"}},
            "断られました: unknown",
        ),
        ({"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea.actions.0"}}, "「actions」がありません"),
    ],
)
def test_the_first_surprise_ends_it_and_says_what_came(
    small_country: Country, step: dict[str, Any], sentence: str
) -> None:
    said = surprise(small_country, draft(), step, draft())
    assert "物語.yaml の 2 番目の手順" in said
    assert sentence in said
    assert small_country.look("idea", "R8-0001")["status"] in ("draft", "active")
    with pytest.raises(Refused):
        small_country.look("idea", "R8-0002")


def test_what_may_not_be_seen_is_refused_as_written(small_country: Country) -> None:
    assert played(
        small_country, draft(), {"look": "idea", "at_ref": "$idea", "as": VENDOR, "refuse": "unknown"}
    )[1].outcome.endswith("unknown")


def test_a_refusal_that_still_wrote_is_a_surprise(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    """No verb does so; here one is made to."""

    def writes_and_refuses(engine: sa.Engine, name: str, *rest: Any) -> None:
        country.say(TANTO, "idea.draft", **DRAFT)
        raise Refused("not_permitted", "だめです。")

    monkeypatch.setattr(scenario, "perform", writes_and_refuses)
    said = surprise(country, draft(refuse="not_permitted", save=None))
    assert "書き込みが残っています" in said
    assert "idea" in said
    assert "ledger_entry" in said


def test_the_fingerprint_sees_a_row_more_and_a_row_changed(country: Country) -> None:
    empty = fingerprint(country.engine)
    idea = country.a_draft()
    drafted = fingerprint(country.engine)
    country.say(TANTO, "idea.revise", idea=idea, seen_version=1, title="道路点検")
    assert {name for name, *_ in drafted - empty} >= {"idea", "visit", "ledger_entry"}
    assert "idea" in {name for name, *_ in fingerprint(country.engine) - drafted}
