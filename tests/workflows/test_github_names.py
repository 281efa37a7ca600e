"""Names of repositories: what people paste is understood, and nothing in a name or path leaves the repository on the wire."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forges.sayings import Saying, response, saying
from tests.workflows.test_github_client import a_client
from workflows.github.names import full_name_from, is_full_name, path_of
from workflows.github.outcomes import Fresh, Malformed
from workflows.runtime.refusal import Refused

ENTERPRISE = "https://git.pref.example.jp/api/v3"
NASTY = (
    "../../user", "..", ".", "a/..", "a/.", "a/b/../../user", "a/../user", "/user", "//user", "a//b", "a/b/", "a/", "/a/b",
    "%2e%2e/user", "a/%2e%2e", "a/%2E%2E%2F%2E%2E%2Fuser", "a/b%2f..%2f..%2fuser", "%252e%252e/x", "a\\b", "..\\..\\user",
    "a/..\\user", "a/b\\..\\..\\user", "a/b\x00", "\x00/b", "a/b\n", "a/b\r\nX-Evil: 1", "a\n/b", "a/b c", "a b/c", "a/b\t",
    "ａ/ｂ", "a/．．", "．．／user", "a／b", "a/b?x=1", "a/b#x", "a/b;x", "a/b@evil.example", "evil.example:80/b", "@/b",
    "a/b:c", "-a/b", "a/" + "b" * 101, "a" * 40 + "/b", "a/日本語", "a/b\u202e", "a/\u2025", "a/b\ud800", "a/*", "a/$(id)",
    "https://api.github.com/user", "http:/a/b", "a/b/c", "", "/",
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Saying]:
    with saying(response("{}")) as found:
        yield found


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_no_nasty_name_is_a_name_or_asks_outside_of_its_repository(name: str, server: Saying) -> None:
    client = a_client(server.url)
    assert not is_full_name(name)
    before = len(server.heard)
    for path in (
        f"/repos/{name}",
        f"/repos/{name}/readme",
        f"/repos/o/n/contents/{name}",
        f"/repositories/{name}",
        name,
    ):
        client.get(path)
    for line in server.lines()[before:]:
        # a/b/c is a path below a/b, and a file may be called as it likes
        assert re.fullmatch(r"GET /repos/(o/n/contents/[^/ ].*|a/b/c|a/b/c/readme) HTTP/1\.1", line), line
        assert not re.search(r"/\.{1,2}(/| )|%2e|%5c|%00|%0[ad]", line.lower()), line


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_at_all_leaves_its_repository(name: str, file: str) -> None:
    for path in (
        f"/repos/{name}",
        f"/repos/o/n/{file}",
        f"/repos/o/n/contents/{name}/{file}",
        name,
        f"/repositories/{name}",
    ):
        wire = path_of(path)
        assert wire is None or re.fullmatch(
            r"(/repos/[A-Za-z0-9][\w-]*/[\w.-]+|/repositories/[1-9][0-9]*)(/[\w.~%-]+)*", wire, re.ASCII
        ), wire
        assert wire is None or not {".", ".."} & set(wire.split("/"))


@given(st.text(max_size=60) | st.sampled_from(NASTY))
def test_whatever_is_pasted_becomes_a_name_or_is_refused(text: str) -> None:
    for pasted in (text, f"https://github.com/{text}", f"git@github.com:{text}"):
        with suppress(Refused):
            assert is_full_name(full_name_from(pasted))


def test_a_file_with_a_strange_name_is_asked_for_as_it_is_called(server: Saying) -> None:
    reply = a_client(server.url).get("/repos/o/n/contents/窓口 100%?.txt", {"ref": "main"})
    assert isinstance(reply, Fresh)
    name = "%E7%AA%93%E5%8F%A3%20100%25%3F.txt"
    assert server.lines()[-1] == f"GET /repos/o/n/contents/{name}?ref=main HTTP/1.1"


def test_a_mark_with_a_line_break_is_not_sent(server: Saying) -> None:
    before = len(server.heard)
    assert isinstance(a_client(server.url).get("/repos/o/n", etag='"x"\r\nX: 1'), Malformed)
    assert len(server.heard) == before


@pytest.mark.parametrize(
    "pasted",
    [
        "kazemirai/faq", " kazemirai/faq ", "ｋａｚｅｍｉｒａｉ／ｆａｑ", "https://github.com/kazemirai/faq", "http://github.com/kazemirai/faq/",
        "https://www.github.com/kazemirai/faq", "github.com/kazemirai/faq", "https://github.com/kazemirai/faq.git",
        "https://github.com/kazemirai/faq/tree/main/docs", "https://github.com/kazemirai/faq/blob/main/README.md?plain=1#L3",
        "https://github.com/kazemirai/faq?tab=readme-ov-file", "https://github.com/kazemirai/faq#top",
        "git@github.com:kazemirai/faq.git", "ssh://git@github.com/kazemirai/faq.git", "git://github.com/kazemirai/faq.git",
        "git+https://github.com/kazemirai/faq.git", "ssh://git@ssh.github.com:443/kazemirai/faq.git",
        "https://api.github.com/repos/kazemirai/faq", "<https://github.com/kazemirai/faq>", "「https://github.com/kazemirai/faq」",
        "ｈｔｔｐｓ：／／ｇｉｔｈｕｂ．ｃｏｍ／ｋａｚｅｍｉｒａｉ／ｆａｑ", "HTTPS://GitHub.com/kazemirai/faq", "https://someone@github.com/kazemirai/faq",
        "https://raw.githubusercontent.com/kazemirai/faq/main/README.md",
    ],
)  # fmt: skip
def test_any_address_of_a_repository_can_be_pasted(pasted: str) -> None:
    assert full_name_from(pasted) == "kazemirai/faq"


@pytest.mark.parametrize("pasted", ["https://git.pref.example.jp/dx/faq/issues", "git@git.pref.example.jp:dx/faq.git", "dx/faq",
                                    "https://git.pref.example.jp/api/v3/repos/dx/faq"])  # fmt: skip
def test_the_server_of_an_organisation_has_its_own_addresses(pasted: str) -> None:
    assert full_name_from(pasted, ENTERPRISE) == "dx/faq"


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("https://gitlab.com/a/b", "gitlab.com のリポジトリはつなげられません"),
        ("https://github.com.evil.example/a/b", "つなげられません"),
        ("https://github.com@evil.example/a/b", "つなげられません"),
        ("https://git.pref.example.jp/a/b", "つなげられません"),
        ("https://github.com/kazemirai", "リポジトリとして読めません"),
        ("https://github.com/", "リポジトリとして読めません"),
        ("javascript://github.com/a/b", "リポジトリとして読めません"),
        ("file:///etc/passwd", "リポジトリとして読めません"),
        ("https://[::1/a/b", "リポジトリとして読めません"),
        ("a/b/c", "リポジトリとして読めません"),
        ("a b/c", "リポジトリとして読めません"),
        ("a/" + "b" * 5000, "リポジトリとして読めません"),
        ("", "リポジトリとして読めません"),
    ],
)
def test_what_is_no_repository_of_ours_is_refused_with_what_to_do(pasted: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        full_name_from(pasted)
    assert refused.value.reason == "invalid"
    assert words in refused.value.errors["repository"]
    assert "入れてください" in refused.value.message
