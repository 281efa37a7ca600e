"""Teams: an organization asks, or is asked, to join an idea; the other side answers; either may end it."""

from sqlmodel import col, select

from stages.kernel import Denied
from stages.permissions import Actor
from stages.permissions import Membership as Held
from workflows.ideas import towns_of
from workflows.runtime.commands import Command, Ref, Text
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot
from workflows.tables.reviews import ActionItem


class AskTeam(Command):
    """`org` is the organization that would join, whichever side asks."""

    idea: Ref
    org: Ref
    message: Text


class OfTeam(Command):
    idea: Ref
    org: Ref


def makers_of(actor: Actor) -> tuple[Held, ...]:
    """The memberships in which the actor makes things: municipal submitter or approver, vendor's member."""
    return (*towns_of(actor), *actor.holds("vendor", "member"))


def _live(work: Work, idea: Idea, org: Organization) -> TeamMember | None:
    """The organization's pending or joined place in the team. The idea's lock guards it."""
    rows = select(TeamMember).where(TeamMember.idea_id == idea.id, TeamMember.org_id == org.id)
    return work.session.exec(rows.where(col(TeamMember.status).in_(["asked", "joined"]))).first()


def _sides(work: Work, owner: str, org: Organization) -> list[str]:
    """The sides the actor stands on: `owner`, `partner`, both or none."""
    slugs = {held.org for held in makers_of(work.actor)}
    return [side for side, slug in (("owner", owner), ("partner", org.slug)) if slug in slugs]


@verb("team.ask", AskTeam)
def ask_team(work: Work, command: AskTeam) -> Idea:
    """アイデアのチームに加わることを頼む、または加わるよう誘う。返事待ちか参加済みなら duplicate。"""
    idea, org = work.idea(command.idea), work.org(command.org)
    owner = work.slug_of(idea.owner_id)
    orgs = work.require("team.ask", idea, own={owner, org.slug})
    if org.slug == owner:
        raise invalid("org", "提案団体はもうチームに入っています。ほかの団体を選んでください。")
    if org.kind not in ("vendor", "municipality"):
        raise invalid("org", "チームに加われるのは事業者か地方公共団体です。選び直してください。")
    if live := _live(work, idea, org):
        state = "すでに参加しています" if live.status == "joined" else "返事を待っているところです"
        raise Refused("duplicate", f"{org.name}は{state}。")
    side = _sides(work, owner, org)[0]
    work.add(
        TeamMember(
            idea_id=idea.id or 0,
            org_id=org.id or 0,
            asked_side=side,
            message=command.message,
            asked_at=work.now,
        )
    )
    work.record("team.asked", idea, org=org.slug, side=side)
    subject = (
        f"チームへのお誘い: {idea.title}" if side == "owner" else f"{org.name}から参加の申出: {idea.title}"
    )
    asked = org.slug if side == "owner" else orgs.owner
    work.tell([asked], "team.asked", idea.number, subject, command.message)
    return idea


def _answer(work: Work, command: OfTeam, verb_name: str, status: str) -> Idea:
    """Accepts or declines what is pending: only the side that was asked may."""
    idea, org = work.idea(command.idea), work.org(command.org)
    owner = work.slug_of(idea.owner_id)
    live = _live(work, idea, org)
    pending = live if live and live.status == "asked" else None
    none_pending = None
    if pending is None:
        none_pending = Denied("wrong_status", f"返事を待っている{org.name}の申出はありません。")
    elif _sides(work, owner, org) == [pending.asked_side]:
        raise Refused("not_permitted", "頼んだ側は答えられません。相手の返事を待ってください。")
    orgs = work.require(verb_name, idea, own={owner, org.slug}, own_status=none_pending)
    assert pending is not None  # else own_status was refused
    pending.status, pending.answered_at = status, work.now
    work.add(pending)
    work.record(f"team.{status}", idea, org=org.slug)
    said = "参加が決まりました" if status == "joined" else "参加は見送られました"
    asker = orgs.owner if pending.asked_side == "owner" else org.slug
    work.tell([asker], f"team.{status}", idea.number, f"{org.name}の{said}: {idea.title}", f"{said}。")
    return idea


@verb("team.accept", OfTeam)
def accept_team(work: Work, command: OfTeam) -> Idea:
    """頼まれた側が参加を受ける。頼んだ側は not_permitted、待っている申出がなければ wrong_status。"""
    return _answer(work, command, "team.accept", "joined")


@verb("team.decline", OfTeam)
def decline_team(work: Work, command: OfTeam) -> Idea:
    """頼まれた側が参加を見送る。"""
    return _answer(work, command, "team.decline", "declined")


def _why_not_leave(work: Work, idea: Idea, org: Organization, live: TeamMember | None) -> Denied | None:
    if live is None or live.status != "joined":
        return Denied("wrong_status", f"{org.name}はこのアイデアのチームに参加していません。")
    going_on = select(Pilot.ref).where(Pilot.idea_id == idea.id, Pilot.vendor_id == org.id)
    if pilot := work.session.exec(going_on.where(col(Pilot.status).in_(["planned", "running"]))).first():
        return Denied(
            "wrong_status", f"{org.name}が行う実証 {pilot} があります。終えるか取りやめてから抜けてください。"
        )
    return None


def _pass_on_actions(work: Work, idea: Idea, org: Organization, owner: str) -> None:
    """Gives the idea's owner the conditions of a vendor that leaves and that nobody has verified yet.

    A vendor sees everything of an idea only as its partner (POLICY §7): nobody of it could close them any more, and it
    would no longer be known who owns the next step (promise 1). A municipality sees on, and keeps its own.
    """
    if org.kind == "municipality":
        return
    theirs = select(ActionItem).where(ActionItem.idea_id == idea.id, ActionItem.owner_id == org.id)
    left = work.session.exec(
        theirs.where(ActionItem.status != "verified").order_by(col(ActionItem.id)).with_for_update()
    ).all()
    if not left:
        return
    for action in left:
        action.owner_id = idea.owner_id
        work.add(action)
    work.record("action.passed_on", idea, actions=[a.ref for a in left], before=org.slug, owner=owner)
    lines = "\n".join(f"・{a.ref}（{a.due_on} まで）{a.text}" for a in left)
    work.tell(
        [owner, org.slug, *agency_slugs(work.session)],
        "action.passed_on",
        idea.number,
        f"是正事項が提案団体に引き継がれました: {idea.number} {idea.title}",
        f"{org.name}がチームを抜けたため、次の是正事項は{work.org(owner).name}が引き継ぎました。\n{lines}",
    )


@verb("team.leave", OfTeam)
def leave_team(work: Work, command: OfTeam) -> Idea:
    """チームを抜ける、または抜けてもらう。抜けた事業者の是正事項はアイデアの持ち主が引き継ぐ。

    その事業者の実証が予定か実施中なら wrong_status。
    """
    idea, org = work.idea(command.idea), work.org(command.org)
    owner = work.slug_of(idea.owner_id)
    live = _live(work, idea, org)
    refusal = _why_not_leave(work, idea, org, live)
    orgs = work.require("team.leave", idea, own={owner, org.slug}, own_status=refusal)
    assert live is not None  # else own_status was refused
    live.status, live.left_at = "left", work.now
    work.add(live)
    work.record("team.left", idea, org=org.slug)
    _pass_on_actions(work, idea, org, orgs.owner)
    subject = f"{org.name}がチームを抜けました: {idea.title}"
    work.tell([orgs.owner, org.slug], "team.left", idea.number, subject, f"{subject}。")
    return idea
