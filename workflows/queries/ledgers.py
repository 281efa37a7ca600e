"""The ledgers a reader may verify: of which idea, how long, and whether the last anchor covers it (four statements); and the anchors,
which everybody may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select

from workflows.queries.finding import has_words
from workflows.queries.looks import Eyes
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.runtime.anchors import last_anchor
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

ROWS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class ChainRow:
    number: str
    title: str
    entries: int
    last_at: datetime | None
    anchored: int
    """Entries under the last anchor."""


@dataclass(frozen=True, slots=True)
class LedgersPage:
    rows: Sequence[ChainRow]
    after: str | None
    anchor: Anchor | None
    """The last one; it covers the chains of organizations too."""


@dataclass(frozen=True, slots=True)
class AnchorsPage:
    rows: Sequence[Anchor]
    """The last first."""
    after: str | None


def ledgers_readable(eyes: Eyes) -> None:
    """The agency's reviewers, approvers, coordinators and auditors read every ledger. Refused `unknown` to everyone else."""
    if not any(True for _ in eyes.seer.holds("agency", "reviewer", "approver", "coordinator", "auditor")):
        raise unknown("台帳の一覧")


def ledgers_list(eyes: Eyes, q: str | None = None, after: str | None = None) -> LedgersPage:
    """One page of the submitted ideas' ledgers, the newest idea first. Refused `invalid` for a key that no page gave."""
    conditions: list[Any] = [col(Idea.submitted_at).is_not(None), *has_words(q, Idea.number, Idea.title)]
    if after is not None:
        conditions.append(col(Idea.id) < behind(after, an_id))
    columns: list[Any] = [Idea.id, Idea.number, Idea.title]
    found = eyes.session.exec(
        select(*columns).where(*conditions).order_by(col(Idea.id).desc()).limit(ROWS_A_PAGE + 1)
    ).all()
    shown, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[0]))
    chains = eyes.session.exec(
        select(LedgerEntry.chain, func.count(), func.max(LedgerEntry.at))
        .where(col(LedgerEntry.chain).in_([row[1] for row in shown]))
        .group_by(LedgerEntry.chain)
    )
    held = {chain: (entries, at) for chain, entries, at in chains}
    nothing: tuple[int, datetime | None] = (0, None)
    anchored = select(AnchorHead.chain, func.max(AnchorHead.seq)).group_by(AnchorHead.chain)
    heads = dict(
        eyes.session.exec(anchored.where(col(AnchorHead.chain).in_([row[1] for row in shown]))).all()
    )
    return LedgersPage(
        rows=[
            ChainRow(
                number,
                title,
                held.get(number, nothing)[0],
                held.get(number, nothing)[1],
                heads.get(number, 0),
            )
            for _, number, title in shown
        ],
        after=goes_on,
        anchor=last_anchor(eyes.session),
    )


def anchors_list(eyes: Eyes, after: str | None = None, limit: int = ROWS_A_PAGE) -> AnchorsPage:
    """One page of the anchors, the last first. One statement. Refused `invalid` for a key that no page gave."""
    wanted = select(Anchor).order_by(col(Anchor.id).desc()).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(col(Anchor.id) < behind(after, an_id))
    return AnchorsPage(*page_of(eyes.session.exec(wanted).all(), limit, lambda anchor: key_of(anchor.id)))
