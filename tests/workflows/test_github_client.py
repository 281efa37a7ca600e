"""The client's answers to what servers do: each outcome, each limit, each trap; and that the token stays where it belongs."""

import gzip
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.forges.emulated import OWNER, TOKEN, Emulated, seed
from tests.forges.faults import Faults
from tests.forges.recordings import Recorded
from tests.forges.sayings import response, saying
from workflows.github.client import Client
from workflows.github.credentials import Token
from workflows.github.outcomes import (
    Blocked,
    Forbidden,
    Fresh,
    Gone,
    Limited,
    Malformed,
    Unavailable,
    Unchanged,
)

SECRET = "ghp_a-secret-that-nobody-may-see"
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
RESETS = NOW + timedelta(minutes=20)
PATH = "/repos/a/b"


class OneProcess:
    """Limits of a single client, as a test can look at them."""

    def __init__(self) -> None:
        self.until: dict[str, datetime] = {}
        self.noted: list[dict[str, Any]] = []

    def blocked_until(self, now: datetime, who: str = "") -> datetime | None:
        until = self.until.get(who)
        return until if until and until > now else None

    def note(self, now: datetime, who: str = "", **said: Any) -> None:
        self.noted.append(said)
        until = said.get("blocked_until") or (said["resets_at"] if said["remaining"] == 0 else None)
        if until:
            self.until[who] = until


def a_client(url: str, token: str = SECRET, **more: Any) -> Client:
    """At NOW, without waiting between tries."""
    settings: dict[str, Any] = {"limits": OneProcess(), "now": lambda: NOW, "sleep": lambda _: None} | more
    return Client(url, Token(token), settings.pop("limits"), **settings)


def refusal(message: str, **headers: str) -> dict[str, Any]:
    return {"jsonBody": {"message": message}, "headers": headers}


# -- outcomes ----------------------------------------------------------------------------------------------------------


def test_a_fresh_answer_an_unchanged_one_and_one_that_is_gone(emulate: Callable[..., Emulated]) -> None:
    forge = emulate(seed("faq"))
    client = a_client(forge.url, TOKEN)
    first = client.get(f"/repos/{OWNER}/faq")
    assert isinstance(first, Fresh)
    assert first.data["full_name"] == f"{OWNER}/faq"
    assert client.get(f"/repos/{OWNER}/faq", etag=first.etag) == Unchanged()
    assert client.get(f"/repos/{OWNER}/nothing") == Gone(404)
    assert isinstance(client.get(f"/repositories/{first.data['id']}"), Fresh)


