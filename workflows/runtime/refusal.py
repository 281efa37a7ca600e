"""Refusals: one reason code, one sentence on what happened and what to do, and the fields it is about."""

from collections.abc import Iterable, Mapping
from typing import Any

from stages.kernel import Denied

HTTP_STATUS = {
    "rate_limited": 429,
    "invalid": 422,
    "too_large": 413,
    "unknown": 404,
    "not_permitted": 403,
    "not_assigned": 403,
    "wrong_status": 409,
    "wrong_stage": 409,
    "stale": 409,
    "conflict_of_interest": 403,
    "same_person": 403,
    "quorum": 409,
    "mandatory_red": 409,
    "frozen": 409,
    "incomplete": 409,
    "duplicate": 409,
    "too_many": 409,
    "too_late": 409,
}
"""Every reason code of VERBS §1, in the order the checks run, with its HTTP status."""


class Refused(Exception):
    """A verb was refused. Whatever it had begun to write is rolled back."""

    def __init__(
        self, reason: str, message: str, errors: Mapping[str, str] | None = None, about: Iterable[str] = ()
    ) -> None:
        if reason not in HTTP_STATUS:
            raise ValueError(f"no such reason: {reason}")
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.errors = dict(errors or {})
        self.about = tuple(about)

    @classmethod
    def from_denied(cls, denied: Denied) -> "Refused":
        return cls(denied.reason, denied.message, about=denied.about)

    def as_dict(self) -> dict[str, Any]:
        return {
            "reason": self.reason,
            "message": self.message,
            "errors": self.errors,
            "about": list(self.about),
        }


def insist(denied: Denied | None) -> None:
    """Raises the refusal a policy function returned, if any."""
    if denied is not None:
        raise Refused.from_denied(denied)


def invalid(field: str, message: str) -> Refused:
    """A refusal `invalid` about one field."""
    return Refused("invalid", message, {field: message})


def unknown(what: str) -> Refused:
    return Refused("unknown", f"{what}が見つかりません。番号や綴りを確かめてください。")
