"""The header's way about: the pages that fit the reader's organizations and roles, and the same page in the other language."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, g, request, url_for
from flask_babel import gettext, pgettext

from app.pages.showing import address_with, here
from app.route import guard_of
from stages.permissions import PUBLIC, Actor

SIGNED_OUT = frozenset({"sign_in", "second_step", "forgotten"})
"""The pages of signing in, which are no readings."""


@dataclass(frozen=True)
class Place:
    """A link of the header. `current`: "page" where the reader is there, "true" where they are somewhere below it."""

    name: str
    address: str
    current: str | None


def site_places() -> list[Place]:
    """The pages of the header, for the reader of this request. No statement is made: the page has read who it is."""
    at = _path()
    return [
        Place(name, address, _current(at, address, starts))
        for name, address, starts in _all(g.get("actor") or PUBLIC)
    ]


def _all(actor: Actor) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, address, and the beginnings of the addresses below it."""
    agency = actor.belongs_to("agency")
    yield gettext("ホーム"), url_for("home"), ()
    yield pgettext("メニュー", "アイデア"), url_for("ideas"), ("/ideas/", "/pilots/", "/ledger/R")
    yield pgettext("メニュー", "イベント"), url_for("events"), ("/events/",)
    if agency:
        yield pgettext("メニュー", "審査"), url_for("reviews"), ("/reviews/",)
    yield pgettext("メニュー", "プロダクト"), url_for("products"), ("/products/", "/rollout/")
    yield pgettext("メニュー", "ライブラリ"), url_for("library"), ("/library/",)
    yield pgettext("メニュー", "歩みと見込み"), url_for("insights"), ("/insights/",)
    town = next((m.org for m in actor.memberships if m.kind == "municipality"), None)
    if town is not None:
        yield gettext("うちの団体"), url_for("municipality", lgcode=town), ()
    if actor.memberships:
        yield pgettext("メニュー", "是正事項"), url_for("actions"), ("/actions/",)
        yield pgettext("メニュー", "リスクケース"), url_for("incidents"), ("/incidents/", "/risks")
    if any(True for _ in actor.holds("agency", "auditor")):
        yield gettext("台帳"), url_for("ledgers"), ()
    if any("administrator" in m.roles for m in actor.memberships):
        yield gettext("管理"), url_for("organizations"), ("/admin/",)


def _current(at: str, address: str, starts: tuple[str, ...]) -> str | None:
    if at == address:
        return "page"
    return "true" if at.startswith(starts) else None


def _shows_a_page() -> bool:
    guard = guard_of(request.endpoint or "")
    return guard is not None and (guard.kind == "reads" or request.endpoint in SIGNED_OUT)


def _path() -> str:
    return here().partition("?")[0] if _shows_a_page() else request.path


def same_place() -> str:
    """The address to come back to after a button of the header: this page, or the front page where this is none."""
    return here() if _shows_a_page() and request.endpoint != "sign_in" else url_for("home")


def in_language(language: str) -> str:
    """The address of the page that is shown, in another language; where no page can be opened by its address, the front page's."""
    if not _shows_a_page():
        return url_for("home", lang=language)
    return address_with({**request.args.to_dict(), "lang": language})


def set_up(app: Flask) -> None:
    """Gives the templates what the header needs."""
    app.jinja_env.globals.update(site_places=site_places, in_language=in_language, same_place=same_place)
