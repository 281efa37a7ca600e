"""Ideathons and hackathons: opening, revising, closing them, and posting challenges."""

from datetime import datetime
from typing import Any, Literal

from workflows.ideas import towns_of
from workflows.markdown import render
from workflows.runtime.commands import AnyMarkdown, Command, Line, Markdown, Moment, Ref, Slug, Text, Version
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.events import Challenge, Event

EventKind = Literal["ideathon", "hackathon"]


class OpenEvent(Command):
    """A new event. `host` is the organization (slug or lgcode) that holds it."""

    slug: Slug
    name: Line
    kind: EventKind
    theme: Text
    host: Ref
    starts_at: Moment
    ends_at: Moment
    submissions_close_at: Moment
    description_md: AnyMarkdown | None = None


class ReviseEvent(Command):
    """Any field of an event but its slug."""

    event: Ref
    seen_version: Version | None = None
    name: Line | None = None
    kind: EventKind | None = None
    theme: Text | None = None
    host: Ref | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    submissions_close_at: Moment | None = None
    description_md: AnyMarkdown | None = None


class CloseEvent(Command):
    event: Ref


class PostChallenge(Command):
    """A problem for others to work on. `org` only where the actor speaks for several municipalities."""

    event: Ref
    title: Line
    body_md: Markdown
    field: Line
    org: Ref | None = None


def _in_order(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at < starts_at:
        raise invalid("ends_at", "終わりが始まりより前です。日時を確かめてください。")


def _event(work: Work, slug: str) -> Event:
    """The event of a slug, locked. Refused `unknown`."""
    found = work.find(Event, slug=slug)
    if found is None:
        raise unknown(f"イベント {slug}")
    return work.lock(Event, found.id)


def _still_open(event: Event) -> None:
    if event.closed_at is not None:
        raise Refused("wrong_status", f"「{event.name}」は終了しました。開催中のイベントを選んでください。")


@verb("event.open", OpenEvent)
def open_event(work: Work, command: OpenEvent) -> Event:
    """アイデアソンやハッカソンを開く。終わりが始まりより前なら invalid。"""
    _in_order(command.starts_at, command.ends_at)
    host = work.org(command.host)
    work.allow("event.open")
    if work.find(Event, slug=command.slug):
        raise Refused(
            "duplicate", f"イベント {command.slug} はすでにあります。アドレスに使う別の名前を付けてください。"
        )
    description = command.description_md or ""
    fields = command.model_dump(exclude={"host", "description_md"})
    event = work.add(
        Event(
            **fields,
            host_id=host.id,
            description_md=description,
            description_html=render(description),
        )
    )
    work.record("event.opened", event, name=event.name, kind=event.kind, host=host.slug)
    return event


@verb("event.revise", ReviseEvent)
def revise_event(work: Work, command: ReviseEvent) -> Event:
    """イベントの内容を直す。終了したイベントは直せない（wrong_status）。"""
    event = _event(work, command.event)
    host = work.org(command.host) if command.host is not None else None
    work.allow("event.revise")
    _still_open(event)
    work.match(command.seen_version, event.version, "このイベント")
    fields: dict[str, Any] = command.model_dump(
        exclude={"event", "seen_version", "host", "description_md"}, exclude_none=True
    )
    if host is not None:
        fields["host_id"] = host.id
    if "description_md" in command.model_fields_set:
        fields["description_md"] = command.description_md or ""
        fields["description_html"] = render(fields["description_md"])
    _in_order(fields.get("starts_at", event.starts_at), fields.get("ends_at", event.ends_at))
    changed = {name: value for name, value in fields.items() if getattr(event, name) != value}
    work.change(event, **changed)
    names = sorted({n.removesuffix("_id").replace("_html", "_md") for n in changed})
    work.record("event.revised", event, fields=names, version=event.version)
    return event


@verb("event.close", CloseEvent)
def close_event(work: Work, command: CloseEvent) -> Event:
    """イベントを終える。以後は課題を出せない。"""
    event = _event(work, command.event)
    work.allow("event.close")
    _still_open(event)
    work.change(event, closed_at=work.now)
    work.record("event.closed", event)
    return event


@verb("challenge.post", PostChallenge)
def post_challenge(work: Work, command: PostChallenge) -> Challenge:
    """イベントに課題を出す。終了後は wrong_status、締切後は too_late。"""
    event = _event(work, command.event)
    named = work.named_org(command.org)
    work.allow("challenge.post")
    org = work.acting_org(named, *towns_of(work.actor))
    _still_open(event)
    if work.now > event.submissions_close_at:
        raise Refused("too_late", f"「{event.name}」の受付は締め切られました。次のイベントに出してください。")
    challenge = work.add(
        Challenge(
            ref=f"{event.slug}-{work.next_number(f'event:{event.slug}')}",
            event_id=event.id or 0,
            org_id=org.id or 0,
            title=command.title,
            field=command.field,
            body_md=command.body_md,
            body_html=render(command.body_md),
            posted_by_id=work.user_id,
            posted_at=work.now,
        )
    )
    work.record("challenge.posted", event, challenge=challenge.ref, title=challenge.title, org=org.slug)
    return challenge
