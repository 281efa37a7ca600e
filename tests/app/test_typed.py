"""What people type and paste is read where its meaning is certain, and left as typed where it is not."""

import pytest
from werkzeug.datastructures import MultiDict

from app.pages.forms import command_of
from app.pages.typed import day, moment, number, whole, written
from workflows.runtime.refusal import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1820", 1820), ("１，８２０", 1820), ("1,820 件", 1820), ("　４５　", 45), ("−3", -3), ("80%", 80),
        ("12.5", "12.5"), ("1,82", "1,82"), ("来年", "来年"), ("1e3", "1e3"), ("9" * 20, "9" * 20),
    ],
)  # fmt: skip
def test_a_whole_number(text: str, value: object) -> None:
    assert whole(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("１２．５分", 12.5),
        ("30 時間", 30.0),
        (".94", 0.94),
        ("1,234.5", 1234.5),
        ("nan", "nan"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_a_number(text: str, value: object) -> None:
    assert number(text) == value


@pytest.mark.parametrize("value", [12.0, 0.5, 12.3456789, 1_234_567.25, 98_765_432_109.0, 0.00001])
def test_a_number_that_is_shown_to_be_mended_is_the_one_that_is_stored(value: float) -> None:
    assert number(written(value)) == value
    assert written(12.0) == "12"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23", "2026/11/23", "２０２６／１１／２３", "2026.11.23", "2026年11月23日", "2026年11月23日（月）", " 2026/11/23 ",
        "令和8年11月23日", "R8.11.23", "R8/11/23", "令和８年１１月２３日", "46349",
    ],
)  # fmt: skip
def test_every_way_to_write_a_day(text: str) -> None:
    assert day(text) == "2026-11-23"


@pytest.mark.parametrize(
    "text", ["26/11/23", "11/23", "2026/13/1", "2026/2/30", "来週", "12345", "令和0年", "平成"]
)
def test_a_day_that_could_be_another_stays_as_typed(text: str) -> None:
    assert day(text) == text


def test_the_first_year_of_an_era() -> None:
    assert day("令和元年5月1日") == "2019-05-01"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T14:05",
        "2026/11/23 14:05",
        "2026年11月23日 14時5分",
        "令和8年11月23日１４：０５",
        "2026-11-23T14:05:00+09:00",
    ],
)
def test_every_way_to_write_a_moment(text: str) -> None:
    assert moment(text) == "2026-11-23T14:05:00+09:00"


def test_a_moment_that_is_none_stays_as_typed() -> None:
    assert moment("2026/11/23") == "2026-11-23T00:00:00+09:00"
    for text in ("2026/11/23 25:00", "2026/11/23 ごろ", "昼すぎ"):
        assert moment(text) == text


def test_a_form_becomes_the_command_of_its_verb() -> None:
    form = MultiDict(
        [
            ("csrf_token", "x"), ("back", "/"), ("once", "y"), ("review", "R8-0001-G1"), ("seen_version", "３"),
            ("decision", "conditional_go"), ("rationale", "一行目\r\n二行目"), ("hold_until", ""),
            ("actions.0.criterion", "safe"), ("actions.0.text", "直す"), ("actions.0.owner", "kazami"),
            ("actions.0.due_on", "令和8年12月1日"), ("actions.1.criterion", "priced"), ("actions.1.owner", "kazami"),
            ("actions.1.text", " "), ("actions.1.due_on", ""),
            ("resolutions.safe.rating", "amber"), ("resolutions.safe.because", "軽い"), ("resolutions.priced.because", ""),
        ]
    )  # fmt: skip
    assert command_of("review.decide", form) == {
        "review": "R8-0001-G1",
        "seen_version": 3,
        "decision": "conditional_go",
        "rationale": "一行目\n二行目",
        "actions": [{"criterion": "safe", "text": "直す", "owner": "kazami", "due_on": "2026-12-01"}],
        "resolutions": {"safe": {"rating": "amber", "because": "軽い"}},
    }


def test_lists_are_lines_boxes_and_pasted_columns() -> None:
    report = MultiDict([("pilot", "P"), ("blockers", "端末が足りない\r\n\r\n 説明会 ")])
    assert command_of("pilot.report", report)["blockers"] == ["端末が足りない", "説明会"]
    measured = MultiDict([("kpi", "K"), ("samples", "１２\t11.5\r\n9, 5 1,200")])
    assert command_of("kpi.measure", measured)["samples"] == [12.0, 11.5, 9.0, 5.0, 1200.0]
    described = MultiDict([("idea", "I"), ("networks", "alpha"), ("networks", "beta")])
    assert command_of("product.describe", described)["networks"] == ["alpha", "beta"]


def test_an_emptied_field_of_a_revision_is_emptied_and_a_missing_one_is_left_alone() -> None:
    form = MultiDict(
        [("idea", "I"), ("seen_version", "1"), ("title", ""), ("cases_per_year", ""), ("users", "窓口")]
    )
    found = command_of("idea.revise", form)
    assert (found["title"], found["cases_per_year"], found["users"]) == ("", None, "窓口")
    assert "challenge" not in found


def test_a_field_that_the_verb_does_not_have_is_passed_on_to_be_refused() -> None:
    assert command_of("idea.submit", MultiDict([("idea", "I"), ("owner_id", "3")])) == {
        "idea": "I",
        "owner_id": "3",
    }


def test_pasted_lines_of_json_and_of_pairs() -> None:
    rows = MultiDict([("rows", '{"title": "一"}\n\n{"title": "二"}')])
    assert command_of("idea.import", rows)["rows"] == [{"title": "一"}, {"title": "二"}]
    assert command_of("idea.import", MultiDict([("rows", "{これは違う")]))["rows"] == "{これは違う"
    facts = MultiDict(
        [
            ("full_name", "a/b"),
            ("facts.commits_by_contributor", "dev-a: 120\ndev-b：６４"),
            ("facts.archived", "no"),
        ]
    )
    assert command_of("repo.snapshot", facts)["facts"] == {
        "commits_by_contributor": {"dev-a": 120, "dev-b": 64},
        "archived": False,
    }


def test_a_box_says_that_there_is_none_which_an_empty_field_does_not() -> None:
    """Without it a clerk could only say "not seen" of a licence that was looked for and not found."""
    boxes = ("licence_spdx", "median_issue_response_hours", "releases", "commits_by_contributor")
    form = MultiDict([("full_name", "a/b"), ("facts.ci", ""), ("facts.publiccode", "")])
    form.update({f"none.facts.{name}": "yes" for name in boxes})
    assert command_of("repo.snapshot", form)["facts"] == {
        "licence_spdx": None,
        "median_issue_response_hours": None,
        "releases": [],
        "commits_by_contributor": {},
    }
    form["facts.licence_spdx"] = "MIT"
    with pytest.raises(Refused) as refused:
        command_of("repo.snapshot", form)
    assert refused.value.errors.keys() == {"facts.licence_spdx"}
