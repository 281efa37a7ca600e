"""Links of evidence are asked for once a week, by the clock alone, and only where the public Internet is."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import Session, select

from tests.app.terminal import Terminal
from tests.country import TANTO, Country
from tests.workflows.test_file_scanner import serving
from workflows.links import MOST_BYTES, check_links, whether_it_opens
from workflows.runtime.addresses import network
from workflows.runtime.clock import Setting, run_due
from workflows.runtime.outbound import Outbound
from workflows.tables.files import LinkCheck

GONE = "開けません（404）。"


def test_reachable_and_unreachable_since_when(country: Country) -> None:
    idea, said = country.an_idea_with_a_team(), {"https://a.example.jp/": None, "https://b.example.jp/": GONE}
    asked: list[str] = []

    def asks(url: str, seconds: float) -> str | None:
        asked.append(url)
        return said[url]

    for url in (*said, "https://a.example.jp/", "https://c.example.jp/"):
        country.say(TANTO, "evidence.attach", idea=idea, kind="link", title="報告", url=url)
    country.say(TANTO, "evidence.withdraw", evidence=f"{idea}-E4", because="別の資料だった。")
    begin, week = country.now, timedelta(days=7)
    assert run_due(country.engine, begin, Setting(asks=asks), only="links") == {"links": 2}
    assert sorted(asked) == sorted(said)
    assert check_links(country.engine, begin + timedelta(days=6), asks) == 0
    said["https://a.example.jp/"] = "応答がありません。"
    assert check_links(country.engine, begin + week, asks) == 2
    assert check_links(country.engine, begin + 2 * week, asks, seconds=-1) == 0  # no time: due the next day
    with Session(country.engine) as session:
        found = {c.url: c for c in session.exec(select(LinkCheck))}
    a, b = (found[url] for url in said)
    assert (a.reachable, a.since, a.checked_at) == (False, begin + week, begin + week)
    assert (b.reachable, b.since, b.why) == (False, begin, GONE)


class Answers(BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self) -> None:
        asked = self.path.strip("/")
        self.seen.append(f"{self.command} {asked}")
        large, leads = asked == "large", asked == "inside"
        self.send_response(200 if large else 302 if leads else int(asked))
        if leads:
            self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Content-Length", str(MOST_BYTES + 1) if large else "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        if self.path == "/large":  # a server that knows no HEAD
            self.path = "/405"
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def test_what_opens_and_what_does_not() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    port = server.server_address[1]
    here, way = f"http://127.0.0.1:{port}", Outbound((network("127.0.0.1"),), frozenset({port, 80}))
    with serving(server):
        # By the guard: ourselves we do not ask, and nothing arrives.
        assert "ポート" in (whether_it_opens(Outbound(), f"{here}/200", 2) or "")
        closed = Outbound(ports=frozenset({port}))
        assert "公開されていない" in (whether_it_opens(closed, f"{here}/200", 2) or "")
        assert Answers.seen == []
        for status in (200, 403):
            assert whether_it_opens(way, f"{here}/{status}", 2) is None
        assert whether_it_opens(way, f"{here}/large", 2) is None
        for status in (404, 500):
            assert whether_it_opens(way, f"{here}/{status}", 2) == f"開けません（{status}）。"
        assert "公開されていない" in (whether_it_opens(way, f"{here}/inside", 2) or "")
        assert Answers.seen == [
            "HEAD 200", "HEAD 403", "HEAD 405", "GET large", "HEAD 404", "GET 404", "HEAD 500", "GET 500", "HEAD inside",
        ]  # fmt: skip
    assert "つながらない" in (whether_it_opens(way, f"{here}/200", 0.5) or "")


def test_the_clock_asks_links_by_the_guard_as_configured(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[Outbound] = []

    def opens(way: Outbound, url: str, seconds: float) -> None:
        ways.append(way)

    idea = country.an_idea_with_a_team()
    country.say(TANTO, "evidence.attach", idea=idea, kind="link", title="報告", url="https://a.example.jp/")
    monkeypatch.setattr("app.commands.clock.whether_it_opens", opens)
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    terminal.environ |= {
        "KYOSO_OUTBOUND_PRIVATE": "10.1.0.0/16",
        "KYOSO_OUTBOUND_PROXY": "http://proxy.example.jp:3128",
        "KYOSO_OUTBOUND_PLACES": "github.com, *.LG.jp",
    }
    assert terminal.json("clock", "--once", "--at", country.now.isoformat())["jobs"]["links"] == 1
    places = ("github.com", "*.lg.jp")
    assert ways == [Outbound((network("10.1.0.0/16"),), proxy="http://proxy.example.jp:3128", places=places)]
