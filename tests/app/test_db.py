"""The engine on both databases: transactions that read or write, and database errors said in Japanese."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import Engine, make_url, text

from app.config import read_config
from app.db import UnfitDatabase, create_engine, explain, journal_mode, reading, sqlite, writing
from tests.databases import ROLE_WITH_PASSWORD, NoPostgreSQL, Server, is_required, postgresql_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    try:
        with postgresql_server() as server:
            yield server
    except NoPostgreSQL as reason:
        if is_required("postgresql"):
            raise
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database with one table: seat(place primary key, taken_by)."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path}/kyoso.db", may_create=True)
    else:
        server: Server = request.getfixturevalue("server")
        engine = create_engine(server.create_database("test_db"))
    try:
        with writing(engine) as session:
            session.connection().exec_driver_sql("CREATE TABLE seat (place TEXT PRIMARY KEY, taken_by TEXT)")
            session.connection().exec_driver_sql("INSERT INTO seat VALUES ('A1', NULL)")
        yield engine
    finally:
        engine.dispose()
        if request.param == "postgresql":
            server.drop_database("test_db")


def who_sits(engine: Engine, place: str = "A1") -> str | None:
    """What another transaction sees."""
    with reading(engine) as session:
        who: str | None = session.connection().execute(
            text("SELECT taken_by FROM seat WHERE place = :place"), {"place": place}
        ).scalar()  # fmt: skip
        return who


def sit_down(engine: Engine, who: str, place: str = "A1") -> None:
    with writing(engine) as session:
        session.connection().execute(
            text("UPDATE seat SET taken_by = :who WHERE place = :place"), {"who": who, "place": place}
        )


def test_what_is_written_is_kept(engine: Engine) -> None:
    sit_down(engine, "hanako")
    assert who_sits(engine) == "hanako"


def test_an_exception_undoes_everything(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.connection().exec_driver_sql("UPDATE seat SET taken_by = 'taro'")
        session.connection().exec_driver_sql("INSERT INTO seat VALUES ('A2', 'taro')")
        _ = 1 / 0
    assert who_sits(engine) is None
    assert who_sits(engine, "A2") is None


def test_tables_made_in_a_transaction_that_fails_are_gone_too(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE half_done (n INTEGER)")
        _ = 1 / 0
    assert not sqlalchemy.inspect(engine).has_table("half_done")


def test_a_reader_cannot_write_and_is_told_so(engine: Engine) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError) as refused, reading(engine) as session:
        session.connection().exec_driver_sql("UPDATE seat SET taken_by = 'taro'")
    assert "読み取り専用" in (explain(refused.value) or "")
    # The same connection, back from the pool, may write again.
    sit_down(engine, "taro")
    assert who_sits(engine) == "taro"


def test_a_reader_sees_one_moment_and_never_waits_for_a_writer(engine: Engine) -> None:
    with reading(engine) as session:
        seen_before = session.connection().exec_driver_sql("SELECT taken_by FROM seat").scalar()
        sit_down(engine, "hanako")
        seen_after = session.connection().exec_driver_sql("SELECT taken_by FROM seat").scalar()
    assert (seen_before, seen_after) == (None, None)
    assert who_sits(engine) == "hanako"


def test_of_two_who_look_and_then_take_only_one_gets_the_seat(engine: Engine) -> None:
    together = threading.Barrier(2)

    def take(who: str) -> str:
        together.wait(timeout=30)
        with writing(engine) as session:
            lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
            if session.connection().exec_driver_sql(f"SELECT taken_by FROM seat{lock}").scalar():
                return "too late"
            session.connection().execute(text("UPDATE seat SET taken_by = :who"), {"who": who})
            return who

    with ThreadPoolExecutor(2) as people:
        for _ in range(25):
            with writing(engine) as session:
                session.connection().exec_driver_sql("UPDATE seat SET taken_by = NULL")
            results = list(people.map(take, ("hanako", "taro")))
            assert sorted(results) == sorted(["too late", str(who_sits(engine))])


def test_who_waits_too_long_for_a_lock_is_told_that_it_is_busy(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.WAIT_SECONDS", 0.05)
    other = create_engine(engine.url.render_as_string(hide_password=False))
    try:
        with writing(engine) as session:
            session.connection().exec_driver_sql("UPDATE seat SET taken_by = 'hanako'")
            with pytest.raises(sqlalchemy.exc.OperationalError) as busy:
                sit_down(other, "taro")
        assert "混み合って" in (explain(busy.value) or "")
        sit_down(other, "taro")
        assert who_sits(engine) == "taro"
    finally:
        other.dispose()


def test_a_table_that_is_not_there_yet_points_to_the_migration(engine: Engine) -> None:
    for statement in ("SELECT * FROM idea", "SELECT no_such_column FROM seat"):
        with pytest.raises(sqlalchemy.exc.DBAPIError) as refused, reading(engine) as session:
            session.connection().exec_driver_sql(statement)
        assert "kyoso migrate" in (explain(refused.value) or "")


def test_a_mistake_of_ours_is_not_explained_away(engine: Engine) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError) as mistake, reading(engine) as session:
        session.connection().exec_driver_sql("SELEKT 1")
    assert explain(mistake.value) is None
    with pytest.raises(sqlalchemy.exc.IntegrityError) as twice, writing(engine) as session:
        session.connection().exec_driver_sql("INSERT INTO seat VALUES ('A1', NULL)")
    assert explain(twice.value) is None
    assert explain(ValueError("x")) is None


# -- SQLite alone ------------------------------------------------------------------------------------------------------


def test_sqlite_is_opened_so_that_what_is_committed_stays(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/kyoso.db", may_create=True)
    with writing(engine) as session:
        ask = session.connection().exec_driver_sql
        assert ask("PRAGMA journal_mode").scalar() == "wal"
        assert ask("PRAGMA synchronous").scalar() == 2  # FULL
        assert ask("PRAGMA foreign_keys").scalar() == 1
        assert ask("PRAGMA busy_timeout").scalar() == 10_000
    engine.dispose()


def test_who_waits_to_write_asks_often_and_is_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite by itself asks every 100 ms at last, and one who writes without a pause kept others out for ten seconds."""
    monkeypatch.setattr("app.db.WAIT_SECONDS", 0.5)
    engine = create_engine(f"sqlite:///{tmp_path}/kyoso.db", may_create=True)
    asked: list[str] = []
    with engine.connect() as waiting:
        driver = waiting.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        with writing(engine) as session:
            session.connection()
            with pytest.raises(sqlalchemy.exc.OperationalError) as busy:
                waiting.begin()
    assert "混み合って" in (explain(busy.value) or "")
    assert asked.count("BEGIN IMMEDIATE") > 5
    engine.dispose()


