"""`kyoso` as an operator meets it: what it says, its exit status, its JSON, and what goes wrong, each in a sentence."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import cli
from app.commands import stories
from stages.permissions import ROLE_NAMES
from tests.country import JIMUKYOKU, KESSAI, TANTO, Country
from workflows.runtime.verbs import REGISTRY

STORY = """
- {at: 2026-04-01T09:00:00+09:00, as: system, do: org.register, with: {slug: kazami, kind: municipality, name: 風見市, lgcode: '992011'}}
- {as: system, do: user.invite, with: {email: tanto@kazami.example.jp, name: 担当, org: kazami, roles: [submitter]}}
- as: tanto@kazami.example.jp
  do: idea.draft
  with: {title: 窓口FAQ, field: 窓口, challenge: 遅い。, as_is: 手で探す。, to_be: 下書きを確かめる。}
  save: idea
"""


class Terminal:
    """Runs commands against one database, as a shell would."""

    def __init__(self, url: str) -> None:
        self.environ = {"KYOSO_DATABASE_URL": url}
        self.out = self.err = ""

    def kyoso(self, *words: str | Path, stdin: str = "") -> int:
        out, err = io.StringIO(), io.StringIO()
        status = cli.run([str(word) for word in words], self.environ, io.TextIOWrapper(io.BytesIO(stdin.encode())), out, err)
        self.out, self.err = out.getvalue(), err.getvalue()
        assert "Traceback" not in self.err
        return status

    def json(self, *words: str | Path, stdin: str = "", status: int = 0) -> dict[str, Any]:
        assert self.kyoso("--json", *words, stdin=stdin) == status, self.err + self.out
        assert self.err == ""
        found: dict[str, Any] = json.loads(self.out)
        assert found["ok"] is (status == 0)
        return found


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
def test_a_slip_of_the_pen_is_status_2_in_japanese(fresh: Terminal, words: tuple[str, ...], sentence: str) -> None:
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
    below = [action for action in parser._actions if hasattr(action, "choices") and isinstance(action.choices, dict)]
    return [words] if not below else [w for action in below for name, p in action.choices.items() for w in _commands(p, (*words, name))]


# -- the database ----------------------------------------------------------------------------------------------------------


def test_migrate_makes_a_database_and_says_so(fresh: Terminal) -> None:
    assert fresh.json("migrate") == {"ok": True, "before": "empty", "state": "current", "local_governments": 1788}
    assert fresh.kyoso("migrate") == 0
    assert "すでに" in fresh.out


@pytest.mark.parametrize("words", [("ledger", "verify"), ("clock", "--once"), ("do", "idea.submit", "--as", "system", "-"), ("check",)])
def test_a_missing_database_is_a_sentence(fresh: Terminal, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert fresh.kyoso(*words, stdin="{}") == 1
    assert "kyoso migrate" in fresh.err + fresh.out
    assert not (tmp_path / "fresh.db").exists()


@pytest.mark.parametrize("words", [("ledger", "verify"), ("clock", "--once"), ("play", "STORY")])
def test_a_database_of_another_release_is_a_sentence(terminal: Terminal, engine: sa.Engine, story: Path, words: tuple[str, ...]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    assert terminal.json(*(story if w == "STORY" else w for w in words), status=1)["reason"] == "database"
    assert terminal.kyoso("check") == 1
    assert "新しい版" in terminal.out


def test_a_database_that_was_never_migrated_is_a_sentence(fresh: Terminal, tmp_path: Path) -> None:
    (tmp_path / "fresh.db").touch()
    assert fresh.kyoso("ledger", "verify") == 1
    assert "kyoso migrate" in fresh.err


def test_a_locked_database_is_a_sentence(sqlite_engine: sa.Engine, story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.WAIT_SECONDS", 0)
    with sqlite_engine.connect() as writer:
        writer.execute(sa.text("UPDATE organization SET name = name"))
        terminal = Terminal(str(sqlite_engine.url))
        assert terminal.kyoso("play", story) == 1
    assert "混み合って" in terminal.err


def test_a_read_only_database_is_a_sentence(engine: sa.Engine, story: Path) -> None:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on"))
    elif os.geteuid() == 0:
        pytest.skip("root may write to any file")
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
        connection.execute(sa.text(message + "('x', 'x', 'x', 'x', 'x', '2026-01-01 00:00:00', 3, 'refused')"))
    assert terminal.kyoso("check") == 0
    assert "1 通が送信待ち" in terminal.out
    terminal.environ |= {"KYOSO_SMTP_URL": "smtp://mail.example.jp", "KYOSO_MAIL_FROM": "kyoso@example.jp"}
    assert terminal.kyoso("check") == 1
    assert "1 通を送れていません" in terminal.out


def test_an_error_nobody_foresaw_shows_no_stack(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("workflows.runtime.ledger.verify", breaks)
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
    story.write_text(STORY + "- {look: idea, at_ref: $idea, expect: {status: active}}\n- {look: policy}\n", "utf-8")
    found = terminal.json("play", story, status=1)
    assert found["played"] == 3
    assert found["surprise"]["step"] == 4
    assert "active のはずですが、draft でした" in found["message"]


def test_play_checks_every_file_before_anything_is_played(fresh: Terminal, story: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(STORY.replace("idea.draft", "idea.darft"), "utf-8")
    assert fresh.kyoso("play", story, tmp_path / "wrong.yaml") == 1
    assert "wrong.yaml の 3 番目の手順: 「idea.darft」" in fresh.err
    assert not (tmp_path / "fresh.db").exists()


@pytest.mark.parametrize(("name", "sentence"), [("no.yaml", "ファイルがありません"), (".", "フォルダーです"), ("latin.yaml", "UTF-8")])
def test_a_file_that_cannot_be_read_is_a_sentence(fresh: Terminal, tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "latin.yaml").write_bytes("- look: é".encode("latin-1"))
    for words in (("play", tmp_path / name), ("do", "idea.submit", "--as", "system", tmp_path / name)):
        assert fresh.kyoso(*words) == 1
        assert sentence in fresh.err


def test_demo_plays_the_packages_stories_into_an_empty_database_alone(fresh: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "demo_stories", lambda: [("story.yaml", STORY.encode())])
    assert fresh.json("demo")["ideas"] == 1
    assert "1 件のアイデアがあります" in fresh.json("demo", status=1)["message"]


# -- verbs -----------------------------------------------------------------------------------------------------------------


def test_do_says_a_verb(terminal: Terminal, country: Country, tmp_path: Path) -> None:
    idea = country.a_draft()
    (tmp_path / "it.yaml").write_text(f"idea: {idea}\n", "utf-8")
    assert terminal.kyoso("do", "idea.submit", "--as", KESSAI, tmp_path / "it.yaml") == 0
    assert idea in terminal.out
    assert country.look("idea", idea)["status"] == "active"
    withdrawn = terminal.json("do", "idea.withdraw", "--as", TANTO, "-", stdin=json.dumps({"idea": idea, "reason": "重なるため"}))
    assert withdrawn["ref"] == idea


@pytest.mark.parametrize(
    ("verb", "who", "command", "reason"),
    [
        ("idea.submit", TANTO, "{idea: R8-0001}", "not_permitted"),
        ("idea.submit", KESSAI, "{idea: R8-0009}", "unknown"),
        ("idea.submit", KESSAI, "{idea: R8-0001, colour: blue}", "invalid"),
        ("idea.darft", KESSAI, "{}", "invalid"),
        ("idea.submit", KESSAI, "- idea", "failed"),
        ("idea.submit", KESSAI, "{idea: [", "failed"),
        ("idea.submit", KESSAI, "{1: 2}", "failed"),
        ("idea.submit", KESSAI, "", "failed"),
    ],
)
def test_do_refuses_with_the_reason(terminal: Terminal, country: Country, verb: str, who: str, command: str, reason: str) -> None:
    country.a_draft()
    before = country.everything()
    assert terminal.json("do", verb, "--as", who, "-", stdin=command, status=1)["reason"] == reason
    assert terminal.kyoso("do", verb, "--as", who, "-", stdin=command) == 1
    assert terminal.err.startswith(f"［{reason}］")
    assert country.everything() == before


def test_a_user_is_added_as_the_system_does(terminal: Terminal, country: Country) -> None:
    words = ("user", "add", "shin@kazami.example.jp", "--name", "風見市 新任", "--org", "kazami", "--role", "submitter", "--role", "approver")
    assert terminal.json(*words)["roles"] == ["submitter", "approver"]
    assert country.say("shin@kazami.example.jp", "idea.draft", title="x", field="x", challenge="x", as_is="", to_be="").ref == "R8-0001"
    assert terminal.json(*words[:-1], "king", status=1)["reason"] == "invalid"


def test_every_role_can_be_found_in_the_help(fresh: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    fresh.kyoso("user", "add", "-h")
    shown = "".join(capsys.readouterr().out.split())
    assert all(role in shown for role in ROLE_NAMES)


# -- reported ideas ----------------------------------------------------------------------------------------------------------


def reported(title: str, **more: Any) -> str:
    row = {"title": title, "summary": "困っている。", "field": "窓口", "owner": "札幌市", "lgcode": "011002", "source": "https://example.jp/a"}
    return json.dumps(row | more, ensure_ascii=False) + "\n"


def numbers(country: Country) -> list[str]:
    with country.engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT number FROM idea")).scalars())


def test_reported_ideas_are_taken_once(terminal: Terminal, country: Country) -> None:
    lines = reported("道路点検") + "\n" + reported("除雪") + reported("会議録", lgcode=None, owner="ある団体")
    dry = terminal.json("import", "ideas", "-", "--dry-run", stdin=lines)
    assert (dry["new"], dry["taken"]) == (3, 0)
    assert [row["line"] for row in dry["report"]] == [1, 3, 4]
    first = terminal.json("import", "ideas", "-", stdin=lines)
    assert (first["taken"], first["lost"]) == (3, 0)
    again = terminal.json("import", "ideas", "-", stdin=lines + reported("介護"))
    assert (again["already"], again["taken"], again["lost"]) == (3, 1, 0)
    assert terminal.json("import", "ideas", "-", stdin=lines)["taken"] == 0
    ideas = {row["title"]: number for number, row in ((n, country.look("idea", n)) for n in numbers(country))}
    assert ideas.keys() == {"道路点検", "除雪", "会議録", "介護"}
    assert country.look("idea", ideas["道路点検"], JIMUKYOKU)["owner"] == "011002"
    assert country.look("idea", ideas["会議録"], JIMUKYOKU)["owner"] == "digital-agency"


def test_one_wrong_row_and_nothing_is_taken(terminal: Terminal, country: Country) -> None:
    before = country.everything()
    lines = reported("道路点検") + reported("", lgcode="011003") + reported("除雪", lgcode="990001") + "[]\n"
    found = terminal.json("import", "ideas", "-", stdin=lines, status=1)
    assert [row["state"] for row in found["report"]] == ["new", "wrong", "wrong", "wrong"]
    assert found["report"][1]["errors"].keys() == {"title", "lgcode"}
    assert terminal.kyoso("import", "ideas", "-", stdin=lines) == 1
    assert "× 2 行目" in terminal.out
    assert country.everything() == before


@pytest.mark.parametrize(("lines", "sentence"), [("", "一件も"), ("{\n" + "x\n", "1、2 行目"), ("PK\x03", "Excel")])
def test_a_file_that_is_no_list_of_records_is_a_sentence(terminal: Terminal, lines: str, sentence: str) -> None:
    assert terminal.kyoso("import", "ideas", "-", stdin=lines) == 1
    assert sentence in terminal.err


# -- local governments ---------------------------------------------------------------------------------------------------------

HEADER = "lgcode,kind,prefecture,name,kana,size_class,merged_into\n"


@pytest.fixture
def newer_list(tmp_path: Path, terminal: Terminal) -> Path:
    """Today's list, but two towns have merged into one of them, which became a city under a new code, and one was renamed."""
    packaged = Path(cli.__file__).parents[1] / "workflows" / "data" / "municipalities.csv"
    header, *rows = packaged.read_text("utf-8").splitlines()
    columns = header.split(",")
    kept = []
    for row in rows:
        cells = dict(zip(columns, row.split(","), strict=True))
        if cells["lgcode"] == "473014":  # 国頭村, the first of its district
            continue
        if cells["lgcode"] == "473022":
            cells |= {"merged_into": "993026"}
        if cells["lgcode"] == "473031":
            cells |= {"name": "新東村"}
        kept.append(",".join(cells.get(name, "") for name in HEADER.strip().split(",")))
    kept.append("993026,town,架空の県,雲居町,くもいちょう,,")
    file = tmp_path / "newer.csv"
    file.write_text(HEADER + "\n".join(kept) + "\n", "utf-8")
    return file


