"""Who is in a story of the demo, and how a step of a scenario is written for them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from workflows.calendar import TOKYO

Facts = Mapping[str, Any]
Steps = Iterator[dict[str, Any]]


class Cast:
    """Who is in a story: the owner's people, the vendor's, the agency's."""

    def __init__(self, facts: Facts) -> None:
        self.owner: str = facts["owner"]
        self.vendor: str = facts.get("vendor", "")
        self.repository: str = facts.get("repository", "")
        self.reviewers: list[str] = [agency(who) for who in facts.get("reviewers", ["shinsa1", "shinsa2"])]
        self.submitter = staff(self.owner)
        self.approver = f"kessai@{self.owner}.example.jp"
        self.engineer = f"gyosha@{self.vendor}.example.jp"


def staff(town: str) -> str:
    """The mail address of a municipality's submitter."""
    return f"tanto@{town}.example.jp"


def agency(who: str) -> str:
    return f"{who}@digital-agency.example.jp"


def moment(value: Any) -> datetime:
    """A moment from a moment, or from a day alone: nine o'clock in Tokyo. Either may be its text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value if isinstance(value, datetime) else datetime.combine(value, time(9), TOKYO)


def do(who: str, verb: str, save: str = "", on: datetime | None = None, **command: Any) -> dict[str, Any]:
    step: dict[str, Any] = {"as": who, "do": verb, "with": command}
    return step | ({"save": save} if save else {}) | ({"on": on} if on else {})


def snapshot(cast: Cast, at: datetime, **changed: Any) -> dict[str, Any]:
    """The repository as somebody saw it at a time, with a commit of the day before."""
    pushed = (at - timedelta(days=1)).isoformat()
    facts = {
        "default_branch": "main",
        "pushed_at": pushed,
        "last_commit_at": pushed,
        "archived": False,
        "licence_spdx": "MIT",
        "files": ["README.md", "LICENSE", "SECURITY.md"],
        "releases": [],
        "commits_by_contributor": {"dev-a": 86, "dev-b": 41, "dev-c": 12},
        "median_issue_response_hours": 26,
        "open_issues": 3,
        "ci": "passing",
    }
    command: dict[str, Any] = {
        "full_name": cast.repository,
        "taken_at": at.isoformat(),
        "source": "import",
        "facts": facts | changed,
    }
    return do("system", "repo.snapshot", on=at, **command)
