"""What the clock says of incidents: that a report is due soon, and when it stays away, who else must know.

That one is overdue is a flag (POLICY §6), mailed when it rises to who filed it and to the agency. Before that day, and when
a week has passed after it, nothing rose: those are told here, each once (docs/decisions/0023).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import col, select

from workflows.calendar import tokyo_day
from workflows.incidents import reporters
from workflows.runtime import outbox
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.risks import Incident, IncidentReport

REPORTS = {"preliminary": "速報", "final": "最終報告"}
REMINDED = {"preliminary": (1,), "final": (7, 1)}
"""So many days before the day it is due."""
ESCALATED = 7
"""So many days after it."""


@dataclass(frozen=True, slots=True)
class Step:
    on: date
    report: str
    due_on: date

    @property
    def escalates(self) -> bool:
        return self.on > self.due_on


def steps(incident: Incident, filed: set[str]) -> Iterator[Step]:
    """When something is to be said of an open incident for which these reports were filed."""
    due = {"preliminary": incident.preliminary_due_on, "final": incident.final_due_on}
    for report, day in due.items():
        if report not in filed and "final" not in filed:
            for before in REMINDED[report]:
                yield Step(day - timedelta(days=before), report, day)
            yield Step(day + timedelta(days=ESCALATED), report, day)


def watched(work: Work) -> list[int]:
    """The ideas with an incident that is open."""
    return sorted(set(work.session.exec(select(Incident.idea_id).where(col(Incident.closed_at).is_(None)))))


def tell_what_is_due(work: Work, idea: Idea) -> int:
    """Reminds who filed an incident of a report that is due, and tells everyone around it of one that stays away; of what
    had to be said since the last time, the latest of each report. Returns how much was said."""
    said = 0
    opened = select(Incident).where(Incident.idea_id == idea.id, col(Incident.closed_at).is_(None))
    for incident in work.session.exec(opened.order_by(col(Incident.id))).all():
        reported = select(IncidentReport.kind).where(IncidentReport.incident_id == incident.id)
        filed = set(work.session.exec(reported))
        since = max(tokyo_day(incident.filed_at), incident.reminded_on or date.min)
        now_due = {s.report: s for s in steps(incident, filed) if since < s.on <= work.today}
        for step in now_due.values():
            _tell(work, idea, incident, step)
        if now_due:
            incident.reminded_on = work.today
            work.add(incident)
        said += len(now_due)
    return said


def _tell(work: Work, idea: Idea, incident: Incident, step: Step) -> None:
    name, filer = REPORTS[step.report], work.slug_of(incident.filed_org_id)
    about = f"{incident.ref}：{incident.title}"
    if step.escalates:
        late = (work.today - step.due_on).days
        whom = {*reporters(work, idea, incident), *outbox.agency_slugs(work.session)}
        subject = f"リスクケースの{name}が {late} 日遅れています: {incident.title}"
        body = f"{about}\n{name}の期限 {step.due_on} を {late} 日過ぎても、報告がありません。届け出た団体に確かめてください。"
        work.tell(whom, "incident.late", idea.number, subject, body)
    else:
        subject = f"リスクケースの{name}の期限は {step.due_on} です: {incident.title}"
        body = f"{about}\n{name}の期限は {step.due_on} です。リスクケースの画面から報告してください。"
        work.tell({filer}, "incident.due_soon", idea.number, subject, body)
