"""Which folded parts of a page stand open: those in which its reader has just done something, or goes on with a list."""

from flask import flash, g, get_flashed_messages, request

DONE_AT = "place"
"""What is flashed under this is no sentence, but where on the page a form was done."""


def done_at(address: str) -> None:
    """The part that this address points to stands open on the next page."""
    if place := address.partition("#")[2]:
        flash(place, DONE_AT)


def stands_open(part: str) -> bool:
    """Whether the part was acted in, with success or refused, or is a list of which a further page is asked for."""
    refused = g.get("refusal")
    acted_in = refused.typed.get("back", "").partition("#")[2] if refused else ""
    return part in (acted_in, *get_flashed_messages(category_filter=[DONE_AT])) or bool(
        request.args.get(part)
    )
