"""Importing reported ideas from a file, whole or not at all, and giving them to their owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field
from sqlmodel import Session, col, select

from workflows import ideas as drafting
from workflows.runtime import ledger, outbox
from workflows.runtime.commands import AnyText, Command, LgCode, Line, Ref, Text, Url, Year, parse
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization


class ReportedIdea(Command):
    """One record of a file: an idea as somebody reported it. `lgcode` is empty where the owner is no local government."""

    title: Line
    summary: Text
    field: Line
    owner: Line
    lgcode: LgCode | None = None
    partner: AnyText | None = None
    event: AnyText | None = None
    year: Year | None = None
    stage_reported: Line | None = None
    effect: AnyText | None = None
    repo: AnyText | None = None
    source: Url
    cluster: Line | None = None


class ImportIdeas(Command):
    rows: list[ReportedIdea] = Field(min_length=1, max_length=5_000)


class AssignOwner(Command):
    idea: Ref
    org: Ref


Identity = tuple[str, str, str]
"""What makes two records the same: source, title, and owner (its code where it has one)."""


def _identity(record: Mapping[str, Any]) -> Identity:
    return record["source"], record["title"], record.get("lgcode") or record["owner"]


def _imported(session: Session, sources: set[str]) -> set[Identity]:
    """The records imported from these sources, as they were reported: later revisions of the idea do not matter."""
    rows = select(Idea.reported).where(col(Idea.source).in_(sources), col(Idea.imported_at).is_not(None))
    return {_identity(record) for record in session.exec(rows) if record}


def _owners(session: Session, codes: set[str]) -> dict[str, Organization]:
    """Code -> the local government; where it has merged into another one, that one."""
    owners = {
        org.lgcode: org
        for org in session.exec(select(Organization).where(col(Organization.lgcode).in_(codes)))
        if org.lgcode is not None
    }
    for code, org in owners.items():
        seen = {org.id}
        while org.closed_on is not None and org.successor_id is not None and org.successor_id not in seen:
            seen.add(org.successor_id)
            org = session.exec(select(Organization).where(Organization.id == org.successor_id)).one()
        owners[code] = org
    return owners


def _agency(session: Session) -> Organization:
    """The agency, which stands from the first migration on: what nobody owns yet is its to keep."""
    agencies = select(Organization).where(Organization.kind == "agency").order_by(col(Organization.id))
    return session.exec(agencies.limit(1)).one()


def _unlisted(code: str) -> str:
    return f"団体コード {code} の団体は登録されていません。コードを確かめるか、先に団体を登録してください。"


@dataclass(frozen=True, slots=True)
class RowReport:
    """What would become of one row (counted from 1): `new`, `already` imported, or `wrong` with a sentence a field."""

    row: int
    title: str
    state: str
    errors: Mapping[str, str] = field(default_factory=dict)


def preview(session: Session, rows: Sequence[Any]) -> list[RowReport]:
    """What `idea.import` would do with each row; writes nothing. Rows are as they were read from the file."""
    read: list[ReportedIdea | Refused] = []
    for row in rows:
        try:
            read.append(parse(ReportedIdea, row if isinstance(row, Mapping) else {"row": row}))
        except Refused as refused:
            read.append(refused)
    good = [r for r in read if isinstance(r, ReportedIdea)]
    known = _imported(session, {r.source for r in good})
    owners = _owners(session, {r.lgcode for r in good if r.lgcode})
    reports = []
    for number, (raw, record) in enumerate(zip(rows, read, strict=True), start=1):
        if isinstance(record, Refused):
            title = str(raw.get("title") or "") if isinstance(raw, Mapping) else ""
            reports.append(RowReport(number, title, "wrong", record.errors))
        elif record.lgcode and record.lgcode not in owners:
            reports.append(RowReport(number, record.title, "wrong", {"lgcode": _unlisted(record.lgcode)}))
        elif _identity(record.model_dump()) in known:
            reports.append(RowReport(number, record.title, "already"))
        else:
            known.add(_identity(record.model_dump()))
            reports.append(RowReport(number, record.title, "new"))
    return reports


@verb("idea.import", ImportIdeas)
def import_ideas(work: Work, command: ImportIdeas) -> Outcome:
    """報告されたアイデアを一括で取り込む。一行でも誤りがあれば何も取り込まない。取込み済みの行はそのままにする。"""
    work.allow("idea.import")
    # Locked until the commit: two imports of the same file run one after the other, and the second finds all taken.
    batch = f"import-{work.next_number('import')}"
    owners = _owners(work.session, {r.lgcode for r in command.rows if r.lgcode})
    errors = {
        f"rows.{i}.lgcode": _unlisted(r.lgcode)
        for i, r in enumerate(command.rows)
        if r.lgcode and r.lgcode not in owners
    }
    if errors:
        first = "、".join(f"{place}: {sentence}" for place, sentence in list(errors.items())[:5])
        raise Refused("invalid", f"登録されていない団体の行が {len(errors)} 件あります。{first}", errors)
    known = _imported(work.session, {r.source for r in command.rows})
    agency = _agency(work.session)
    taken: dict[int, int] = {}
    for record in command.rows:
        identity = _identity(record.model_dump())
        if identity in known:
            continue
        known.add(identity)
        owner = owners[record.lgcode] if record.lgcode else agency
        _take(work, record, owner, batch)
        taken[owner.id or 0] = taken.get(owner.id or 0, 0) + 1
    _tell_owners(work, taken)
    new, total = sum(taken.values()), len(command.rows)
    return Outcome("import", batch, facts={"taken": new, "already": total - new, "total": total})


def _take(work: Work, record: ReportedIdea, owner: Organization, batch: str) -> Idea:
    """One record as an idea: active in ideathon, whatever stage was reported."""
    idea = drafting.new_idea(
        work,
        owner.id or 0,
        title=record.title,
        field=record.field,
        challenge=record.summary,
        status="active",
        submitted_at=work.now,
        source=record.source,
        imported_at=work.now,
        reported_as=record.stage_reported,
        reported=record.model_dump(),
    )
    # Not through `record`: an import is no act of the owner, even where the importing agency owns it for now.
    facts = {
        "title": idea.title,
        "owner": owner.slug,
        "source": record.source,
        "reported_as": record.stage_reported,
    }
    ledger.append(
        work.session, idea.number, work.now, work.speaker.label, "idea.imported", facts | {"batch": batch}
    )
    return idea


def _tell_owners(work: Work, taken: Mapping[int, int]) -> None:
    """One message to each municipality that has people here."""
    towns = select(Organization.id, Organization.slug)
    towns = towns.where(Organization.kind == "municipality", col(Organization.id).in_(taken))
    body = "公表された情報をもとにしています。内容を確かめ、現状とあるべき姿を書き足してください。"
    letters = {
        slug: outbox.Letter(
            slug, f"貴団体の取組みとして {taken[org_id]} 件のアイデアが取り込まれました", body
        )
        for org_id, slug in work.session.exec(towns.order_by(col(Organization.id)))
    }
    outbox.enqueue_to_orgs(work.session, letters, "idea.imported", work.now, work.actor.email)


@verb("idea.assign_owner", AssignOwner)
def assign_owner(work: Work, command: AssignOwner) -> Idea:
    """機関が預かるアイデアを地方公共団体に渡す。すでに団体のものなら duplicate。"""
    idea, org = work.idea(command.idea), work.org(command.org)
    work.require("idea.assign_owner", idea)
    if org.kind != "municipality" or org.closed_on is not None:
        raise invalid("org", "提案団体にできるのは、今ある地方公共団体だけです。選び直してください。")
    before = work.session.exec(select(Organization).where(Organization.id == idea.owner_id)).one()
    if before.kind != "agency":
        raise Refused(
            "duplicate",
            f"{idea.number} は {before.name} のものです。提案団体を決められるのは、デジタル庁が預かっているアイデアだけです。",
        )
    # The new owner has not acted yet, whoever spoke for the agency before.
    work.change(idea, owner_id=org.id, owner_acted_at=None)
    work.record("idea.owner_assigned", idea, owner=org.slug, before=before.slug)
    subject = f"アイデアの提案団体になりました: {idea.number} {idea.title}"
    work.tell(
        [org.slug],
        "idea.owner_assigned",
        idea.number,
        subject,
        "内容を確かめ、現状とあるべき姿を書き足してください。",
    )
    return idea
