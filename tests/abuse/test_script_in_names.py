"""Names are text wherever they are shown: on pages, in mail headers, in files."""

from html.parser import HTMLParser

import pytest

from tests.abuse.crawling import the_app, things
from tests.abuse.sights import COSTLY
from tests.abuse.tenants import Tenants
from tests.app.web import Reader, an_app
from tests.country import JIMUKYOKU, KANRI, KETTEI, TANTO, VENDOR, Country
from tests.postbox import a_postbox
from tests.shelves import Shelf
from workflows.runtime.mail import deliver
from workflows.runtime.refusal import Refused

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{77*77}}"


class Tags(HTMLParser):
    """The tags of a page that no template of ours has, and attributes that act."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if (tag == "script" and not (values.get("src") or "").startswith("/static/")) or values.get(
            "src"
        ) == "x":
            self.strange.append(tag)
        self.strange += [name for name, _ in attrs if name.startswith("on")]


def test_a_script_in_a_name_is_shown_and_never_run(sqlite_shelf: Shelf) -> None:
    """Decidim CVE-2026-23891: a user's name held a script, and the pages that named the user ran it."""
    with sqlite_shelf.plot() as plot:
        world = Tenants(plot, {"A": ("flagged", "undecided"), "B": ()})
        for org in ("kazami", "kazemirai", "digital-agency"):
            world.say(KANRI, "org.revise", org=org, name=SCRIPT)
            for email in (TANTO, VENDOR, JIMUKYOKU):
                if org in email:
                    world.say(KANRI, "user.invite", email=email, name=SCRIPT, org=org, roles=ROLES[org])
        app, shown = the_app(world), 0
        for who in (None, TANTO, VENDOR, JIMUKYOKU, KANRI):
            reader = Reader(app, world, who)
            for thing in things(world, app):
                if thing.rule in COSTLY:  # no page: it has neither tags nor scripts
                    continue
                answer = reader.client.get(thing.path, base_url=reader.address)
                text = answer.get_data(as_text=True)
                if answer.mimetype == "text/html":
                    page = Tags()
                    page.feed(text)
                    assert page.strange == [], (who, thing.path)
                    shown += "&lt;script&gt;alert(1)" in text
                    assert "5929" not in text
                else:
                    assert answer.mimetype in (
                        "application/atom+xml",
                        "application/json",
                        "application/ld+json",
                        "application/yaml",
                        "text/csv",
                        "text/markdown",
                        "text/plain",
                    ), thing.path
                    assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert shown > 50


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_script_is_shown_where_a_name_or_a_sentence_is_put_between_tags_of_ours(
    small_country: Country, language: str
) -> None:
    """In a sentence with a name in it, and in what an English page marks as Japanese."""
    c = small_country
    _, product = c.a_flagged_product()
    c.say(KANRI, "org.revise", org="kazemirai", name=f"名前{SCRIPT}")
    c.say(VENDOR, "team.ask", idea=c.an_idea("議事録要約"), org="kazemirai", message="ぜひ。")
    c.say(KETTEI, "product.suspend", product=product, because=f"点検する。{SCRIPT}")
    reader = Reader(an_app(c), c, TANTO)
    for path in ("/", f"/products/{product}"):
        text = reader.opens(f"{path}?lang={language}")
        page = Tags()
        page.feed(text)
        assert page.strange == [], path
        assert "&lt;script&gt;alert(1)" in text, path


ROLES = {"kazami": ["submitter"], "kazemirai": ["member"], "digital-agency": ["coordinator"]}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00"])
def test_a_name_cannot_add_a_header_to_a_mail(small_country: Country, end: str) -> None:
    """Decidim CVE-2026-23891, in a mail: a line's end in a name would begin a header of the sender's own."""
    name = f"株式会社{end}Bcc: all@example.jp"
    with pytest.raises(Refused) as caught:
        small_country.say(KANRI, "org.revise", org="kazemirai", name=name)
    assert caught.value.reason == "invalid"


def test_a_script_in_a_name_is_plain_text_in_a_mail(small_country: Country) -> None:
    """Decidim CVE-2026-23891: mail is text, and its subject one line."""
    c = small_country
    idea = c.an_idea("題" + SCRIPT)
    c.say(KANRI, "org.revise", org="kazemirai", name=SCRIPT)
    c.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message=SCRIPT)
    with a_postbox() as (box, mailer):
        deliver(c.engine, c.now, mailer)
    assert box.received
    for _, mail in box.received:
        assert mail.get_content_type() == "text/plain"
        assert "\n" not in str(mail["Subject"])
        assert mail["Bcc"] is None
    assert any(SCRIPT in mail.get_content() for _, mail in box.received)
