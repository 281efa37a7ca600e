"""Each command of `kyoso` doing its work: verbs, imports, local governments, clock, ledger, policy."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from sqlmodel import select

from app import cli, identity, second_factors
from app.db import create_engine, reading, writing
from app.devices import devices
from app.identity import WrongCredentials, check_password
from stages.permissions import ROLE_NAMES
from tests.app.terminal import Terminal
from tests.app.web import person_id
from tests.country import JIMUKYOKU, KESSAI, TANTO, VENDOR, Country
from tests.hooks import FULL_NAME, a_payload, a_repository, facts, hears
from tests.postbox import a_postbox
from workflows.runtime.clock import leading
from workflows.runtime.outbox import enqueue
from workflows.tables.machinery import Message

HOUSE = Path(cli.__file__).parents[1]


@pytest.fixture
def terminal(engine: sa.Engine) -> Terminal:
    """On a migrated database, on both kinds."""
    return Terminal(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    """On a SQLite file that is not there yet."""
    return Terminal(f"sqlite:///{tmp_path}/fresh.db")


# -- verbs -----------------------------------------------------------------------------------------------------------------


def test_do_says_a_verb(terminal: Terminal, country: Country, tmp_path: Path) -> None:
    idea = country.a_draft()
    (tmp_path / "it.yaml").write_text(f"idea: {idea}\n", "utf-8")
    assert terminal.kyoso("do", "idea.submit", "--as", KESSAI, tmp_path / "it.yaml") == 0
    assert idea in terminal.out
    assert country.look("idea", idea)["status"] == "active"
    withdrawn = terminal.json(
        "do", "idea.withdraw", "--as", TANTO, "-", stdin=json.dumps({"idea": idea, "reason": "重なるため"})
    )
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
def test_do_refuses_with_the_reason(
    terminal: Terminal, country: Country, verb: str, who: str, command: str, reason: str
) -> None:
    country.a_draft()
    before = country.everything()
    assert terminal.json("do", verb, "--as", who, "-", stdin=command, status=1)["reason"] == reason
    assert terminal.kyoso("do", verb, "--as", who, "-", stdin=command) == 1
    assert terminal.err.startswith(f"［{reason}］")
    assert country.everything() == before


NEWCOMER = ("user", "add", "shin@kazami.example.jp", "--name", "風見市 新任", "--org", "kazami")


def test_a_user_is_added_as_the_system_does(terminal: Terminal, country: Country) -> None:
    words = (*NEWCOMER, "--role", "submitter", "--role", "approver")
    assert terminal.json(*words)["roles"] == ["submitter", "approver"]
    assert (
        country.say(
            "shin@kazami.example.jp", "idea.draft", title="x", field="x", challenge="x", as_is="", to_be=""
        ).ref
        == "R8-0001"
    )
    assert terminal.json(*words[:-1], "king", status=1)["reason"] == "invalid"


def test_a_user_added_with_a_password_can_sign_in(terminal: Terminal, country: Country) -> None:
    who = (*NEWCOMER, "--role", "member")
    before = country.everything()
    assert terminal.json(*who, "--password", stdin="短い\n", status=1)["reason"] == "invalid"
    assert country.everything() == before
    assert terminal.json(*who, "--password", stdin="長くて覚えやすい合い言葉\n")["password"] is True
    assert check_password(country.engine, "shin@kazami.example.jp", "長くて覚えやすい合い言葉") > 0
    with pytest.raises(WrongCredentials):
        check_password(country.engine, "shin@kazami.example.jp", "違う長い合い言葉です、きっと")


def test_who_has_lost_every_key_begins_again_with_the_password(terminal: Terminal, country: Country) -> None:
    user, now = person_id(country, TANTO), country.now
    secret = second_factors.new_secret()
    second_factors.add_app(country.engine, "key", user, secret, pyotp.TOTP(secret).at(now), now)
    second_factors.new_codes(country.engine, user, now)
    cookie, _ = identity.start(country.engine, user, now)
    assert terminal.json("user", "lost-keys", "nobody@kazami.example.jp", status=1)["reason"] == "unknown"
    assert terminal.json("user", "lost-keys", TANTO)["email"] == TANTO
    assert identity.signed_in(country.engine, cookie, now) is None
    with reading(country.engine) as session:
        found = second_factors.factors_of(session, user)
        assert not second_factors.has_any(session, user)
        assert devices(session, user, now) == []
        assert (found.any, found.codes_left) == (False, 0)
        mails = session.exec(select(Message.body).where(Message.recipient == TANTO)).all()
    assert "すべて外しました" in mails[-1]


def test_every_role_can_be_found_in_the_help(fresh: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    fresh.kyoso("user", "add", "-h")
    shown = "".join(capsys.readouterr().out.split())
    assert all(role in shown for role in ROLE_NAMES)


# -- reported ideas ----------------------------------------------------------------------------------------------------------


def reported(title: str, **more: Any) -> str:
    row = {
        "title": title,
        "summary": "困っている。",
        "field": "窓口",
        "owner": "札幌市",
        "lgcode": "011002",
        "source": "https://example.jp/a",
    }
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


@pytest.mark.parametrize(
    ("lines", "sentence"), [("", "一件も"), ("{\n" + "x\n", "1、2 行目"), ("PK\x03", "Excel")]
)
def test_a_file_that_is_no_list_of_records_is_a_sentence(
    terminal: Terminal, lines: str, sentence: str
) -> None:
    assert terminal.kyoso("import", "ideas", "-", stdin=lines) == 1
    assert sentence in terminal.err


# -- local governments ---------------------------------------------------------------------------------------------------------

HEADER = "lgcode,kind,prefecture,name,kana,size_class,merged_into\n"


@pytest.fixture
def newer_list(tmp_path: Path, terminal: Terminal) -> Path:
    """Today's list, but two towns have merged into one of them, which became a city under a new code, and one was renamed."""
    packaged = HOUSE / "workflows" / "data" / "municipalities.csv"
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


