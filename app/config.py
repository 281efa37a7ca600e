"""Configuration: every setting declared once, read from the environment, checked before anything starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from app import oidc_providers, setting_values
from app.oidc_providers import Provider
from app.setting_values import GITHUB, MailServer
from workflows.files.s3 import Bucket
from workflows.files.scanner import Scanner
from workflows.runtime.addresses import Network

PRODUCTION = "production"
DEVELOPMENT = "development"
# Known to everybody who reads this line, therefore refused in production.
DEVELOPMENT_SECRET = "for-development-only-never-in-production"
SECRET_AT_LEAST_CHARACTERS = 32
MAKE_A_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class ConfigError(Exception):
    """The configuration cannot be used. `problems` has one Japanese sentence pair each: what is wrong, how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("設定に誤りがあるため、起動できません。\n" + "\n".join(f"・{p}" for p in problems))


@dataclass(frozen=True)
class Config:
    """All settings, checked. What must not be seen is left out of repr."""

    env: str
    demo: bool
    home: Path
    database_url: str = field(repr=False)
    secret: str = field(repr=False)  # empty only when read with serving=False
    base_url: str
    mail_server: MailServer | None  # None: mail stays in the outbox
    mail_from: str
    github_url: str  # empty: GitHub is not asked
    github_token: str = field(repr=False)
    github_app_id: str
    github_app_key: str = field(repr=False)  # PEM
    github_webhook_secrets: tuple[str, ...] = field(repr=False)  # empty: no webhook is heard
    auditors: tuple[str, ...]
    oidc_providers: tuple[Provider, ...]  # empty: nobody comes in by OpenID Connect
    bucket: Bucket | None  # None: files are kept in a folder of `home`
    scanner: Scanner | None  # None: nobody looks at files for viruses
    require_second_factor: str  # agency, all, none
    hosts: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()  # empty: X-Forwarded-For is not believed
    rate_limits: bool = True
    outbound_places: tuple[str, ...] = ()  # empty: anywhere public
    breached_passwords: Path | None = None
    outbound_private: tuple[Network, ...] = ()
    outbound_proxy: str = field(default="", repr=False)
    security_contact: str = ""

    @property
    def is_production(self) -> bool:
        """True where real people work with it: only a secret of one's own is accepted."""
        return self.env == PRODUCTION


@dataclass(frozen=True)
class Setting:
    """One setting: its name in the environment, its field in Config, its default as one would write it, and its purpose.

    `read` turns the text into the value or raises ValueError with a Japanese sentence; `show` never gives a secret away.
    """

    name: str
    field: str
    default: str
    purpose: str
    read: Callable[[str], Any] = str
    show: Callable[[Any], str] = str