def test_a_renamed_repository_answers_by_its_former_name_and_shows_its_new_one(
    emulate: Callable[..., Emulated],
) -> None:
    forge = emulate(seed("faq"))
    forge.says("PATCH", f"/repos/{OWNER}/faq", {"name": "faq2"})
    reply = a_client(forge.url, TOKEN).get(f"/repos/{OWNER}/faq")
    assert isinstance(reply, Fresh)
    assert reply.data["full_name"] == f"{OWNER}/faq2"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 204}, Fresh),
        ({"status": 304}, Unchanged),
        ({"status": 404, **refusal("Not Found")}, Gone),
        ({"status": 410, **refusal("Gone")}, Gone),
        ({"status": 451, **refusal("Repository access blocked")}, Blocked),
        ({"status": 401, **refusal("Bad credentials")}, Forbidden),
        ({"status": 403, **refusal("Resource not accessible by integration")}, Forbidden),
        ({"status": 403, **refusal("The history or contributor list is too large to list contributors")}, Forbidden),
        ({"status": 409, **refusal("Git Repository is empty.")}, Fresh),
        ({"status": 409, **refusal("Conflict")}, Malformed),
        ({"status": 422, **refusal("Validation Failed")}, Malformed),
        ({"status": 404, "body": "<html>proxy</html>"}, Malformed),
        ({"status": 403, "body": "<html>proxy</html>"}, Malformed),
        ({"status": 451, "body": ""}, Malformed),
        ({"status": 200, "body": "<html>GitHub</html>", "headers": {"Content-Type": "text/html"}}, Malformed),
        ({"status": 200, "body": ""}, Malformed),
        ({"status": 200, "body": '{"id": 1, "name": "fa'}, Malformed),
        ({"status": 200, "body": '{"id": NaN}'}, Malformed),
        ({"status": 200, "body": '{"id": -Infinity}'}, Malformed),
        ({"status": 200, "body": '{"id": 1e999}'}, Malformed),
        ({"status": 200, "body": f'{{"id": {2**63}}}'}, Malformed),
        ({"status": 200, "body": f'{{"id": {"9" * 5000}}}'}, Malformed),
        ({"status": 200, "body": "[" * 100_000}, Malformed),
        ({"status": 200, "body": '"text"'}, Malformed),
        ({"status": 200, "base64Body": "/////w=="}, Malformed),
        ({"status": 200, "fault": "MALFORMED_RESPONSE_CHUNK"}, Unavailable),
        ({"status": 200, "fault": "RANDOM_DATA_THEN_CLOSE"}, Unavailable),
        ({"status": 200, "fault": "EMPTY_RESPONSE"}, Unavailable),
        ({"status": 200, "fault": "CONNECTION_RESET_BY_PEER"}, Unavailable),
        ({"status": 500, **refusal("Server Error")}, Unavailable),
        ({"status": 503, "body": "<html>unicorn</html>"}, Unavailable),
        ({"status": 202, "body": "{}"}, Unavailable),
    ],
)  # fmt: skip
def test_each_answer_has_its_outcome(wiremock: Faults, answer: dict[str, Any], outcome: type) -> None:
    wiremock.answers(PATH, answer)
    reply = a_client(wiremock.url).get(PATH)
    assert type(reply) is outcome, reply
    if isinstance(reply, Fresh):
        assert reply.data is None
    if isinstance(reply, Unavailable):
        assert len(wiremock.asked()) == 5


@pytest.mark.parametrize("first", [{"status": 202}, {"status": 502}, {"fault": "CONNECTION_RESET_BY_PEER"}])
def test_what_may_be_tried_again_is_and_each_wait_is_longer(wiremock: Faults, first: dict[str, Any]) -> None:
    wiremock.answers(PATH, first, first, {"jsonBody": {"id": 7}})
    waits: list[float] = []
    assert a_client(wiremock.url, sleep=waits.append).get(PATH) == Fresh({"id": 7})
    assert len(waits) == 2
    assert 0.25 <= waits[0] <= 0.75
    assert 0.5 <= waits[1] <= 1.5


def test_no_try_begins_that_the_time_does_not_allow(wiremock: Faults) -> None:
    wiremock.answers(PATH, {"status": 503, "headers": {"Retry-After": "120"}})
    assert isinstance(a_client(wiremock.url).get(PATH), Unavailable)
    assert len(wiremock.asked()) == 1


def test_what_no_database_takes_is_replaced() -> None:
    with saying(
        response('{"name": "a\\u0000b\\ud800c", "\\udfff": ["\\u0000"], "emoji": "\\ud83d\\ude00"}')
    ) as server:
        reply = a_client(server.url).get(PATH)
    assert reply == Fresh({"name": "a\ufffdb\ufffdc", "\ufffd": ["\ufffd"], "emoji": "😀"})


# -- time and size -----------------------------------------------------------------------------------------------------


def timed(url: str, seconds: float = 1.0, **more: Any) -> tuple[object, float]:
    """One asking with so much time; and how long it took."""
    client = a_client(url, deadline_seconds=seconds, **more)
    began = time.monotonic()
    return client.get(PATH), time.monotonic() - began


