"""OpenID Connect: the way to a provider and back, and what its ID token must show (Authlib; docs/decisions/0019-who-comes-in.md).

Authorization code with PKCE, state and nonce. Of an ID token are checked its signature by the provider's present keys (asymmetric
algorithms alone), issuer, audience, times and nonce, and that the provider has verified the mail address.
"""

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask_babel import lazy_gettext
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from urllib3.exceptions import HTTPError

from app.oidc_providers import Provider, is_safe
from workflows.runtime.addresses import NotAllowed, judged_url, network
from workflows.runtime.exchange import HangUp, Session, read_body
from workflows.runtime.outbound import Outbound

log = logging.getLogger("kyoso.identity")

ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
"""None by which a token says that it needs no signature, or is signed with what clients know."""
LEEWAY_SECONDS = 60
KNOWN_FOR_SECONDS = 600.0
SECONDS, LARGEST = 10.0, 500_000
"""For one answer of a provider, whole; and its size in bytes."""

WORD, MOST_WORDS = re.compile(r"[A-Za-z0-9:/._-]{1,60}"), 8
"""Of a provider's own vocabulary for how strongly it asked; a mail address is none."""
EVERYWHERE = (network("0.0.0.0/0"), network("::/0"))

UNREACHABLE = lazy_gettext(
    "サインインの提供元に、いまつながりません。少し待ってから、もう一度行ってください。"
)
DECLINED = lazy_gettext("サインインを取りやめました。続けるときは、もう一度ボタンを押してください。")
BROKEN_OFF = lazy_gettext(
    "このサインインは途中で切れたか、すでに使われています。もう一度、はじめから行ってください。"
)
NOT_PROVED = lazy_gettext(
    "提供元の答えを確かめられなかったため、サインインしていません。続くときは、管理する人に知らせてください。"
)
UNVERIFIED = lazy_gettext(
    "提供元で、メールアドレスがまだ確認されていません。提供元の画面で確認してから、もう一度行ってください。"
)
ELSEWHERE = lazy_gettext(
    "このメールアドレスのドメインでは、この方法で入れません。所属する団体のメールアドレスを使ってください。"
)


class NotSignedIn(Exception):
    """A sign-in that did not come about; the message is for the person, the cause is in the log."""

    def __init__(self, message: Any, cause: str = "") -> None:
        super().__init__(str(message))
        if cause:
            log.warning("a sign-in by OpenID Connect was refused: %s", cause)


@dataclass(frozen=True)
class Known:
    """A person as a provider has just shown them."""

    issuer: str
    subject: str
    email: str
    strength: tuple[str, ...] = ()
    """How the provider says that it asked (acr, amr): for the log. Nothing rests on it; whatever it says, one factor was shown."""


class Asking(OAuth2Session):
    """Authlib's client, bounded and led: no redirect is followed, and each answer has a whole time and a size. The one place
    through which anything is asked of a provider. Its own address, which who runs this site has named, may lie anywhere; the
    others that it tells of (keys, tokens) go out by the guard, as links do."""

    get_redirect_target = Session.get_redirect_target

    def __init__(self, provider: Provider, redirect_uri: str, way: Outbound) -> None:
        super().__init__(
            provider.client_id, provider.client_secret, scope="openid email", redirect_uri=redirect_uri,
            code_challenge_method="S256", token_endpoint_auth_method="client_secret_basic",
        )  # fmt: skip
        self._way, self._home = way, _origin(provider.issuer)

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:
        if not is_safe(url):
            raise NotSignedIn(UNREACHABLE, f"{url} is not https")
        more |= {"timeout": SECONDS / 2, "allow_redirects": False, "stream": True}
        try:
            with HangUp(SECONDS) as watch:
                there = self._led(url, watch.ends_at)
                with super().request(method, there, *args, **more) as answer:
                    content = read_body(answer, LARGEST)
        except NotAllowed:
            raise NotSignedIn(UNREACHABLE, f"{url} is not asked: it is no public address") from None
        except (HTTPError, OSError) as error:
            raise NotSignedIn(UNREACHABLE, f"{url}: {type(error).__name__}") from None
        if content is None or watch.is_over:
            raise NotSignedIn(UNREACHABLE, f"{url} answered too much or too slowly")
        if answer.is_redirect or answer.status_code >= 500:
            raise NotSignedIn(UNREACHABLE, f"{url} answered {answer.status_code}")
        answer._content = content
        return answer

    def _led(self, url: str, ends_at: float) -> str:
        """The URL in the spelling in which it is asked, with this session's way to it. Raises NotAllowed, OSError."""
        way, origin = self._way, _origin(url)
        if origin == self._home:
            way = replace(way, allowed_private=EVERYWHERE, ports=frozenset({origin[2]}), places=())
        here = judged_url(url, way.ports, way.allowed_private)
        if lost := way.lead(self, here, ends_at):
            raise OSError(lost.why)
        return urlunsplit(here)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


