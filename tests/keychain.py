"""What people have in tests to sign in with: passwords, the codes of an app, and a passkey that answers as a real one does."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import cbor2
import pyotp
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from sqlmodel import col, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from app import identity
from app.commands.clock import mailer
from app.db import reading
from app.route import house
from app.setting_values import MailServer
from tests.app.web import Reader, an_app
from tests.country import TANTO, Country
from workflows.tables.machinery import Message

PASSWORD = "風見の丘に三本の杉がある"
OTHER_PASSWORD = "橋の下で雨やどりする狐の親子"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.fixture
def cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A guess shall cost a tenth of a second and 64 MiB; the many of a test need not, for what they are asked."""
    monkeypatch.setattr(identity, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    identity._nobodys_hash.cache_clear()
    yield
    identity._nobodys_hash.cache_clear()


@pytest.fixture
def app(small_country: Country) -> Flask:
    """Where the clerk of 風見市 has a password."""
    identity.set_password(small_country.engine, TANTO, PASSWORD, small_country.now)
    return an_app(small_country)


def signs_in(
    reader: Reader, email: str = TANTO, password: str = PASSWORD, status: int = 303, **more: str
) -> str:
    """By mail address and password, as the page asks for them."""
    reader.opens("/sign-in")
    return reader.posts("/sign-in", status, email=email, password=password, **more).text


def is_signed_in(reader: Reader) -> bool:
    return "サインアウト" in reader.opens("/")


def messages(country: Country, kind: str) -> list[Message]:
    with reading(country.engine) as session:
        return list(session.exec(select(Message).where(Message.kind == kind).order_by(col(Message.id))))


def mailed(app: Flask, country: Country, kind: str) -> list[str]:
    """The texts of the mails of a kind, as the clock would send them by the app's settings."""
    sends = mailer(
        replace(
            house(app).config,
            mail_server=MailServer("127.0.0.1", 25, "", "", encrypted=False),
            mail_from="kyoso@kyoso.example.jp",
        )
    )
    assert sends is not None
    return [sends.compose(message).get_content() for message in messages(country, kind)]


def links(app: Flask, country: Country) -> list[str]:
    """The links to set a password that were mailed, the first first."""
    return [re.findall(r"^https?://\S+$", text, re.M)[0] for text in mailed(app, country, "password.reset")]


def asks_for_a_link(reader: Reader, email: str = TANTO, status: int = 200) -> str:
    reader.opens("/sign-in/forgotten")
    return reader.posts("/sign-in/forgotten", status, email=email).text


def adds_an_app(reader: Reader, at: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """Adds an authenticator app from its page; returns it, and the recovery codes that are shown with a first one."""
    text = reader.opens("/me/security/app")
    app = pyotp.TOTP(re.findall(r'<code class="secret">([^<]+)', text)[0].replace(" ", ""))
    sealed = re.findall(r'name="sealed" value="([^"]+)"', text)[0]
    status = 200 if "残り" not in Reader.opens(reader, "/me/security") else 303
    sent = reader.posts("/me/security/app/keep", status, sealed=sealed, code=app.at(at))
    return app, re.findall(r'<code class="secret">([^<]+)', sent.text)


class SoftKey:
    """A passkey of software: ES256, the user verified, no attestation. What it says can be bent, to see it refused."""

    def __init__(self, origin: str, host: str) -> None:
        self.origin, self.host = origin, host
        self.id, self.secret = secrets.token_bytes(32), ec.generate_private_key(ec.SECP256R1())
        self.count, self.flags = 0, 0x05  # present and verified

    def _said(self, kind: str, question: str) -> bytes:
        challenge = json.loads(question)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int, rest: bytes = b"") -> bytes:
        self.count += 1
        return (
            hashlib.sha256(self.host.encode()).digest()
            + bytes([flags])
            + self.count.to_bytes(4, "big")
            + rest
        )

    def _answer(self, **response: bytes) -> str:
        number = bytes_to_base64url(self.id)
        said = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": said})

    def made(self, question: str) -> str:
        """What `navigator.credentials.create` answers."""
        at = self.secret.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | 0x40, credential)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._said("webauthn.create", question), attestationObject=attested
        )

    def shown(self, question: str) -> str:
        """What `navigator.credentials.get` answers."""
        said, data = self._said("webauthn.get", question), self._data(self.flags)
        signed = self.secret.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signed)


def question(reader: Reader) -> str:
    """What the open page asks a passkey."""
    assert reader.page is not None
    found = re.findall(r'data-question="([^"]+)"', reader.page.text)
    assert found, "the page asks no passkey"
    asked: str = found[0].replace("&#34;", '"').replace("&amp;", "&")
    assert len(base64url_to_bytes(json.loads(asked)["challenge"])) >= 16
    return asked
