"""Who looks: a work that locks nothing."""

from collections.abc import Mapping
from typing import Any

from stages.permissions import Standing, may
from workflows.runtime.actors import Speaker
from workflows.runtime.refusal import invalid
from workflows.runtime.work import Work

Ref = str | Mapping[str, Any] | None


class Eyes(Work):
    """A Work that only looks: nothing is locked."""

    def lock(self, kind: Any, row_id: int | None) -> Any:
        return self.session.get_one(kind, row_id)


def text_of(ref: Ref) -> str:
    if not isinstance(ref, str):
        raise invalid("at_ref", "見るものの番号を文字で入れてください。")
    return ref


def may_read_ledger(who: Speaker, owner: str, partners: frozenset[str]) -> bool:
    """POLICY §7, the row on ledgers; any role of the owner's counts as its own."""
    standing_of = Standing(own=frozenset({owner}), partners=partners)
    return owner in who.seer.orgs or may(who.seer, "ledger.read", standing_of) is None
