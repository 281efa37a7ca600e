"""The OpenID Connect providers by which people may come in: read from a TOML file, each with the mail domains that it vouches for
and the kinds of organization that may be entered by it."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stages.permissions import KIND_NAMES

LOOPBACK = ("127.0.0.1", "::1", "localhost")
FIELDS = ("name", "issuer", "client_id", "client_secret", "domains", "kinds")


@dataclass(frozen=True)
class Provider:
    """One provider. `domains` are allowed with everything below them: lg.jp is every local government."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: tuple[str, ...]
    kinds: tuple[str, ...]

    def vouches_for(self, email: str) -> bool:
        """Whether a mail address lies in one of the allowed domains."""
        domain = email.rpartition("@")[2].lower()
        return any(domain == allowed or domain.endswith(f".{allowed}") for allowed in self.domains)


def is_safe(url: str) -> bool:
    """https, or this machine itself."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False


def providers(text: str) -> tuple[Provider, ...]:
    """The providers of a TOML text, or of the file at that place. Raises ValueError with a Japanese sentence."""
    if not text:
        return ()
    toml = text
    if "[" not in text:
        try:
            toml = Path(text).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError, RuntimeError):
            raise ValueError(
                "ファイルを読めません。TOML ファイルの場所と、読む権限を確かめてください。"
            ) from None
    try:
        tables = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        # Its message gives the line, and no value: a secret is not said again.
        raise ValueError(f"TOML として読めません（{error}）。") from None
    found = tuple(_provider(key, table) for key, table in tables.items())
    if len({p.issuer for p in found}) != len(found):
        raise ValueError("同じ issuer が二つあります。一つの提供元は一つの表にまとめてください。")
    return found


def _provider(key: str, table: Any) -> Provider:
    if not re.fullmatch(r"[a-z0-9-]{1,30}", key) or not isinstance(table, dict):
        raise ValueError(
            f"「{key}」は使えません。[提供元の名前] の表を、英小文字・数字・ハイフンの名前で書いてください。"
        )
    if missing := [name for name in FIELDS if not table.get(name)]:
        raise ValueError(f"[{key}] に {'、'.join(missing)} がありません。")
    if strange := [name for name in table if name not in FIELDS]:
        raise ValueError(f"[{key}] の {'、'.join(strange)} という項目はありません。綴りを確かめてください。")
    if wrong := [name for name in FIELDS[:4] if not isinstance(table[name], str)]:
        raise ValueError(f"[{key}] の {'、'.join(wrong)} は、引用符で囲んだ文字で書いてください。")
    for name in FIELDS[4:]:
        if not isinstance(table[name], list) or not all(isinstance(v, str) for v in table[name]):
            raise ValueError(f'[{key}] の {name} は ["…", "…"] の形で書いてください。')
    if not is_safe(table["issuer"]):
        raise ValueError(f"[{key}] の issuer は https:// で始まるアドレスで書いてください。")
    if unknown := [kind for kind in table["kinds"] if kind not in KIND_NAMES]:
        raise ValueError(
            f"[{key}] の kinds に {'、'.join(unknown)} は使えません。{'、'.join(KIND_NAMES)} から選んでください。"
        )
    domains = tuple(domain.lower() for domain in table["domains"])
    if wrong := [d for d in domains if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", d)]:
        raise ValueError(
            f"[{key}] の domains の {'、'.join(wrong)} はドメインとして読めません。lg.jp のように書いてください。"
        )
    plain = {name: table[name] for name in FIELDS[:4]}
    return Provider(key=key, domains=domains, kinds=tuple(table["kinds"]), **plain)


def shown(value: tuple[Provider, ...]) -> str:
    """For `kyoso check`: which, and for whom; never the secret."""
    return "、".join(f"{p.name}（{p.issuer}、{'・'.join(p.domains)}）" for p in value)
