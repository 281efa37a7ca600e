"""Passkeys (WebAuthn): a key pair on somebody's device, bound to this site, opened by their finger or PIN: two factors in one."""

import ipaddress
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.db import reading, writing
from app.notices import tell
from app.sealing import derived, digest
from app.second_factors import forget_codes_of_nothing
from workflows.tables.keys import Passkey
from workflows.tables.machinery import SaidOnce

LONGEST_ANSWER = 20_000
"""Characters of what a browser hands over; a real one has about 1,500."""
MOST = 20
"""Passkeys a person."""


class PasskeyRefused(Exception):
    """What the browser handed over is no answer to what was asked, or of no key that is known here."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the host name of KYOSO_BASE_URL, never that of a request."""

    host: str
    origin: str


def site(base_url: str) -> Site | None:
    """None where no browser makes passkeys: an address of digits, or a connection that is not encrypted."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
        return None
    except ValueError:
        pass
    if parts.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return None
    return Site(host, f"{parts.scheme}://{parts.netloc}")


def new_challenge() -> str:
    return secrets.token_urlsafe(32)


def asked_to_make(session: Session, at: Site, key: str, user_id: int, email: str, challenge: str) -> str:
    """What `navigator.credentials.create` is asked, as JSON. One statement. The handle tells an authenticator whose key it is,
    and nobody else anything. `key`: KYOSO_SECRET."""
    known = session.exec(select(Passkey.credential).where(Passkey.user_id == user_id))
    options = webauthn.generate_registration_options(
        rp_id=at.host,
        rp_name="共創パイプライン",
        user_name=email,
        user_id=derived(key, f"passkey handle/{user_id}"),
        challenge=base64url_to_bytes(challenge),
        timeout=300_000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(c)) for c in known],
    )
    return webauthn.options_to_json(options)


def asked_to_show(at: Site, challenge: str) -> str:
    """What `navigator.credentials.get` is asked, as JSON: any passkey for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=at.host,
        challenge=base64url_to_bytes(challenge),
        timeout=300_000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def add(
    engine: Engine, at: Site, user_id: int, name: str, answer: str, challenge: str, now: datetime
) -> None:
    """Keeps a new passkey and tells its owner. Raises PasskeyRefused."""
    _is_readable(answer)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=at.host,
            expected_origin=at.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a made-up answer makes the library trip over
        raise PasskeyRefused from error
    transports = json.loads(answer).get("response", {}).get("transports") or []
    try:
        with writing(engine) as session:
            _spend(session, challenge, now)
            held = session.exec(select(Passkey.id).where(Passkey.user_id == user_id)).all()
            if len(held) >= MOST:
                raise PasskeyRefused
            session.add(
                Passkey(
                    user_id=user_id,
                    name=name,
                    credential=bytes_to_base64url(made.credential_id),
                    public_key=bytes_to_base64url(made.credential_public_key),
                    sign_count=made.sign_count,
                    transports=[str(t)[:20] for t in transports[:8]],
                    added_at=now,
                )
            )
            tell(session, user_id, "passkey", now)
    except IntegrityError:  # the same key, or the same answer, a second time
        raise PasskeyRefused from None


def owner(engine: Engine, at: Site, answer: str, challenge: str, now: datetime) -> int:
    """The id of the person whose passkey answered. Raises PasskeyRefused, also for an answer given before and for a key whose
    counter went back: then it was copied."""
    _is_readable(answer)
    try:
        credential = str(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError):
        raise PasskeyRefused from None
    with reading(engine) as session:
        kept = session.exec(select(Passkey).where(Passkey.credential == credential)).first()
    if kept is None:
        raise PasskeyRefused
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=at.host,
            expected_origin=at.origin,
            credential_public_key=base64url_to_bytes(kept.public_key),
            credential_current_sign_count=kept.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise PasskeyRefused from error
    try:
        with writing(engine) as session:
            _spend(session, challenge, now)
            noted: Any = session.connection().execute(
                update(Passkey)
                .where(col(Passkey.id) == kept.id, col(Passkey.sign_count) == kept.sign_count)
                .values(sign_count=shown.new_sign_count, last_used_at=now)
            )
            if noted.rowcount != 1:  # removed meanwhile, or used by two at once
                raise PasskeyRefused
    except IntegrityError:
        raise PasskeyRefused from None
    return kept.user_id


def remove(engine: Engine, user_id: int, passkey_id: int, now: datetime) -> bool:
    """Forgets a passkey of this person; False where they have no such one."""
    with writing(engine) as session:
        gone = session.connection().execute(
            delete(Passkey).where(col(Passkey.id) == passkey_id, col(Passkey.user_id) == user_id)
        )
        if gone.rowcount != 1:
            return False
        tell(session, user_id, "no_passkey", now)
        forget_codes_of_nothing(session, user_id)
    return True


def _is_readable(answer: str) -> None:
    if len(answer) > LONGEST_ANSWER or "\x00" in answer:
        raise PasskeyRefused


def _spend(session: Session, challenge: str, now: datetime) -> None:
    """A challenge is answered once: a second answer meets the row of the first (IntegrityError)."""
    session.add(SaidOnce(digest=digest(f"passkey {challenge}"), kind="passkey", ref="", said_at=now))
    session.flush()
