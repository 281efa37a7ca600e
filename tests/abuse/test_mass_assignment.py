"""A form or a command sets what its verb asks for, and nothing else of the row behind it."""

import pytest

from tests.app.web import reader
from tests.country import TANTO, Country
from workflows.registry import REGISTRY
from workflows.runtime.commands import parse
from workflows.runtime.refusal import Refused
from workflows.tables.columns import SQLModel

PROTECTED = frozenset(
    {
        "id", "number", "version", "owner", "owner_id", "stage", "visit", "gate_decided", "flag", "flagged_at", "decided_by_id",
        "submitted_at", "closed_at", "verified_at", "frozen_at", "password_hash", "is_admin", "role", "user_id", "by", "at",
        "org_id", "actor", "now", "hash", "previous",
    }
)  # fmt: skip
"""What no verb lets anybody set; and every column of every table that a verb does not ask for is tried as well."""
COLUMNS = frozenset(c.name for t in SQLModel.metadata.tables.values() for c in t.columns)


@pytest.mark.parametrize("verb", sorted(REGISTRY))
def test_no_verb_takes_a_field_it_does_not_ask_for(verb: str) -> None:
    """Discourse CVE-2026-28219: a field that the form did not have was written to the row all the same."""
    command = REGISTRY[verb].command
    strange = (PROTECTED | COLUMNS) - command.model_fields.keys()
    with pytest.raises(Refused) as caught:
        parse(command, dict.fromkeys(strange, 1))
    assert caught.value.reason == "invalid"
    assert strange <= caught.value.errors.keys()


def test_a_form_with_more_fields_than_its_verb_is_refused_whole(small_country: Country) -> None:
    """Discourse CVE-2026-28219, through the page: nothing is quietly dropped, and nothing is written."""
    country = small_country
    idea = country.a_draft()
    person = reader(country, TANTO)
    person.opens(f"/ideas/{idea}/edit")
    before = country.everything()
    for name in ("status", "stage", "owner_id", "gate_decided", "submitted_at", "number"):
        person.says("idea.revise", 422, idea=idea, seen_version=1, title="新しい題", **{name: "active"})
    assert country.everything() == before
