"""What one setting may say: its text becomes a value, or a Japanese sentence; and how a value is shown with secrets masked."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.breached import digest_from
from workflows.files.s3 import Bucket
from workflows.files.scanner import Scanner
from workflows.github.credentials import private_key
from workflows.runtime.addresses import Network, network

GITHUB = "https://api.github.com"
WEBHOOK_SECRET_AT_LEAST = 20
"""Characters. Whoever guesses one can suspend a product."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over: `encrypted` is TLS from the first byte (smtps), else STARTTLS where it is offered."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    encrypted: bool


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"「{text}」は使えません。{' か '.join(words)} と書いてください。")
        return text

    return read


def yes_or_no(text: str) -> bool:
    word = text.lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(f"「{text}」は使えません。使うときは 1、使わないときは 0 と書いてください。")


def folder(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # a home folder of nobody
        raise ValueError(f"「{text}」という場所は分かりません。/ から始まる形で書いてください。") from None


def database_url(text: str) -> str:
    if not text:
        return ""
    hint = "sqlite:///ファイルの場所 か postgresql://利用者:パスワード@ホスト/データベース名 の形で書いてください。"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(f"データベースの指定として読めません。{hint}") from None
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        if not url.database:
            raise ValueError(f"データベース名がありません。{hint}")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise ValueError(f"SQLite のファイルの場所がありません（メモリー上には置けません）。{hint}")
        # Absolute, so that it stays the same file whatever folder a process works in later.
        return url.set(database=str(folder(url.database)), query={}).render_as_string(hide_password=False)
    raise ValueError(f"{url.drivername} は使えません。使えるのは SQLite と PostgreSQL です。{hint}")


def http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("URL として読めません。https://kyoso.example.lg.jp のように書いてください。")
    return text.rstrip("/")


def github_url(text: str) -> str:
    url = http_url(text) if text else ""
    if url.startswith("http://") and urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(
            f"暗号化されない接続ではトークンが漏れます。{GITHUB} のように https で始めてください。"
        )
    return url


def one_word(text: str) -> str:
    """What goes into a header: a line break or a Japanese letter in it is a slip of the hand."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("英数字と記号だけで、空白を入れずに書いてください。")
    return text


def github_app_key(text: str) -> str:
    """The PEM text of a GitHub App's private key, given itself or by the place of its file."""
    if not text:
        return ""
    pem = text
    if "-----BEGIN" not in text:
        try:
            pem = folder(text).read_text(encoding="ascii")
        except (
            OSError,
            ValueError,
        ):  # the name is not said again: somebody may have put the key's body there
            raise ValueError(
                "GitHub App の秘密鍵のファイルを読めません。.pem ファイルの場所と、読む権限を確かめてください。"
            ) from None
    private_key(pem)
    return pem


def mail_server(text: str) -> MailServer | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError
        encrypted = parts.scheme == "smtps"
        port = parts.port or (465 if encrypted else 587 if parts.username else 25)
    except ValueError:
        raise ValueError(
            "メールサーバーの指定として読めません。smtp://利用者:パスワード@ホスト:587 か "
            "smtps://利用者:パスワード@ホスト:465 の形で書いてください（記号は %40 のように書きます）。"
        ) from None
    return MailServer(
        parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), encrypted
    )


def address(text: str) -> str:
    address = parseaddr(text)[1]
    if "\n" in text or "\r" in text or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise ValueError(f"「{text}」はメールアドレスとして読めません。")
    return text


def addresses(text: str) -> tuple[str, ...]:
    return tuple(address(part.strip()) for part in text.split(",") if part.strip())


def webhook_secrets(text: str) -> tuple[str, ...]:
    secrets = tuple(part.strip() for part in text.split(",") if part.strip())
    if any(len(secret) < WEBHOOK_SECRET_AT_LEAST for secret in secrets):
        raise ValueError(
            f"短すぎる秘密があります（それぞれ {WEBHOOK_SECRET_AT_LEAST} 文字以上が必要です）。"
            "作り直して、GitHub の Webhook の設定と同じものを書いてください。"
        )
    return secrets


def hidden_each(value: tuple[str, ...]) -> str:
    return f"設定済み（{len(value)} 個、表示しません）" if value else ""


def hidden(value: str) -> str:
    return f"設定済み（{len(value)} 文字、表示しません）" if value else ""


def url_without_password(value: str) -> str:
    url = make_url(value) if value else None
    if url is None:
        return ""
    if (
        url.get_backend_name() == "sqlite"
    ):  # a path is shown as people write it, Japanese folder names included
        return f"sqlite:///{url.database}"
    return url.render_as_string(hide_password=True)


