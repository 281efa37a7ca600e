"""Every verb said by everyone: what the published table refuses is refused, with its reason, and writes nothing.

The expectation comes from docs/policy/permissions.md, read here on its own and not through stages.permissions. A verb
has a scene: a command that is valid for somebody. It is said as every actor of the cast, with every kind of bad input
that its command's schema shows to be bad, with a stale version, and about things in a wrong status.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from tests.conftest import SUMMARY
from tests.country import KETTEI, TANTO, Country
from tests.scenes import CAST, STRANGER, SYSTEM, Land, Org, Scene, build
from tests.shelves import Plot
from workflows.registry import REGISTRY
from workflows.runtime.actors import speaker
from workflows.runtime.commands import parse
from workflows.runtime.refusal import Refused
from workflows.runtime.work import Work

TABLE = Path(__file__).parents[2] / "docs" / "policy" / "permissions.md"
SAID_TOO = {"system": {"org.register", "user.invite", "idea.import", "adoption.import", "repo.snapshot"}}
"""What VERBS.md and the table's headings let the system say: it bootstraps and imports, nothing else."""
READERS_TOO = {"comment.post", "idea.follow", "idea.unfollow"}
"""A municipality's or agency's member (a CAIO alone is no less) reads, comments, follows."""


@dataclass(repr=False)
class World:
    """A country in which every verb has its scenes."""

    country: Land
    scenes: dict[str, list[Scene]]
    before: dict[str, Any]
    """Every row there is; no test here may change one."""


# -- what the published table says ---------------------------------------------------------------------------------