def test_a_newer_list_is_shown_then_applied_with_its_history(
    terminal: Terminal, engine: sa.Engine, newer_list: Path
) -> None:
    shown = terminal.json("municipalities", "load", newer_list)
    assert shown["applied"] is False
    assert shown["added"] == ["993026"]
    assert shown["closed"] == ["473014", "473022"]
    assert shown["merged"] == {"473022": "993026"}
    assert [change["lgcode"] for change in shown["renamed"]] == ["473031"]
    with engine.connect() as connection:
        assert (
            connection.execute(
                sa.text("SELECT count(*) FROM organization WHERE closed_on IS NOT NULL")
            ).scalar_one()
            == 0
        )
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
        renamed = connection.execute(
            sa.text("SELECT name, version FROM organization WHERE slug = '473031'")
        ).one()
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


def test_a_list_applied_by_mistake_is_taken_back_by_the_right_one(
    terminal: Terminal, engine: sa.Engine, newer_list: Path
) -> None:
    packaged = HOUSE / "workflows" / "data" / "municipalities.csv"
    terminal.kyoso("municipalities", "load", newer_list, "--apply")
    back = terminal.json("municipalities", "load", packaged, "--apply")
    assert back["added"] == ["473014", "473022"]
    with engine.connect() as connection:
        assert (
            connection.execute(
                sa.text("SELECT count(*) FROM organization WHERE slug = '473022'")
            ).scalar_one()
            == 1
        )
        open_again = "SELECT count(*) FROM organization WHERE lgcode IS NOT NULL AND listed AND closed_on IS NULL AND successor_id IS NULL"
        assert connection.execute(sa.text(open_again)).scalar_one() == 1788


def test_a_bad_list_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(
        HEADER + "011003,city,北海道,札幌市,,,\n010006,planet,北海道,北海道,,,\n", "utf-8"
    )
    found = terminal.json("municipalities", "load", tmp_path / "bad.csv", "--apply", status=1)
    assert [problem.split()[0] for problem in found["problems"]][:1] == ["2"]
    assert any("planet" in problem for problem in found["problems"])


# -- clock, ledger, policy ---------------------------------------------------------------------------------------------------


def test_the_clock_runs_once_at_a_time_given(terminal: Terminal) -> None:
    at = "2026-05-01T06:00:00+09:00"
    assert terminal.json("clock", "--once", "--at", at)["jobs"]["anchor"] == 1
    assert terminal.json("clock", "--once", "--at", at)["jobs"] == {}
    assert (
        terminal.json("clock", "--once", "--at", "2026-04-01T06:00:00+09:00", status=1)["reason"] == "invalid"
    )
    for wrong in ("あした", "2026-05-02", "2026-05-02T06:00:00"):
        assert terminal.kyoso("clock", "--once", "--at", wrong) == 1
    assert terminal.kyoso("clock", "--at", at) == 1
    assert "--once" in terminal.err