def test_a_body_that_dribbles_is_hung_up_on(wiremock: Faults) -> None:
    dribbling = {"numberOfChunks": 200, "totalDuration": 20_000}
    wiremock.answers(PATH, {"body": json.dumps(["x" * 1000] * 50), "chunkedDribbleDelay": dribbling})
    reply, took = timed(wiremock.url)
    assert reply == Unavailable("GitHub が時間内に答えませんでした。")
    assert took < 3


def test_headers_that_dribble_are_hung_up_on_too() -> None:
    with saying([b"HTTP/1.1 200 OK\r\n", *repeat(b"X: 1\r\n", 80)], pause=0.1) as server:
        reply, took = timed(server.url)
    assert isinstance(reply, Unavailable)
    assert took < 3


def test_a_server_that_says_nothing_is_left(wiremock: Faults) -> None:
    wiremock.answers(PATH, {"fixedDelayMilliseconds": 8000, "jsonBody": {}})
    reply, took = timed(wiremock.url)
    assert isinstance(reply, Unavailable)
    assert took < 3


def test_redirects_and_tries_have_no_time_of_their_own() -> None:
    def slowly() -> Iterator[bytes]:
        time.sleep(0.45)
        yield response("{}", "301 Moved Permanently", Location="/repositories/1")

    with saying(*(slowly() for _ in range(9))) as server:
        reply, took = timed(server.url)
    assert isinstance(reply, Unavailable)
    assert took < 2


def test_a_body_of_50_megabytes_is_refused_before_it_is_read() -> None:
    with saying([response(b"", Content_Length="50000000"), *repeat(b"x" * 65536, 50)], pause=0.05) as server:
        reply, took = timed(server.url, seconds=20)
    assert isinstance(reply, Malformed)
    assert took < 1


@pytest.mark.parametrize("said", ["chunked", "gzip"])
def test_a_body_that_does_not_say_how_large_it_is_is_read_no_further_than_the_bound(said: str) -> None:
    if said == "gzip":  # 50 MB in 50 KB
        answer = response(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")
    else:
        answer = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 60
        )
    with saying(answer) as server:
        reply, _ = timed(server.url, seconds=20, most_bytes=1_000_000)
    assert isinstance(reply, Malformed)
    assert "大きすぎます" in reply.because


def test_a_file_that_is_cut_is_not_taken_for_the_file() -> None:
    with saying(response("half of", Content_Length="700", Content_Type="text/plain")) as server:
        assert isinstance(a_client(server.url).get(f"{PATH}/readme", raw=True), Unavailable)


def test_a_file_comes_as_its_bytes() -> None:
    with saying(response("窓口".encode("cp932"), Content_Type="application/vnd.github.raw+json")) as server:
        reply = a_client(server.url).get(f"{PATH}/readme", raw=True)
    assert isinstance(reply, Fresh)
    assert reply.data == "窓口".encode("cp932")
    assert "application/vnd.github.raw+json" in server.heard[0]


# -- limits ------------------------------------------------------------------------------------------------------------


def epoch(at: datetime) -> str:
    return str(int(at.timestamp()))


