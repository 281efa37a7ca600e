"""What is kept or sent sealed by KYOSO_SECRET: a key for each purpose, so that what is made for one opens nothing of another."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """Sealed under another secret, for another purpose, altered, or too old."""


def derived(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"kyoso/{purpose}".encode()).derive(secret.encode())


def seal(secret: str, purpose: str, text: str, at: int) -> str:
    """The text, encrypted and signed; `at` (seconds) is what `opened` measures its age from."""
    return _box(secret, purpose).encrypt_at_time(text.encode(), at).decode()


def opened(secret: str, purpose: str, sealed: str, at: int, seconds: int | None = None) -> str:
    """The text again. Raises Unreadable, also where it is older than so many seconds."""
    try:
        if seconds is None:
            return _box(secret, purpose).decrypt(sealed).decode()
        return _box(secret, purpose).decrypt_at_time(sealed, seconds, at).decode()
    except (InvalidToken, ValueError):  # the library lets a text that is not ASCII pass as another error
        raise Unreadable from None


def keyed(secret: str, purpose: str, text: str) -> str:
    """What only this house can make of a text: 256 bits, fit for an address."""
    made = hmac.digest(derived(secret, purpose), text.encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def digest(secret: str) -> str:
    """The digest under which a random secret of 120 bits and more is kept: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _box(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived(secret, purpose)))
