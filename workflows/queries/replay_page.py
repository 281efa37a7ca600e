"""Past reviews asked again under the present policy, a page at a time: what would come out otherwise, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

from stages.permissions import Actor
from workflows.queries.looks import Eyes
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.replaying import Outcome, replayed
from workflows.replays import past_reviews
from workflows.runtime.refusal import unknown

ROWS_A_PAGE = 50
"""Each review is asked anew for every look: some milliseconds."""


@dataclass(frozen=True, slots=True)
class ReplayPage:
    otherwise: Sequence[Outcome]
    failed: Sequence[Outcome]
    asked: int
    """Reviews of this page, those that come out the same too."""
    after: str | None


def asks_again(actor: Actor) -> bool:
    """The agency's administrators, who look after the policy's versions, and its auditors."""
    return any(True for _ in actor.holds("agency", "administrator", "auditor"))


def may_replay(eyes: Eyes) -> None:
    """Refused `unknown` for everyone else."""
    if not asks_again(eyes.actor):
        raise unknown("基準の問い直しのページ")


def replay_page(eyes: Eyes, after: str | None) -> ReplayPage:
    """Three statements. Refused `invalid` for a key that no page gave."""
    under = behind(after, an_id) if after is not None else None
    found = past_reviews(eyes.session, under=under, limit=ROWS_A_PAGE + 1)
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[0]))
    outcomes = [replayed(past) for _, past in rows]
    return ReplayPage(
        otherwise=[o for o in outcomes if o["otherwise"]],
        failed=[o for o in outcomes if o["error"]],
        asked=len(outcomes),
        after=goes_on,
    )
