"""Whole forms that name the version they were opened on: the last writer does not silently win."""

from typing import Any

import pytest

from tests.country import JIMUKYOKU, KANRI, TANTO, VENDOR, Country


def _a_product(country: Country) -> tuple[str, dict[str, Any], dict[str, Any]]:
    idea, _ = country.an_idea_in_productization()
    product = country.describe_the_product(idea)
    return VENDOR, {"product": product}, {"support_hours": "平日 8-20時"}


def _an_event(country: Country) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return JIMUKYOKU, {"event": country.an_event("hack-2026")}, {"theme": "別のテーマ"}


def _an_organization(country: Country) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return KANRI, {"org": "kazami"}, {"population": 31_000}


def _an_asset(country: Country) -> tuple[str, dict[str, Any], dict[str, Any]]:
    says = {"kind": "prompt", "title": "下書き", "body_md": "根拠を示す。", "licence": "CC0-1.0"}
    return TANTO, {"asset": country.say(TANTO, "asset.publish", **says).ref}, {"title": "次の題"}


def _a_plan(country: Country) -> tuple[str, dict[str, Any], dict[str, Any]]:
    idea = country.an_idea_with_a_team()
    return TANTO, {"pilot": country.plan_a_pilot(idea)}, {"stop_rule": "誤答が続けば止める。"}


@pytest.mark.parametrize(
    ("verb", "thing"),
    [
        ("product.revise", _a_product),
        ("event.revise", _an_event),
        ("org.revise", _an_organization),
        ("asset.revise", _an_asset),
        ("pilot.revise", _a_plan),
    ],
)
def test_a_revision_of_a_version_that_is_no_more_is_stale_and_one_without_a_version_is_not_asked(
    country: Country, verb: str, thing: Any
) -> None:
    who, about, fields = thing(country)
    seen = country.say(who, verb, **about, **fields).version
    country.say(who, verb, **about, **fields, seen_version=seen)
    refused = country.refused("stale", who, verb, **about, **fields, seen_version=seen)
    country.say(who, verb, **about, **fields, seen_version=int(refused.errors["seen_version"]))
    country.say(who, verb, **about, **fields)
    country.refused("invalid", who, verb, **about, **fields, seen_version=True)
