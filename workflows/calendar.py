"""Tokyo's calendar: today's date, and working days without the agency's days off."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

TOKYO = ZoneInfo("Asia/Tokyo")


def tokyo_day(moment: datetime) -> date:
    """The Asia/Tokyo date of an aware time."""
    return moment.astimezone(TOKYO).date()


def start_of_day(day: date) -> datetime:
    """Midnight in Tokyo of a date, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC)


@cache
def _national_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))


def is_working_day(day: date) -> bool:
    """Whether the agency works: no weekend, national holiday, or 29 December to 3 January (行政機関の休日に関する法律)."""
    new_year = (day.month, day.day) in ((12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3))
    return day.weekday() < 5 and not new_year and day not in _national_holidays(day.year)


def working_days_between(since: date, until: date) -> int:
    """How many working days have passed on `until`, counted from the day after `since`."""
    return sum(is_working_day(since + timedelta(days=n)) for n in range(1, (until - since).days + 1))


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, counted from the next day."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
