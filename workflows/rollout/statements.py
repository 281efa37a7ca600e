"""What local governments state about products, and whether it counts today: said once for every list and page."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from stages.days import add_months
from stages.rollout import ADOPTION_LASTS_MONTHS, adoption_expires_on
from workflows.calendar import start_of_day, tokyo_day
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product


def lapsed(confirmed_at: datetime, today: date) -> bool:
    """Whether a statement counts no more, since nobody confirmed it within the year (POLICY §4)."""
    return adoption_expires_on(tokyo_day(confirmed_at)) <= today


def counts_since(today: date) -> datetime:
    """The moment from which a statement must have been confirmed to count today: `lapsed`, for a database to look at."""
    day = add_months(today, -ADOPTION_LASTS_MONTHS)
    while adoption_expires_on(day) <= today:
        day += timedelta(days=1)
    return start_of_day(day)


def standing_statements(*columns: Any) -> Any:
    """The statements that no later one replaced, each with its local government and product: a statement to narrow."""
    return (
        select(*columns)
        .select_from(Adoption)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .join(Product, col(Product.id) == Adoption.product_id)
        .where(col(Adoption.replaced_at).is_(None))
    )


def adopted_by(session: Session, key: Any, today: date, *conditions: Any) -> Mapping[int, int]:
    """How many statements of use count today, for each value of a column. One statement."""
    said = standing_statements(key, Adoption.confirmed_at).where(Adoption.status == "adopted", *conditions)
    return Counter(value for value, confirmed in session.exec(said) if not lapsed(confirmed, today))
