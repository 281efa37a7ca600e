"""Backup and restore: what comes back has the same heads, nothing is written over, and what is wrong is said."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import backups
from tests.app.terminal import Terminal
from tests.country import TANTO, Country
from tests.databases import Server, programs


def on(url: str) -> Terminal:
    terminal = Terminal(url)
    terminal.environ["PATH"] = os.pathsep.join(map(str, programs()))
    return terminal


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def nowhere(country: Country, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The address of an empty database of the same kind, gone afterwards."""
    if country.engine.dialect.name == "sqlite":
        yield f"sqlite:///{tmp_path}/restored.db"
        return
    server: Server = request.getfixturevalue("postgresql")
    yield server.create_database("restored")
    server.drop_database("restored")


def test_what_is_restored_has_the_same_heads_and_says_so(
    country: Country, nowhere: str, tmp_path: Path
) -> None:
    idea, _ = country.a_running_pilot()
    country.tick()
    old, new, file = on(url_of(country.engine)), on(nowhere), tmp_path / "kyoso.backup"
    taken = old.json("backup", file)
    assert taken["entries"] > 20
    country.say(TANTO, "comment.post", idea=idea, body_md="控えの後。")
    assert old.kyoso("backup", file) == 1
    assert "すでにあります" in old.err
    assert new.kyoso("restore", file, "--heads", taken["heads"]) == 0, new.err
    assert taken["heads"] in new.out
    assert "すべて正しくつながっています" in new.out
    assert new.json("ledger", "verify")["entries"] == taken["entries"]
    before = old.json("backup", tmp_path / "later.backup")
    assert before["heads"] != taken["heads"], "one comment more is another head"
    again = new.json("restore", file, status=1)
    assert "空ではありません" in again["message"]
    assert new.json("backup", tmp_path / "second.backup")["heads"] == taken["heads"]


def test_a_backup_with_a_cut_tail_is_restored_and_named(
    country: Country, nowhere: str, tmp_path: Path
) -> None:
    idea = country.an_idea()
    country.tick()
    with country.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ledger_entry WHERE chain = :i AND seq = 2"), {"i": idea})
    on(url_of(country.engine)).json("backup", tmp_path / "cut")
    new = on(nowhere)
    assert new.kyoso("restore", tmp_path / "cut") == 1
    assert f"{idea} の 2 番【末尾の切取り】" in new.err


def test_what_cannot_be_backed_up_or_restored_is_said_and_leaves_nothing(
    small_country: Country, tmp_path: Path
) -> None:
    old = on(url_of(small_country.engine))
    good = old.json("backup", tmp_path / "good")
    assert old.kyoso("backup", tmp_path / "told") == 0
    assert "付けられたファイルは入っていません" in old.out
    new = on(f"sqlite:///{tmp_path}/new.db")
    (tmp_path / "text").write_text("控え", "utf-8")
    (tmp_path / "pg").write_bytes(backups.POSTGRESQL + b"...")
    (tmp_path / "broken").write_bytes((tmp_path / "good").read_bytes()[:50_000])
    for name, words in (
        ("text", "kyoso backup の控えではありません"),
        ("pg", "PostgreSQL の控えで"),
        ("missing", "読めません"),
        ("broken", "壊れています"),
    ):
        assert words in new.json("restore", tmp_path / name, status=1)["message"], name
    assert old.json("backup", tmp_path / "no" / "folder", status=1)["reason"] == "database"
    assert new.json("restore", tmp_path / "good", "--heads", "0" * 64, status=1)["heads"] == good["heads"]
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith(".")] == []


def test_without_the_programs_of_postgresql_it_is_said_what_is_missing(
    postgresql_engine: sa.Engine, tmp_path: Path
) -> None:
    terminal = Terminal(url_of(postgresql_engine))
    terminal.environ["PATH"] = str(tmp_path)
    said = terminal.json("backup", tmp_path / "file", status=1)["message"]
    assert "pg_dump が見つからない" in said
    assert not (tmp_path / "file").exists()
