"""Who may say which verb, and who sees what: the matrix of POLICY §7 as data, read by one pure function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from stages.kernel import Denied

ROLES_BY_KIND: dict[str, tuple[str, ...]] = {
    "municipality": ("submitter", "approver", "caio", "member", "administrator"),
    "vendor": ("member", "administrator"),
    "association": ("member", "administrator"),
    "agency": ("reviewer", "approver", "coordinator", "administrator", "auditor", "member"),
}
ROLE_NAMES = {
    "submitter": "担当者",
    "approver": "決裁者",
    "caio": "AI統括責任者",
    "member": "メンバー",
    "administrator": "管理者",
    "reviewer": "審査者",
    "coordinator": "事務局",
    "auditor": "監査",
}
KIND_NAMES = {
    "municipality": "地方公共団体",
    "vendor": "事業者",
    "agency": "デジタル庁",
    "association": "団体・協議会",
}


class Cell(StrEnum):
    """What a cell of the matrix says; the value is its text in POLICY §7."""

    BLANK = ""
    OWN = "✓"
    ALL = "●"
    PARTNER = "✓ partner"
    CAIO = "✓ caio (the role, with or without approver)"
    NO_CAIO = "● where the owner has no CAIO"
    ASSIGNED = "● assigned"
    OF_REVIEW = "● of that review"
    ANOTHER = "● another"
    ITS_OWNER = "✓ its owner"
    AGENCY_OWNS = "● if the agency owns it"
    AGENCYS = "● agency's"
    AGENCYS_AND_OWN = "● agency's, ✓ others'"


COLUMNS = (
    "submitter",
    "approver (mun.)",
    "vendor",
    "reviewer",
    "approver (agency)",
    "coordinator",
    "other municipality",
    "administrator",
    "auditor",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix: its heading as written in POLICY §7, the verbs it is about, a cell for each column."""

    heading: str
    verbs: tuple[str, ...]
    cells: tuple[Cell, ...]
    system: tuple[str, ...] = ()
    """The verbs of the row that the system itself may say too."""


def _row(heading: str, verbs: str, cells: dict[str, Cell], system: str = "") -> Row:
    return Row(
        heading, tuple(verbs.split()), tuple(cells.get(c, Cell.BLANK) for c in COLUMNS), tuple(system.split())
    )


_OWNER = {"submitter": Cell.OWN, "approver (mun.)": Cell.OWN}
_APPROVER = {"approver (mun.)": Cell.OWN}
_PARTNERS = {**_OWNER, "vendor": Cell.PARTNER}
_TOWNS = {**_OWNER, "other municipality": Cell.OWN}
_MAKERS = {**_TOWNS, "vendor": Cell.OWN}
_COORDINATOR = {"coordinator": Cell.ALL}
_AGENCY_APPROVER = {"approver (agency)": Cell.ALL}
_ASSIGNED = {"reviewer": Cell.ASSIGNED}
_AGENCY_WORKERS = {"reviewer": Cell.ALL, "approver (agency)": Cell.ALL, "coordinator": Cell.ALL}
_ACTION_OWNER = {
    **dict.fromkeys(("submitter", "approver (mun.)", "vendor", "other municipality"), Cell.ITS_OWNER),
    **dict.fromkeys(("reviewer", "approver (agency)", "coordinator"), Cell.AGENCY_OWNS),
}