def test_a_newer_list_is_shown_then_applied_with_its_history(terminal: Terminal, engine: sa.Engine, newer_list: Path) -> None:
    shown = terminal.json("municipalities", "load", newer_list)
    assert shown["applied"] is False
    assert shown["added"] == ["993026"]
    assert shown["closed"] == ["473014", "473022"]
    assert shown["merged"] == {"473022": "993026"}
    assert [change["lgcode"] for change in shown["renamed"]] == ["473031"]
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM organization WHERE closed_on IS NOT NULL")).scalar_one() == 0
    assert terminal.kyoso("municipalities", "load", newer_list, "--apply") == 0
    assert "→ 合併先 993026" in terminal.out
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT a.slug, a.closed_on, b.slug AS successor FROM organization a LEFT JOIN organization b ON b.id = a.successor_id "
                "WHERE a.closed_on IS NOT NULL ORDER BY a.slug"
            )
        ).all()
        said = connection.execute(sa.text("SELECT chain, action FROM ledger_entry ORDER BY chain")).all()
        renamed = connection.execute(sa.text("SELECT name, version FROM organization WHERE slug = '473031'")).one()
    assert [(row.slug, row.successor) for row in rows] == [("473014", None), ("473022", "993026")]
    assert [tuple(row) for row in said] == [
        ("org:473014", "org.closed"),
        ("org:473022", "org.closed"),
        ("org:473031", "org.relisted"),
        ("org:993026", "org.listed"),
    ]
    assert tuple(renamed) == ("新東村", 2)
    assert terminal.kyoso("ledger", "verify") == 0
    again = terminal.json("municipalities", "load", newer_list, "--apply")
    assert again["applied"] is False
    assert terminal.json("migrate")["local_governments"] == 1787


