"""`/events`, `/events/<slug>` and its projector: challenges, ideas, teams, timetable; what is open until when."""

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.languages import counted
from app.pages.asked import goes_on_after
from app.route import page
from workflows.queries.event_page import SeenEvent, event_page, possible_hosts
from workflows.queries.events_list import events_list
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed

PHASES = {"ahead": "これから", "running": "開催中", "past": "会期は終わりました", "closed": "終了"}
KINDS = {"ideathon": "アイデアソン", "hackathon": "ハッカソン"}


@page("/events", reads="public.read")
def events(eyes: Eyes) -> ResponseReturnValue:
    found = events_list(eyes, goes_on_after())
    opens = bool(allowed(eyes, ("event.open",)))
    return render_template(
        "events/list.html",
        found=found,
        hosts=possible_hosts(eyes) if opens else None,
        own=sorted(eyes.actor.orgs),
        PHASES=PHASES,
        KINDS=KINDS,
    )


@page("/events/<slug>", reads="event.read")
def event(eyes: Eyes, seen: SeenEvent) -> ResponseReturnValue:
    found = event_page(eyes, seen, goes_on_after())
    return render_template("events/event.html", page=found, left=left(found.left), PHASES=PHASES, KINDS=KINDS)


@page("/events/<slug>/projector", reads="event.read")
def projector(eyes: Eyes, seen: SeenEvent) -> ResponseReturnValue:
    found = event_page(eyes, seen, with_drafts=False)
    return render_template(
        "events/projector.html", page=found, left=left(found.left), PHASES=PHASES, KINDS=KINDS
    )


def left(time: timedelta | None) -> str | None:
    """How long it is until then, as people say it: days, then hours and minutes."""
    if time is None:
        return None
    minutes = int(time.total_seconds()) // 60
    if minutes >= 48 * 60:
        return counted("あと %(n)s 日", minutes // (24 * 60))
    if minutes >= 60:
        return gettext("あと %(h)s 時間 %(m)s 分", h=minutes // 60, m=minutes % 60)
    return gettext("あと %(m)s 分", m=minutes)
