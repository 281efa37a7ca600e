"""Ideas: drafting, submitting, leaving, cloning, completing."""

from typing import Any

from pydantic import Field
from sqlmodel import col, select

from stages.days import era_year
from stages.permissions import Actor
from stages.permissions import Membership as Held
from workflows import search
from workflows.runtime.commands import AnyText, Command, Count, Line, Ref, Text
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.events import Challenge, Event
from workflows.tables.ideas import Idea, Visit


class MayBeSaid(Command):
    """What an idea may say beside its texts. Sizes: cases a year, minutes each."""

    event: Ref | None = None
    challenge_ref: Ref | None = None
    cases_per_year: Count | None = None
    minutes_each: float | None = Field(default=None, ge=0, le=100_000)
    users: AnyText | None = None
    data_classes: list[Line] | None = Field(default=None, max_length=30)
    expected_effect: AnyText | None = None


class DraftIdea(MayBeSaid):
    """A new idea. `org` only where the actor speaks for several municipalities."""

    title: Line
    field: Line
    challenge: Text
    as_is: AnyText
    to_be: AnyText
    org: Ref | None = None


class ReviseIdea(MayBeSaid):
    """Any field of a draft or active idea, with the version that was seen."""

    idea: Ref
    seen_version: int = Field(ge=1)
    title: Line | None = None
    field: Line | None = None
    challenge: Text | None = None
    as_is: AnyText | None = None
    to_be: AnyText | None = None


class OfIdea(Command):
    idea: Ref


class OfIdeaBecause(Command):
    """An idea, and why."""

    idea: Ref
    because: Text


class CloneIdea(OfIdeaBecause):
    """`org` only where the actor speaks for several municipalities."""

    org: Ref | None = None


class WithdrawIdea(Command):
    idea: Ref
    reason: Text


def towns_of(actor: Actor, *roles: str) -> tuple[Held, ...]:
    """The actor's municipal memberships that carry one of the roles (by default submitter or approver)."""
    return tuple(actor.holds("municipality", *(roles or ("submitter", "approver"))))


def new_idea(work: Work, owner_id: int, **fields: Any) -> Idea:
    """A new draft with the next number of its fiscal year, and its first visit."""
    era = era_year(work.today)
    number = f"R{era}-{work.next_number(f'idea:R{era}'):04d}"
    idea = work.add(
        Idea(
            number=number,
            owner_id=owner_id,
            stage_since=work.now,
            status_since=work.now,
            drafted_at=work.now,
            touched_at=work.now,
            **fields,
        )
    )
    search.index_title(work.session, idea)
    enter(work, idea, "ideathon")
    return idea


def enter(work: Work, idea: Idea, stage: str) -> Visit:
    """Starts the next visit of a stage; the idea becomes active there."""
    number = len(visits(work, idea, stage)) + 1
    return work.add(Visit(idea_id=idea.id, stage=stage, number=number, entered_at=work.now))


def visits(work: Work, idea: Idea, stage: str) -> list[Visit]:
    """The visits of a stage so far, first to last."""
    return list(
        work.session.exec(
            select(Visit).where(Visit.idea_id == idea.id, Visit.stage == stage).order_by(col(Visit.number))
        )
    )


def _links(work: Work, command: MayBeSaid, idea: Idea | None = None) -> dict[str, int | None]:
    """The event and challenge a command names, as columns; a name that is given as null unlinks. Refused `unknown`, and
    `invalid` where the challenge would be another event's than the idea."""
    found: dict[str, int | None] = {}
    if "event" in command.model_fields_set:
        event = work.find(Event, slug=command.event) if command.event else None
        if command.event and event is None:
            raise unknown(f"イベント {command.event}")
        found["event_id"] = event.id if event else None
    if "challenge_ref" in command.model_fields_set:
        posted = work.find(Challenge, ref=command.challenge_ref) if command.challenge_ref else None
        if command.challenge_ref and posted is None:
            raise unknown(f"課題 {command.challenge_ref}")
        found["challenge_id"] = posted.id if posted else None
    event_id = found.get("event_id", idea.event_id if idea else None)
    challenge_id = found.get("challenge_id", idea.challenge_id if idea else None)
    both = found and event_id and challenge_id
    if both and work.session.get_one(Challenge, challenge_id).event_id != event_id:
        raise invalid(
            "challenge_ref", "この課題は、選んだイベントのものではありません。どちらかを選び直してください。"
        )
    return found


