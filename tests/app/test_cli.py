"""`kyoso` as an operator meets it: what it says, its exit status, its JSON, and what goes wrong, each in a sentence."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import app.db
from app import cli
from app.commands import stories
from tests.app.terminal import Terminal
from tests.forges.emulated import Emulated, seed
from tests.forges.sayings import response, saying
from workflows.runtime.mail import OUTSIDE
from workflows.runtime.verbs import REGISTRY

HOUSE = Path(cli.__file__).parents[1]
STORY = """
- {at: 2026-04-01T09:00:00+09:00, as: system, do: org.register, with: {slug: kazami, kind: municipality, name: 風見市, lgcode: '992011'}}
- {as: system, do: user.invite, with: {email: tanto@kazami.example.jp, name: 担当, org: kazami, roles: [submitter]}}
- as: tanto@kazami.example.jp
  do: idea.draft
  with: {title: 窓口FAQ, field: 窓口, challenge: 遅い。, as_is: 手で探す。, to_be: 下書きを確かめる。}
  save: idea
"""


@pytest.fixture
def terminal(engine: sa.Engine) -> Terminal:
    """On a migrated database, on both kinds."""
    return Terminal(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    """On a SQLite file that is not there yet."""
    return Terminal(f"sqlite:///{tmp_path}/fresh.db")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    file = tmp_path / "story.yaml"
    file.write_text(STORY, "utf-8")
    return file


# -- usage -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "足りない引数があります"),
        (("play",), "足りない引数があります: FILE"),
        (("bogus",), "'bogus' は使えません"),
        (("clock", "--foo"), "余計な引数があります: --foo"),
        (("do", "idea.submit", "-"), "足りない引数があります: --as"),
        (("do", "idea.submit", "-", "--as"), "--as の後に値がありません"),
        (("ledger",), "足りない引数があります"),
    ],
)
def test_a_slip_of_the_pen_is_status_2_in_japanese(
    fresh: Terminal, words: tuple[str, ...], sentence: str
) -> None:
    assert fresh.kyoso(*words) == 2
    assert sentence in fresh.err
    assert "使い方: kyoso" in fresh.err
    assert fresh.json("--json", *words, status=2)["reason"] == "usage"


def test_every_command_helps_in_japanese(fresh: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    found = _commands(cli.build_parser())
    assert len(found) >= 14
    for words in found:
        assert fresh.kyoso(*words, "--help") == 0
        shown = capsys.readouterr().out
        assert "使い方: kyoso" in shown
        assert "usage:" not in shown
        assert "show this help" not in shown
        assert "--json" in shown


def _commands(parser: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = [
        action
        for action in parser._actions
        if hasattr(action, "choices") and isinstance(action.choices, dict)
    ]
    return (
        [words]
        if not below
        else [
            w for action in below for name, p in action.choices.items() for w in _commands(p, (*words, name))
        ]
    )


# -- the database ----------------------------------------------------------------------------------------------------------


def test_migrate_makes_a_database_and_says_so(fresh: Terminal) -> None:
    assert fresh.json("migrate") == {
        "ok": True,
        "before": "empty",
        "state": "current",
        "local_governments": 1788,
    }
    assert fresh.kyoso("migrate") == 0
    assert "すでに" in fresh.out


@pytest.mark.parametrize(
    "words",
    [("ledger", "verify"), ("clock", "--once"), ("do", "idea.submit", "--as", "system", "-"), ("check",)],
)
def test_a_missing_database_is_a_sentence(fresh: Terminal, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert fresh.kyoso(*words, stdin="{}") == 1
    assert "kyoso migrate" in fresh.err + fresh.out
    assert not (tmp_path / "fresh.db").exists()


@pytest.mark.parametrize("words", [("ledger", "verify"), ("clock", "--once"), ("play", "STORY")])
def test_a_database_of_another_release_is_a_sentence(
    terminal: Terminal, engine: sa.Engine, story: Path, words: tuple[str, ...]
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    assert terminal.json(*(story if w == "STORY" else w for w in words), status=1)["reason"] == "database"
    assert terminal.kyoso("check") == 1
    assert "新しい版" in terminal.out


def test_a_database_that_was_never_migrated_is_a_sentence(fresh: Terminal, tmp_path: Path) -> None:
    (tmp_path / "fresh.db").touch()
    assert fresh.kyoso("ledger", "verify") == 1
    assert "kyoso migrate" in fresh.err


def test_a_locked_database_is_a_sentence(
    sqlite_engine: sa.Engine, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.WAIT_SECONDS", 0)
    with sqlite_engine.connect() as writer:
        writer.execute(sa.text("UPDATE organization SET name = name"))
        terminal = Terminal(str(sqlite_engine.url))
        assert terminal.kyoso("play", story) == 1
    assert "混み合って" in terminal.err


def test_a_read_only_database_is_a_sentence(
    engine: sa.Engine, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(
                sa.text(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
            )
    elif os.geteuid() == 0:
        # Root may write to any file: the driver refuses instead, with the same error of SQLite's.
        connect = app.db.sqlite.connect

        def read_only(file: str, *args: Any, **more: Any) -> Any:
            return connect(f"file:{file}?mode=ro", *args, **more | {"uri": True})

        monkeypatch.setattr(app.db.sqlite, "connect", read_only)
    else:
        Path(engine.url.database or "").chmod(0o400)
    engine.dispose()
    terminal = Terminal(engine.url.render_as_string(hide_password=False))
    assert terminal.kyoso("play", story) == 1
    assert "書き込めません" in terminal.err


def test_a_file_that_is_no_database_is_a_sentence(fresh: Terminal, tmp_path: Path, story: Path) -> None:
    (tmp_path / "fresh.db").write_bytes(b"not a database at all" * 1000)
    for words in (("migrate",), ("play", story), ("check",)):
        assert fresh.kyoso(*words) == 1
        assert "データベースではありません" in fresh.err + fresh.out


def test_wrong_settings_are_all_named(fresh: Terminal) -> None:
    fresh.environ = {"KYOSO_DATABASE_URL": "mysql://x/y", "KYOSO_SMTP_URL": "nonsense"}
    found = fresh.json("migrate", status=1)
    assert found["reason"] == "configuration"
    assert len(found["problems"]) == 2
    assert fresh.kyoso("check") == 1
    assert fresh.out.count("×") == 3  # those two, and the missing secret
    assert "KYOSO_SMTP_URL" in fresh.out


def test_check_finds_nothing_wrong_where_nothing_is(terminal: Terminal) -> None:
    terminal.environ |= {"KYOSO_ENV": "development", "KYOSO_DEBUG": "0"}
    found = terminal.json("check")
    assert found["errors"] == 0
    levels = {line["subject"]: line["level"] for line in found["checks"]}
    assert levels["データベース"] == "ok"
    assert levels["時計"] == "warning"  # it never ran


def test_check_tells_of_mail_that_does_not_leave(terminal: Terminal, engine: sa.Engine) -> None:
    terminal.environ |= {"KYOSO_ENV": "development"}
    with engine.begin() as connection:
        message = "INSERT INTO message (kind, about, recipient, subject, body, created_at, attempts, last_error) VALUES "
        connection.execute(
            sa.text(message + "('x', 'x', 'x', 'x', 'x', '2026-01-01 00:00:00', 3, 'refused')")
        )
    assert terminal.kyoso("check") == 0
    assert "1 通が送信待ち" in terminal.out
    terminal.environ |= {"KYOSO_SMTP_URL": "smtp://mail.example.jp", "KYOSO_MAIL_FROM": "kyoso@example.jp"}
    assert terminal.kyoso("check") == 1
    assert "1 通を送れていません" in terminal.out
    for kind, error, hours, said in (
        ("news", OUTSIDE, 30, "送信待ち 0 通"),
        ("wave.opened", None, 24, "送信待ち 1 通"),
        ("wave.opened", None, 26, "1 時間以上待っています"),
        ("news", None, 2, "1 時間以上待っています"),
    ):
        written = {
            "kind": kind,
            "last_error": error,
            "created_at": datetime.now(UTC) - timedelta(hours=hours),
        }
        with engine.begin() as connection:
            connection.execute(sa.update(SQLModel.metadata.tables["message"]).values(**written))
        terminal.kyoso("check")
        assert said in terminal.out, (kind, error, hours)


def test_check_says_whether_github_answers_knows_the_token_and_how_much_is_left(
    terminal: Terminal, emulate: Callable[..., Emulated]
) -> None:
    forge = emulate(seed("faq"))
    terminal.environ |= {
        "KYOSO_ENV": "development",
        "KYOSO_GITHUB_URL": forge.url,
        "KYOSO_GITHUB_TOKEN": forge.token,
    }
    assert terminal.kyoso("check") == 0
    assert "回問い合わせられます" in terminal.out
    assert forge.token not in terminal.out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (response('{"message": "Bad credentials"}', "401 Unauthorized"), "トークンを受け付けません"),
        (response("<html>a portal</html>"), "GitHub の答えではない"),
    ],
)
def test_check_says_what_is_wrong_with_github(terminal: Terminal, answer: bytes, words: str) -> None:
    with saying(answer) as server:
        terminal.environ |= {
            "KYOSO_ENV": "development",
            "KYOSO_GITHUB_URL": server.url,
            "KYOSO_GITHUB_TOKEN": "a-bad-token",
        }
        assert terminal.kyoso("check") == 1
    assert words in terminal.out
    assert "a-bad-token" not in terminal.out


def test_an_error_nobody_foresaw_shows_no_stack(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("workflows.runtime.verification.verify", breaks)
    assert terminal.kyoso("ledger", "verify") == 1
    assert "予期しない誤り" in terminal.err
    assert "a bug" not in terminal.err


def test_debug_shows_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.environ["KYOSO_DEBUG"] = "1"
    err = io.StringIO()
    cli.run(["ledger", "verify", "R8-9999"], terminal.environ, sys.stdin, io.StringIO(), err)
    assert "Traceback" in err.getvalue()


# -- stories ---------------------------------------------------------------------------------------------------------------


def test_play_migrates_an_empty_database_first(fresh: Terminal, story: Path) -> None:
    assert fresh.kyoso("play", story) == 0
    assert fresh.out.splitlines()[2].endswith("tanto@kazami.example.jp  idea.draft  → R8-0001")
    assert fresh.json("play", story)["steps"][2]["outcome"] == "R8-0002"


def test_play_stops_at_the_first_surprise(terminal: Terminal, story: Path) -> None:
    story.write_text(
        STORY + "- {look: idea, at_ref: $idea, expect: {status: active}}\n- {look: policy}\n", "utf-8"
    )
    found = terminal.json("play", story, status=1)
    assert found["played"] == 3
    assert found["surprise"]["step"] == 4
    assert "active のはずですが、draft でした" in found["message"]


def test_play_checks_every_file_before_anything_is_played(
    fresh: Terminal, story: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.yaml").write_text(STORY.replace("idea.draft", "idea.darft"), "utf-8")
    assert fresh.kyoso("play", story, tmp_path / "wrong.yaml") == 1
    assert "wrong.yaml の 3 番目の手順: 「idea.darft」" in fresh.err
    assert not (tmp_path / "fresh.db").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("no.yaml", "ファイルがありません"), (".", "フォルダーです"), ("latin.yaml", "UTF-8")],
)
def test_a_file_that_cannot_be_read_is_a_sentence(
    fresh: Terminal, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "latin.yaml").write_bytes("- look: é".encode("latin-1"))
    for words in (("play", tmp_path / name), ("do", "idea.submit", "--as", "system", tmp_path / name)):
        assert fresh.kyoso(*words) == 1
        assert sentence in fresh.err


def test_demo_plays_the_packages_stories_into_an_empty_database_alone(
    fresh: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "demo_stories", lambda: [("story.yaml", STORY.encode())])
    assert fresh.json("demo")["ideas"] == 1
    assert "1 件のアイデアがあります" in fresh.json("demo", status=1)["message"]


# -- the program as installed --------------------------------------------------------------------------------------------------


def test_python_m_app_cli_works_in_a_terminal_without_japanese(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "KYOSO_HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"], capture_output=True, cwd=HOUSE, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"1,788" in done.stdout


def test_every_verb_is_on_the_command_line() -> None:
    assert len(REGISTRY) > 60