MATRIX: tuple[Row, ...] = (
    _row("idea.draft · idea.revise", "idea.draft idea.revise", _OWNER),
    _row(
        "idea.submit · review.request · kpi.freeze (決裁)", "idea.submit review.request kpi.freeze", _APPROVER
    ),
    _row(
        "idea.compare · idea.merge · idea.withdraw · risk.profile · risk.assess · risk.report_to_board · checklist.answer ·"
        " pilot.plan · pilot.revise · pilot.replan · pilot.start · pilot.finish · pilot.cancel · kpi.define · kpi.revise · kpi.abandon",
        "idea.compare idea.merge idea.withdraw risk.profile risk.assess risk.report_to_board checklist.answer"
        " pilot.plan pilot.revise pilot.replan pilot.start pilot.finish pilot.cancel kpi.define kpi.revise kpi.abandon",
        _OWNER,
    ),
    _row("pilot.report", "pilot.report", _PARTNERS),
    _row(
        "kpi.measure · kpi.void (one's own organization's measurement)",
        "kpi.measure kpi.void",
        {**_PARTNERS, "reviewer": Cell.ALL, "other municipality": Cell.ALL},
    ),
    _row(
        "evidence.attach · evidence.withdraw · repo.link · repo.unlink · product.describe · product.revise · product.release",
        "evidence.attach evidence.withdraw repo.link repo.unlink product.describe product.revise product.release",
        _PARTNERS,
    ),
    _row("repo.sync", "repo.sync", {**_PARTNERS, **_COORDINATOR}),
    _row(
        "repo.snapshot · idea.import · adoption.import (`system` too) · idea.assign_owner ·"
        " event.open · event.revise · event.close · review.assign · wave.open · wave.remind",
        "repo.snapshot idea.import adoption.import idea.assign_owner event.open event.revise event.close review.assign wave.open wave.remind",
        _COORDINATOR,
        system="repo.snapshot idea.import adoption.import",
    ),
    _row("risk.decide", "risk.decide", {"approver (mun.)": Cell.CAIO, "approver (agency)": Cell.NO_CAIO}),
    _row("review.rate · review.return · review.recuse", "review.rate review.return review.recuse", _ASSIGNED),
    _row(
        "review.decide · product.suspend · product.restore · idea.resume · idea.complete",
        "review.decide product.suspend product.restore idea.resume idea.complete",
        _AGENCY_APPROVER,
    ),
    _row("review.challenge", "review.challenge", _APPROVER),
    _row("review.answer_challenge", "review.answer_challenge", {"approver (agency)": Cell.ANOTHER}),
    _row("action.close", "action.close", _ACTION_OWNER),
    _row("action.verify", "action.verify", {"reviewer": Cell.OF_REVIEW}),
    _row("incident.file · incident.report", "incident.file incident.report", {**_MAKERS, **_AGENCY_WORKERS}),
    _row("incident.close", "incident.close", {"reviewer": Cell.ALL, "approver (agency)": Cell.ALL}),
    _row(
        "idea.demand · adoption.report · adoption.reconfirm",
        "idea.demand adoption.report adoption.reconfirm",
        _TOWNS,
    ),
    _row(
        "asset.publish · asset.revise and asset.retire (its publisher)",
        "asset.publish asset.revise asset.retire",
        {**_MAKERS, **_COORDINATOR},
    ),
    _row("challenge.post · idea.clone", "challenge.post idea.clone", _TOWNS),
    _row(
        "team.ask · team.accept and team.decline (the side asked) · team.leave",
        "team.ask team.accept team.decline team.leave",
        _MAKERS,
    ),
    _row(
        "comment.post · idea.follow · idea.unfollow · asset.use · asset.fork · asset.record_run",
        "comment.post idea.follow idea.unfollow asset.use asset.fork asset.record_run",
        {**_TOWNS, "vendor": Cell.PARTNER, **_AGENCY_WORKERS, "auditor": Cell.ALL},
    ),
    _row(
        "org.register (`system` too)", "org.register", {"administrator": Cell.AGENCYS}, system="org.register"
    ),
    _row(
        "org.revise · user.invite (`system` too) · user.revoke · user.sign_out",
        "org.revise user.invite user.revoke user.sign_out",
        {"administrator": Cell.AGENCYS_AND_OWN},
        system="user.invite",
    ),
    _row(
        "token.issue · token.revoke: one's own; agency's administrators revoke anyone's",
        "token.issue token.revoke",
        dict.fromkeys(COLUMNS, Cell.OWN),
    ),
    _row(
        "read a ledger, verify (the public: anchors)",
        "ledger.read",
        {**_PARTNERS, **_AGENCY_WORKERS, "auditor": Cell.ALL},
    ),
    _row("read what is published (and the public)", "public.read", dict.fromkeys(COLUMNS, Cell.ALL)),
)
ROWS: dict[str, Row] = {verb: row for row in MATRIX for verb in row.verbs}
MEMBERS_TOO = frozenset({"comment.post", "idea.follow", "idea.unfollow"})
"""A municipality's or agency's member (or CAIO) reads, comments and follows."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One organization a person belongs to, and the roles held there."""

    org: str
    kind: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who speaks: a person with every membership, or the system, or the public (no mail address)."""

    email: str = ""
    name: str = ""
    memberships: tuple[Membership, ...] = ()
    system: bool = False

    @property
    def orgs(self) -> frozenset[str]:
        return frozenset(m.org for m in self.memberships)

    def holds(self, kind: str, *roles: str) -> Iterator[Membership]:
        """The memberships in organizations of a kind that carry one of the roles."""
        return (m for m in self.memberships if m.kind == kind and m.roles & set(roles))

    def belongs_to(self, kind: str) -> bool:
        return any(m.kind == kind for m in self.memberships)


SYSTEM = Actor(email="system", name="システム", system=True)
PUBLIC = Actor()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the matrix may know of the thing a verb is about.

    `own` holds the organizations that count as its own (None: everyone acts for itself, as in `idea.clone`);
    `partners` those that joined it; `assigned` the mail addresses of the reviewers on it.
    """

    own: frozenset[str] | None = None
    partners: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    owner_has_caio: bool = True
    owned_by_agency: bool = False


