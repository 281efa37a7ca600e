"""When something goes wrong a page says what happened and what to do, and never how the machine looks inside."""

import logging
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import create_app
from app.route import house
from tests.app.web import Reader, an_app, reader
from tests.country import (
    TANTO,
    Country,
)
from tests.shelves import MIGRATED, SQLiteShelf


def test_a_page_that_is_not_there(small_country: Country) -> None:
    text = reader(small_country).opens("/nowhere", 404)
    assert "ページが見つかりません" in text
    assert "共創パイプライン" in text


def test_a_surprise_gives_a_number_that_the_log_has(
    small_country: Country, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = reader(small_country)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("workflows.queries.home.home", broken)
    with caplog.at_level(logging.ERROR):
        text = person.opens("/", 500)
    number = re.search(r"番号: <code>([0-9a-f]{8})</code>", text)
    assert number
    assert any(number[1] in r.getMessage() and r.exc_info for r in caplog.records)
    assert "ZeroDivisionError" not in text
    assert "Traceback" not in text


def settings(file: Path, **more: str) -> dict[str, str]:
    secret = "a secret of the tests, long enough for production"
    return {
        "KYOSO_ENV": "production",
        "KYOSO_SECRET": secret,
        "KYOSO_DATABASE_URL": f"sqlite:///{file}",
        **more,
    }


def test_a_database_that_is_not_there_is_said_and_mended_without_a_restart(
    sqlite_shelf: SQLiteShelf, tmp_path: Path
) -> None:
    file = tmp_path / "later.db"
    client = create_app(settings(file, KYOSO_ENV="development")).test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "kyoso migrate" in answer.text
    assert answer.headers["Retry-After"]
    assert client.get("/static/look/x/frame.css").status_code == 200
    file.write_bytes(sqlite_shelf.file(MIGRATED).read_bytes())
    assert client.get("/").status_code == 200


def test_in_production_no_path_of_the_machine_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "later.db"
    answer = create_app(settings(file)).test_client().get("/")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert str(file) in caplog.text


@pytest.mark.parametrize(
    ("revision", "said"), [(None, "準備がまだできていません"), ("9999", "新しい版で準備されています")]
)
def test_a_database_of_another_release_is_said(
    sqlite_shelf: SQLiteShelf, tmp_path: Path, revision: str | None, said: str
) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(sqlite_shelf.file(MIGRATED).read_bytes())
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        change = (
            "DELETE FROM alembic_version"
            if revision is None
            else f"UPDATE alembic_version SET version_num = '{revision}'"
        )
        connection.execute(sa.text(change))
    engine.dispose()
    answer = create_app(settings(file)).test_client().get("/ideas")
    assert answer.status_code == 503
    assert said in answer.text


def test_a_locked_database_is_said_and_a_page_is_still_read(small_country: Country) -> None:
    """A writer that waits too long is told so; readers never wait for it."""
    idea = small_country.an_idea()
    app = an_app(small_country)
    person = Reader(app, small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    with house(app).engine.connect() as other:
        other.execute(sa.text("UPDATE idea SET title = title"))
        sa.event.listen(small_country.engine, "checkout", lambda c, *_: c.execute("PRAGMA busy_timeout=1"))
        refused = person.says("idea.follow", 503, idea=idea)
        assert "混み合っていて" in refused.text
        person.opens(f"/ideas/{idea}")
        other.rollback()
