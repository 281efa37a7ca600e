"""Every automatic criterion: what makes it green, amber and red, one fact broken at a time."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import stages
from stages.dossier import Action, Checklist, Dossier, Incident, LookAlike, Release, Risk, Update
from stages.kernel import Rating
from tests.stages.dossiers import (
    ACCURACY,
    CITY,
    TIME,
    answers,
    dossier,
    finished,
    pilot,
    product,
    replica,
    repository,
)

RAN = (finished(),)
G4 = {"pilots": (finished(), replica()), "product": product(), "on": date(2026, 9, 1)}


def colour(gate: str, criterion: str, d: Dossier) -> str | None:
    finding = stages.GATES[gate].propose(d)[criterion]
    return finding.rating.value if finding else None


def cut(sheet: Checklist, **changed: Any) -> Checklist:
    return replace(sheet, **changed)


NO = {**answers("procurement").answers, "quality_accuracy": "no"}
CASES: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("G1", "problem_sized", {}, "green"),
    ("G1", "problem_sized", {"cases_per_year": 500, "minutes_each": 12.0}, "green"),
    ("G1", "problem_sized", {"cases_per_year": 499, "minutes_each": 12.0}, "amber"),
    ("G1", "problem_sized", {"minutes_each": None}, "red"),
    ("G1", "feasible", {"evidence": ()}, "green"),
    ("G1", "feasible", {"evidence": (), "repository": None}, "red"),
    ("G1", "feasible", {"evidence": (), "repository": repository(last_commit_on=None)}, "red"),
    ("G1", "not_duplicate", {}, "green"),
    ("G1", "not_duplicate", {"look_alikes": (LookAlike("R8-0002", "窓口FAQ", 0.6),)}, "red"),
    ("G1", "not_duplicate", {"look_alikes": (LookAlike("R8-0002", "窓口FAQ", 0.6, "different"),)}, "green"),
    ("G1", "data_profiled", {"profile": None}, "red"),
    ("G1", "risk_decided", {}, "green"),
    ("G1", "risk_decided", {"risk": None}, "red"),
    ("G1", "risk_decided", {"risk": Risk("high_risk-1", {}, "low")}, "red"),
    ("G1", "risk_decided", {"risk": Risk("high_risk-0", {}, "low", "low", "caio")}, "red"),
    ("G1", "risk_decided", {"risk": Risk("high_risk-1", {}, "high", "high", "caio")}, "red"),
    (
        "G1",
        "risk_decided",
        {"risk": Risk("high_risk-1", {}, "high", "high", "caio", date(2026, 5, 7))},
        "green",
    ),
    (
        "G1",
        "risk_decided",
        {"risk": Risk("high_risk-1", {}, "high", "high", "caio", date(2026, 5, 8))},
        "red",
    ),
    ("G1", "pilot_planned", {}, "green"),
    ("G1", "pilot_planned", {"pilots": ()}, "red"),
    ("G1", "pilot_planned", {"pilots": (pilot(starts_on=date(2026, 5, 7)),)}, "green"),
    ("G1", "pilot_planned", {"pilots": (pilot(starts_on=date(2026, 5, 6)),)}, "red"),
    ("G1", "pilot_planned", {"pilots": (pilot(ends_on=date(2026, 9, 1)),)}, "green"),
    ("G1", "pilot_planned", {"pilots": (pilot(ends_on=date(2026, 9, 2)),)}, "amber"),
    ("G1", "pilot_planned", {"pilots": (pilot(status="running"),)}, "red"),
    ("G1", "kpis_frozen", {}, "green"),
    ("G1", "kpis_frozen", {"pilots": (pilot(frozen=False),)}, "red"),
    ("G1", "kpis_frozen", {"pilots": (pilot(kpis=(ACCURACY,)),)}, "red"),
    ("G1", "kpis_frozen", {"pilots": (pilot(kpis=(TIME, replace(TIME, key="b"))),)}, "red"),
    ("G1", "rights_clear", {}, "green"),
    ("G1", "rights_clear", {"checklists": ()}, "red"),
    ("G2", "ran_as_planned", {"pilots": RAN}, "green"),
    ("G2", "ran_as_planned", {"pilots": ()}, "red"),
    ("G2", "ran_as_planned", {"pilots": (finished(finished_on=None, status="running"),)}, "red"),
    ("G2", "ran_as_planned", {"pilots": (finished(updates=(Update(date(2026, 6, 30), "green"),)),)}, "red"),
    ("G2", "measured", {"pilots": RAN}, "green"),
    ("G2", "measured", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, n=399))),)}, "red"),
    ("G2", "measured", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, n=0, abandoned=True))),)}, "amber"),
    ("G2", "compared", {"pilots": RAN}, "green"),
    ("G2", "compared", {"pilots": (finished(kpis=(replace(TIME, baseline_n=0), ACCURACY)),)}, "red"),
    (
        "G2",
        "compared",
        {"pilots": (finished(kpis=(TIME, replace(ACCURACY, type="satisfaction", baseline_n=0))),)},
        "green",
    ),
    ("G2", "incidents_closed", {}, "green"),
    ("G2", "staff_heard", {}, None),
    ("G2", "code_kept", {"pilots": RAN}, "green"),
    (
        "G2",
        "code_kept",
        {"pilots": RAN, "repository": repository(commits_seen_on=(date(2026, 5, 31),))},
        "red",
    ),
    ("G2", "code_kept", {"pilots": RAN, "repository": repository(licence_spdx=None)}, "red"),
    ("G2", "code_kept", {"pilots": RAN, "repository": None}, "red"),
    ("G3", "targets_met", {"pilots": RAN}, "green"),
    ("G3", "targets_met", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, low=0.93))),)}, "amber"),
    (
        "G3",
        "targets_met",
        {"pilots": (finished(kpis=(TIME, replace(ACCURACY, estimate=0.9399, low=0.93))),)},
        "red",
    ),
    (
        "G3",
        "targets_met",
        {"pilots": (finished(kpis=(TIME, replace(ACCURACY, estimate=0.94, low=0.94, high=0.94))),)},
        "green",
    ),
    ("G3", "targets_met", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, n=399))),)}, "red"),
    ("G3", "targets_met", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, abandoned=True))),)}, "red"),
    ("G3", "independent", {"pilots": RAN}, "green"),
    ("G3", "independent", {"pilots": (finished(kpis=(TIME, replace(ACCURACY, independent_n=399))),)}, "red"),
    (
        "G3",
        "independent",
        {"pilots": (finished(kpis=(replace(TIME, independent_n=500), replace(ACCURACY, independent_n=0))),)},
        "red",
    ),
    ("G3", "safe", {}, "green"),
    ("G3", "safe", {"checklists": (cut(answers("procurement"), answers=NO),)}, "red"),
    (
        "G3",
        "safe",
        {"checklists": (cut(answers("procurement"), answers=NO, notes={"quality_accuracy": "年内に合意"}),)},
        "amber",
    ),
    ("G4", "released", G4, "green"),
    (
        "G4",
        "released",
        G4 | {"product": product(releases=(Release("0.9.0", "v1.0.0", date(2026, 8, 1)),))},
        "red",
    ),
    (
        "G4",
        "released",
        G4 | {"product": product(releases=(Release("1.0.0-rc1", "v1.0.0", date(2026, 8, 1)),))},
        "red",
    ),
    ("G4", "released", G4 | {"repository": repository(release_tags=())}, "red"),
    ("G4", "released", G4 | {"repository": repository(publiccode_licence="Apache-2.0")}, "red"),
    ("G4", "described", G4, "green"),
    ("G4", "described", G4 | {"repository": repository(publiccode_errors=("name: 必須です",))}, "red"),
    ("G4", "maintained", G4, "green"),
    ("G4", "maintained", G4 | {"repository": repository(last_commit_on=date(2026, 3, 1))}, "green"),
    ("G4", "maintained", G4 | {"repository": repository(last_commit_on=date(2026, 2, 28))}, "amber"),
    ("G4", "maintained", G4 | {"repository": repository(median_issue_response_hours=168.0)}, "amber"),
    (
        "G4",
        "maintained",
        G4 | {"repository": repository(median_issue_response_hours=None, open_issues=0)},
        "green",
    ),
    ("G4", "maintained", G4 | {"repository": repository(commits_by_contributor={"a": 90, "b": 10})}, "amber"),
    (
        "G4",
        "maintained",
        G4 | {"repository": repository(commits_by_contributor={"a": 9}, last_commit_on=None)},
        "red",
    ),
    ("G4", "maintained", G4 | {"repository": repository(archived=True)}, "red"),
    ("G4", "secure", G4, None),
    ("G4", "secure", G4 | {"repository": repository(files=("SECURITY.md",))}, "red"),
    (
        "G4",
        "secure",
        G4 | {"repository": repository(files=(".github/SECURITY.md", "dist/app.spdx.json"))},
        None,
    ),
    ("G4", "replicated", G4, "green"),
    ("G4", "replicated", G4 | {"pilots": (finished(), replica(site=CITY))}, "red"),
    ("G4", "replicated", G4 | {"pilots": (finished(), replica(status="running", finished_on=None))}, "red"),
    (
        "G4",
        "replicated",
        G4 | {"pilots": (finished(), replica(kpis=(TIME, replace(ACCURACY, low=0.9))))},
        "amber",
    ),
    ("G4", "deployable", G4 | {"product": product(networks=())}, "red"),
    ("G4", "onboardable", G4 | {"product": product(asset_kinds=("manual",))}, "red"),
    ("G4", "supported", G4 | {"product": product(support_until=date(2027, 9, 1))}, "green"),
    ("G4", "supported", G4 | {"product": product(support_until=date(2027, 8, 31))}, "red"),
    ("G4", "priced", G4 | {"product": product(price_url=None)}, "red"),
    ("G4", "conditions_closed", G4, "green"),
    (
        "G4",
        "conditions_closed",
        G4 | {"actions": (Action("A1", "safe", "kazami", date(2026, 9, 1), "closed"),)},
        "red",
    ),
]


@pytest.mark.parametrize(("gate", "criterion", "facts", "expected"), CASES)
def test_a_criterion_proposes_its_colour(
    gate: str, criterion: str, facts: dict[str, Any], expected: str | None
) -> None:
    assert colour(gate, criterion, dossier(**facts)) == expected


def test_every_automatic_criterion_has_its_red() -> None:
    """A check that can never be red is no check."""
    automatic = {(g.key, c.key) for g in stages.GATES.values() for c in g.criteria if c.check}
    assert automatic - {("G2", "incidents_closed"), ("G1", "data_profiled")} <= {
        (g, c) for g, c, _, e in CASES if e == "red"
    }


@pytest.mark.parametrize("fact", ["last_commit_at", "archived", "commits_by_contributor"])
def test_what_could_not_be_seen_is_red_and_says_so(fact: str) -> None:
    seen = tuple(f for f in repository().seen if f != fact)
    finding = stages.GATES["G4"].propose(dossier(**(G4 | {"repository": repository(seen=seen)})))[
        "maintained"
    ]
    assert finding is not None
    assert finding.rating == Rating.RED
    assert "確かめられませんでした" in finding.text


@pytest.mark.parametrize(
    ("basis", "recurring", "trains", "expected"),
    [
        ("61-purpose-set", True, False, "green"),
        ("69-2", True, False, "red"),
        ("69-2", False, False, "green"),
        ("consent", True, True, "red"),
        ("not_personal", False, False, "red"),
    ],
)
def test_personal_data_needs_a_ground_that_carries_its_use(
    basis: str, recurring: bool, trains: bool, expected: str
) -> None:
    d = dossier()
    assert d.profile is not None
    profile = replace(
        d.profile, personal=True, legal_basis=basis, recurring=recurring, vendor_trains_on_input=trains
    )
    assert colour("G1", "data_profiled", replace(d, profile=profile)) == expected


@pytest.mark.parametrize(
    ("severity", "is_open", "expected"),
    [("high", True, "red"), ("high", False, "green"), ("medium", True, "green")],
)
def test_only_an_open_grave_incident_stops_g2(severity: str, is_open: bool, expected: str) -> None:
    day = date(2026, 8, 1)
    incident = Incident("R8-0001-I1", severity, is_open, "kazami", day, day, False, False)
    assert colour("G2", "incidents_closed", dossier(incidents=(incident,))) == expected


@pytest.mark.parametrize(("days", "expected"), [(66, "green"), (65, "red")])
def test_a_pilot_must_run_four_fifths_of_its_plan(days: int, expected: str) -> None:
    """82 planned days (1 June to 21 August): 80 % are 65.6."""
    start = date(2026, 6, 1)
    end = start.fromordinal(start.toordinal() + days - 1)
    ran = finished(finished_on=end, updates=tuple(Update(date(2026, m, 25), "green") for m in (6, 7)))
    assert colour("G2", "ran_as_planned", dossier(pilots=(ran,))) == expected


def test_a_dossier_survives_being_frozen() -> None:
    for d in (dossier(), dossier(**G4)):
        assert Dossier.from_facts(d.as_facts()) == d
