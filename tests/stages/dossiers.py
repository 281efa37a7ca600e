"""Dossiers for tests of rules: an idea that passes each gate, to be broken one fact at a time."""

from datetime import date
from typing import Any

from stages.dossier import (
    Checklist,
    DataProfile,
    Dossier,
    Evidence,
    Kpi,
    Party,
    Pilot,
    Product,
    Release,
    Repository,
    Risk,
    Target,
    Update,
)
from stages.risk import checklists

CITY, VILLAGE = (
    Party("kazami", "風見市", size_class="city"),
    Party("hoshimori", "星守村", size_class="village"),
)
REQUESTED = date(2026, 5, 7)
TIME = Kpi(
    "time",
    "time_saved",
    "所要時間",
    "minutes",
    "up",
    4.0,
    100,
    estimate=6.6,
    low=6.0,
    high=7.2,
    n=400,
    baseline_n=120,
)
ACCURACY = Kpi(
    "accuracy",
    "accuracy",
    "正答率",
    "ratio",
    "up",
    0.94,
    400,
    estimate=0.962,
    low=0.948,
    high=0.972,
    n=1010,
    baseline_n=500,
    independent_n=510,
)
FACTS = (
    "archived",
    "commits_by_contributor",
    "files",
    "last_commit_at",
    "licence_spdx",
    "median_issue_response_hours",
    "open_issues",
)


def answers(kind: str) -> Checklist:
    sheet = checklists()[f"{kind}-1"]
    return Checklist(sheet.name, {i.key: "yes" for i in sheet.items}, {})


def pilot(**more: Any) -> Pilot:
    """A planned pilot with frozen KPIs."""
    plan: dict[str, Any] = {
        "ref": "R8-0001-P1",
        "planned_in": "ideathon",
        "site": CITY,
        "vendor": "kazemirai",
        "starts_on": date(2026, 6, 1),
        "ends_on": date(2026, 8, 21),
        "cost_yen": 480_000,
        "budget_deadline": date(2026, 9, 1),
        "status": "planned",
        "frozen": True,
        "kpis": (TIME, ACCURACY),
    }
    return Pilot(**(plan | more))


def finished(**more: Any) -> Pilot:
    """A pilot that ran as planned with a report every three weeks."""
    days = (date(2026, 6, 15), date(2026, 7, 5), date(2026, 7, 25), date(2026, 8, 14))
    ran: dict[str, Any] = {
        "status": "finished",
        "started_on": date(2026, 6, 1),
        "finished_on": date(2026, 8, 21),
        "updates": tuple(Update(d, "green") for d in days),
    }
    return pilot(**(ran | more))


def repository(**more: Any) -> Repository:
    seen: dict[str, Any] = {
        "full_name": "kazemirai/madoguchi-faq",
        "taken_on": date(2026, 8, 14),
        "source": "import",
        "seen": (*FACTS, "publiccode", "releases"),
        "archived": False,
        "licence_spdx": "MIT",
        "files": ("README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"),
        "release_tags": ("v1.0.0",),
        "commits_by_contributor": {"dev-a": 120, "dev-b": 64},
        "last_commit_on": date(2026, 8, 14),
        "commits_seen_on": (date(2026, 4, 24), date(2026, 8, 14)),
        "median_issue_response_hours": 30.0,
        "open_issues": 4,
        "publiccode_licence": "MIT",
    }
    return Repository(**(seen | more))


def product(**more: Any) -> Product:
    said: dict[str, Any] = {
        "slug": "madoguchi-faq",
        "name": "窓口FAQ下書き支援",
        "flag": "none",
        "networks": ("alpha_prime",),
        "support_contact": "窓口",
        "support_hours": "平日",
        "support_until": date(2029, 3, 31),
        "price_url": "https://kazemirai.example.jp/price",
        "releases": (Release("1.0.0", "v1.0.0", date(2026, 8, 14)),),
        "asset_kinds": ("manual", "usage_rules"),
    }
    return Product(**(said | more))


def dossier(**more: Any) -> Dossier:
    """An idea with everything G1 asks; parts can be replaced."""
    facts: dict[str, Any] = {
        "number": "R8-0001",
        "title": "窓口FAQ下書き支援",
        "field": "窓口",
        "stage": "ideathon",
        "status": "active",
        "visit": 1,
        "on": REQUESTED,
        "owner": CITY,
        "cases_per_year": 1820,
        "minutes_each": 12.0,
        "evidence": (Evidence("R8-0001-E1", "feasible", "note", "試作"),),
        "profile": DataProfile(False, False, "not_personal", True, False, "jp"),
        "risk": Risk(
            "high_risk-1", {"A": "one_office", "B": "other", "C": "no", "D": "always"}, "low", "low", "caio"
        ),
        "checklists": (answers("contract"), answers("procurement")),
        "pilots": (pilot(),),
        "first_freeze": (TIME.frozen_target, ACCURACY.frozen_target),
        "repository": repository(),
    }
    return Dossier(**(facts | more))


def replica(**more: Any) -> Pilot:
    """A finished pilot in a village, planned in productization."""
    return finished(**({"ref": "R8-0001-P2", "planned_in": "productization", "site": VILLAGE} | more))


FIRST_TARGETS: tuple[Target, ...] = (TIME.frozen_target, ACCURACY.frozen_target)
