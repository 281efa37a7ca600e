"""A request asked under another name, from another site, of another type or under another method than it says."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.config import ConfigError, read_config
from tests.app.web import HTTPS, Reader, an_app
from tests.country import TANTO, Country

OURS = (
    "kyoso.example.go.jp",
    "KYOSO.example.go.jp:443",
    "kyoso-internal.example.go.jp",
    "localhost:8000",
    "127.0.0.1",
)
OTHERS = (
    "evil.example", "kyoso.example.go.jp.evil.example", "evil.example:443", "kyoso.example.go.jp@evil.example",
    "xkyoso.example.go.jp", "192.0.2.1", "kyoso.example.go.jp:443/../evil", "kyoso.example.go.jp, evil.example", "",
)  # fmt: skip


def test_a_poisoned_host_is_refused_before_anything_is_made_of_it(small_country: Country) -> None:
    """IRRd CVE-2026-28681: the Host that a request named went into the link of a reset mail."""
    app = an_app(small_country, base_url=HTTPS, KYOSO_HOSTS="kyoso-internal.example.go.jp")
    client = app.test_client()
    for host in OURS:
        assert client.get("/", headers={"Host": host}).status_code == 200, host
    for host in OTHERS:
        for method in ("get", "post"):
            refused = getattr(client, method)("/sign-in", headers={"Host": host})
            assert refused.status_code == 400, host
            assert ("<h1>このアドレスでは開けません</h1>" in refused.text) is (method == "get"), host
            assert "このホスト名では開けません" in refused.text
            assert "evil" not in refused.text + str(refused.headers)
    told = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Original-URL": "/me"}
    said = client.get("/", headers={"Host": OURS[0], **told})
    assert said.status_code == 200
    assert "evil.example" not in said.text + str(said.headers)


@pytest.mark.parametrize("hosts", ["https://a.example.jp", "a.example.jp:8000", "a b", "*"])
def test_a_slip_in_the_names_is_said_at_the_start(hosts: str) -> None:
    with pytest.raises(ConfigError, match="KYOSO_HOSTS"):
        read_config({"KYOSO_ENV": "development", "KYOSO_HOSTS": hosts})


def ideas(country: Country) -> int:
    with country.engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM idea")) or 0)


def test_a_form_in_another_wrapping_does_nothing(small_country: Country) -> None:
    """JSON sent as text/plain passes a browser without being asked about (no preflight): here it is no form at all."""
    tanto = Reader(an_app(small_country), small_country, TANTO)
    tanto.opens("/ideas/new")
    token, before = tanto.token(), ideas(small_country)
    body = json.dumps({"csrf_token": token, "title": "ほかのサイトから", "back": "/ideas"})
    plain = f"csrf_token={token}&title=x"
    for kind, sent in (
        ("text/plain", body), ("application/json", body), ("text/plain", plain), ("", plain), ("text/xml", "<a/>"),
        ("application/json; application/x-www-form-urlencoded", plain),
    ):  # fmt: skip
        answer = tanto.client.post("/do/idea.draft", data=sent, content_type=kind)
        assert answer.status_code == 400, (kind, answer.status_code)
    assert ideas(small_country) == before
    for header in ("null", "https://evil.example", "http://localhost.evil.example", "http://localhost:81"):
        answer = tanto.client.post(
            "/do/idea.draft", data={"csrf_token": token, "title": "x"}, headers={"Origin": header}
        )
        assert answer.status_code == 403, header
    for site in ("cross-site", "same-site", "none"):
        answer = tanto.client.post(
            "/do/idea.draft", data={"csrf_token": token, "title": "x"}, headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == 403, site
    assert ideas(small_country) == before


def test_no_other_method_stands_in_for_a_post(small_country: Country) -> None:
    tanto = Reader(an_app(small_country), small_country, TANTO)
    tanto.opens("/ideas/new")
    token, before = tanto.token(), ideas(small_country)
    asked = {"csrf_token": token, "title": "x"}
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "POSTX"):
        answer = tanto.client.open("/do/idea.draft", method=method, query_string=asked)
        assert answer.status_code == 405, method
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert (
            tanto.client.get("/do/idea.draft", query_string=asked, headers={name: "POST"}).status_code == 405
        )
        answer = tanto.client.post("/ideas", data={**asked, "_method": "DELETE"}, headers={name: "GET"})
        assert answer.status_code in (400, 405)
    # The token in the address and the rest in the form is no form of ours.
    answer = tanto.client.post(f"/do/idea.draft?csrf_token={token}", data={"title": "x"})
    assert answer.status_code == 400
    assert ideas(small_country) == before


ELSEWHERE = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "http:evil.example",
    "javascript:alert(1)", "///evil.example", "//evil.example/%2f..", "/\x00/evil",
    "https:///evil.example", " //evil.example", "/\u2028/evil.example", "evil.example", ".evil.example", "@evil.example",
)  # fmt: skip


def test_nobody_is_led_to_another_site(small_country: Country) -> None:
    """Open redirects: wherever a form or an address says where to go on to."""
    app = an_app(small_country, demo=True)
    tanto = Reader(app, small_country, TANTO)
    for there in ELSEWHERE:
        answer = tanto.client.get("/sign-in", query_string={"next": there})
        assert f'value="{there}"' not in answer.text
        tanto.opens("/ideas/new")
        answer = tanto.client.post(
            "/do/idea.draft", data={"csrf_token": tanto.token(), "title": "", "back": there}
        )
        lands = answer.headers.get("Location", "/")
        assert lands.startswith("/")
        assert not lands.startswith(("//", "/\\"))
        assert "evil" not in lands or lands.startswith(
            "/%0d%0a"
        )  # a page of ours by that odd name, which is not there


def test_what_guards_is_read_nowhere_else() -> None:
    """No code reads a header by which a proxy, or anybody, says another host, method or address than the one that was asked."""
    headers = (
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Method-Override",
        "ProxyFix",
    )
    root = Path(__file__).parents[2]
    for file in [*(root / "app").rglob("*.py"), *(root / "workflows").rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        if file.name != "hosts.py":
            assert not [name for name in headers if f'"{name}' in text], file
