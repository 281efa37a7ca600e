"""`kyoso sync` and `kyoso play --github` as an operator meets them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.commands.repositories import NO_GITHUB
from tests.app.terminal import Terminal
from tests.country import VENDOR, Country
from tests.forges.emulated import OWNER, TOKEN, Emulated, seed
from tests.forges.faults import Faults

Opens = Callable[[Mapping[str, Any]], Emulated]
NAME = f"{OWNER}/faq"


@pytest.fixture
def terminal(small_country: Country) -> Terminal:
    """On a database with one linked repository."""
    idea = small_country.an_idea_with_a_team()
    small_country.say(VENDOR, "repo.link", idea=idea, full_name=NAME)
    return Terminal(small_country.engine.url.render_as_string(hide_password=False))


def with_github(terminal: Terminal, forge: Emulated | Faults) -> Terminal:
    terminal.environ |= {"KYOSO_GITHUB_URL": forge.url, "KYOSO_GITHUB_TOKEN": TOKEN}
    return terminal


def test_a_sync_says_what_it_saw(terminal: Terminal, emulate: Opens) -> None:
    forge = emulate(seed("faq"))
    with_github(terminal, forge)
    first = terminal.json("sync")
    assert (first["ok"], first["changed"], first["looked"], first["stopped"]) == (True, 1, 1, None)
    assert terminal.kyoso("sync") == 0
    assert terminal.out == "今見るべきリポジトリはありません。\n"
    forge.says("PATCH", f"/repos/{NAME}", {"name": "faq2"})
    assert terminal.kyoso("sync", NAME.upper()) == 0
    assert f"名前が変わりました: {NAME} → {NAME}2" in terminal.out
    forge.says("DELETE", f"/repos/{NAME}2")
    assert terminal.kyoso("sync", NAME) == 0
    assert f"見つかりません: {NAME}2" in terminal.out


def test_a_repository_that_cannot_be_seen_is_a_failure(terminal: Terminal, wiremock: Faults) -> None:
    wiremock.answers(f"/repos/{NAME}", {"status": 401, "jsonBody": {"message": "Bad credentials"}})
    with_github(terminal, wiremock)
    assert "トークン" in terminal.json("sync", status=1)["failed"][NAME]


def test_a_sync_of_what_is_not_linked_or_not_configured_is_refused(
    terminal: Terminal, emulate: Opens
) -> None:
    assert terminal.kyoso("sync") == 1
    assert terminal.err == f"［failed］{NO_GITHUB}\n"
    assert with_github(terminal, emulate(seed())).kyoso("sync", "somebody/else") == 1
    assert terminal.err.startswith("［unknown］アイデアにつながったリポジトリ somebody/else")


def test_a_story_never_writes_to_github_itself(terminal: Terminal, tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text("- {tick: 2026-04-01T09:00:00+09:00}\n", "utf-8")
    assert terminal.kyoso("play", "--github", "https://api.github.com", story) == 1
    assert "この計算機の中" in terminal.err


def test_a_story_changes_the_stand_in_and_looks_at_it(
    terminal: Terminal, tmp_path: Path, emulate: Opens
) -> None:
    forge = emulate(seed("faq"))
    terminal.environ["KYOSO_GITHUB_TOKEN"] = TOKEN
    story = tmp_path / "story.yaml"
    story.write_text(
        f"- at: 2026-05-01T09:00:00+09:00\n  github: {{full_name: {NAME}, archived: true}}\n"
        "- tick: 2026-05-02T09:00:00+09:00\n",
        "utf-8",
    )
    played = terminal.json("play", "--github", forge.url, story)["steps"]
    assert played[0]["outcome"].startswith("snapshot-")
    assert "sync" in played[1]["outcome"]
    assert forge.says("GET", f"/repos/{NAME}")["archived"] is True
    terminal.environ["KYOSO_GITHUB_TOKEN"] = ""
    said = terminal.json("play", "--github", "http://127.0.0.1:9", story, status=1)
    assert "届きません" in said["message"]