@verb("idea.draft", DraftIdea)
def draft_idea(work: Work, command: DraftIdea) -> Idea:
    """下書きを作る。番号はこのとき決まり、変わらない。"""
    links = _links(work, command)
    named = work.named_org(command.org)
    work.allow("idea.draft")
    owner = work.acting_org(named, *towns_of(work.actor))
    texts = command.model_dump(exclude={"event", "challenge_ref", "org"}, exclude_none=True)
    idea = new_idea(work, owner.id or 0, **texts, **links)
    work.record("idea.drafted", idea, title=idea.title, owner=owner.slug)
    return idea


@verb("idea.revise", ReviseIdea)
def revise_idea(work: Work, command: ReviseIdea) -> Idea:
    """アイデアの内容を直す。見た版が古ければ stale。"""
    idea = work.idea(command.idea)
    work.require("idea.revise", idea)
    work.match(command.seen_version, idea.version, "このアイデア")
    given = command.model_dump(exclude={"idea", "seen_version", "event", "challenge_ref"}, exclude_unset=True)
    may_be_empty: dict[str, Any] = {
        "cases_per_year": None,
        "minutes_each": None,
        "users": "",
        "expected_effect": "",
        "data_classes": [],
    }
    fields = {name: may_be_empty.get(name) if value is None else value for name, value in given.items()}
    fields = {
        name: value for name, value in fields.items() if value is not None or name in may_be_empty
    } | _links(work, command, idea)
    changed: dict[str, Any] = {name: value for name, value in fields.items() if getattr(idea, name) != value}
    work.change(idea, touched_at=work.now, **changed)
    if "title" in changed:
        search.index_title(work.session, idea)
    work.record("idea.revised", idea, fields=sorted(changed), version=idea.version)
    return idea


@verb("idea.submit", OfIdea)
def submit_idea(work: Work, command: OfIdea) -> Idea:
    """決裁のうえ下書きを提出する。イベントの締切後は too_late。"""
    idea = work.idea(command.idea)
    work.require("idea.submit", idea)
    missing = [
        name for name, value in (("現状", idea.as_is), ("あるべき姿", idea.to_be)) if not value.strip()
    ]
    if missing:
        raise Refused(
            "incomplete", f"{'と'.join(missing)}が空です。書いてから提出してください。", about=missing
        )
    event = work.find(Event, id=idea.event_id) if idea.event_id else None
    if event and work.now > event.submissions_close_at:
        raise Refused(
            "too_late", f"「{event.name}」の応募は締め切られました。イベントの選択を外せば提出できます。"
        )
    work.change(idea, status="active", status_since=work.now, stage_since=work.now, submitted_at=work.now)
    work.record("idea.submitted", idea, title=idea.title)
    return idea


@verb("idea.withdraw", WithdrawIdea)
def withdraw_idea(work: Work, command: WithdrawIdea) -> Idea:
    """アイデアを取り下げる。実証が始まった後は審査によって終わる（wrong_stage）。"""
    idea = work.idea(command.idea)
    work.require("idea.withdraw", idea)
    work.change(idea, status="withdrawn", status_since=work.now)
    work.record("idea.withdrawn", idea, reason=command.reason)
    return idea


@verb("idea.clone", CloneIdea)
def clone_idea(work: Work, command: CloneIdea) -> Idea:
    """ほかの団体のアイデアをもとに、自分の団体の下書きを作る。KPI や判定は写さない。"""
    parent = work.idea(command.idea)
    named = work.named_org(command.org)
    work.require("idea.clone", parent, own=None)
    owner = work.acting_org(named, *towns_of(work.actor))
    texts = (
        "title",
        "field",
        "challenge",
        "as_is",
        "to_be",
        "users",
        "expected_effect",
        "cases_per_year",
        "minutes_each",
        "data_classes",
    )
    child = new_idea(
        work,
        owner.id or 0,
        **{t: getattr(parent, t) for t in texts},
        derived_from_id=parent.id,
        derived_because=command.because,
    )
    work.record(
        "idea.drafted",
        child,
        title=child.title,
        owner=owner.slug,
        derived_from=parent.number,
        because=command.because,
    )
    work.record("idea.cloned", parent, child=child.number, by=owner.slug)
    return child


@verb("idea.complete", OfIdeaBecause)
def complete_idea(work: Work, command: OfIdeaBecause) -> Idea:
    """横展開を終え、アイデアを完了にする。"""
    idea = work.idea(command.idea)
    orgs = work.require("idea.complete", idea)
    work.change(idea, status="completed", status_since=work.now)
    work.record("idea.completed", idea, because=command.because)
    work.tell(
        orgs.everyone, "idea.completed", idea.number, f"横展開が完了しました: {idea.title}", command.because
    )
    return idea
