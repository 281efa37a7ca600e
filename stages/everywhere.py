"""Flags that any stage can raise: reviews, conditions, holds, budget windows, incident reports (POLICY §6)."""

from collections.abc import Iterator
from datetime import date

from stages.days import overdue, written
from stages.dossier import Dossier
from stages.kernel import QUORUM, Clears, Flag, Raised

ACTION_DUE_SOON_DAYS = 14
WINDOW_OPENS = (8, 1)
WINDOW_CLOSES_SOON = (8, 25)


def unrated(d: Dossier, today: date) -> Iterator[Raised]:
    if d.review and d.review.raters < QUORUM and overdue(d.review.rate_by, today):
        yield Raised(f"申請から10開庁日を過ぎましたが、判定は {d.review.raters} 人です。", d.review.ref)


def decision_overdue(d: Dossier, today: date) -> Iterator[Raised]:
    if d.review and overdue(d.review.decide_by, today):
        yield Raised(f"決定の期限（{written(d.review.decide_by)}）を過ぎています。", d.review.ref)


def action_due_soon(d: Dossier, today: date) -> Iterator[Raised]:
    for a in d.actions:
        if a.status == "open" and 0 <= (a.due_on - today).days <= ACTION_DUE_SOON_DAYS:
            yield Raised(f"是正事項の期限が近づいています: {a.named}", a.ref, (a.owner,))


def action_overdue(d: Dossier, today: date) -> Iterator[Raised]:
    for a in d.actions:
        if a.status != "verified" and overdue(a.due_on, today):
            yield Raised(f"是正事項が期限を過ぎています: {a.named}", a.ref, (a.owner,))


def hold_date_reached(d: Dossier, today: date) -> Iterator[Raised]:
    if d.status == "on_hold" and d.hold_until and today >= d.hold_until:
        yield Raised(f"もう一度検討する日（{written(d.hold_until)}）になりました。", since=d.hold_until)


def _in_budget_window(d: Dossier, today: date, opens: tuple[int, int]) -> bool:
    if d.stage not in ("pilot", "evaluation") or d.pilot is None:
        return False
    deadline = d.pilot.budget_deadline
    return date(deadline.year, *opens) <= today <= deadline


def budget_window_open(d: Dossier, today: date) -> Iterator[Raised]:
    if _in_budget_window(d, today, WINDOW_OPENS):
        yield Raised(f"予算要求の時期です（期限 {written(d.pilot.budget_deadline) if d.pilot else ''}）。")


def budget_window_closing(d: Dossier, today: date) -> Iterator[Raised]:
    if _in_budget_window(d, today, WINDOW_CLOSES_SOON):
        yield Raised(
            f"予算要求の期限（{written(d.pilot.budget_deadline) if d.pilot else ''}）が近づいています。"
        )


def preliminary_overdue(d: Dossier, today: date) -> Iterator[Raised]:
    for i in d.incidents:
        if i.open and not i.preliminary_filed and not i.final_filed and overdue(i.preliminary_due_on, today):
            yield Raised(
                f"リスクケースの速報の期限（{written(i.preliminary_due_on)}）を過ぎています。",
                i.ref,
                (i.filed_by,),
            )


def final_overdue(d: Dossier, today: date) -> Iterator[Raised]:
    for i in d.incidents:
        if i.open and not i.final_filed and overdue(i.final_due_on, today):
            yield Raised(
                f"リスクケースの最終報告の期限（{written(i.final_due_on)}）を過ぎています。",
                i.ref,
                (i.filed_by,),
            )


FLAGS = (
    Flag("unrated_10", "審査の判定が揃っていません", Clears.AGENCY, unrated),
    Flag("decision_overdue", "審査の決定が遅れています", Clears.AGENCY, decision_overdue),
    Flag("action_due_soon", "是正事項の期限が近づいています", Clears.SUBJECT, action_due_soon),
    Flag("action_overdue", "是正事項が期限を過ぎています", Clears.SUBJECT, action_overdue, tells_agency=True),
    Flag("hold_date_reached", "保留の期日になりました", Clears.AGENCY, hold_date_reached),
    Flag("budget_window_open", "予算要求の時期です", Clears.OWNER, budget_window_open),
    Flag("budget_window_closing", "予算要求の期限が近づいています", Clears.OWNER, budget_window_closing),
    Flag("preliminary_report_overdue", "リスクケースの速報が遅れています", Clears.FILER, preliminary_overdue),
    Flag("final_report_overdue", "リスクケースの最終報告が遅れています", Clears.FILER, final_overdue),
)
OF_THE_WORLD = frozenset(
    {"preliminary_report_overdue", "final_report_overdue", "adoption_expiring_30", "target_unanswered_60"}
)
"""Flags that go on after an idea has left the road: what happens in the world is still due."""