def read_table() -> dict[str, dict[str, str]]:
    """verb -> column -> what its cell says, as published."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text().splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    columns, *body = rows
    return {
        verb: dict(zip(columns[1:], row[1:], strict=True))
        for row in body
        for verb in re.findall(r"[a-z]+\.[a-z_]+", row[0])
    }


PUBLISHED = read_table()


def sees(who: str, s: Scene) -> bool:
    """POLICY §7, who sees what: may this person see as much of the thing as the verb is about?"""
    if who == STRANGER:
        return False
    if s.seen == "everyone" or who == SYSTEM:
        return True
    kinds = {kind for _, kind, _ in CAST[who]}
    slugs = {slug for slug, _, _ in CAST[who]}
    whole = bool(slugs & ({s.owner} | s.partners | s.seers)) or (
        bool(kinds & {"agency", "municipality"}) and not s.draft
    )
    if whole or s.draft or s.seen == "whole":
        return whole
    return bool(kinds) or (s.published and s.seen == "idea")


def stands(column: str, org: Org, s: Scene) -> bool:
    """Whether a membership puts its holder into a column of the table."""
    slug, kind, roles = org
    match column:
        case "submitter":
            return kind == "municipality" and "submitter" in roles
        case "approver (mun.)":
            return kind == "municipality" and "approver" in roles
        case "other municipality":
            return kind == "municipality" and slug != s.owner and bool({"submitter", "approver"} & set(roles))
        case "vendor":
            return kind == "vendor" and "member" in roles
        case "administrator":
            return "administrator" in roles
        case "approver (agency)":
            return kind == "agency" and "approver" in roles
    return kind == "agency" and column in roles


def allows(verb: str, column: str, cell: str, org: Org, who: str, s: Scene) -> bool | None:
    """Whether a cell lets the holder of a membership; None for the right role that is not on this review."""
    slug, kind, roles = org
    mine = s.own is None or slug in s.own
    if "caio" in cell:
        return kind == "municipality" and "caio" in roles and mine
    if not cell or not stands(column, org, s) or (s.own_only and not mine):
        return False
    match cell:
        case "✓" | "✓ its owner" | "● if the agency owns it":
            return mine
        case "✓ partner":
            return slug in s.partners
        case "● assigned" | "● of that review":
            return True if who in s.assigned else None
        case "● where the owner has no CAIO":
            return not s.has_caio
        case "● agency's":
            return kind == "agency"
        case "● agency's, ✓ others'":
            return kind == "agency" or mine
        case "●" | "● another":
            return True
    raise AssertionError(f"{verb}: nobody taught this test what 「{cell}」 means")


def expected(verb: str, who: str, s: Scene) -> str:
    """`allowed`, or the reason with which POLICY has this person refused."""
    if not sees(who, s):
        return "unknown"
    if who == SYSTEM:
        return "allowed" if verb in SAID_TOO[SYSTEM] else "not_permitted"
    answers = [
        allows(verb, column, cell, org, who, s)
        for column, cell in PUBLISHED[verb].items()
        for org in CAST[who]
    ]
    if verb in READERS_TOO:
        answers += [
            kind in ("municipality", "agency") and bool({"member", "caio"} & set(roles))
            for _, kind, roles in CAST[who]
        ]
    return "allowed" if True in answers else "not_assigned" if None in answers else "not_permitted"


@pytest.fixture(scope="module")
def world(shared_plot: Plot) -> World:
    """One country with every scene for all tests here: refusals change nothing, and what is allowed is rolled back."""
    country = Land(shared_plot)
    scenes = build(country)
    return World(country, scenes, country.everything())


# -- saying it -------------------------------------------------------------------------------------------------------

REFUSALS: Counter[str] = Counter()
"""How many refusals were seen, by reason."""
VERBS = sorted(REGISTRY)


def said(c: Country, verb: str, command: dict[str, Any], who: str) -> str:
    """What comes of saying it for good: the reason of the refusal, or `allowed`."""
    try:
        c.say(who, verb, **command)
    except Refused as refused:
        REFUSALS[refused.reason] += 1
        return (
            refused.reason
            if re.search(r"[ぁ-ん]", refused.message)
            else f"said without a word of Japanese: {refused.message}"
        )
    return "allowed"


def rehearsed(c: Country, verb: str, command: dict[str, Any], who: str) -> str:
    """What would come of saying it; the transaction is rolled back."""
    found = REGISTRY[verb]
    try:
        parsed = parse(found.command, command)
        with Session(c.engine) as session:
            found.function(Work(session, speaker(session, who), c.now), parsed)
            session.flush()
            session.rollback()
    except Refused as refused:
        return refused.reason
    return "allowed"


def a_speaker(c: Country, verb: str, scene: Scene) -> str:
    """Somebody who can say it, as it stands."""
    able = (who for who in CAST if expected(verb, who, scene) == "allowed")
    return next(who for who in able if rehearsed(c, verb, scene.command, who) == "allowed")


def test_every_verb_has_a_scene_and_a_place_in_the_published_table(world: World) -> None:
    assert set(world.scenes) == set(REGISTRY)
    assert set(PUBLISHED) - {"token.issue", "token.revoke"} == set(REGISTRY)


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_say_it_is_refused_and_nothing_is_written(world: World, verb: str) -> None:
    c = world.country
    wrong = []
    for number, scene in enumerate(world.scenes[verb]):
        succeeded = 0
        for who in CAST:
            should = expected(verb, who, scene)
            outcome = (rehearsed if should == "allowed" else said)(c, verb, scene.command, who)
            succeeded += outcome == "allowed"
            forbidden = {"not_permitted", "not_assigned", "unknown"}
            if outcome in forbidden if should == "allowed" else outcome != should:
                wrong.append(f"scene {number}: {who} is {outcome}, the table says {should}")
        if not succeeded:
            wrong.append(f"scene {number}: nobody can say it; it proves nothing")
    assert not wrong, "\n".join(wrong)
    assert c.everything() == world.before, f"a refused {verb} wrote something"


@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_status_is_refused_and_nothing_is_written(world: World, verb: str) -> None:
    c = world.country
    for scene in world.scenes[verb]:
        for values, reason in scene.wrong:
            outcome = said(c, verb, scene.command | values, a_speaker(c, verb, scene))
            assert outcome == reason, f"{values} is {outcome}, not {reason}"
    assert c.everything() == world.before


@pytest.mark.parametrize("verb", [v for v in VERBS if "seen_version" in REGISTRY[v].command.model_fields])
def test_a_stale_version_is_refused_and_nothing_is_written(world: World, verb: str) -> None:
    c = world.country
    scene = world.scenes[verb][0]
    seen = scene.command.get("seen_version", 1_000)  # where it need not be named, the scene does not
    deciders = {"review.decide": KETTEI, "idea.revise": TANTO}
    decider = deciders.get(verb) or a_speaker(c, verb, scene)
    for version in (seen - 1, seen + 1, 10**12):
        outcome = said(c, verb, scene.command | {"seen_version": version}, decider)
        assert outcome in ("stale", "invalid") if version == 10**12 else outcome == "stale"
    assert c.everything() == world.before


# -- bad input ---------------------------------------------------------------------------------------------------------

Schema = dict[str, Any]
SAMPLES: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True],
    "integer": [7, -1],
    "number": [1.5],
    "string": ["x"],
    "array": [["x"]],
    "object": [{"x": 1}],
}
LONG, BRACKETS = "あ" * 100_000, "[" * 20_000


def variants(schema: Schema, definitions: Schema) -> list[Schema]:
    """The forms a field may take."""
    if "$ref" in schema:
        return variants(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found = schema.get("anyOf", [schema])
    return [v for f in found for v in (variants(f, definitions) if "$ref" in f or "anyOf" in f else [f])]


def bad_values(forms: list[Schema]) -> Iterator[tuple[Any, set[str]]]:
    """Values no form of a field takes, with the reasons they may be refused for."""
    types = {str(f.get("type", "string")) for f in forms}
    for kind, samples in SAMPLES.items():
        if kind not in types and not (kind == "integer" and "number" in types):
            yield from ((sample, {"invalid"}) for sample in samples)
    for text in (f for f in forms if f.get("type") == "string"):
        bounded = (
            "maxLength" in text or "pattern" in text or "enum" in text or "const" in text or "format" in text
        )
        for value in (LONG, BRACKETS):
            yield value, {"invalid", "too_large"} if bounded else {"too_large"}
        yield from ((nul, {"invalid"}) for nul in ("NUL \x00 です", "nul\x00@example.jp"))
        yield "\ud800", {"invalid"}
        if text.get("minLength"):
            yield "   ", {"invalid"}
        if "enum" in text or "format" in text:
            yield "2026-02-30", {"invalid"}
        if text.get("format") == "date-time":
            yield "2026-04-01T09:00:00", {"invalid"}  # naive
    for number in (f for f in forms if f.get("type") in ("integer", "number")):
        yield float("nan"), {"invalid"}
        yield "7", {"invalid"}
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in number:
                yield number[bound] + step, {"invalid"}


def wrong_commands(verb: str, command: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """Every kind of wrong command the schema shows: what is wrong, the command, the reasons allowed."""
    schema = REGISTRY[verb].command.model_json_schema()
    definitions = schema.get("$defs", {})
    yield "an unknown field", command | {"kono_koumoku": 1}, {"invalid"}
    for name in schema.get("required", ()):
        yield f"no {name}", {k: v for k, v in command.items() if k != name}, {"invalid"}
    for name, part in schema["properties"].items():
        forms = variants(part, definitions)
        if name in ("lgcode", "full_name"):  # bounded by a rule that no schema can say
            forms = [f | ({"maxLength": 140} if f.get("type") == "string" else {}) for f in forms]
        for value, reasons in bad_values(forms):
            what = f"{name} = {value!r:.40}"
            yield what, command | {name: value}, reasons
        for inner in (f["items"] for f in forms if f.get("type") == "array"):
            for value, reasons in bad_values(variants(inner, definitions)):
                yield f"{name} = [{value!r:.40}]", command | {name: [value]}, reasons


@pytest.mark.parametrize("verb", VERBS)
def test_bad_input_is_refused_field_by_field_and_nothing_is_written(world: World, verb: str) -> None:
    c = world.country
    wrong = []
    scene = world.scenes[verb][0]
    who = a_speaker(c, verb, scene)
    for what, command, reasons in wrong_commands(verb, scene.command):
        try:
            outcome = said(c, verb, command, who)
        except Exception as error:  # noqa: BLE001 — any crash is the finding, told with what caused it
            outcome = f"a crash: {type(error).__name__}: {str(error)[:80]}"
        if outcome not in reasons:
            wrong.append(f"{what} is {outcome}, not {'/'.join(sorted(reasons))}")
    assert not wrong, "\n".join(wrong)
    assert c.everything() == world.before, f"a refused {verb} wrote something"


ENDS_OF_TIME = ("0001-01-01", "9999-12-31")


@pytest.mark.parametrize("verb", VERBS)
def test_the_first_and_the_last_day_of_the_calendar_crash_nothing(world: World, verb: str) -> None:
    """Adding months or turning to UTC at the ends of time overflows: a person must get a sentence, not a stack trace."""
    c = world.country
    scene = world.scenes[verb][0]
    who = a_speaker(c, verb, scene)
    schema, wrong = REGISTRY[verb].command.model_json_schema(), []
    for name, part in schema["properties"].items():
        formats = {f.get("format") for f in variants(part, schema.get("$defs", {}))}
        for day in ENDS_OF_TIME:
            moments = [f"{day}T00:00:00+14:00", f"{day}T23:59:59-12:00"] if "date-time" in formats else []
            for value in ([day] if "date" in formats else []) + moments:
                try:
                    outcome = rehearsed(c, verb, scene.command | {name: value}, who)
                except Exception as error:  # noqa: BLE001 — any crash is the finding
                    outcome = f"a crash: {type(error).__name__}: {error}"
                if outcome not in ("allowed", "invalid", "incomplete", "too_late"):
                    wrong.append(f"{name} = {value} is {outcome}")
    assert not wrong, "\n".join(wrong)


def test_how_many_refusals_were_generated(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    mine = [item for item in request.session.items if item.path == request.path]
    if len(mine) < 4 * len(VERBS):
        pytest.skip("only a part of this file was asked for")
    total = sum(REFUSALS.values())
    record_property(SUMMARY, f"{total:,} refusals generated: {dict(REFUSALS.most_common())}")
    assert total > 10_000
