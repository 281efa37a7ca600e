"""Calendar arithmetic of the policy: days are Asia/Tokyo dates, months are calendar months (POLICY §1)."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later (earlier if negative); the month's last day where it is shorter."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def days_passed(since: date, today: date, days: int) -> bool:
    """Whether `days` days have passed: the difference of the dates is at least that."""
    return (today - since).days >= days


def overdue(due_on: date, today: date) -> bool:
    """Whether something due on `due_on` is overdue: from the day after."""
    return today > due_on


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year (April to March) a day lies in, as a western year."""
    return day.year if day.month >= 4 else day.year - 1


def era_year(day: date) -> int:
    """The Reiwa year of the day's fiscal year (西暦 − 2018), as used in an idea's number."""
    return fiscal_year(day) - 2018


def written(day: date) -> str:
    """A day as a sentence says it: 2026年11月23日."""
    return f"{day.year}年{day.month}月{day.day}日"