def test_a_missing_sqlite_file_is_said_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "kyoso.db"
    with pytest.raises(UnfitDatabase) as missing, reading(create_engine(f"sqlite:///{file}")) as session:
        session.connection()
    assert str(file) in str(missing.value)
    assert "kyoso migrate" in (explain(missing.value) or "")
    assert not file.exists()


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/nowhere/kyoso.db", may_create=True)
    with pytest.raises(UnfitDatabase, match=r"フォルダー .*nowhere がありません"), reading(engine) as session:
        session.connection()


def test_the_home_folder_is_made_with_the_database_and_only_its_owner_may_enter(tmp_path: Path) -> None:
    config = read_config({"KYOSO_ENV": "development", "KYOSO_HOME": str(tmp_path / "共創")})
    engine = create_engine(config, may_create=True)
    with writing(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE seat (place TEXT)")
    engine.dispose()
    assert (tmp_path / "共創" / "kyoso.db").exists()
    assert (tmp_path / "共創").stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = read_config({"KYOSO_ENV": "development", "KYOSO_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(UnfitDatabase, match="作れません"):
        create_engine(config, may_create=True)


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "kyoso.db"
    file.write_text("議事録\n" * 1000)
    with (
        pytest.raises(sqlalchemy.exc.DatabaseError) as refused,
        reading(create_engine(f"sqlite:///{file}")) as session,
    ):
        session.connection()
    assert "データベースではありません" in (explain(refused.value) or "")
    assert file.read_text().startswith("議事録")


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}")
    with pytest.raises(sqlalchemy.exc.OperationalError) as refused, reading(engine) as session:
        session.connection()
    assert "開けません" in (explain(refused.value) or "")


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(UnfitDatabase, match="ファイル"):
        create_engine("sqlite:///:memory:")


def test_the_sqlite_in_use_is_one_that_cannot_corrupt_its_file() -> None:
    assert journal_mode(sqlite.sqlite_version_info, pysqlite3_has_wheels=True) == "wal"


def test_an_old_sqlite_is_refused_where_a_new_one_can_be_had_and_used_carefully_elsewhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(UnfitDatabase, match=r"3\.51\.2 .*壊れる不具合.*pysqlite3"):
        journal_mode((3, 51, 2), pysqlite3_has_wheels=True)
    assert journal_mode((3, 40, 1), pysqlite3_has_wheels=False) == "delete"
    assert "3.40.1" in caplog.text
    assert journal_mode((3, 51, 3), pysqlite3_has_wheels=False) == "wal"


# -- PostgreSQL alone --------------------------------------------------------------------------------------------------


def why_it_cannot_connect(url: str) -> str:
    engine = create_engine(url)
    with pytest.raises(sqlalchemy.exc.OperationalError) as refused, reading(engine) as session:
        session.connection()
    engine.dispose()
    return explain(refused.value) or ""


def test_a_postgresql_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "つながりません" in why_it_cannot_connect(f"postgresql+psycopg://u@/kyoso?host={tmp_path}")
    assert "つながりません" in why_it_cannot_connect("postgresql+psycopg://u@127.0.0.1:1/kyoso")


def test_a_database_that_is_not_there_is_said(server: Server) -> None:
    assert "そのデータベースがありません" in why_it_cannot_connect(server.url("no_such_database"))


def test_a_wrong_user_or_password_is_said(server: Server) -> None:
    if not server.is_ours:
        pytest.skip("KYOSO_TEST_DATABASE_URL: who is let in there is not ours to set")
    there = make_url(server.url("postgres"))
    with psycopg.connect(
        there.set(drivername="postgresql").render_as_string(), autocommit=True
    ) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {ROLE_WITH_PASSWORD}")
        connection.execute(f"CREATE ROLE {ROLE_WITH_PASSWORD} LOGIN PASSWORD 'right'")
    for stranger in (
        there.set(username="no_such_role"),
        there.set(username=ROLE_WITH_PASSWORD, password="wrong"),
        there.set(username=ROLE_WITH_PASSWORD),
    ):
        assert "入れません" in why_it_cannot_connect(stranger.render_as_string(hide_password=False))


def test_postgresql_speaks_in_utc_and_keeps_what_the_url_asks(server: Server) -> None:
    url = make_url(server.create_database("test_db_options"))
    engine = create_engine(
        url.update_query_dict({"options": "-c work_mem=5MB"}).render_as_string(hide_password=False)
    )
    try:
        with reading(engine) as session:
            ask = session.connection().exec_driver_sql
            shown = [ask(f"SHOW {name}").scalar() for name in ("timezone", "lock_timeout", "work_mem")]
        assert shown == ["UTC", "10s", "5MB"]
    finally:
        engine.dispose()
        server.drop_database("test_db_options")


def test_an_error_tells_no_mail_address_to_the_log(engine: Engine) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError) as caught, writing(engine) as session:
        session.connection().execute(
            text("UPDATE seat SET nothing = :who"), {"who": "tanto@kazami.example.jp"}
        )
    assert "tanto@kazami" not in str(caught.value)
