"""One idea as its reader may see it: where it is, what is next, who must move, since when; then everything else.

A constant number of statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import stages
from stages.dossier import Dossier
from stages.kernel import Criterion, Finding
from stages.permissions import Sight, sight
from workflows import idea_rows, standing
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier, latest_assessment
from workflows.queries import idea_kin, idea_ledger, idea_record, idea_repositories, idea_reviews
from workflows.queries.effects import Saved, savings_of
from workflows.queries.idea_pilots import PilotView, pilots_of
from workflows.queries.idea_team import TeamView, team_of
from workflows.queries.incidents import IncidentRow, emergencies_of
from workflows.queries.looks import Eyes, may_read_ledger
from workflows.queries.offers import offered
from workflows.queries.paging import Listed
from workflows.runtime.refusal import unknown
from workflows.runtime.work import Around, around, visibility
from workflows.tables.ideas import Follow, Idea
from workflows.tables.risks import RiskAssessment

VERBS = (
    "idea.follow", "idea.unfollow", "comment.post", "idea.demand", "idea.submit", "idea.revise", "idea.withdraw", "idea.clone",
    "idea.complete", "idea.resume", "idea.compare", "idea.merge", "idea.assign_owner", "evidence.attach", "evidence.withdraw",
    "repo.link", "repo.unlink", "repo.sync", "repo.snapshot", "risk.profile", "risk.assess", "risk.decide", "checklist.answer",
    "review.request", "pilot.plan", "pilot.start", "pilot.report", "product.describe",
)  # fmt: skip
"""What the page offers, as a form or as a link, to those who may say it."""
LISTS = ("evidence", "demand", "comments")
"""The parts of the page that page by key, each on its own."""


@dataclass(frozen=True, slots=True)
class SeenIdea:
    """An idea that the reader sees something of."""

    idea: Idea
    orgs: Around
    sight: Sight


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the road. `state`: passed, here, stopped (the road ended here) or ahead; `gate` is the way out of it."""

    key: str
    name: str
    state: str
    gate: str | None


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag that stands, with every reason it stands for and who can clear them."""

    name: str
    reasons: Sequence[str]
    clears: Sequence[str]


@dataclass(frozen=True, slots=True)
class Everything:
    """What only those see who may see everything of the idea."""

    facts: Dossier
    next_step: str
    waits_for: str | None
    partners: Sequence[str]
    flags: Sequence[FlagView]
    risk: RiskAssessment | None
    pilots: Sequence[PilotView]
    savings: Sequence[Saved]
    """What each measured site saves in a year."""
    preview: Sequence[tuple[Criterion, Finding | None]]
    """What the gate would say if it were asked today; empty unless it may be asked."""
    relatives: Sequence[idea_kin.Relative]
    look_alikes: Sequence[idea_kin.Resembling]
    proposals: Sequence[idea_kin.ProposalView]
    repositories: Sequence[idea_repositories.RepositoryView]
    evidence: Listed[idea_record.EvidenceView]
    to_use_again: frozenset[str]
    """The evidence that may be shown for another question today, by reference."""
    demand: Listed[idea_record.DemandView]
    comments: Listed[idea_record.CommentView]
    ledger: idea_ledger.LedgerView | None
    following: bool
    emergencies: Sequence[IncidentRow]

    @property
    def merge_choices(self) -> list[tuple[str, str]]:
        """What the idea could be merged into, before anything was looked for: its look-alikes that have not ended."""
        return [(a.number, f"{a.number} {a.title}") for a in self.look_alikes if a.takes_in]


@dataclass(frozen=True, slots=True)
class IdeaPage:
    idea: Idea
    sight: Sight
    owner: str
    since: date
    days: int
    steps: Sequence[Step]
    reviews: Sequence[idea_reviews.ReviewView]
    can: frozenset[str]
    """The verbs the page offers to this reader."""
    team: TeamView
    more: Everything | None
    product: tuple[str, str] | None
    """Slug and name of the product that came of it, where this reader may open its page."""


def seen_idea(eyes: Eyes, number: str) -> SeenIdea:
    """The idea of a number as far as the reader sees it. Refused `unknown` where that is not at all."""
    idea = eyes.find(Idea, number=number)
    if idea is not None:
        orgs = around(eyes.session, idea)
        how_much = sight(eyes.seer, visibility(idea, orgs))
        if how_much != Sight.NONE:
            return SeenIdea(idea, orgs, how_much)
    raise unknown(f"アイデア {number}")


def idea_page(eyes: Eyes, seen: SeenIdea, after: Mapping[str, str | None]) -> IdeaPage:
    """The page of an idea; its parts by the reader's sight (POLICY §7). `after`: where each of LISTS goes on.

    Refused `invalid` for a strange key."""
    idea, full = seen.idea, seen.sight == Sight.FULL
    reviews = (
        idea_reviews.reviews_of(eyes, idea, published_only=not full) if seen.sight != Sight.BRIEF else []
    )
    since = tokyo_day(idea.status_since)
    product = idea_rows.single_of(eyes.session, idea).product
    can = offered(
        eyes,
        idea,
        seen.orgs,
        VERBS if full else ("idea.demand",),
        # Only the agency asks: it decides the risk where the owner has nobody who does.
        owner_has_caio=not eyes.actor.belongs_to("agency") or eyes.has_caio(idea.owner_id),
    )
    return IdeaPage(
        idea=idea,
        sight=seen.sight,
        owner=idea_rows.organizations_near(eyes.session, idea).by_id[idea.owner_id].name,
        since=since,
        days=(eyes.today - since).days,
        steps=_steps(idea) if seen.sight != Sight.BRIEF else (),
        reviews=reviews,
        can=can,
        team=team_of(eyes, idea, seen.orgs, seen.sight),
        more=_everything(eyes, seen, after) if full else None,
        product=(product.slug, product.name) if product and (full or product.flag != "none") else None,
    )


def _steps(idea: Idea) -> list[Step]:
    here = stages.STAGES[idea.stage]
    at = stages.PIPELINE.index(here)
    stopped = idea.status in ("killed", "withdrawn", "merged")
    states = ["passed" if i < at else "ahead" for i in range(len(stages.PIPELINE))]
    states[at] = "stopped" if stopped else "passed" if idea.status == "completed" else "here"
    return [
        Step(s.key, s.name, state, s.gate.key if s.gate else None)
        for s, state in zip(stages.PIPELINE, states, strict=True)
    ]


def _everything(eyes: Eyes, seen: SeenIdea, after: Mapping[str, str | None]) -> Everything:
    idea = seen.idea
    facts = dossier(eyes.session, idea, eyes.today)
    agencies = idea_rows.organizations_near(eyes.session, idea).agencies
    step = standing.next_step(facts, agencies[0] if agencies else None)
    flags = list(standing.flags(facts, eyes.today, tuple(agencies)))
    may_read = may_read_ledger(eyes.speaker, seen.orgs.owner, seen.orgs.partners)
    entries = idea_ledger.recent_entries(eyes, idea) if may_read else []
    names = idea_record.names_near(
        eyes,
        idea,
        {
            *seen.orgs.everyone,
            *([step.waits_for] if step.waits_for else []),
            *(o for f in flags for o in f.clears),
            *idea_ledger.actors_of(entries),
        },
    )
    gate = stages.STAGES[idea.stage].gate
    return Everything(
        facts=facts,
        next_step=step.text,
        waits_for=names.get(step.waits_for) if step.waits_for else None,
        partners=sorted(names.get(p, p) for p in seen.orgs.partners),
        flags=_flags(flags, names),
        risk=latest_assessment(eyes.session, idea),
        pilots=pilots_of(eyes, idea, facts),
        savings=savings_of(eyes, idea),
        preview=[(c, c.check(facts) if c.check else None) for c in gate.criteria]
        if gate and idea.status == "active"
        else (),
        relatives=idea_kin.relatives_of(eyes, idea),
        look_alikes=idea_kin.look_alikes_of(eyes, idea, facts.look_alikes),
        proposals=idea_kin.proposals_about(eyes, idea, seen.orgs),
        repositories=idea_repositories.repositories_of(eyes, idea),
        evidence=idea_record.evidence_listed(eyes, idea, after["evidence"]),
        to_use_again=idea_record.to_use_again(eyes, idea),
        demand=idea_record.demand_for(eyes, idea, after["demand"]),
        comments=idea_record.comments_on(eyes, idea, after["comments"]),
        ledger=idea_ledger.recent_ledger(eyes, idea, entries, names) if may_read else None,
        following=eyes.speaker.user_id is not None
        and eyes.find(Follow, idea_id=idea.id, user_id=eyes.speaker.user_id) is not None,
        emergencies=emergencies_of(eyes, idea) if any(i.open for i in facts.incidents) else (),
    )


def _flags(standing_now: Sequence[standing.Standing], names: Mapping[str, str]) -> list[FlagView]:
    """One view a flag, whatever the number of things it stands for."""
    found: dict[str, tuple[list[str], dict[str, None]]] = {}
    for s in standing_now:
        reasons, clears = found.setdefault(s.flag.name, ([], {}))
        reasons.append(s.raised.reason)
        clears.update(dict.fromkeys(names.get(o, o) for o in s.clears))
    return [FlagView(name, list(dict.fromkeys(r)), list(c)) for name, (r, c) in found.items()]