def test_a_list_applied_by_mistake_is_taken_back_by_the_right_one(terminal: Terminal, engine: sa.Engine, newer_list: Path) -> None:
    packaged = Path(cli.__file__).parents[1] / "workflows" / "data" / "municipalities.csv"
    terminal.kyoso("municipalities", "load", newer_list, "--apply")
    back = terminal.json("municipalities", "load", packaged, "--apply")
    assert back["added"] == ["473014", "473022"]
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM organization WHERE slug = '473022'")).scalar_one() == 1
        open_again = "SELECT count(*) FROM organization WHERE listed AND closed_on IS NULL AND successor_id IS NULL"
        assert connection.execute(sa.text(open_again)).scalar_one() == 1788


def test_a_bad_list_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(HEADER + "011003,city,北海道,札幌市,,,\n010006,planet,北海道,北海道,,,\n", "utf-8")
    found = terminal.json("municipalities", "load", tmp_path / "bad.csv", "--apply", status=1)
    assert [problem.split()[0] for problem in found["problems"]][:1] == ["2"]
    assert any("planet" in problem for problem in found["problems"])


# -- clock, ledger, policy ---------------------------------------------------------------------------------------------------


def test_the_clock_runs_once_at_a_time_given(terminal: Terminal) -> None:
    at = "2026-05-01T06:00:00+09:00"
    assert terminal.json("clock", "--once", "--at", at)["jobs"]["anchor"] == 1
    assert terminal.json("clock", "--once", "--at", at)["jobs"] == {}
    assert terminal.json("clock", "--once", "--at", "2026-04-01T06:00:00+09:00", status=1)["reason"] == "invalid"
    for wrong in ("あした", "2026-05-02", "2026-05-02T06:00:00"):
        assert terminal.kyoso("clock", "--once", "--at", wrong) == 1
    assert terminal.kyoso("clock", "--at", at) == 1
    assert "--once" in terminal.err