DEFENCE = (
    Setting(
        "KYOSO_HOSTS", "hosts", "", "KYOSO_BASE_URL のほかに、この画面を開いてよいホスト名（コンマ区切り）。ほかの名前で届いた要求は断る",
        setting_values.hosts, ", ".join,
    ),
    Setting(
        "KYOSO_PROXIES", "proxies", "", "前に置いた中継（リバースプロキシ）のアドレス（10.0.0.0/8 の形、コンマ区切り）。そこから届いた"
        "要求だけ X-Forwarded-For を信じる。書かなければ信じず、中継の後ろの全員を一つのアドレスとして数える",
        setting_values.networks, setting_values.joined,
    ),
    Setting(
        "KYOSO_RATE_LIMITS", "rate_limits", "1", "短い間の繰り返しを止める。前に置いた装置がするときだけ 0 にする",
        setting_values.yes_or_no, lambda value: "1" if value else "0",
    ),
    Setting(
        "KYOSO_OUTBOUND_PRIVATE", "outbound_private", "", "リンクや外の認証の鍵を確かめるとき、公開されていなくても"
        "問い合わせてよいネットワーク（コンマ区切り）",
        setting_values.networks, setting_values.joined,
    ),
    Setting(
        "KYOSO_OUTBOUND_PLACES", "outbound_places", "", "リンクや外の認証の鍵を確かめるとき、問い合わせてよいホスト名（コンマ区切り。"
        "*.lg.jp はその下のすべて）。書かなければ、公開されているどこへでも問い合わせる",
        setting_values.places, ", ".join,
    ),
    Setting(
        "KYOSO_OUTBOUND_PROXY", "outbound_proxy", "", "リンクを確かめ、外の認証に問い合わせるときに通る中継（LGWAN など、直接は出られない所）。"
        "環境変数 http_proxy は使わない",
        setting_values.proxy_url, setting_values.proxy_without_password,
    ),
    Setting(
        "KYOSO_BREACHED_PASSWORDS", "breached_passwords", "", "漏れたパスワードの一覧のファイル（Have I Been Pwned が公開する、SHA-1 の順に"
        "並んだもの）。書かなければ、組み込みの 420 万件だけと比べる",
        setting_values.breached_passwords, lambda value: str(value or ""),
    ),
    Setting(
        "KYOSO_SECURITY_CONTACT", "security_contact", "", "弱点の知らせを受ける役割のアドレス（mailto: か https:）。書かなければ"
        " /.well-known/security.txt は出ない",
        setting_values.contact,
    ),
)  # fmt: skip
"""What keeps others out, and says where they may tell of a hole."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "KYOSO_ENV", "env", "", "動かし方。production（本番）か development（開発）。"
        "書かなければ本番として扱い、KYOSO_DEMO=1 のときだけ development になる",
        lambda text: setting_values.one_of(PRODUCTION, DEVELOPMENT)(text) if text else "",
    ),
    Setting(
        "KYOSO_DEMO", "demo", "0", "1 にすると、架空の自治体のデモになり、役割を選ぶだけでサインインできる",
        setting_values.yes_or_no, lambda value: "1" if value else "0",
    ),
    Setting("KYOSO_HOME", "home", "instance", "データを置くフォルダー", setting_values.folder),
    Setting(
        "KYOSO_DATABASE_URL", "database_url", "", "データベース。書かなければ KYOSO_HOME の中の kyoso.db（SQLite）",
        setting_values.database_url, setting_values.url_without_password,
    ),
    Setting("KYOSO_SECRET", "secret", "", f"署名に使う秘密の文字列。作り方: {MAKE_A_SECRET}", show=setting_values.hidden),
    Setting("KYOSO_BASE_URL", "base_url", "http://127.0.0.1:8000", "利用者が開くアドレス。メールのリンクに使う", setting_values.http_url),
    Setting(
        "KYOSO_SMTP_URL", "mail_server", "", "メールを送るサーバー。書かなければメールは送らず、送信待ちに残す",
        setting_values.mail_server, setting_values.mail_server_without_password,
    ),
    Setting("KYOSO_MAIL_FROM", "mail_from", "", "メールの差出人", lambda text: setting_values.address(text) if text else ""),
    Setting(
        "KYOSO_GITHUB_URL", "github_url", "", "GitHub の API の場所（自社サーバーなら https://ホスト/api/v3）。"
        f"トークンか GitHub App があれば {GITHUB}、なければ問い合わせない", setting_values.github_url,
    ),
    Setting(
        "KYOSO_GITHUB_TOKEN", "github_token", "", "GitHub に問い合わせるときのトークン",
        setting_values.one_word, setting_values.hidden,
    ),
    Setting("KYOSO_GITHUB_APP_ID", "github_app_id", "", "トークンの代わりに使う GitHub App の番号", setting_values.one_word),
    Setting(
        "KYOSO_GITHUB_APP_KEY", "github_app_key", "", "GitHub App の秘密鍵。.pem ファイルの場所か、その中身",
        setting_values.github_app_key, setting_values.hidden,
    ),
    Setting(
        "KYOSO_GITHUB_WEBHOOK_SECRETS", "github_webhook_secrets", "", "GitHub の Webhook（/hooks/github）の署名の秘密。取り替える間は"
        f"新旧をコンマで並べる。書かなければ受け取らない。作り方: {MAKE_A_SECRET}",
        setting_values.webhook_secrets, setting_values.hidden_each,
    ),
    Setting("KYOSO_AUDITORS", "auditors", "", "台帳の控えを毎日送る相手のメールアドレス（コンマ区切り）",
            setting_values.addresses, ", ".join),
    *DEFENCE,
    Setting(
        "KYOSO_OIDC_PROVIDERS", "oidc_providers", "", "外の認証（OpenID Connect）の提供元。TOML ファイルの場所か、その中身。提供元ごとに "
        '[名前] の表を書き、name（ボタンの名前）、issuer、client_id、client_secret、domains（["lg.jp", "go.jp"] のような許すメールの'
        'ドメイン）、kinds（入れる団体の種類。["municipality", "agency"] か ["vendor"] など）を並べる。書かなければ使わない',
        oidc_providers.providers, oidc_providers.shown,
    ),
    Setting(
        "KYOSO_FILES", "bucket", "", "付けられたファイルの置き場所。S3 か、S3 と同じ話し方をするところ（s3://鍵の番号:秘密の鍵@ホスト/バケット名?region=地域）。"
        "書かなければ KYOSO_HOME の中の files", setting_values.bucket, setting_values.bucket_without_secret,
    ),
    Setting(
        "KYOSO_SCANNER", "scanner", "", "付けられたファイルのウイルスを検査する clamd（unix:/run/clamav/clamd.ctl か tcp://ホスト:3310）。"
        "書けば、検査できないときは受け取らない。書かなければ検査しない", setting_values.scanner, setting_values.scanner_address,
    ),
    Setting(
        "KYOSO_REQUIRE_SECOND_FACTOR", "require_second_factor", "", "二段階目の確認（認証アプリかパスキー）を必ず求める相手。"
        "agency（デジタル庁の審査者・決裁者・管理者・監査）、all（全員）、none（誰にも）。書かなければ agency、デモでは none",
        lambda text: setting_values.one_of("agency", "all", "none")(text) if text else "",
    ),
)  # fmt: skip


def read_config(environ: Mapping[str, str], *, serving: bool = True) -> Config:
    """The checked configuration; raises ConfigError with everything that is wrong at once.

    An empty value counts as not set. With serving=False (command line work that signs nothing, such as `kyoso play`)
    a missing secret is no obstacle; a bad one is.
    """
    found, problems = _read_each(environ)
    problems = {**problems, **_problems_between(found, serving)}
    if problems:
        raise ConfigError([f"{name}: {problem}" for name, problem in problems.items()])
    return Config(**found)


def _read_each(environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The value of each field that could be read, defaults that hang on other settings filled in; and what could not."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for setting in SETTINGS:
        try:
            found[setting.field] = setting.read(environ.get(setting.name, "").strip() or setting.default)
        except ValueError as error:
            problems[setting.name] = str(error)
    if found.get("env") == "":
        found["env"] = DEVELOPMENT if found.get("demo") else PRODUCTION
    if found.get("require_second_factor") == "":
        found["require_second_factor"] = "none" if found.get("demo") else "agency"
    if found.get("database_url") == "" and "home" in found:
        found["database_url"] = URL.create(
            "sqlite", database=str(found["home"] / "kyoso.db")
        ).render_as_string()
    if found.get("env") == DEVELOPMENT and not found["secret"]:
        found["secret"] = DEVELOPMENT_SECRET
    if found.get("github_url") == "" and (found.get("github_token") or found.get("github_app_id")):
        found["github_url"] = GITHUB
    return found, problems


def _problems_between(found: Mapping[str, Any], serving: bool) -> dict[str, str]:
    """What is wrong with settings that could be read each by itself, by the name of the one to mend."""
    problems = {}
    secret = found["secret"]
    if found.get("env") == PRODUCTION:
        mend = f"次の命令で作り、KYOSO_SECRET に設定してください: {MAKE_A_SECRET}"
        if not secret and serving:
            problems["KYOSO_SECRET"] = f"本番で動かすには秘密の文字列が必要です。{mend}"
        elif secret == DEVELOPMENT_SECRET:
            problems["KYOSO_SECRET"] = f"開発用の文字列は誰でも知っているため、本番では使えません。{mend}"
        elif secret and len(secret) < SECRET_AT_LEAST_CHARACTERS:
            problems["KYOSO_SECRET"] = (
                f"短すぎます（{SECRET_AT_LEAST_CHARACTERS} 文字以上が必要です）。{mend}"
            )
        if found.get("demo"):
            problems["KYOSO_DEMO"] = (
                "本番ではデモを動かせません（誰でもサインインできてしまいます）。"
                "本番なら KYOSO_DEMO を消し、デモなら KYOSO_ENV=development としてください。"
            )
    if found.get("mail_server") and found.get("mail_from") == "":
        problems["KYOSO_MAIL_FROM"] = (
            "メールを送るには差出人が必要です。KYOSO_MAIL_FROM=kyoso@example.lg.jp のように設定してください。"
        )
    app_id, app_key = found.get("github_app_id"), found.get("github_app_key")
    if app_id and app_key == "":
        problems["KYOSO_GITHUB_APP_KEY"] = (
            "GitHub App で問い合わせるには秘密鍵が必要です。.pem ファイルの場所を書いてください。"
        )
    elif app_key and app_id == "":
        problems["KYOSO_GITHUB_APP_ID"] = (
            "GitHub App の番号が必要です。App の設定の画面にある App ID を書いてください。"
        )
    if app_id and found.get("github_token"):
        problems["KYOSO_GITHUB_TOKEN"] = "トークンと GitHub App は、どちらか一つにしてください。"
    return problems


@dataclass(frozen=True)
class SettingLine:
    """One line of `kyoso check`: the value in force with secrets masked, and what is wrong with it, if anything."""

    name: str
    purpose: str
    value: str
    is_default: bool
    problem: str | None


def describe(environ: Mapping[str, str]) -> list[SettingLine]:
    """Every setting as a serving process would see it, wrong ones included; raises nothing.

    Names that begin with KYOSO_ and mean nothing (a slip of the pen, most often) are listed last.
    """
    found, problems = _read_each(environ)
    problems = {**_problems_between(found, serving=True), **problems}
    lines = [
        SettingLine(
            name=setting.name,
            purpose=setting.purpose,
            value=setting.show(found[setting.field]) if setting.field in found else "",
            is_default=not environ.get(setting.name, "").strip(),
            problem=problems.get(setting.name),
        )
        for setting in SETTINGS
    ]
    known = {setting.name for setting in SETTINGS}
    strangers = sorted(
        n for n in environ if n.startswith("KYOSO_") and not n.startswith("KYOSO_TEST_") and n not in known
    )
    return lines + [
        SettingLine(n, "", "", False, "この名前の設定はありません。綴りを確かめてください。")
        for n in strangers
    ]
