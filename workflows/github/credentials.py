"""Who asks: nobody, a person by a token, or a GitHub App by the installation that may see the repository. In memory only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from workflows.github.exchange import Authorization
from workflows.github.outcomes import Forbidden, Fresh, Gone, Malformed, Refusal, Reply, Unchanged

CLOCKS_APART = timedelta(minutes=1)
"""GitHub refuses a signature from the future: ours is dated back."""
APP_SPEAKS = timedelta(minutes=8)
"""How long a signature of the App is good; GitHub takes ten minutes at most."""
RENEWED = timedelta(minutes=5)
"""Before a token of an installation ends it is renewed."""
INSTALLATIONS_ARE_LISTED = 10
"""Pages of a hundred."""
MOST_REMEMBERED = 5_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)
STRANGE = "GitHub の答えではないものが返ってきました。"

Ask = Callable[[str, str, Authorization, str], Reply]
"""Asks GitHub in the App's own name: method, path, who asks, who is counted."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks this once: the header, and the name under which GitHub counts it."""

    authorization: Authorization
    who: str


class Credentials(Protocol):
    """Knows who asks about an account's repositories."""

    def speaker(self, full_name: str | None, ask: Ask, now: datetime) -> Speaker | Refusal:
        """For a repository; None where it is asked for by its number."""

    def refused(self, speaker: Speaker) -> bool:
        """The server did not know it (401): True where another may be had at once."""

    def itself(self, now: datetime) -> tuple[Speaker, str]:
        """Who asks about itself, and the path by which it learns whether it is known."""


class Token:
    """A person's token; the empty one is nobody, whom GitHub tells what is public, seldom."""

    def __init__(self, token: str) -> None:
        # Most servers take "token", and "Bearer" only for some kinds.
        who = f"token {sha256(token.encode()).hexdigest()}" if token else "nobody"
        self._speaker = Speaker(Authorization(f"token {token}" if token else None), who)

    def speaker(self, full_name: str | None, ask: Ask, now: datetime) -> Speaker:
        return self._speaker

    def refused(self, speaker: Speaker) -> bool:
        return False

    def itself(self, now: datetime) -> tuple[Speaker, str]:
        return self._speaker, "/rate_limit"


@dataclass
class _Installation:
    id: int
    token: str = field(default="", repr=False)
    ends_at: datetime = LONG_AGO


class App:
    """A GitHub App: it signs with its key, finds its installation by repository, and asks with that one's tokens.

    `app_id` may be a number or a client id. Raises ValueError with a Japanese sentence where the key is none.
    """

    def __init__(self, app_id: str, pem: str) -> None:
        self.app_id = app_id.strip()
        self._key = private_key(pem)
        self._by_owner: dict[str, _Installation] = {}
        self._newest: _Installation | None = None

    def __repr__(self) -> str:
        return f"App({self.app_id!r})"

    def itself(self, now: datetime) -> tuple[Speaker, str]:
        payload = {
            "iat": int((now - CLOCKS_APART).timestamp()),
            "exp": int((now + APP_SPEAKS).timestamp()),
            "iss": self.app_id,  # PyJWT takes text alone
        }
        signed = jwt.encode(payload, self._key, algorithm="RS256")
        return Speaker(Authorization(f"Bearer {signed}"), f"app {self.app_id}"), "/app"

    def speaker(self, full_name: str | None, ask: Ask, now: datetime) -> Speaker | Refusal:
        owner = full_name.split("/")[0].lower() if full_name else ""
        installation = self._by_owner.get(owner) if full_name else self._newest
        if installation is None:
            found = self._found(full_name, ask, now)
            if not isinstance(found, _Installation):
                return found
            if len(self._by_owner) >= MOST_REMEMBERED:
                self._by_owner.clear()
            installation = self._by_owner[owner] = found
        if installation.ends_at - now < RENEWED:
            refusal = self._renew(installation, ask, now)
            if refusal is not None:
                self._by_owner.pop(owner, None)
                return refusal
        self._newest = installation
        return Speaker(Authorization(f"token {installation.token}"), f"installation {installation.id}")

    def refused(self, speaker: Speaker) -> bool:
        """It may have been revoked, or the App removed and installed anew: all that was known about it is asked again."""
        known = {f"installation {i.id}": owner for owner, i in self._by_owner.items()}
        owner = known.get(speaker.who)
        self._newest = None
        return owner is not None and self._by_owner.pop(owner, None) is not None

    def _found(self, full_name: str | None, ask: Ask, now: datetime) -> _Installation | Refusal:
        """The installation that sees a repository. One that is gone is in none, while its owner's would still tell that it is gone."""
        if full_name is not None:
            speaker, _ = self.itself(now)
            reply = ask("GET", f"/repos/{full_name}/installation", speaker.authorization, speaker.who)
            if isinstance(reply, Fresh):
                return _installation(reply.data)
            if not isinstance(reply, Gone):
                return _refusal(reply)
        return self._listed(full_name, ask, now)

    def _listed(self, full_name: str | None, ask: Ask, now: datetime) -> _Installation | Refusal:
        owner = full_name.split("/")[0].lower() if full_name else None
        speaker, _ = self.itself(now)
        for page in range(1, INSTALLATIONS_ARE_LISTED + 1):
            path = f"/app/installations?per_page=100&page={page}"
            reply = ask("GET", path, speaker.authorization, speaker.who)
            if not isinstance(reply, Fresh):
                return _refusal(reply)
            for entry in reply.data if isinstance(reply.data, list) else []:
                account = entry.get("account") if isinstance(entry, dict) else None
                login = account.get("login") if isinstance(account, dict) else None
                if owner is None or (isinstance(login, str) and login.lower() == owner):
                    return _installation(entry)
            if page >= reply.last_page:
                break
        return Forbidden("GitHub App が入っていません。リポジトリの持ち主に、入れてもらってください。")

    def _renew(self, installation: _Installation, ask: Ask, now: datetime) -> Refusal | None:
        speaker, _ = self.itself(now)
        path = f"/app/installations/{installation.id}/access_tokens"
        reply = ask("POST", path, speaker.authorization, speaker.who)
        if isinstance(reply, Gone):
            return Forbidden("GitHub App が外されています。リポジトリの持ち主に確かめてください。")
        if not isinstance(reply, Fresh):
            return _refusal(reply)
        try:
            token, ends_at = reply.data["token"], datetime.fromisoformat(reply.data["expires_at"])
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise ValueError
        except (TypeError, KeyError, ValueError):
            return Malformed(STRANGE)
        installation.token = token
        installation.ends_at = ends_at if ends_at.tzinfo else ends_at.replace(tzinfo=UTC)
        return None


def private_key(pem: str) -> RSAPrivateKey:
    """The key of an App. Raises ValueError with a Japanese sentence that quotes nothing of it."""
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(
            "GitHub App の秘密鍵として読めません。GitHub で作った .pem ファイルの場所か、その中身を書いてください。"
        )
    return key


def _refusal(reply: Reply) -> Refusal:
    return Malformed(STRANGE) if isinstance(reply, Fresh | Unchanged) else reply


def _installation(data: Any) -> "_Installation | Malformed":
    number = data.get("id") if isinstance(data, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        return Malformed(STRANGE)
    return _Installation(number)
