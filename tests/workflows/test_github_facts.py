"""Facts of a repository: what of GitHub's answers becomes one, and that what could not be seen is never said to be absent."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.country import PUBLICCODE
from tests.forges.asking import asking
from tests.forges.emulated import OWNER, Emulated, seed
from workflows.github import activity, licences, pieces
from workflows.github.facts import look
from workflows.github.outcomes import (
    Forbidden,
    Fresh,
    Gone,
    Limited,
    Look,
    Malformed,
    Reply,
    Seen,
    Unavailable,
)

Opens = Callable[[Mapping[str, Any]], Emulated]
NOW = datetime(2027, 2, 1, tzinfo=UTC)
NAME = f"{OWNER}/faq"
SHA = "a" * 40
REPOSITORY = {
    "id": 7, "full_name": NAME, "default_branch": "main", "description": None, "topics": ["ai"], "archived": False,
    "fork": False, "license": {"spdx_id": "MIT"}, "open_issues_count": 3, "has_issues": True,
    "pushed_at": "2027-01-12T00:00:00Z", "updated_at": "2027-01-12T00:00:00Z",
}  # fmt: skip
MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this"


def commit(login: str | None, at: str = "2027-01-12T00:00:00Z", kind: str = "User") -> dict[str, Any]:
    author = {"login": login, "type": kind} if login else None
    return {
        "sha": SHA,
        "author": author,
        "commit": {"author": {"name": "名前だけの人", "email": "x@example.jp"}, "committer": {"date": at}},
    }


def blob(text: str | bytes) -> dict[str, Any]:
    content = base64.encodebytes(text.encode() if isinstance(text, str) else text).decode()
    return {"encoding": "base64", "content": content}


def tree(*paths: str, **more: Any) -> dict[str, Any]:
    entries = [{"path": p, "type": "blob", "sha": f"{n:040x}", "size": 10} for n, p in enumerate(paths)]
    return {"tree": entries, "truncated": False, **more}


class Scripted:
    """Answers by path below the repository; what is not told is an empty list."""

    def __init__(self, **told: Reply) -> None:
        self.told: dict[str, Reply] = {
            "": Fresh(REPOSITORY),
            "/commits": Fresh([commit("dev-a")]),
            "/git/trees/HEAD": Fresh(tree("README.md")),
            f"/commits/{SHA}/check-runs": Fresh({"check_runs": []}),
            f"/commits/{SHA}/status": Fresh({"total_count": 0, "state": "pending"}),
            **told,
        }
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Reply:
        self.asked.append((path, params or {}))
        return self.told.get(path.removeprefix(f"/repos/{NAME}"), Fresh([]))


def looked(told: dict[str, Reply] | None = None, forge_id: int | None = None) -> Look:
    return look(Scripted(**(told or {})), NAME, forge_id, {}, {}, whole=True, now=NOW)


def facts(told: dict[str, Reply] | None = None) -> Mapping[str, Any]:
    seen = looked(told)
    assert isinstance(seen, Seen), seen
    return seen.facts


def test_a_first_look_at_a_whole_repository_takes_no_more_than_thirteen_requests(
    sqlite_engine: sa.Engine, emulate: Opens
) -> None:
    forge = emulate(seed("faq", users=[{"login": OWNER}, {"login": "dev-b"}]))
    for path, text in (("LICENSE", MIT), ("publiccode.yml", PUBLICCODE), ("docs/SECURITY.md", "連絡先")):
        forge.writes(NAME, path, text)
    notes = "# 直したこと\n<script>alert(1)</script>\n[悪い](javascript:alert(1))"
    forge.says("POST", f"/repos/{NAME}/releases", {"tag_name": "v1.0.0", "name": "初版", "body": notes})
    forge.says("POST", f"/repos/{NAME}/issues", {"title": "質問"})
    client = asking(forge, sqlite_engine)
    seen = look(client, NAME, None, {}, {}, whole=True, now=datetime.now(UTC))
    assert isinstance(seen, Seen)
    assert seen.requests == len(forge.asked()) <= 13
    assert seen.facts["files"] == ["LICENSE", "README.md", "docs/SECURITY.md", "publiccode.yml"]
    assert seen.facts["publiccode"] == PUBLICCODE
    assert (seen.facts["licence_file"], seen.facts["licence_in_file"]) == ("LICENSE", "MIT")
    assert seen.facts["commits_by_contributor"] == {OWNER: 4}
    assert seen.facts["open_issues"] == 1
    assert "ci" not in seen.facts  # this server does not know commit statuses
    (release,) = seen.facts["releases"]
    assert (release["tag"], release["notes"]) == ("v1.0.0", notes)
    assert "<h2" in release["notes_html"]
    assert "script" not in release["notes_html"]
    assert set(seen.seen) == set(seen.facts)
    # Nothing of what is kept names a person's address.
    assert "@" not in str({k: v for k, v in seen.pages.items() if "commits" in k})
    forge.forget()
    again = look(client, NAME, seen.forge_id, seen.pages, seen.facts, whole=True, now=datetime.now(UTC))
    assert isinstance(again, Seen)
    assert not [path for _, path, _ in forge.asked() if "/git/blobs/" in path]
    assert again.facts == seen.facts


def test_an_empty_repository_has_no_commits_and_no_files(sqlite_engine: sa.Engine, emulate: Opens) -> None:
    forge = emulate(seed(repos=[{"owner": OWNER, "name": "faq", "auto_init": False}]))
    seen = look(asking(forge, sqlite_engine), NAME, None, {}, {}, whole=True, now=NOW)
    assert isinstance(seen, Seen)
    found = {
        name: seen.facts[name]
        for name in ("files", "commits_by_contributor", "last_commit_at", "publiccode", "ci")
    }
    assert found == {
        "files": [],
        "commits_by_contributor": {},
        "last_commit_at": None,
        "publiccode": None,
        "ci": "none",
    }


def test_deleted_authors_and_machines_are_counted_as_such() -> None:
    told = [
        commit("dev-a"),
        commit("dependabot[bot]", kind="Bot"),
        commit(None),
        commit("dev-a", "2025-01-01T00:00:00Z"),
    ]
    assert facts({"/commits": Fresh(told)})["commits_by_contributor"] == {"dev-a": 1, "名前だけの人": 1}


def test_a_thousand_commits_are_counted_and_more_are_said_to_exist() -> None:
    scripted = Scripted(**{"/commits": Fresh([commit("dev-a")] * 100, last_page=57)})
    seen = look(scripted, NAME, None, {}, {}, whole=True, now=NOW)
    assert isinstance(seen, Seen)
    assert (seen.facts["commits_by_contributor"], seen.facts["commits_capped"]) == ({"dev-a": 1000}, True)
    assert sum(path.endswith("/commits") for path, _ in scripted.asked) == 10


def test_a_repository_without_a_commit_in_a_year_still_says_when_the_last_was() -> None:
    seen = facts({"/commits": Fresh([commit("dev-a", "2025-06-01T00:00:00Z")])})
    assert (seen["commits_by_contributor"], seen["last_commit_at"]) == ({}, "2025-06-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("path", "unseen"),
    [
        ("/commits", {"commits_by_contributor", "last_commit_at", "commits_capped", "ci"}),
        ("/git/trees/HEAD", {"files", "publiccode", "readme", "licence_file", "licence_in_file"}),
        ("/releases", {"releases"}),
        ("/pulls", {"open_pull_requests", "open_issues"}),
        ("/issues", {"median_issue_response_hours"}),
    ],
)
@pytest.mark.parametrize("why", [Forbidden("見られません。"), Gone(404)])
def test_what_the_token_may_not_see_is_left_out(path: str, unseen: set[str], why: Reply) -> None:
    assert set(facts()) - set(facts({path: why})) == unseen


@pytest.mark.parametrize("why", [Limited(NOW), Unavailable("届きません。"), Malformed("壊れています。")])
@pytest.mark.parametrize("path", ["/commits", "/releases", "/issues", f"/commits/{SHA}/check-runs"])
def test_where_a_part_gives_no_answer_nothing_of_the_look_is_kept(path: str, why: Reply) -> None:
    assert looked({path: why}) == why


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "text", {"id": 7}, {**REPOSITORY, "full_name": "../../user"}, {**REPOSITORY, "id": "7"},
        {**REPOSITORY, "id": True},
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_no_answer(answer: Any) -> None:
    assert isinstance(looked({"": Fresh(answer)}), Malformed)


@pytest.mark.parametrize("path", ["/commits", "/git/trees/HEAD", "/releases", "/tags", "/issues", "/pulls"])
def test_a_part_of_another_shape_ends_the_look(path: str) -> None:
    assert isinstance(looked({path: Fresh("<html>")}), Malformed)


def test_too_many_files_leave_the_list_unseen_but_the_root_is_read() -> None:
    class Cut(Scripted):
        def get(self, path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Reply:
            if path.endswith("/git/trees/HEAD") and not params:
                return Fresh(tree("publiccode.yml", "LICENSE"))
            if "/git/blobs/" in path:
                return Fresh(blob(PUBLICCODE if path.endswith("0" * 40) else MIT))
            return super().get(path, params, **more)

    for cut in (Fresh(tree("a", truncated=True)), Malformed("大きすぎます。")):
        seen = look(Cut(**{"/git/trees/HEAD": cut}), NAME, None, {}, {}, whole=True, now=NOW)
        assert isinstance(seen, Seen)
        assert "files" not in seen.facts
        assert seen.facts["publiccode"] == PUBLICCODE


def test_of_many_files_those_that_a_gate_asks_for_are_kept() -> None:
    many = [f"a/{number:06}.txt" for number in range(pieces.MOST_FILES + 10)]
    kept = pieces.tree(tree(*many, "z/deep/er/bom.json", "docs/security.md"))["files"]
    assert len(kept) == pieces.MOST_FILES
    assert {"z/deep/er/bom.json", "docs/security.md"} <= set(kept)


def test_a_publiccode_too_large_to_read_is_not_absent() -> None:
    large = tree("publiccode.yml")
    large["tree"][0]["size"] = 10_000_000
    assert "publiccode" not in facts({"/git/trees/HEAD": Fresh(large)})


@pytest.mark.parametrize(
    ("said", "text", "found"),
    [
        ({"spdx_id": "MIT"}, None, "MIT"),
        ({"spdx_id": "NOASSERTION"}, MIT, "MIT"),
        (None, "Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        (None, None, None),
        (None, "このソフトウェアの権利は当社にあります。", "unseen"),
        ({"spdx_id": "NOASSERTION"}, "独自の条件", "unseen"),
    ],
)
def test_a_licence_nobody_recognises_is_there_but_not_seen(
    said: Any, text: str | None, found: str | None
) -> None:
    told: dict[str, Reply] = {"": Fresh({**REPOSITORY, "license": said})}
    if text:
        told["/git/trees/HEAD"] = Fresh(tree("LICENSE"))
        told[f"/git/blobs/{0:040x}"] = Fresh(blob(text))
    assert facts(told).get("licence_spdx", "unseen") == found


def test_gnu_licences_are_what_publiccode_says_more_exactly() -> None:
    assert licences.guess("GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007") == "AGPL-3.0"
    assert licences.reconciled("AGPL-3.0", "AGPL-3.0-or-later") == "AGPL-3.0-or-later"
    assert licences.reconciled("AGPL-3.0", "GPL-3.0-or-later") == "AGPL-3.0"
    assert licences.reconciled("MIT", "MIT-0") == "MIT"
    assert licences.reconciled(None, "MIT") is None


def test_how_long_questions_wait() -> None:
    def issue(
        number: int, days: int, by: str | None = "asker", comments: int = 0, closed: int | None = None
    ) -> Any:
        at = NOW - timedelta(days=days)
        end = (at + timedelta(hours=closed)).isoformat() if closed is not None else None
        return {"number": number, "by": by, "at": at.isoformat(), "comments": comments, "closed_at": end}

    def said(on: int, days: int, hours: int, by: str | None) -> Any:
        return {"on": on, "by": by, "at": (NOW - timedelta(days=days) + timedelta(hours=hours)).isoformat()}

    def hours(issues: Any, comments: Any = (), capped: bool = False) -> float | None:
        return activity.median_response_hours(issues, comments, capped, NOW)

    assert hours([]) is None
    assert hours([issue(1, 3)]) is None  # it may still be answered in time
    assert hours([issue(1, 10)]) == 240.0
    assert hours([issue(1, 400, closed=1)]) is None
    assert hours([issue(1, 20, closed=5)]) == 5.0
    assert hours([issue(1, 20, comments=2)], [said(1, 20, 1, "asker"), said(1, 20, 9, "dev-a")]) == 9.0
    assert hours([issue(1, 20, comments=1)], [said(1, 20, 2, None)]) == 480.0  # a machine's answer is none
    # Of what was asked before the oldest comment that was read nothing is known.
    read = [said(3, 15, 0, "dev-a"), said(2, 9, 3, "dev-a")]
    assert hours([issue(1, 20, comments=5), issue(2, 9, comments=1)], read, capped=True) == 3.0


def test_checks_under_way_are_no_fact_and_are_asked_for_again() -> None:
    running = Fresh(
        {"check_runs": [{"status": "in_progress"}, {"status": "completed", "conclusion": "success"}]}
    )
    scripted = Scripted(**{f"/commits/{SHA}/check-runs": running})
    seen = look(scripted, NAME, None, {}, {}, whole=True, now=NOW)
    assert isinstance(seen, Seen)
    assert "ci" not in seen.facts
    scripted.told[f"/commits/{SHA}/check-runs"] = Fresh(
        {"check_runs": [{"status": "completed", "conclusion": "failure"}]}
    )
    again = look(scripted, NAME, 7, seen.pages, seen.facts, whole=False, now=NOW)
    assert isinstance(again, Seen)
    assert again.facts["ci"] == "failing"


def test_texts_that_no_database_can_store_are_mended() -> None:
    told = {**REPOSITORY, "description": "a\x00b\ud800c" + "長" * 5000}
    described = facts({"": Fresh(told)})["description"]
    assert described.startswith("ab?c長")
    assert len(described) <= pieces.LONGEST_DESCRIPTION


@pytest.mark.parametrize("notes", ["[" * 20_000, "- " * 3_000 + "x", "a\n" * 3_000])
def test_notes_that_would_cost_too_much_are_kept_as_text_alone(notes: str) -> None:
    (release,) = facts({"/releases": Fresh([{"tag_name": "v1", "body": notes}])})["releases"]
    assert (release["notes"], release["notes_html"]) == (notes, "")


def test_issues_that_are_switched_off_are_not_asked_for() -> None:
    scripted = Scripted(**{"": Fresh({**REPOSITORY, "has_issues": False})})
    seen = look(scripted, NAME, None, {}, {}, whole=True, now=NOW)
    assert isinstance(seen, Seen)
    assert seen.facts["median_issue_response_hours"] is None
    assert not [path for path, _ in scripted.asked if "/issues" in path]
