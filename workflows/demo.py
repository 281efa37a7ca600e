"""The demo country: every story of the package, with its dates moved so that the country is alive today.

The product's clock is always the real one; a demo moves its stories instead (docs/decisions/0007).
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from importlib.resources import files

from stages.days import fiscal_year
from workflows.demo_roads import written_out

ACCEPTANCE = re.compile(r"0[123]-.*\.yaml")
"""The stories that are the acceptance test too: they keep their own dates, but for whole years."""
AT_REST_DAYS = 30
"""Days at least between the last step of the acceptance stories and today: in them the rest of the country, which starts
455 days ago, takes up their product, and the exact counts that they look at are over."""

_DATE = re.compile(r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_NUMBER = re.compile(r"\bR(\d+)-(\d{4})\b")
_DAY = re.compile(r"\{D(?P<days>[+-]\d+)?(?:T(?P<time>\d\d:\d\d))?\}")
_FISCAL_YEAR = re.compile(r"\{FY(?P<years>[+-]\d+)?\}")


def stories(today: date) -> list[tuple[str, str]]:
    """Every story of the package as (name, scenario text), ready to be played on the Tokyo date `today`.

    They are merged by time when played. Every step but those of the acceptance stories lies from 455 days ago to yesterday.
    """
    folder = files("workflows") / "stories"
    texts = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".yaml"))
    years = years_back((text for name, text in texts if ACCEPTANCE.fullmatch(name)), today)
    return [
        (
            name,
            moved_back(text, years)
            if ACCEPTANCE.fullmatch(name)
            else written_out(placed(text, today, years)),
        )
        for name, text in texts
    ]


def years_back(texts: Iterable[str], today: date) -> int:
    """The fewest whole years by which the last step of these stories lies AT_REST_DAYS before today, or earlier.

    Whole years, so that budget windows, fiscal years and months stay what they are told to be. Below zero when the
    stories have become so old that they must move forward.
    """
    last = max(
        date.fromisoformat(day)
        for text in texts
        for day in re.findall(r"(?:at|tick): '(\d{4}-\d\d-\d\d)T", text)
    )
    years = last.year - today.year
    while last.replace(year=last.year - years) > today - timedelta(days=AT_REST_DAYS):
        years += 1
    return years


def moved_back(text: str, years: int) -> str:
    """A story with every year in it, and the era year of every idea's number, moved back by whole years.

    Raises ValueError for a 29 February, which has no place in most other years.
    """
    for day in _DATE.findall(text):
        if day.endswith("-02-29"):
            raise ValueError(f"{day} cannot be moved by whole years")
    return _renumbered(_YEAR.sub(lambda year: str(int(year[0]) - years), text), years)


def placed(text: str, today: date, years: int) -> str:
    """A story told from today: {D-40} is the date 40 days ago, {D-40T09:00} that day at nine in Tokyo, {FY+1} the next
    fiscal year. R8-0001 is the number of the first acceptance story, which moves with it.
    """

    def day(found: re.Match[str]) -> str:
        on = today + timedelta(days=int(found["days"] or 0))
        return f"{on}T{found['time']}:00+09:00" if found["time"] else on.isoformat()

    def year(found: re.Match[str]) -> str:
        return str(fiscal_year(today) + int(found["years"] or 0))

    return _renumbered(_FISCAL_YEAR.sub(year, _DAY.sub(day, text)), years)


def _renumbered(text: str, years: int) -> str:
    return _NUMBER.sub(lambda number: f"R{int(number[1]) - years}-{number[2]}", text)
