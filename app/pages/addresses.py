"""Where the page of a thing is: the one place that knows the addresses, for lists that name things of several kinds."""

from urllib.parse import quote

from flask import current_app

ADDRESSES = {
    "idea": "/ideas/{}", "pilot": "/pilots/{}", "review": "/reviews/{}", "product": "/products/{}", "event": "/events/{}",
    "municipality": "/municipalities/{}", "organization": "/admin/organizations/{}", "ledger": "/ledger/{}",
    "actions": "/actions", "incidents": "/incidents", "reviews": "/reviews", "ideas": "/ideas", "new_idea": "/ideas/new",
    "organizations": "/admin/organizations", "policy": "/admin/policy", "ledgers": "/ledger",
}  # fmt: skip
"""Kind -> its address; the reference takes the place of the braces."""


def address_of(kind: str, ref: str = "", anchor: str = "") -> str:
    """The address of a thing's page by its readable reference. Raises KeyError for a kind that has none."""
    return ADDRESSES[kind].format(quote(ref, safe="")) + (f"#{anchor}" if anchor else "")


def has_page(endpoint: str) -> bool:
    """Whether this application has a page of that name."""
    return endpoint in current_app.view_functions
