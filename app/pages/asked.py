"""What an address asks of a page: its filters, and where the list goes on."""

from collections.abc import Iterable

from flask import request


def asked_for(names: Iterable[str]) -> dict[str, str | None]:
    """The query fields of these names, without the space around them; None for an empty or a missing one."""
    return {name: request.args.get(name, "").strip()[:200] or None for name in names}


def goes_on_after() -> str | None:
    """The key of the page of a list."""
    return request.args.get("after") or None