_known: dict[str, tuple[float, Any]] = {}
"""What providers publish about themselves, by address, until when it is taken as known. Nothing about a person."""


def _published(client: Asking, address: str, fresh: bool = False) -> Any:
    until, value = _known.get(address, (0.0, None))
    if fresh or until < monotonic():
        try:
            answer = client.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            value = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise NotSignedIn(UNREACHABLE, f"{address}: {type(error).__name__}") from None
        if not isinstance(value, dict):
            raise NotSignedIn(UNREACHABLE, f"{address} is no object")
        _known[address] = (monotonic() + KNOWN_FOR_SECONDS, value)
    return value


def _metadata(client: Asking, provider: Provider) -> Mapping[str, Any]:
    """The provider's own description, which must be of just the issuer that was configured."""
    found = _published(client, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise NotSignedIn(NOT_PROVED, f"{provider.issuer} describes {found.get('issuer')!r}")
    return found


def begin(provider: Provider, redirect_uri: str, way: Outbound) -> tuple[str, dict[str, str]]:
    """The provider's address to go to, and what must be known when the person comes back. Raises NotSignedIn."""
    attempt = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    client = Asking(provider, redirect_uri, way)
    address, _ = client.create_authorization_url(
        _metadata(client, provider)["authorization_endpoint"],
        state=attempt["state"],
        code_verifier=attempt["verifier"],
        nonce=attempt["nonce"],
    )
    return address, attempt | {"provider": provider.key}


def come_back(
    provider: Provider,
    redirect_uri: str,
    way: Outbound,
    attempt: Mapping[str, str],
    came: Mapping[str, str],
    now: datetime,
) -> Known:
    """Who came back from the provider with this answer. The state was compared already. Raises NotSignedIn."""
    if came.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        raise NotSignedIn(NOT_PROVED, "the answer names another issuer")
    if error := came.get("error"):
        raise NotSignedIn(
            DECLINED if error == "access_denied" else NOT_PROVED, f"the provider said {error!r}"
        )
    client = Asking(provider, redirect_uri, way)
    metadata = _metadata(client, provider)
    try:
        token = client.fetch_token(
            metadata["token_endpoint"], code=came.get("code", ""), code_verifier=attempt["verifier"],
            grant_type="authorization_code",
        )  # fmt: skip
        claims = _claims(client, provider, metadata, token, attempt["nonce"], now)
        told = claims if "email" in claims else _userinfo(client, metadata, claims["sub"])
    except requests.RequestException as error:
        raise NotSignedIn(UNREACHABLE, type(error).__name__) from None
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn(NOT_PROVED, f"{type(error).__name__}: {error}") from None
    email = str(told.get("email") or "").strip().lower()
    if told.get("email_verified") is not True or not email:
        raise NotSignedIn(UNVERIFIED)
    if not provider.vouches_for(email):
        raise NotSignedIn(ELSEWHERE)
    return Known(provider.issuer, str(claims["sub"]), email, _strength(claims))


def _strength(claims: Mapping[str, Any]) -> tuple[str, ...]:
    methods = claims.get("amr")
    said = [claims.get("acr"), *(methods if isinstance(methods, list) else ())]
    return tuple(word for word in said if isinstance(word, str) and WORD.fullmatch(word))[:MOST_WORDS]


def _claims(
    client: Asking,
    provider: Provider,
    metadata: Mapping[str, Any],
    token: Mapping[str, Any],
    nonce: str,
    now: datetime,
) -> CodeIDToken:
    """The claims of the ID token, all checked. A key that is not known yet is asked for once: providers change theirs."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

    def decoded(fresh: bool) -> Any:
        keys = KeySet.import_key_set(_published(client, metadata["jwks_uri"], fresh))
        return jwt.decode(token["id_token"], key=keys, registry=registry)

    try:
        read = decoded(fresh=False)
    except (InvalidKeyIdError, BadSignatureError):
        read = decoded(fresh=True)
    if (
        str(read.header.get("typ", "JWT")).upper() != "JWT"
    ):  # an access or logout token is signed by the same key
        raise ValueError("no ID token")
    claims = CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        },
        {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
    )
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    return claims


def _userinfo(client: Asking, metadata: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
    """What a provider tells apart from its token, of just the same person."""
    told = client.request("GET", metadata["userinfo_endpoint"]).json()
    if told["sub"] != subject:
        raise ValueError("userinfo is about another subject")
    return told
