"""The policy as a whole: it fits together, is versioned, and says what POLICY says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import stages
from stages import everywhere
from stages.lifecycle import STAGE_KEYS, WHEN, timely
from stages.permissions import COLUMNS, ROLES_BY_KIND, ROWS, as_table
from workflows.registry import REGISTRY

DOCS = Path(__file__).parents[2] / "docs"


def test_the_pipeline_is_the_five_stages_in_order() -> None:
    assert tuple(s.key for s in stages.PIPELINE) == STAGE_KEYS
    assert [g for g in stages.GATES] == ["G1", "G2", "G3", "G4"]


def test_a_pipeline_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        stages.fit_together(stages.PIPELINE[::-1])
    gateless = (replace(stages.PIPELINE[0], gate=None), *stages.PIPELINE[1:])
    with pytest.raises(ValueError, match="gate"):
        stages.fit_together(gateless)
    twice = replace(stages.PIPELINE[4], flags=(everywhere.FLAGS[0],))
    with pytest.raises(ValueError, match="once"):
        stages.fit_together((*stages.PIPELINE[:4], twice))


def test_the_fingerprint_changes_only_with_a_new_version() -> None:
    """Changing a rule needs a new line in stages/versions.txt: `kyoso policy check` prints it."""
    assert stages.versions()[stages.version()] == stages.fingerprint(), (
        f"the policy changed: publish a version, e.g. the line\n{stages.version()}+1 {stages.fingerprint()}"
    )


def test_the_matrix_is_the_table_of_the_policy() -> None:
    published = (DOCS / "policy" / "permissions.md").read_text("utf-8")
    table = "\n".join(line for line in published.splitlines() if line.startswith("|"))
    assert as_table() == table


def test_every_verb_is_in_the_matrix_and_every_row_has_every_column() -> None:
    assert REGISTRY.keys() <= ROWS.keys()
    assert all(len(row.cells) == len(COLUMNS) for row in ROWS.values())


def test_the_registry_holds_every_verb_of_the_matrix_but_tokens() -> None:
    spoken = {
        name for name in ROWS if not name.startswith("token.") and name not in ("ledger.read", "public.read")
    }
    assert spoken == REGISTRY.keys()


def test_every_verb_about_an_idea_says_when_it_runs() -> None:
    without_idea = {"idea.draft", "idea.import", "adoption.import", "repo.snapshot", "repo.sync"}
    prefixes = ("org.", "user.", "event.", "challenge.")
    about_ideas = {v for v in REGISTRY if not v.startswith(prefixes)} - without_idea
    assert about_ideas == WHEN.keys()


def test_the_status_is_looked_at_before_the_stage() -> None:
    denied = timely("pilot.start", "in_review", "evaluation")
    assert denied is not None
    assert denied.reason == "wrong_status"
    denied = timely("pilot.start", "active", "evaluation")
    assert denied is not None
    assert denied.reason == "wrong_stage"


def test_an_idea_whose_pilot_started_is_neither_withdrawn_nor_merged_away() -> None:
    for verb in ("idea.withdraw", "idea.merge"):
        assert timely(verb, "active", "pilot") is None
        denied = timely(verb, "active", "pilot", pilot_started=True)
        assert denied is not None
        assert denied.reason == "wrong_stage"


def test_every_kind_of_organization_has_an_administrator() -> None:
    assert all("administrator" in roles for roles in ROLES_BY_KIND.values())


def test_every_criterion_and_flag_is_asked_in_japanese() -> None:
    words = [c.question for g in stages.GATES.values() for c in g.criteria] + [
        f.name for f in stages.FLAGS.values()
    ]
    assert all(re.search("[ぁ-ん一-龯]", w) for w in words)
