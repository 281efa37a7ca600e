"""The register of risks as it leaves the product: a table for people's spreadsheets, and the same as JSON."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from stages import PIPELINE
from stages.lifecycle import STATUS_NAMES
from stages.risk import LEGAL_BASES, RISK_NAMES
from workflows.calendar import tokyo_day
from workflows.queries.risk_register import RiskRow
from workflows.runtime.tables_out import Cell

MOST_ROWS = 10_000
"""So many are made inside a request; more is work for the command line."""
STAGES = {stage.key: stage.name for stage in PIPELINE}
DECIDED_AS = {"caio": "AI統括責任者", "agency": "デジタル庁の決裁者"}
HEADINGS = (
    "番号", "題名", "提案団体", "段階", "状態", "個人情報", "要機密情報", "法的な根拠", "繰り返し使う", "入力を学習に使う", "データを置く場所",
    "判定の版", "判定の案", "判定した日", "決定した水準", "決めた役割", "決定した日", "契約チェックリスト", "調達チェックリスト",
    "終結していないリスクケース", "そのうち重大", "次の期限", "期限を過ぎている",
)  # fmt: skip


def table(rows: Iterable[RiskRow], today: date) -> Iterator[list[Cell]]:
    """Headings, then a row an idea."""
    yield list(HEADINGS)
    for row in rows:
        p, a = row.profile, row.assessment
        lists = {s.kind: f"{s.done}/{s.of}（第{s.version}版）" for s in row.lists}
        data: list[Cell] = [None] * 6
        if p:
            basis = LEGAL_BASES.get(p.legal_basis, p.legal_basis)
            data = [p.personal, p.confidential, basis, p.recurring, p.vendor_trains_on_input, p.region]
        risk: list[Cell] = [None] * 6
        if a:
            risk = [
                a.checklist_version, RISK_NAMES[a.suggested], tokyo_day(a.assessed_at), RISK_NAMES.get(a.level or ""),
                DECIDED_AS.get(a.decided_as or ""), tokyo_day(a.decided_at) if a.decided_at else None,
            ]  # fmt: skip
        grave = sum(i.severity == "high" for i in row.incidents)
        yield [
            row.number, row.title, row.owner, STAGES[row.stage], STATUS_NAMES[row.status], *data, *risk,
            lists.get("contract"), lists.get("procurement"), len(row.incidents), grave, row.next_due, row.is_late(today),
        ]  # fmt: skip


def as_data(row: RiskRow, today: date) -> dict[str, Any]:
    """One idea of the register, for machines."""
    p, a = row.profile, row.assessment
    of_profile = ("personal", "confidential", "legal_basis", "recurring", "vendor_trains_on_input", "region")
    risk: dict[str, Any] | None = None
    if a:
        risk = {
            "checklist": a.checklist_version,
            "suggested": a.suggested,
            "assessed_on": tokyo_day(a.assessed_at).isoformat(),
            "level": a.level,
            "decided_as": a.decided_as,
            "decided_on": tokyo_day(a.decided_at).isoformat() if a.decided_at else None,
        }
    return {
        "number": row.number,
        "title": row.title,
        "owner": row.owner,
        "stage": row.stage,
        "status": row.status,
        "profile": p.model_dump(include=set(of_profile)) if p else None,
        "risk": risk,
        "checklists": [
            {"checklist": f"{s.kind}-{s.version}", "answered": s.done, "items": s.of} for s in row.lists
        ],
        "incidents": [
            {
                "ref": i.ref,
                "title": i.title,
                "severity": i.severity,
                "waits_for": i.waits_for,
                "due_on": i.due_on.isoformat() if i.due_on else None,
                "overdue": i.is_late(today),
            }
            for i in row.incidents
        ],
        "next_due": row.next_due.isoformat() if row.next_due else None,
        "overdue": row.is_late(today),
    }
