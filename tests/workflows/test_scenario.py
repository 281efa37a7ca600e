"""Scenarios: a file is checked whole before it is played; a story is played as written or stops at the first surprise."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from tests.country import KESSAI, SHINSA1, TANTO, TOKYO, VENDOR, Country
from workflows import registry  # noqa: F401  (fills the registry of verbs)
from workflows.runtime import scenario
from workflows.runtime.expectation import mismatch
from workflows.runtime.refusal import Refused
from workflows.runtime.scenario import Played, ScenarioRefused, Surprise, fingerprint, play, read_scenarios

NINE = "2026-05-01T09:00:00+09:00"
DRAFT = {"title": "窓口FAQ", "field": "窓口", "challenge": "遅い。", "as_is": "手で探す。", "to_be": "下書きを確かめる。"}


def draft(**more: Any) -> dict[str, Any]:
    return {"at": NINE, "as": TANTO, "do": "idea.draft", "with": DRAFT, "save": "idea"} | more


def written(*steps: Any) -> bytes:
    return yaml.safe_dump(list(steps), allow_unicode=True).encode()


def played(country: Country, *steps: Any) -> list[Played]:
    return list(play(country.engine, read_scenarios([("物語.yaml", written(*steps))])))


def refused(*steps: Any, data: bytes | None = None) -> str:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios([("物語.yaml", written(*steps) if data is None else data)])
    assert all(problem.startswith("物語.yaml") for problem in caught.value.problems)
    return str(caught.value)


def surprise(country: Country, *steps: Any) -> str:
    with pytest.raises(Surprise) as caught:
        played(country, *steps)
    return str(caught.value)


# -- files that are not played ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"- do: [unclosed", "YAML として読めません"),
        (b"", "空です"),
        (b"do: idea.draft", "手順の並び"),
        (b"[]", "手順の並び"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"- \x00", "YAML として読めません"),
        (b"#" * 5_000_001, "大きすぎます"),
        (b"[" * 100_000, "入れ子が深すぎます"),
        (b"- !!python/object/apply:os.system [ls]", "YAML として読めません"),
        (b"- &a [*a]", "自分自身"),
        (b"- {at: 2026-13-45}", "日付と数を確かめて"),
        (b"- {do: idea.submit, do: idea.draft}", "二度書かれています"),
    ],
)
def test_what_is_no_list_of_steps_is_refused(data: bytes, sentence: str) -> None:
    assert sentence in refused(data=data)


@pytest.mark.parametrize("level", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_that_would_fill_the_memory_are_refused(level: str) -> None:
    """The billion laughs: each line says the one before it nine times."""
    lines = ["- &a0 {k: v}"] + [f"- &a{n} " + level.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12)]
    assert "別名" in refused(data="\n".join(lines).encode())


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("text", "項目と値の組ではありません"),
        ({"at": NINE}, "何をする手順か分かりません"),
        (draft(look="idea"), "一緒に書かれています"),
        (draft(wiht={}), "「wiht」という項目は do の手順にはありません"),
        (draft(do="idea.darft"), "「idea.darft」という操作はありません"),
        (draft(do=["idea.draft"]), "という操作はありません"),
        (draft(**{"with": DRAFT | {"titel": "x"}}), "idea.draft に「titel」という項目はありません"),
        (draft(**{"with": {"title": "x"}}), "idea.draft に必要な項目「field」「challenge」「as_is」「to_be」がありません"),
        (draft(**{"with": ["title"]}), "項目の名前と値の組"),
        (draft(at="あした"), "日時として読めません"),
        (draft(at="2026-05-01"), "日時として読めません"),
        (draft(at="2026-05-01T09:00:00"), "時差がありません"),
        (draft(at=20260501), "日時として読めません"),
        (draft(save="1 つ目"), "名前に使えません"),
        (draft(refuse="forbidden"), "「forbidden」という理由はありません"),
        (draft(refuse="not_permitted"), "save を消してください"),
        (draft(**{"as": None}), "as（だれが行うか）がありません"),
        (draft(**{"as": 5}), "メールアドレスか system"),
        ({"at": NINE, "look": "ideas", "at_ref": "R8-0001"}, "「ideas」という見方はありません"),
        ({"at": NINE, "look": "idea"}, "at_ref（何を見るか）がありません"),
        ({"at": NINE, "look": "idea", "at_ref": 1}, "番号か $名前 を文字で"),
        ({"at": NINE, "look": "adoption", "at_ref": "madoguchi-faq"}, "{product: …, org: …}"),
        ({"at": NINE, "look": "policy", "expect": {"version": "1"}, "refuse": "unknown"}, "一緒に書けません"),
        ({"tick": "2026-05-01 09:00"}, "時差がありません"),
        ({"tick": NINE, "as": "system"}, "「as」という項目は tick の手順にはありません"),
        ({"at": NINE, "github": {"archived": True}}, "full_name"),
        ({"do": "idea.submit", "as": TANTO, "with": {"idea": "R8-0001"}}, "最初の手順に at"),
        ({"at": NINE, "as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}}, "$idea は、まだどの手順も save していません"),
        (draft(**{"with": DRAFT | {"title": "$idea"}}), "$idea は、まだ"),
        ({"at": NINE, "look": "policy", "expect": {"version": ["$v.a"]}}, "$v は、まだ"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value)[:30],
)
def test_a_step_that_cannot_be_played_is_named(step: Any, sentence: str) -> None:
    said = refused(step)
    assert "1 番目の手順" in said
    assert sentence in said


def test_every_fault_of_every_file_is_named_at_once() -> None:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios([("一.yaml", written(draft(), draft(do="x"), draft(tick=1))), ("二.yaml", written(draft(at="x")))])
    assert [p.split(":")[0] for p in caught.value.problems] == ["一.yaml の 2 番目の手順", "一.yaml の 3 番目の手順", "二.yaml の 1 番目の手順"]


def test_one_slip_is_not_reported_again_wherever_its_name_is_used() -> None:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios([("一.yaml", written(draft(do="idea.darft"), {"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}}))])
    assert len(caught.value.problems) == 1


def test_a_clock_that_runs_backwards_is_refused() -> None:
    said = refused(draft(), {"tick": "2026-04-30T09:00:00+09:00"})
    assert "2 番目の手順" in said
    assert "時計が戻っています" in said


def test_a_wrong_form_may_be_shown_to_be_refused(small_country: Country) -> None:
    wrong = draft(refuse="invalid", save=None, **{"with": {"title": "x", "colour": "blue"}})
    assert played(small_country, wrong)[0].outcome == "断られました: invalid"


# -- time ------------------------------------------------------------------------------------------------------------------


def test_files_are_merged_by_time_and_ties_stay_in_the_order_of_the_arguments() -> None:
    look = {"look": "policy"}
    one = written(look | {"at": NINE}, look, look | {"at": "2026-05-03T00:00:00Z"})
    two = written({"tick": "2026-05-01T08:59:59+09:00"}, look | {"at": "2026-05-01T00:00:00Z"}, {"tick": "2026-05-04T00:00:00Z"})
    steps = read_scenarios([("一", one), ("二", two)])
    assert [(s.file, s.number) for s in steps] == [("二", 1), ("一", 1), ("一", 2), ("二", 2), ("一", 3), ("二", 3)]
    assert steps[2].at == datetime(2026, 5, 1, 9, tzinfo=TOKYO)


def test_a_time_may_be_written_as_text_or_as_yaml_knows_it() -> None:
    steps = read_scenarios([("x", b"- {look: policy, at: 2026-04-01T09:00:00+09:00}\n- {look: policy, at: '2026-04-01T00:00:00Z'}")])
    assert {step.at for step in steps} == {datetime(2026, 4, 1, tzinfo=UTC)}


# -- playing ---------------------------------------------------------------------------------------------------------------


def test_a_story_is_played_as_written(country: Country) -> None:
    lines = [
        done.line
        for done in played(
            country,
            draft(),
            {"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}},
            {"look": "idea", "at_ref": "$idea", "expect": {"status": "active", "owner": "kazami", "number": "$idea"}},
            {"at": "2026-05-02T09:00:00+09:00", "as": VENDOR, "do": "idea.submit", "with": {"idea": "$idea"}, "refuse": "not_permitted"},
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
    two = written(draft(**{"with": DRAFT | {"title": "道路点検"}}), check | {"expect": {"title": "道路点検", "number": "R8-0002"}})
    assert len(list(play(small_country.engine, read_scenarios([("一", one), ("二", two)])))) == 4


def test_the_current_version_is_the_one_on_screen(small_country: Country) -> None:
    revise = {"as": TANTO, "do": "idea.revise", "with": {"idea": "$idea", "seen_version": "@current", "title": "道路点検"}}
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
            "with": {"review": review, "seen_version": "@current", "decision": "conditional_go", "rationale": "よい。", "actions": [action]},
            "save": "review",
        },
        {"as": TANTO, "do": "action.close", "with": {"action": "$review.actions.0", "note": "直した。"}},
        {"look": "review", "at_ref": "$review.ref", "expect": {"actions": [{"status": "closed", "ref": "$review.actions.0"}]}},
    )


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"look": "idea", "at_ref": "$idea", "expect": {"status": "active"}}, "「status」は active のはずですが、draft でした"),
        ({"look": "idea", "at_ref": "$idea", "expect": {"colour": "blue"}}, "「colour」という項目がありません"),
        ({"look": "idea", "at_ref": "R8-0009"}, "断られました: unknown"),
        ({"look": "idea", "at_ref": "$idea", "as": VENDOR}, "断られました: unknown"),
        ({"look": "idea", "at_ref": "$idea", "as": TANTO, "refuse": "unknown"}, "unknown で断られるはずが、行われました"),
        ({"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}, "refuse": "not_permitted"}, "断られるはずが、行われました（R8-0001）"),
        ({"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}, "refuse": "stale"}, "stale で断られるはずが、not_permitted でした"),
        ({"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}}, "断られました: not_permitted"),
        ({"as": "nobody@kazami.example.jp", "do": "idea.submit", "with": {"idea": "$idea"}}, "断られました: unknown"),
        ({"as": TANTO, "do": "idea.submit", "with": {"idea": "$idea.actions.0"}}, "「actions」がありません"),
    ],
)
def test_the_first_surprise_ends_it_and_says_what_came(small_country: Country, step: dict[str, Any], sentence: str) -> None:
    said = surprise(small_country, draft(), step, draft())
    assert "物語.yaml の 2 番目の手順" in said
    assert sentence in said
    assert small_country.look("idea", "R8-0001")["status"] in ("draft", "active")
    with pytest.raises(Refused):
        small_country.look("idea", "R8-0002")


def test_what_may_not_be_seen_is_refused_as_written(small_country: Country) -> None:
    assert played(small_country, draft(), {"look": "idea", "at_ref": "$idea", "as": VENDOR, "refuse": "unknown"})[1].outcome.endswith("unknown")


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


# -- what is expected ------------------------------------------------------------------------------------------------------


SEEN = {
    "stage": "pilot",
    "open_actions": 2,
    "estimate": 6.6000000000000005,
    "interval": [6.1, 7.2],
    "verified": True,
    "since": "2026-05-01",
    "derived_from": None,
    "ratings": {"safe": "green"},
    "actions": [{"ref": "R8-0001-A1", "status": "open", "owner": "kazami"}],
}
MAIL = [{"kind": "silent_14", "about": "R8-0001", "subject": "…", "body": "…"}, {"kind": "review.decided", "about": "R8-0001"}]
FLAGS = ["silent_14", "red_health"]


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ({"stage": "pilot", "verified": True, "derived_from": None}, SEEN),
        ({"estimate": 6.6, "interval": [6.1, 7.2], "open_actions": 2.0}, SEEN),
        ({"open_actions": {"min": 2, "max": 2}, "actions": {"count": 1}}, SEEN),
        ({"ratings": {"has": "safe", "lacks": ["portable", "measured"]}}, SEEN),
        ({"ratings": {"safe": "green"}, "has": "stage", "lacks": "colour"}, SEEN),
        ({"actions": ["R8-0001-A1"]}, SEEN),
        ({"actions": [{"status": "open"}]}, SEEN),
        ({"actions": {"has": {"owner": "kazami", "status": "open"}, "lacks": {"status": "closed"}}}, SEEN),
        ({"actions": {"has": "R8-0001-A1"}}, SEEN),
        ({"since": datetime(2026, 5, 1, tzinfo=UTC).date()}, SEEN),
        ({"has": "silent_14", "lacks": "past_end", "count": 2}, FLAGS),
        ({"has": ["silent_14", "review.decided"], "lacks": "action_overdue", "min": 2, "max": 2}, MAIL),
        (["silent_14", "red_health"], FLAGS),
        ({"min": 3}, 3),
        ({"lacks": "silent_14"}, []),
        ({}, SEEN),
    ],
)
def test_what_is_as_expected(expected: Any, seen: Any) -> None:
    assert mismatch(expected, seen) is None


@pytest.mark.parametrize(
    ("expected", "seen", "where"),
    [
        ({"stage": "rollout"}, SEEN, "stage"),
        ({"verified": 1}, SEEN, "verified"),
        ({"open_actions": True}, SEEN, "open_actions"),
        ({"estimate": 6.61}, SEEN, "estimate"),
        ({"interval": [6.1]}, SEEN, "interval"),
        ({"interval": [6.1, 7.3]}, SEEN, "interval.1"),
        ({"open_actions": {"min": 3}}, SEEN, "open_actions"),
        ({"open_actions": {"max": 1}}, SEEN, "open_actions"),
        ({"open_actions": {"count": 3}}, SEEN, "open_actions"),
        ({"actions": {"count": 0}}, SEEN, "actions"),
        ({"actions": [{"status": "closed"}]}, SEEN, "actions.0.status"),
        ({"actions": {"has": {"status": "closed"}}}, SEEN, "actions"),
        ({"ratings": {"has": "portable"}}, SEEN, "ratings"),
        ({"ratings": {"lacks": "safe"}}, SEEN, "ratings"),
        ({"ratings": {"safe": "red"}}, SEEN, "ratings.safe"),
        ({"derived_from": "R8-0001"}, SEEN, "derived_from"),
        ({"stage": {"min": 1}}, SEEN, "stage"),
        ({"open_actions": {"min": "many"}}, SEEN, "open_actions"),
        ({"stage": {"name": "pilot"}}, SEEN, "stage"),
        ({"has": "past_end"}, FLAGS, "past_end"),
        ({"lacks": "silent_14"}, FLAGS, "silent_14"),
        ({"lacks": "silent_14"}, MAIL, "silent_14"),
        ({"count": 1}, MAIL, "2"),
        (["red_health", "silent_14"], FLAGS, "0"),
        ({"since": "2026-05-02"}, SEEN, "since"),
    ],
)
def test_what_is_not_as_expected_is_named(expected: Any, seen: Any, where: str) -> None:
    said = mismatch(expected, seen)
    assert said is not None
    assert where in said
