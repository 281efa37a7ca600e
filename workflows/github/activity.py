"""How alive a repository is, counted from its pieces: who commits, and how long questions wait."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from stages.days import add_months

IN_TIME = timedelta(days=7)
"""A question that is younger and unanswered does not count yet."""


def twelve_months_before(now: datetime) -> datetime:
    there = now.astimezone(UTC)
    return datetime.combine(add_months(there.date(), -12), there.timetz())


def commits(found: Sequence[Sequence[str | None]], begin: datetime) -> tuple[dict[str, int], str | None]:
    """How many commits each contributor made since then (machines left out), and when the last one was made."""
    counted: dict[str, int] = {}
    last: datetime | None = None
    for author, at in found:
        when = datetime.fromisoformat(at or "")
        if when < begin:
            continue
        last = when if last is None else max(last, when)
        if author:
            counted[author] = counted.get(author, 0) + 1
    by_size = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return dict(by_size), last.isoformat() if last else None


def median_response_hours(
    issues: Sequence[dict[str, Any]], comments: Sequence[dict[str, Any]], capped: bool, now: datetime
) -> float | None:
    """The median wait of the questions of the last 12 months for a word by another person, or for their end; None without any.

    One that still waits after a week counts with its age. `capped`: older comments exist than were read, so that nothing
    is known of the questions before the oldest of these.
    """
    begin = twelve_months_before(now)
    read_since = min((c["at"] for c in comments), default=None) if capped else None
    waits = []
    for issue in issues:
        asked = datetime.fromisoformat(issue["at"])
        if asked < begin or (read_since is not None and issue["comments"] and issue["at"] < read_since):
            continue
        answers = [
            datetime.fromisoformat(c["at"])
            for c in comments
            if c["on"] == issue["number"] and c["by"] is not None and c["by"] != issue["by"]
        ]
        if issue["closed_at"]:
            answers.append(datetime.fromisoformat(issue["closed_at"]))
        if answers:
            waits.append(max(min(answers) - asked, timedelta()))
        elif now - asked >= IN_TIME:
            waits.append(now - asked)
    return round(median(w.total_seconds() for w in waits) / 3600, 1) if waits else None