@pytest.mark.parametrize(
    ("answer", "until"),
    [
        ({"status": 403, **refusal("API rate limit exceeded", **{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(RESETS)})}, RESETS),
        ({"status": 429, **refusal("Too many", **{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(RESETS)})}, RESETS),
        ({"status": 403, **refusal("You have exceeded a secondary rate limit", **{"Retry-After": "90"})}, NOW + timedelta(seconds=90)),
        ({"status": 429, **refusal("Slow down", **{"Retry-After": "90"})}, NOW + timedelta(seconds=90)),
        ({"status": 403, **refusal("You have triggered an abuse detection mechanism")}, NOW + timedelta(minutes=1)),
        ({"status": 429, "body": "<html>"}, NOW + timedelta(minutes=1)),
        ({"status": 429, "headers": {"Retry-After": "soon"}}, NOW + timedelta(minutes=1)),
        ({"status": 429, "headers": {"Retry-After": "999999999"}}, NOW + timedelta(hours=1)),
        ({"status": 429, "headers": {"Retry-After": "-1"}}, NOW + timedelta(minutes=1)),
        ({"status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}}, NOW + timedelta(hours=1)),
    ],
)  # fmt: skip
def test_a_limit_is_noted_and_nothing_is_asked_until_it_ends(
    wiremock: Faults, answer: dict[str, Any], until: datetime
) -> None:
    dated = {"Date": f"{NOW:%a, %d %b %Y %H:%M:%S} GMT", **answer.get("headers", {})}
    wiremock.answers(PATH, answer | {"headers": dated})
    now = [NOW]
    client = a_client(wiremock.url, now=lambda: now[0])
    assert client.get(PATH) == Limited(until)
    assert client.get("/repos/c/d") == Limited(until)
    assert len(wiremock.asked()) == 1
    now[0] = until
    client.get("/repos/c/d")
    assert len(wiremock.asked()) == 2


def test_the_last_request_that_is_allowed_is_answered_and_is_the_last() -> None:
    said = {
        "X_RateLimit_Remaining": "0",
        "X_RateLimit_Reset": epoch(RESETS),
        "Date": f"{NOW:%a, %d %b %Y %H:%M:%S} GMT",
    }
    with saying(response("{}", **said)) as server:
        client = a_client(server.url)
        assert client.get(PATH) == Fresh({})
        assert client.get(PATH) == Limited(RESETS)
        assert len(server.heard) == 1


def test_a_limit_is_counted_by_the_servers_clock_where_ours_is_wrong() -> None:
    ahead = NOW - timedelta(minutes=50)  # what the server's clock says
    said = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": epoch(ahead + timedelta(minutes=20)),
            "Date": f"{ahead:%a, %d %b %Y %H:%M:%S} GMT"}  # fmt: skip
    with saying(response('{"message": "limit"}', "403 Forbidden", **said)) as server:
        assert a_client(server.url).get(PATH) == Limited(NOW + timedelta(minutes=20))


def test_a_limit_met_between_two_tries_ends_them(wiremock: Faults) -> None:
    wiremock.answers(PATH, {"status": 502}, {"status": 429, **refusal("Slow down")}, {"jsonBody": {}})
    assert isinstance(a_client(wiremock.url).get(PATH), Limited)
    assert len(wiremock.asked()) == 2


# -- where the token goes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/repositories/1", "https://127.0.0.1:{port}/repositories/1", "http://127.0.0.1:1/repositories/1",
        "//evil.example/repositories/1", "http://127.0.0.1:{port}@evil.example/repositories/1",
        "http://me@127.0.0.1:{port}/repositories/1", "/user", "/repos/a/b/../../../user", "/repos/a/%2e%2e/%2e%2e/user",
        "/repos/a/b/..%2f..%2fuser", "\\\\evil.example\\x", "javascript:alert(1)", "http://[::1", "",
    ],
)  # fmt: skip
def test_the_token_follows_no_redirect_out_of_the_server_or_the_repositories(location: str) -> None:
    with saying(response("{}")) as elsewhere:
        location = location.format(port=elsewhere.url.split(":")[-1])
        with saying(response("{}", "301 Moved Permanently", Location=location)) as server:
            reply = a_client(server.url).get(PATH)
        assert isinstance(reply, Malformed), reply
        assert all(line.startswith("GET /repos/a/b HTTP") for line in server.lines())
        assert elsewhere.heard == []


def test_no_more_than_three_redirects_are_followed() -> None:
    onward = [response("{}", "301 Moved", Location=f"/repositories/{n}") for n in range(1, 9)]
    with saying(*onward[:3], response('{"id": 3}')) as server:
        assert a_client(server.url).get(PATH) == Fresh({"id": 3})
    with saying(*onward) as server:
        assert isinstance(a_client(server.url).get(PATH), Malformed)
        assert len(server.heard) == 4


