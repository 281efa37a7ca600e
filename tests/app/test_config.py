"""Configuration: what is accepted, what is refused and with which words, and that no secret is ever shown."""

import runpy
from pathlib import Path

import pytest

from app.config import DEVELOPMENT_SECRET, SETTINGS, ConfigError, describe, read_config
from tests.workflows.test_github_app import a_key

SECRET = "k3Jq-0123456789-abcdefghijklmnopqrstuvwxyz"
DEVELOPMENT = {"KYOSO_ENV": "development"}
PRODUCTION = {"KYOSO_SECRET": SECRET}


def problems(**environ: str) -> str:
    """What is said about an environment that must be refused."""
    with pytest.raises(ConfigError) as refused:
        read_config(environ)
    return "\n".join(refused.value.problems)


def test_production_needs_only_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = read_config(PRODUCTION)
    assert (config.env, config.is_production, config.demo) == ("production", True, False)
    assert config.home == tmp_path / "instance"
    assert config.database_url == f"sqlite:///{tmp_path}/instance/kyoso.db"
    assert config.base_url == "http://127.0.0.1:8000"
    assert config.mail_server is None
    assert config.github_url == ""
    assert config.auditors == ()


@pytest.mark.parametrize(
    ("secret", "words"),
    [("", "必要です"), (DEVELOPMENT_SECRET, "誰でも知っている"), ("s" * 31, "短すぎます")],
)
def test_production_refuses_a_secret_that_is_none_and_says_how_to_make_one(secret: str, words: str) -> None:
    said = problems(KYOSO_SECRET=secret)
    assert words in said
    assert 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"' in said


def test_nothing_set_means_production_so_a_forgotten_setting_never_weakens_a_real_server() -> None:
    assert "KYOSO_SECRET" in problems()


def test_command_line_work_that_signs_nothing_needs_no_secret() -> None:
    assert read_config({}, serving=False).secret == ""
    with pytest.raises(ConfigError, match="短すぎます"):
        read_config({"KYOSO_SECRET": "short"}, serving=False)


def test_development_and_the_demo_start_without_any_setting() -> None:
    assert read_config(DEVELOPMENT).secret == DEVELOPMENT_SECRET
    demo = read_config({"KYOSO_DEMO": "1"})
    assert (demo.env, demo.demo) == ("development", True)


def test_a_demo_in_production_is_refused() -> None:
    said = problems(KYOSO_DEMO="1", KYOSO_ENV="production", KYOSO_SECRET=SECRET)
    assert "本番ではデモを動かせません" in said


def test_every_mistake_is_said_at_once_by_name() -> None:
    said = problems(
        KYOSO_ENV="staging",
        KYOSO_DEMO="maybe",
        KYOSO_DATABASE_URL="mysql://db/kyoso",
        KYOSO_BASE_URL="kyoso.example.jp",
        KYOSO_SMTP_URL="mail.example.jp",
        KYOSO_MAIL_FROM="nobody",
        KYOSO_GITHUB_URL="http://github.example.jp/api",
        KYOSO_GITHUB_WEBHOOK_SECRETS="a secret of twenty letters, short",
        KYOSO_AUDITORS="kansa@example.jp, kansa",
    )
    lines = said.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "KYOSO_ENV", "KYOSO_DEMO", "KYOSO_DATABASE_URL", "KYOSO_BASE_URL", "KYOSO_SMTP_URL", "KYOSO_MAIL_FROM",
        "KYOSO_GITHUB_URL", "KYOSO_GITHUB_WEBHOOK_SECRETS", "KYOSO_AUDITORS",
    ]  # fmt: skip
    assert all(line.endswith("。") for line in lines)


