"""Comments on an idea, and following it."""

from collections.abc import Iterable

from sqlmodel import select

from stages.permissions import Sight, sight
from workflows.ideas import OfIdea
from workflows.markdown import render
from workflows.runtime import ledger, outbox
from workflows.runtime.actors import speakers
from workflows.runtime.commands import Command, Markdown, Ref
from workflows.runtime.refusal import unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work, around, visibility
from workflows.tables.ideas import Comment, Follow, Idea
from workflows.tables.people import User


class PostComment(Command):
    """A comment, or an answer to another one of the same idea."""

    idea: Ref
    body_md: Markdown
    reply_to: Ref | None = None


def followers(work: Work, idea: Idea) -> list[str]:
    """The mail addresses of those who follow an idea."""
    rows = select(User.email).join(Follow).where(Follow.idea_id == idea.id).order_by(User.email)
    return list(work.session.exec(rows))


def _who_see_it(work: Work, idea: Idea, people: Iterable[str]) -> list[str]:
    """Those who may see everything of the idea now: who lost that right is told nothing more. Two statements."""
    seen = visibility(idea, around(work.session, idea))
    asked = speakers(work.session, set(people))
    return sorted(s.actor.email for s in asked if sight(s.actor, seen) == Sight.FULL)


@verb("comment.post", PostComment)
def post_comment(work: Work, command: PostComment) -> Comment:
    """アイデアにコメントする。返信先はそのアイデアのコメントに限る（unknown）。"""
    idea = work.idea(command.idea)
    answered = None
    if command.reply_to is not None:
        answered = work.find(Comment, ref=command.reply_to, idea_id=idea.id)
        if answered is None or not work.sees(idea):
            raise unknown(f"コメント {command.reply_to}")
    orgs = work.require("comment.post", idea, own=None)
    comment = work.add(
        Comment(
            ref=work.next_ref(idea, "C"),
            idea_id=idea.id or 0,
            user_id=work.user_id,
            reply_to_id=answered.id if answered else None,
            body_md=command.body_md,
            body_html=render(command.body_md),
            posted_at=work.now,
        )
    )
    work.record("comment.posted", idea, comment=comment.ref, reply_to=command.reply_to)
    people = followers(work, idea)
    if answered:
        people.append(work.session.exec(select(User.email).where(User.id == answered.user_id)).one())
    told = [*outbox.members_of(work.session, [orgs.owner]), *_who_see_it(work, idea, people)]
    subject = f"コメントがありました: {idea.number} {idea.title}"
    body = "アイデアのページで読んで、返事を書けます。"
    work.tell([], "comment.posted", idea.number, subject, body, told)
    return comment


def _record(work: Work, action: str, idea: Idea) -> None:
    """Into the idea's chain, but without restarting the owner's idle clock: to read along is no step forward."""
    ledger.append(work.session, idea.number, work.now, work.speaker.label, action, {})


@verb("idea.follow", OfIdea)
def follow_idea(work: Work, command: OfIdea) -> Idea:
    """アイデアを見守る。コメントがあれば知らせが届く。"""
    idea = work.idea(command.idea)
    work.require("idea.follow", idea, own=None)
    if work.find(Follow, idea_id=idea.id, user_id=work.user_id) is None:
        work.add(Follow(idea_id=idea.id or 0, user_id=work.user_id, since=work.now))
        _record(work, "idea.followed", idea)
    return idea


@verb("idea.unfollow", OfIdea)
def unfollow_idea(work: Work, command: OfIdea) -> Idea:
    """見守りをやめる。見守っていなければ何も変わらない。"""
    idea = work.idea(command.idea)
    work.require("idea.unfollow", idea, own=None)
    following = work.find(Follow, idea_id=idea.id, user_id=work.user_id)
    if following is not None:
        work.session.delete(following)
        _record(work, "idea.unfollowed", idea)
    return idea