def test_a_file_with_a_japanese_name_is_found_after_a_rename() -> None:
    there = "/repositories/1/contents/%E7%AA%93%E5%8F%A3.md?ref=main"
    with saying(response("{}", "301 Moved", Location=there), response('{"id": 1}')) as server:
        assert a_client(server.url).get(f"{PATH}/contents/窓口.md", {"ref": "main"}) == Fresh({"id": 1})
        assert server.lines()[-1] == f"GET {there} HTTP/1.1"


def test_a_redirect_with_a_body_of_50_megabytes_is_not_read_either() -> None:
    large = response(b"", "301 Moved", Location="/repositories/1", Content_Length="50000000")
    with saying([large, *repeat(b"x" * 65536, 50)], pause=0.05) as server:
        reply, took = timed(server.url, seconds=20)
    assert isinstance(reply, Malformed)
    assert took < 1


def test_a_link_to_another_host_is_read_for_its_number_only() -> None:
    link = (
        '<http://evil.example/x?page=2>; rel="next", <http://evil.example/x?per_page=100&page=7>; rel="last"'
    )
    with saying(response("[]", Link=link)) as server:
        reply = a_client(server.url).get(PATH)
        assert isinstance(reply, Fresh)
        assert reply.last_page == 7
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "link", ["", "<>", '<x?page=99999999999>; rel="last"', '<x?page=0>; rel="last"', "<" * 100_00]
)
def test_a_link_that_makes_no_sense_is_one_page(link: str) -> None:
    with saying(response("[]", Link=link)) as server:
        assert a_client(server.url).get(PATH) == Fresh([])


def test_the_token_is_sent_as_it_is_whatever_a_netrc_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with saying(response("{}")) as server:
        a_client(server.url).get(PATH)
        a_client(server.url, token="").get(PATH)
    assert f"Authorization: token {SECRET}" in server.heard[0]
    assert "Authorization" not in server.heard[1]


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", response(SECRET), response("{}", f"500 {SECRET}")])
def test_no_log_no_outcome_and_no_repr_says_the_token(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with saying(answer) as server:
        client = a_client(server.url)
        reply = client.get(PATH)
        assert SECRET in server.heard[0]
    said = f"{reply!r} {client!r} {vars(client)!r} {vars(client._credentials)!r} {caplog.text}"
    assert SECRET not in said
    assert SECRET[:8] not in said


def test_nothing_of_github3_remembers_addresses() -> None:
    from github3 import session

    with saying(response("{}")) as server:
        for number in range(20):
            a_client(server.url).get(f"/repos/a/b{number}")
    assert not any(server.url in str(key) for key in session.__url_cache__)


# -- the real GitHub, as it was recorded -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cassette", "entries"),
    [("Repository_contributors", list), ("Repository_releases", list), ("Repository_commits", list), ("Repository_issues_ascending", list),
     ("Repository_contributor_statistics", list), ("Repository_release", dict)],
)  # fmt: skip
def test_what_github_really_said_is_understood(
    recorded: Callable[[str], Recorded], cassette: str, entries: type
) -> None:
    github = recorded(cassette)
    limits = OneProcess()
    replies = [a_client(github.url, limits=limits).get(path) for path in dict.fromkeys(github.paths)]
    assert all(isinstance(reply, Fresh) for reply in replies), replies
    assert any(isinstance(reply.data, entries) for reply in replies if isinstance(reply, Fresh))
    assert any(noted["remaining"] for noted in limits.noted)


def test_no_recorded_answer_raises(recorded: Callable[[str], Recorded]) -> None:
    from tests.forges.installing import recordings

    cassettes = sorted(file.stem for file in recordings().glob("Repository_*.json"))
    assert len(cassettes) > 100
    for cassette in cassettes[:: 1 if os.environ.get("CI") else 5]:
        github = recorded(cassette)
        for path in dict.fromkeys(p for p in github.paths if p.startswith("/repos/")):
            reply = a_client(github.url, limits=OneProcess()).get(path)
            assert isinstance(reply, Fresh | Unchanged | Gone | Forbidden | Malformed | Unavailable), (
                cassette,
                reply,
            )
