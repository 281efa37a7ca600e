"""The reading permissions: what must be seen for a page to be shown, found or refused in one place."""

from collections.abc import Callable, Mapping
from typing import Any

from workflows.incidents import find_incident
from workflows.queries.asset_page import seen_asset, seen_version
from workflows.queries.decision_report import seen_report
from workflows.queries.event_page import seen_event
from workflows.queries.files import file_of
from workflows.queries.idea_imports import importer
from workflows.queries.idea_ledger import readable_ledger
from workflows.queries.idea_page import seen_idea
from workflows.queries.idea_risk import whole_idea
from workflows.queries.insights import seen_figure
from workflows.queries.ledgers import ledgers_readable
from workflows.queries.looks import Eyes
from workflows.queries.municipality_page import seen_municipality
from workflows.queries.my_places import members_only, signed_in_only
from workflows.queries.organizations import administers, seen_organization
from workflows.queries.pilot_page import seen_pilot
from workflows.queries.product_page import seen_product
from workflows.queries.replay_page import may_replay
from workflows.queries.repository_page import seen_repository
from workflows.queries.review_page import seen_review
from workflows.queries.risk_register import risks_readable
from workflows.queries.rollout_page import seen_rollout
from workflows.queries.surveys import takes_surveys

READING: dict[str, Callable[[Eyes, Mapping[str, Any]], Any]] = {
    "public.read": lambda eyes, named: None,
    "members.read": lambda eyes, named: members_only(eyes),
    "idea.read": lambda eyes, named: seen_idea(eyes, named["number"]),
    "product.read": lambda eyes, named: seen_product(eyes, named["slug"]),
    "review.read": lambda eyes, named: seen_review(eyes, named["ref"]),
    "report.read": lambda eyes, named: seen_report(eyes, named["ref"]),
    "idea.read_whole": lambda eyes, named: whole_idea(eyes, named["number"]),
    "event.read": lambda eyes, named: seen_event(eyes, named["slug"]),
    "import.read": lambda eyes, named: importer(eyes),
    "survey_import.read": lambda eyes, named: takes_surveys(eyes),
    "ledger.read": lambda eyes, named: readable_ledger(eyes, named["number"]),
    "municipality.read": lambda eyes, named: seen_municipality(eyes, named["lgcode"]),
    "asset.read": lambda eyes, named: seen_asset(eyes, named["asset"]),
    "rollout.read": lambda eyes, named: seen_rollout(eyes, named["slug"]),
    "insight.read": lambda eyes, named: seen_figure(eyes, named["figure"]),
    "ledgers.read": lambda eyes, named: ledgers_readable(eyes),
    "organizations.read": lambda eyes, named: administers(eyes),
    "organization.read": lambda eyes, named: seen_organization(eyes, named["slug"]),
    "repository.read": lambda eyes, named: seen_repository(eyes, f"{named['owner']}/{named['repo']}"),
    "policy.read": lambda eyes, named: signed_in_only(eyes),
    "replay.read": lambda eyes, named: may_replay(eyes),
    "own.read": lambda eyes, named: signed_in_only(eyes),
    "pilot.read": lambda eyes, named: seen_pilot(eyes, named["ref"]),
    "risks.read": lambda eyes, named: risks_readable(eyes),
    "evidence.read": lambda eyes, named: file_of(eyes, named["ref"]),
    "asset_version.read": lambda eyes, named: seen_version(eyes, named["asset"], named["version"]),
    "asset_file.read": lambda eyes, named: file_of(eyes, f"{named['asset']}/{named['version']}"),
    "incident.read": lambda eyes, named: find_incident(eyes, named["ref"]),
}
"""Reading permission -> the check that finds what the address names, or refuses it as `unknown`.

`public.read` names nothing: everyone may open the page, and its query shows each reader what they may see.
"""
