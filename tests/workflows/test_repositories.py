"""Repositories: links, imported facts with the verdict on publiccode.yml, and what they do to a flagged product."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.country import HOSHIMORI, JIMUKYOKU, OUTSIDER, PUBLICCODE, TANTO, VENDOR, Country
from workflows.tables.repositories import Repository, Snapshot

NAME = "kazemirai/madoguchi-faq"


def snapshots(country: Country) -> list[Snapshot]:
    with Session(country.engine) as session:
        return list(session.exec(select(Snapshot).order_by(Snapshot.id)))


def imported(country: Country, **facts: Any) -> dict[str, Any]:
    return {"full_name": NAME, "taken_at": country.now.isoformat(), "source": "import", "facts": facts}


def test_a_name_is_the_same_in_any_case(country: Country) -> None:
    idea, other = country.an_idea_with_a_team(), country.an_idea("通報の振り分け")
    country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)
    country.refused("duplicate", TANTO, "repo.link", idea=idea, full_name=NAME.upper())
    country.say(TANTO, "repo.link", idea=other, full_name=NAME.title())
    with Session(country.engine) as session:
        assert session.exec(select(Repository.full_name)).all() == [NAME]
    country.say(TANTO, "repo.unlink", idea=idea, full_name=NAME.upper())
    country.refused("unknown", TANTO, "repo.unlink", idea=idea, full_name=NAME)
    country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)


@pytest.mark.parametrize(
    "name", ["kazemirai", "a/b/c", "../etc", "a/..", "-a/b", "a b/c", "https://x.example/a"]
)
def test_a_name_that_leaves_its_path_is_refused(small_country: Country, name: str) -> None:
    idea = small_country.an_idea()
    assert (
        "full_name" in small_country.refused("invalid", TANTO, "repo.link", idea=idea, full_name=name).errors
    )


def test_only_the_team_links_and_asks_for_a_sync(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    for nobody in (OUTSIDER, HOSHIMORI, JIMUKYOKU):
        country.refused("not_permitted", nobody, "repo.link", idea=idea, full_name=NAME)
    country.refused("unknown", VENDOR, "repo.sync", full_name=NAME)
    country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)
    for nobody in (OUTSIDER, HOSHIMORI):
        country.refused("not_permitted", nobody, "repo.unlink", idea=idea, full_name=NAME)
    country.refused("not_permitted", OUTSIDER, "repo.unlink", idea=idea, full_name="kazemirai/other")
    country.refused("unknown", OUTSIDER, "repo.sync", full_name=NAME)
    country.refused("not_permitted", HOSHIMORI, "repo.sync", full_name=NAME)
    for someone in (TANTO, VENDOR, JIMUKYOKU):
        country.say(someone, "repo.sync", full_name=NAME)
    with Session(country.engine) as session:
        assert session.exec(select(Repository.sync_asked_at)).one() == country.now


def test_facts_keep_what_was_seen_and_nothing_else(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)
    country.refused("not_permitted", VENDOR, "repo.snapshot", **imported(country))
    country.refused("unknown", OUTSIDER, "repo.snapshot", **imported(country))
    ref = country.say(
        JIMUKYOKU,
        "repo.snapshot",
        **imported(country, licence_spdx=None, archived=None, files=["README.md"]),
    ).ref
    assert ref == "snapshot-1"
    assert snapshots(country)[0].facts == {"licence_spdx": None, "files": ["README.md"]}
    assert snapshots(country)[0].verdict is None
    country.say("system", "repo.snapshot", **imported(country, last_commit_at="2026-03-31T00:00:00Z"))
    country.say(TANTO, "repo.unlink", idea=idea, full_name=NAME)
    country.refused("unknown", "system", "repo.snapshot", **imported(country))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("facts.stars", {"facts": {"stars": 5}}),
        ("facts.open_issues", {"facts": {"open_issues": -1}}),
        ("facts.commits_by_contributor.dev-a", {"facts": {"commits_by_contributor": {"dev-a": -3}}}),
        ("facts.ci", {"facts": {"ci": "green"}}),
        ("facts.releases.0.tag", {"facts": {"releases": [{"published_at": "2026-03-31T00:00:00Z"}]}}),
        ("facts.pushed_at", {"facts": {"pushed_at": "yesterday"}}),
        ("facts.files.0", {"facts": {"files": ["a\x00b"]}}),
        ("facts.median_issue_response_hours", {"facts": {"median_issue_response_hours": -0.5}}),
        ("source", {"source": "sync"}),
    ],
)
def test_facts_that_make_no_sense_are_refused(
    small_country: Country, field: str, change: dict[str, Any]
) -> None:
    small_country.say(TANTO, "repo.link", idea=small_country.an_idea(), full_name=NAME)
    refusal = small_country.refused("invalid", "system", "repo.snapshot", **imported(small_country) | change)
    assert field in refusal.errors


def test_nothing_is_seen_in_the_future(small_country: Country) -> None:
    small_country.say(TANTO, "repo.link", idea=small_country.an_idea(), full_name=NAME)
    tomorrow = (small_country.now + timedelta(seconds=1)).isoformat()
    given = imported(small_country) | {"taken_at": tomorrow}
    assert "taken_at" in small_country.refused("invalid", "system", "repo.snapshot", **given).errors


def test_publiccode_is_judged_when_it_is_taken_in(country: Country) -> None:
    country.say(TANTO, "repo.link", idea=country.an_idea(), full_name=NAME)
    for text in (PUBLICCODE, "name: だけ", "[" * 20_000, None):
        country.say("system", "repo.snapshot", **imported(country, publiccode=text))
    good, bad, ugly, none = [s.verdict for s in snapshots(country)]
    assert good == {"valid": True, "errors": [], "licence": "MIT"}
    assert bad is not None
    assert bad["valid"] is False
    assert any(e.startswith("publiccodeYmlVersion: ") for e in bad["errors"])
    assert ugly is not None
    assert ugly["valid"] is False
    assert none is None
    country.refused("too_large", "system", "repo.snapshot", **imported(country, publiccode="あ" * 600_000))


def test_a_snapshot_of_an_archived_repository_suspends_the_product_at_once(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.snapshot(archived=True)
    assert small_country.look("product", product)["flag"] == "suspended"
