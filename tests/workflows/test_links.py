"""Links of evidence are asked for once a week, by the clock alone, and only where the public Internet is."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import Session, select

from tests.country import TANTO, Country
from tests.workflows.test_file_scanner import serving
from workflows import link_asking
from workflows.links import check_links
from workflows.runtime.clock import Setting, run_due
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
        self.seen.append(self.headers["Host"])
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_what_opens_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    here = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        # Ourselves we do not ask: nothing arrives.
        assert "公開されていない" in (link_asking.ask(f"{here}/200", 2) or "")
        assert Answers.seen == []
        monkeypatch.setattr("ipaddress.IPv4Address.is_global", True)
        for status in (200, 302, 403):
            assert link_asking.ask(f"{here}/{status}", 2) is None
        for status in (404, 500):
            assert str(status) in (link_asking.ask(f"{here}/{status}", 2) or "")
        assert len(Answers.seen) == 5  # a redirect is not followed
    assert link_asking.ask(f"{here}/200", 0.5) == link_asking.SILENT


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://0x7f000001/",
        "http://192.168.1.1:8080/",
    ],
)
def test_no_network_of_our_own_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool.urlopen", None)
    assert link_asking.ask(url, 1) is not None