def test_a_broken_ledger_is_named(terminal: Terminal, country: Country, tmp_path: Path) -> None:
    idea = country.a_draft()
    country.say(KESSAI, "idea.submit", idea=idea)
    assert terminal.json("ledger", "verify", idea)["entries"] == 2
    out = tmp_path / "export.json"
    assert terminal.kyoso("ledger", "export", idea, "--out", out) == 0
    assert len(json.loads(out.read_text("utf-8"))["entries"]) == 2
    assert terminal.json("ledger", "export", idea)["entries"][0]["action"] == "idea.drafted"
    assert terminal.json("ledger", "anchor", "--out", tmp_path / "anchor.json")["heads"][idea][0] == 2
    with country.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_entry SET actor = 'kumoi/u1' WHERE chain = :idea AND seq = 2"), {"idea": idea})
    found = terminal.json("ledger", "verify", status=1)
    assert [(b["chain"], b["seq"]) for b in found["broken"]] == [(idea, 2)]
    assert terminal.json("ledger", "verify", "R8-9999", status=1)["reason"] == "unknown"
    assert terminal.json("ledger", "export", "R8-9999", status=1)["reason"] == "unknown"
    assert terminal.kyoso("ledger", "export", idea, "--out", tmp_path) == 1
    assert "フォルダーです" in terminal.err


def test_the_policy_is_shown_and_checked(fresh: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = fresh.json("policy", "show")
    assert [stage["gate"] for stage in shown["stages"]] == ["G1", "G2", "G3", "G4", None]
    assert fresh.kyoso("policy", "show") == 0
    assert "problem_sized" in fresh.out
    assert fresh.json("policy", "check")["fingerprint"] == shown["fingerprint"]
    monkeypatch.setattr("stages.fingerprint", lambda: "0" * 64)
    assert fresh.kyoso("policy", "check") == 1
    assert "新しい版" in fresh.err


# -- the program as installed --------------------------------------------------------------------------------------------------


def test_python_m_app_cli_works_in_a_terminal_without_japanese(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "KYOSO_HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"], capture_output=True, cwd=Path(cli.__file__).parents[1], env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"1,788" in done.stdout


def test_every_verb_is_on_the_command_line() -> None:
    assert len(REGISTRY) > 60
