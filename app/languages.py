"""The languages of the screen: Japanese, in which everything is written, and English from the catalogues beside this file.

A catalogue is a folder of .po files, one for each group of pages, read once at start: nothing to compile, and no compiled file to go stale.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from app.fingerprints import is_asked_for
from app.security import over_https

LANGUAGES = {"ja": "日本語", "en": "English"}
COOKIE = "kyoso-language"
CATALOGUES = Path(__file__).parent / "translations"
A_YEAR = 365 * 24 * 3600


class Catalogues(Domain):
    """flask-babel's domain, reading .po files."""

    def get_translations(self) -> NullTranslations:
        return catalogue(str(get_locale()))


@cache
def catalogue(language: str) -> NullTranslations:
    """Every translation into a language; without a catalogue each text stands for itself."""
    found: NullTranslations = NullTranslations()
    for file in sorted((CATALOGUES / language).glob("*.po")):
        compiled = BytesIO()
        write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=language))
        compiled.seek(0)
        part = Translations(compiled)
        found = part if not isinstance(found, Translations) else found.add(part)
    return found


def counted(text: str, n: int, **values: object) -> str:
    """A text with a count, `%(n)s`, in the form that the count asks for: 1 idea, 2 ideas. Japanese has one form, so it is written once."""
    return _form(text, n) % {"n": f"{n:,}", **values}


def counted_on_page(text: str, n: int, **values: object) -> Markup:
    """`counted` as templates say it: what stands in the text is escaped."""
    return Markup(_form(text, n)) % {"n": f"{n:,}", **values}


def counted_in(context: str, word: str, n: int) -> str:
    """The word for what is counted, where the count itself is shown beside it."""
    said: str = catalogue(str(get_locale())).unpgettext(context, word, word, n)
    return said


def _form(text: str, n: int) -> str:
    said: str = catalogue(str(get_locale())).ungettext(text, text, n)
    return said


def comma() -> str:
    return ", " if str(get_locale()) == "en" else "、"


def chosen() -> str:
    """The reader's language: as the address asks, as chosen before, else Japanese."""
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return "ja"


def set_up(app: Flask) -> None:
    babel = Babel(app, default_locale="ja", default_timezone="Asia/Tokyo", locale_selector=chosen)
    babel.domain_instance = Catalogues()  # a cached property: this is how another domain is put in its place

    @app.after_request
    def remember(response: Response) -> Response:
        """A choice made in an address (?lang=en) holds from then on. Files of the package are the same in every language:
        were they to vary by cookie, a browser would fetch them anew after each sign-in."""
        if is_asked_for():
            return response
        asked = request.args.get("lang")
        if asked in LANGUAGES and request.cookies.get(COOKIE) != asked:
            response.set_cookie(
                COOKIE, asked, max_age=A_YEAR, path="/", httponly=True, samesite="Lax", secure=over_https()
            )
        if g.get("signed_in") is None:
            response.vary.add("Cookie")
        return response