def _holds(actor: Actor, column: str, cell: Cell, s: Standing) -> Denied | bool:
    """Whether the actor stands in this column and its cell lets them."""

    def own(memberships: Iterator[Membership]) -> bool:
        return any(s.own is None or m.org in s.own for m in memberships)

    if column in ("submitter", "approver (mun.)", "other municipality"):
        if cell == Cell.CAIO:
            return own(actor.holds("municipality", "caio"))
        roles = {"submitter": ("submitter",), "approver (mun.)": ("approver",)}.get(
            column, ("submitter", "approver")
        )
        towns = actor.holds("municipality", *roles)
        return any(True for _ in towns) if cell == Cell.ALL else own(towns)
    if column == "vendor":
        vendors = actor.holds("vendor", "member")
        return any(m.org in s.partners for m in vendors) if cell == Cell.PARTNER else own(vendors)
    if column == "administrator":
        if any(True for _ in actor.holds("agency", "administrator")):
            return True
        return cell in (Cell.AGENCYS_AND_OWN, Cell.OWN) and own(
            m for m in actor.memberships if "administrator" in m.roles
        )
    role = {"approver (agency)": "approver"}.get(column, column)
    if not any(True for _ in actor.holds("agency", role)):
        return False
    if cell in (Cell.ASSIGNED, Cell.OF_REVIEW):
        return actor.email in s.assigned or Denied(
            "not_assigned", "この審査の担当ではありません。事務局に担当の割当てを頼んでください。"
        )
    if cell == Cell.AGENCY_OWNS:
        return s.owned_by_agency
    if cell == Cell.NO_CAIO:
        return not s.owner_has_caio
    return True


def may(actor: Actor, verb: str, standing: Standing) -> Denied | None:
    """None where the actor may say the verb of such a thing; else Denied `not_permitted` or `not_assigned`."""
    row = ROWS[verb]
    if actor.system:
        return None if verb in row.system else Denied("not_permitted", "システムが行うことではありません。")
    refused: Denied | None = None
    for column, cell in zip(COLUMNS, row.cells, strict=True):
        if cell != Cell.BLANK:
            held = _holds(actor, column, cell, standing)
            if held is True:
                return None
            if isinstance(held, Denied):
                refused = held
    if verb in MEMBERS_TOO and any(
        True for kind in ("municipality", "agency") for _ in actor.holds(kind, "member", "caio")
    ):
        return None
    return refused or Denied(
        "not_permitted", "この操作をする役割がありません。団体の管理者に役割を確かめてください。"
    )


class Sight(StrEnum):
    """How much of an idea somebody sees."""

    NONE = "none"
    PUBLISHED = "published"  # title, field, owner, stage, status, published decisions
    BRIEF = "brief"  # title, field, challenge, status
    OUTLINE = "outline"  # both: a vendor sees what everyone sees, and the challenge besides
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Visibility:
    """What decides who sees an idea."""

    owner: str
    status: str
    was_submitted: bool
    reached_decision: bool
    partners: frozenset[str] = field(default_factory=frozenset)


def sight(actor: Actor, idea: Visibility) -> Sight:
    """How much of an idea the actor sees (POLICY §7, who sees what)."""
    if actor.system:
        return Sight.FULL
    if idea.owner in actor.orgs or idea.partners & actor.orgs:
        return Sight.FULL
    if not idea.was_submitted:
        return Sight.NONE
    if actor.belongs_to("agency") or actor.belongs_to("municipality"):
        return Sight.FULL
    if actor.belongs_to("vendor") or actor.belongs_to("association"):
        return Sight.OUTLINE if idea.reached_decision else Sight.BRIEF
    return Sight.PUBLISHED if idea.reached_decision else Sight.NONE


def as_table() -> str:
    """The matrix as the Markdown table of POLICY §7, row for row."""
    lines = [f"| verbs | {' | '.join(COLUMNS)} |", "|" + "-|" * (len(COLUMNS) + 1)]
    for row in MATRIX:
        cells = "".join(f" {cell.value} |" if cell.value else " |" for cell in row.cells)
        lines.append(f"| {row.heading} |{cells}")
    return "\n".join(lines)