def mail_server_without_password(value: MailServer | None) -> str:
    if value is None:
        return ""
    return f"{'smtps' if value.encrypted else 'smtp'}://{value.user + ':***@' if value.user else ''}{value.host}:{value.port}"


def hosts(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in names:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
            raise ValueError(
                f"「{name}」はホスト名として読めません。kyoso.example.lg.jp のように、http:// やポートを付けずに書いてください。"
            )
    return names


def places(text: str) -> tuple[str, ...]:
    """Names of hosts, or `*.` and what they end in."""
    found = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in found:
        try:
            hosts(name.removeprefix("*."))
        except ValueError:
            raise ValueError(
                f"「{name}」はホスト名として読めません。github.com や *.lg.jp のように、http:// やポートを付けずに書いてください。"
            ) from None
    return found


def breached_passwords(text: str) -> Path | None:
    """The file, looked at where it begins and ends: an unsorted one would be searched in vain."""
    if not text:
        return None
    file = folder(text)
    try:
        with file.open("rb") as lines:
            first, last = digest_from(lines, 0), digest_from(lines, max(0, file.stat().st_size - 128))
    except OSError:
        raise ValueError("このファイルを読めません。場所と、読む権限を確かめてください。") from None
    if not (re.fullmatch(rb"[0-9A-F]{40}", first) and re.fullmatch(rb"[0-9A-F]{40}", last) and first <= last):
        raise ValueError(
            "漏れたパスワードの一覧として読めません。Have I Been Pwned の一覧を、SHA-1 の順に並んだ一つのファイルとして書き出してください。"
        )
    return file


def networks(text: str) -> tuple[Network, ...]:
    found = []
    for part in (p.strip() for p in text.split(",") if p.strip()):
        try:
            found.append(network(part))
        except ValueError:
            raise ValueError(
                f"「{part}」はネットワークとして読めません。10.0.0.0/8 や 192.168.1.5 のように書いてください。"
            ) from None
    return tuple(found)


def joined(value: tuple[Network, ...]) -> str:
    return ", ".join(str(part) for part in value)


def proxy_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = not text or (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "中継の指定として読めません。http://proxy.example.lg.jp:8080 のように書いてください。"
        )
    return text


def proxy_without_password(value: str) -> str:
    parts = urlsplit(value)
    return value if "@" not in parts.netloc else f"{parts.scheme}://***@{parts.netloc.rpartition('@')[2]}"


def contact(text: str) -> str:
    """RFC 9116 §2.5.3: a URI. A mail address alone is what people write first."""
    if text and ":" not in text and "@" in text:
        text = f"mailto:{text}"
    if text and not (
        text.startswith(("mailto:", "https://", "tel:")) and text.isprintable() and " " not in text
    ):
        raise ValueError("mailto:security@example.lg.jp か https://… の形で書いてください。")
    return text


def bucket(text: str) -> Bucket | None:
    """`s3://key:secret@host/bucket[/folder][?region=]`, over https; `s3+http://` without encryption."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        name, _, folder_in_it = parts.path.strip("/").partition("/")
        asked = dict(part.split("=", 1) for part in parts.query.split("&") if part)
        whole = parts.hostname and parts.username and parts.password and name and asked.keys() <= {"region"}
        if parts.scheme not in ("s3", "s3+http") or not whole:
            raise ValueError
        host = parts.netloc.rpartition("@")[2]
        int(parts.port or 0)
    except ValueError:
        raise ValueError(
            "ファイルの置き場所として読めません。s3://鍵の番号:秘密の鍵@ホスト/バケット名?region=地域 の形で書いてください"
            "（記号は %40 のように書きます）。"
        ) from None
    return Bucket(
        endpoint=f"{'https' if parts.scheme == 's3' else 'http'}://{host}",
        name=name,
        prefix=f"{folder_in_it}/" if folder_in_it else "",
        region=asked.get("region", "us-east-1"),
        key_id=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
    )


def bucket_without_secret(value: Bucket | None) -> str:
    return f"{value.endpoint}/{value.name}/{value.prefix}" if value else ""


def scanner(text: str) -> Scanner | None:
    """`unix:/path/to/socket` or `tcp://host:port`."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        if parts.scheme == "unix" and parts.path.startswith("/"):
            return Scanner(parts.path)
        if parts.scheme != "tcp" or not parts.hostname or parts.path.strip("/"):
            raise ValueError
        return Scanner((parts.hostname, parts.port or 3310))
    except ValueError:
        raise ValueError(
            "ウイルス検査の場所として読めません。unix:/run/clamav/clamd.ctl か tcp://ホスト:3310 の形で書いてください。"
        ) from None


def scanner_address(value: Scanner | None) -> str:
    if value is None:
        return ""
    return f"unix:{value.address}" if isinstance(value.address, str) else "tcp://{}:{}".format(*value.address)