def test_the_clock_runs_until_it_is_told_to_stop(terminal: Terminal) -> None:
    words = [sys.executable, "-m", "app.cli", "clock"]
    environ = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **terminal.environ}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HOUSE, env=environ
    ) as clock:
        assert clock.stderr is not None
        # It says what it did as soon as it did it: an anchor at least, and then it waits for the next minute.
        assert any("anchor 1" in line for line in clock.stderr)
        clock.terminate()
        assert clock.wait(timeout=30) == 0
        assert clock.stdout is not None
        assert "時計を止めました" in clock.stdout.read()
    with create_engine(terminal.environ["KYOSO_DATABASE_URL"]).connect() as connection:
        assert (
            connection.execute(sa.text("SELECT count(*) FROM job_run WHERE job = 'anchor'")).scalar_one() == 1
        )


def test_a_clock_that_does_not_lead_sends_mail(postgresql_engine: sa.Engine) -> None:
    """Each `kyoso clock` drains the outbox, also while another one leads and is busy."""
    country, people = Country(postgresql_engine), [f"p{i}@hoshimori.example.jp" for i in range(120)]

    def write() -> None:
        with writing(postgresql_engine) as session:
            enqueue(session, people, "news", "R8-0001", "お知らせ", "本文です。", country.now)

    terminal = Terminal(postgresql_engine.url.render_as_string(hide_password=False))
    words = [sys.executable, "-m", "app.cli", "clock"]
    with a_postbox() as (box, mailer), leading(postgresql_engine) as leads:
        assert leads
        terminal.environ |= {"KYOSO_SMTP_URL": mailer.url, "KYOSO_MAIL_FROM": mailer.sender}
        terminal.environ |= {"KYOSO_SECRET": "a secret of the tests, long enough for production"}
        environ = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **terminal.environ}
        write()
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=HOUSE, env=environ) as clock:
            assert clock.stderr is not None
            assert any("outbox 120" in line for line in clock.stderr)
            clock.terminate()
            assert clock.wait(timeout=30) == 0
        assert Counter(to for to, _ in box.received) == dict.fromkeys(people, 1)
        write()
        assert terminal.kyoso("clock", "--once") == 0
        assert "ほかの時計が先導しています" in terminal.out
        assert "outbox: 120" in terminal.out
        once_more = terminal.json("clock", "--once")
        assert (once_more["led"], once_more["jobs"]) == (False, {"outbox": 0})
    assert Counter(to for to, _ in box.received) == dict.fromkeys(people, 2)
    with postgresql_engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM job_run")).scalar_one() == 0


def test_a_clock_that_does_not_lead_hears_webhooks_between_the_minutes(postgresql_engine: sa.Engine) -> None:
    """A flag shall fall within seconds, also while the clock that leads is busy with a long job."""
    country = Country(postgresql_engine)
    country.say(VENDOR, "repo.link", idea=country.an_idea_with_a_team(), full_name=FULL_NAME)
    country.now = datetime.now(UTC)
    terminal = Terminal(postgresql_engine.url.render_as_string(hide_password=False))
    words = [sys.executable, "-m", "app.cli", "clock"]
    environ = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **terminal.environ}
    with leading(postgresql_engine) as leads:
        assert leads
        hears(country, "repository", a_payload("archived", a_repository(country.now, archived=True)))
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=HOUSE, env=environ) as clock:
            assert clock.stderr is not None
            assert any("webhooks 1" in line for line in clock.stderr)
            clock.terminate()
            assert clock.wait(timeout=30) == 0
    assert facts(country)["archived"] is True


def test_the_ideas_on_which_the_clock_failed_are_named(
    terminal: Terminal, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    ideas = [country.an_idea(f"案{i}") for i in range(2)]

    def broken(*_: Any) -> int:
        raise ValueError("a broken dossier")

    monkeypatch.setattr("workflows.flagging.renew_flags", broken)
    assert terminal.kyoso("clock", "--once") == 1
    assert terminal.err.startswith("［unexpected］予期しない誤りで止まりました（ValueError）。")
    for idea in ideas:
        assert f"\n  {idea}: ValueError: a broken dossier" in terminal.err


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
        connection.execute(
            sa.text("UPDATE ledger_entry SET actor = 'kumoi/u1' WHERE chain = :idea AND seq = 2"),
            {"idea": idea},
        )
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
    monkeypatch.setattr("stages.fingerprint", cache(lambda: "0" * 64))
    assert fresh.kyoso("policy", "check") == 1
    assert "新しい版" in fresh.err