@pytest.mark.parametrize("written", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_postgresql_uses_the_one_driver(written: str) -> None:
    config = read_config(
        {**DEVELOPMENT, "KYOSO_DATABASE_URL": f"{written}://u:p%40ss@db.example.jp:5433/kyoso"}
    )
    assert config.database_url == "postgresql+psycopg://u:p%40ss@db.example.jp:5433/kyoso"


@pytest.mark.parametrize(
    "url",
    ["mysql://h/d", "postgresql+psycopg2://h/d", "postgresql://h", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x",
     "kyoso.db", "postgresql://h:port/d", "://"],
)  # fmt: skip
def test_other_databases_and_unreadable_ones_are_refused(url: str) -> None:
    assert "KYOSO_DATABASE_URL" in problems(**DEVELOPMENT, KYOSO_DATABASE_URL=url)


def test_a_relative_sqlite_file_stays_the_same_file_in_whatever_folder_a_process_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = read_config({**DEVELOPMENT, "KYOSO_DATABASE_URL": "sqlite:///data/kyoso.db"})
    assert config.database_url == f"sqlite:///{tmp_path}/data/kyoso.db"


def test_a_home_that_cannot_be_found_is_refused() -> None:
    assert "場所は分かりません" in problems(**DEVELOPMENT, KYOSO_HOME="~nobody-of-that-name/kyoso")


def test_the_mail_server_is_taken_apart() -> None:
    def server(url: str) -> tuple[str, int, str, str, bool]:
        found = read_config(
            {**DEVELOPMENT, "KYOSO_SMTP_URL": url, "KYOSO_MAIL_FROM": "共創 <kyoso@example.jp>"}
        )
        assert found.mail_server is not None
        mail = found.mail_server
        return (mail.host, mail.port, mail.user, mail.password, mail.encrypted)

    assert server("smtp://u%40x:p%2Fw@mail.example.jp:2525") == ("mail.example.jp", 2525, "u@x", "p/w", False)
    assert server("smtps://u:p@mail.example.jp") == ("mail.example.jp", 465, "u", "p", True)
    assert server("smtp://u:p@mail.example.jp")[1] == 587
    assert server("smtp://127.0.0.1")[1] == 25


def test_mail_without_a_sender_is_refused() -> None:
    assert "差出人が必要です" in problems(**DEVELOPMENT, KYOSO_SMTP_URL="smtp://127.0.0.1")


def test_a_github_token_alone_means_the_public_github_and_never_travels_unencrypted() -> None:
    assert read_config({**DEVELOPMENT, "KYOSO_GITHUB_TOKEN": "t"}).github_url == "https://api.github.com"
    local = {**DEVELOPMENT, "KYOSO_GITHUB_URL": "http://127.0.0.1:4000/"}
    assert read_config(local).github_url == "http://127.0.0.1:4000"
    assert "https" in problems(**DEVELOPMENT, KYOSO_GITHUB_URL="http://github.example.jp")


def test_several_webhook_secrets_hold_while_one_is_replaced() -> None:
    written = {**DEVELOPMENT, "KYOSO_GITHUB_WEBHOOK_SECRETS": " the new one, of thirty letters , "}
    assert "短すぎる" in problems(**written)
    written["KYOSO_GITHUB_WEBHOOK_SECRETS"] = (
        " the-new-one-of-thirty-letters , the-old-one-of-thirty-letters,"
    )
    secrets = read_config(written).github_webhook_secrets
    assert secrets == ("the-new-one-of-thirty-letters", "the-old-one-of-thirty-letters")
    assert read_config(DEVELOPMENT).github_webhook_secrets == ()


def test_secrets_are_never_shown() -> None:
    environ = {
        "KYOSO_GITHUB_WEBHOOK_SECRETS": "webhook-secret-of-the-tests,webhook-secret-from-before",
        "KYOSO_SECRET": SECRET,
        "KYOSO_DATABASE_URL": "postgresql://kyoso:database-password@db.example.jp/kyoso",
        "KYOSO_SMTP_URL": "smtp://u:mail-password@mail.example.jp",
        "KYOSO_MAIL_FROM": "kyoso@example.jp",
        "KYOSO_GITHUB_TOKEN": "github-token",
    }
    shown = repr(read_config(environ)) + repr(describe(environ))
    for hidden in (SECRET, "database-password", "mail-password", "github-token", "webhook-secret"):
        assert hidden not in shown
    # Nor when they stand in a value that is refused.
    refused = {
        **environ,
        "KYOSO_DATABASE_URL": "mysql://u:database-password@h/d",
        "KYOSO_SMTP_URL": "smpt://u:mail-password@h",
    }
    assert "password" not in repr(describe(refused)) + problems(**refused)


def test_the_check_lists_every_setting_with_what_is_wrong_and_stray_names() -> None:
    lines = {
        line.name: line
        for line in describe({"KYOSO_BASE_URL": "ftp://x", "KYOSO_SECRT": "x", "KYOSO_TEST_X": "1"})
    }
    assert list(lines) == [setting.name for setting in SETTINGS] + ["KYOSO_SECRT"]
    assert all(lines[setting.name].purpose for setting in SETTINGS)
    assert lines["KYOSO_ENV"].value == "production"
    assert lines["KYOSO_ENV"].is_default
    assert lines["KYOSO_BASE_URL"].problem is not None
    assert not lines["KYOSO_BASE_URL"].is_default
    assert "必要です" in (lines["KYOSO_SECRET"].problem or "")
    assert "綴り" in (lines["KYOSO_SECRT"].problem or "")


def test_a_folder_with_a_japanese_name_is_kept_and_shown_as_written(tmp_path: Path) -> None:
    home = tmp_path / "共創 データ"
    environ = {**DEVELOPMENT, "KYOSO_HOME": str(home)}
    database = next(line for line in describe(environ) if line.name == "KYOSO_DATABASE_URL")
    assert database.value == f"sqlite:///{home}/kyoso.db"


def test_the_web_server_refuses_to_start_with_a_sentence_and_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conf = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
    monkeypatch.delenv("KYOSO_DEMO", raising=False)
    monkeypatch.setenv("KYOSO_ENV", "production")
    monkeypatch.setenv("KYOSO_SECRET", DEVELOPMENT_SECRET)
    with pytest.raises(SystemExit, match="本番では使えません"):
        conf["on_starting"](None)
    monkeypatch.setenv("KYOSO_SECRET", "x" * 40)
    conf["on_starting"](None)


def test_a_github_app_is_named_by_its_number_and_the_place_of_its_key(tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text(a_key())
    found = read_config(
        {**DEVELOPMENT, "KYOSO_GITHUB_APP_ID": "12345", "KYOSO_GITHUB_APP_KEY": str(tmp_path / "app.pem")}
    )
    assert (found.github_url, found.github_app_id, found.github_app_key) == (
        "https://api.github.com",
        "12345",
        a_key(),
    )
    assert a_key().splitlines()[1] not in repr(found)
    shown = describe({**DEVELOPMENT, "KYOSO_GITHUB_APP_ID": "1", "KYOSO_GITHUB_APP_KEY": a_key()})
    assert not any(a_key().splitlines()[1] in repr(line) for line in shown)


def test_a_github_app_without_a_key_a_key_without_an_app_and_an_app_beside_a_token_are_refused() -> None:
    app, key = {"KYOSO_GITHUB_APP_ID": "1"}, {"KYOSO_GITHUB_APP_KEY": a_key()}
    assert "秘密鍵が必要です" in problems(**DEVELOPMENT, **app)
    assert "番号が必要です" in problems(**DEVELOPMENT, **key)
    assert "どちらか一つ" in problems(**DEVELOPMENT, **app, **key, KYOSO_GITHUB_TOKEN="t")
    assert "秘密鍵のファイルを読めません" in problems(**DEVELOPMENT, **app, KYOSO_GITHUB_APP_KEY="MIIEsecret")
    assert "MIIEsecret" not in problems(**DEVELOPMENT, **app, KYOSO_GITHUB_APP_KEY="MIIEsecret")
    assert "空白を入れずに" in problems(**DEVELOPMENT, KYOSO_GITHUB_TOKEN="ghp_ 1")
