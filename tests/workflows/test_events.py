"""Events open, change and close; challenges are posted while they are open."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, TANTO, TOKYO, VENDOR, Country
from workflows.tables.events import Challenge, Event

START = datetime(2026, 4, 10, 9, tzinfo=TOKYO)
IDEATHON = {
    "slug": "madoguchi-2026",
    "name": "窓口アイデアソン 2026",
    "kind": "ideathon",
    "theme": "待たせない窓口",
    "host": "digital-agency",
    "starts_at": START.isoformat(),
    "ends_at": (START + timedelta(days=2)).isoformat(),
    "submissions_close_at": (START + timedelta(days=1)).isoformat(),
    "description_md": "**だれでも**参加できます。",
}
CHALLENGE = {
    "event": "madoguchi-2026",
    "title": "転入の手続きが長い",
    "body_md": "<b>五つ</b>の窓口を回る。",
    "field": "窓口",
}


def event(country: Country) -> Event:
    with Session(country.engine) as session:
        return session.exec(select(Event)).one()


def test_an_event_is_opened_revised_and_closed_by_the_coordinator(country: Country) -> None:
    country.refused("not_permitted", TANTO, "event.open", **IDEATHON)
    opened = country.say(JIMUKYOKU, "event.open", **IDEATHON)
    assert (opened.kind, opened.ref) == ("event", "madoguchi-2026")
    assert "<strong>だれでも</strong>" in event(country).description_html
    country.refused("duplicate", JIMUKYOKU, "event.open", **IDEATHON)

    country.say(
        JIMUKYOKU, "event.revise", event="madoguchi-2026", name="窓口アイデアソン", description_md=None
    )
    assert (event(country).name, event(country).description_html) == ("窓口アイデアソン", "")
    early = (START - timedelta(hours=1)).isoformat()
    assert (
        "ends_at"
        in country.refused("invalid", JIMUKYOKU, "event.revise", event="madoguchi-2026", ends_at=early).errors
    )
    country.refused("unknown", JIMUKYOKU, "event.revise", event="madoguchi-2026", host="nowhere")
    country.refused("not_permitted", TANTO, "event.close", event="madoguchi-2026")

    country.say(JIMUKYOKU, "event.close", event="madoguchi-2026")
    for verb, more in (("event.close", {}), ("event.revise", {"name": "別の名"})):
        country.refused("wrong_status", JIMUKYOKU, verb, event="madoguchi-2026", **more)
    country.refused("wrong_status", TANTO, "challenge.post", **CHALLENGE)


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("invalid", {"ends_at": (START - timedelta(minutes=1)).isoformat()}),
        ("invalid", {"starts_at": "2026-04-10T09:00:00"}),
        ("invalid", {"kind": "party"}),
        ("unknown", {"host": "nowhere"}),
        ("too_large", {"description_md": "あ" * 100_000}),
        ("too_large", {"description_md": "[" * 20_000}),
    ],
)
def test_an_event_that_makes_no_sense_is_not_opened(
    small_country: Country, reason: str, change: dict[str, str]
) -> None:
    small_country.refused(reason, JIMUKYOKU, "event.open", **IDEATHON | change)


def test_challenges_are_numbered_and_safe_and_end_with_the_deadline(country: Country) -> None:
    country.refused("unknown", TANTO, "challenge.post", **CHALLENGE)
    country.say(JIMUKYOKU, "event.open", **IDEATHON)
    assert country.say(TANTO, "challenge.post", **CHALLENGE).ref == "madoguchi-2026-1"
    assert country.say(HOSHIMORI, "challenge.post", **CHALLENGE).ref == "madoguchi-2026-2"
    with Session(country.engine) as session:
        first = session.exec(select(Challenge).where(Challenge.ref == "madoguchi-2026-1")).one()
        assert "<b>" not in first.body_html
    for outsider in (VENDOR, JIMUKYOKU):
        country.refused("not_permitted", outsider, "challenge.post", **CHALLENGE)
    country.refused("not_permitted", TANTO, "challenge.post", **CHALLENGE, org="hoshimori")

    country.now = START + timedelta(days=1)
    country.say(TANTO, "challenge.post", **CHALLENGE)
    country.now += timedelta(seconds=1)
    country.refused("too_late", TANTO, "challenge.post", **CHALLENGE)


def test_who_speaks_for_two_towns_says_which(country: Country) -> None:
    country.say(JIMUKYOKU, "event.open", **IDEATHON)
    country.say(KANRI, "user.invite", email=TANTO, name="兼務", org="kumoi", roles=["submitter"])
    assert "org" in country.refused("invalid", TANTO, "challenge.post", **CHALLENGE).errors
    country.say(TANTO, "challenge.post", **CHALLENGE, org="kumoi")
