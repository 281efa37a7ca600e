"""What a scenario expects: named keys, comparisons, members; and how a difference is named."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workflows.runtime.expectation import mismatch

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
MAIL = [
    {"kind": "silent_14", "about": "R8-0001", "subject": "…", "body": "…"},
    {"kind": "review.decided", "about": "R8-0001"},
]
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
