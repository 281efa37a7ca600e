"""Who may see what, by hand from POLICY §7: the specification of the crawl. Nothing here asks the program.

A reader has seats beside a thing: `own` (its municipality), `partner` (the vendor that joined), `speaker` (said it itself), the
kind of organization it belongs to, that kind with its role, `member` of anything at all, `signed in`, and `anybody`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.abuse.tenants import OWNERS
from tests.country import JIMUKYOKU, KANRI, KANSA, KETTEI, KUMOI, OUTSIDER, SHINSA1, TANTO, VENDOR
from tests.scenes import GONE

Seats = frozenset[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens everything: a letter for the snapshot, a name, the mail address (None: the public), and where they belong."""

    letter: str
    name: str
    email: str | None
    org: str = ""
    kind: str = ""
    role: str = ""
    expired: bool = False
    near: bool = False
    """Opens only what is about A and what is about no tenant: beside B, somebody with the same seats has been there."""

    def seats(self, tenant: str, speaker: str = "") -> Seats:
        """The reader's seats beside a thing of the tenant that the organization `speaker` said."""
        own, partner = OWNERS.get(tenant, ("digital-agency", ""))  # what is imported is the agency's
        near = {"own": own, "partner": partner, "speaker": speaker}
        found = {"anybody"} | {seat for seat, org in near.items() if org and org == self.org}
        if self.email is not None and not self.expired:
            found.add("signed in")
        if self.org:
            found |= {"member", self.kind, f"{self.kind} {self.role}"} | {
                f"{s} {self.role}" for s in near if s in found
            }
        return frozenset(found)


READERS = (
    Reader("p", "public", None),
    Reader("x", "expired session", TANTO, expired=True, near=True),
    Reader("g", "left every organization", GONE, near=True),
    Reader("S", "submitter of A", TANTO, "kazami", "municipality", "submitter"),
    Reader("D", "approver of A", "kacho@kazami.example.jp", "kazami", "municipality", "approver", near=True),
    Reader("C", "CAIO of A", "caio@kazami.example.jp", "kazami", "municipality", "caio", near=True),
    Reader("M", "member of A", "shokuin@kazami.example.jp", "kazami", "municipality", "member", near=True),
    Reader("N", "administrator of A", "kanri@kazami.example.jp", "kazami", "municipality", "administrator", near=True),
    Reader("V", "vendor of A", VENDOR, "kazemirai", "vendor", "member"),
    Reader("W", "vendor administrator of A", "kanri@kazemirai.example.jp", "kazemirai", "vendor", "administrator", near=True),
    Reader("o", "vendor of B", OUTSIDER, "yosomono", "vendor", "member"),
    Reader("t", "town of neither", KUMOI, "kumoi", "municipality", "submitter"),
    Reader("a", "association", "jimu@kyogikai.example.jp", "kyogikai", "association", "member", near=True),
    Reader("r", "reviewer", SHINSA1, "digital-agency", "agency", "reviewer"),
    Reader("d", "approver of the agency", KETTEI, "digital-agency", "agency", "approver", near=True),
    Reader("c", "coordinator", JIMUKYOKU, "digital-agency", "agency", "coordinator"),
    Reader("n", "administrator of the agency", KANRI, "digital-agency", "agency", "administrator", near=True),
    Reader("u", "auditor", KANSA, "digital-agency", "agency", "auditor"),
    Reader("m", "member of the agency", "shokuin@digital-agency.example.jp", "digital-agency", "agency", "member", near=True),
)  # fmt: skip

OWN: Seats = frozenset({"own"})
WHOLE: Seats = frozenset({"own", "partner", "municipality", "agency"})
"""Everything of an idea that was submitted: every signed-in municipality, the agency, and the vendors that joined it."""
SAID = WHOLE | {"speaker"}
BRIEF: Seats = WHOLE | {"vendor", "association"}
"""Title, field, challenge and status of every submitted idea."""
MEMBERS: Seats = frozenset({"member"})
SIGNED: Seats = frozenset({"signed in"})
ALL: Seats = frozenset({"anybody"})
ADMINISTRATORS: Seats = frozenset(f"{k} administrator" for k in ("municipality", "vendor", "agency"))
LEDGER_OF_ALL: Seats = frozenset(f"agency {r}" for r in ("reviewer", "approver", "coordinator", "auditor"))

ByState = Mapping[str, Seats]
"""State of the idea -> seats; `*` stands for every state that is not named."""

_NAMED: ByState = {"draft": OWN, "undecided": BRIEF, "*": ALL}
_WHOLE: ByState = {"draft": OWN, "*": WHOLE}
_SAID: ByState = {"*": SAID}
_OF_PRODUCT: ByState = {"unflagged": WHOLE, "*": ALL}
_ALL: ByState = {"*": ALL}
_FINDING: ByState = {"undecided": WHOLE, "in review": WHOLE, "withheld": WHOLE, "*": ALL}
FIELDS: Mapping[str, ByState] = {
    "idea.draft title": _NAMED,
    "idea.draft field": _NAMED,
    "idea.draft challenge": {"draft": OWN, "*": BRIEF},
    **dict.fromkeys((f"idea.draft {f}" for f in ("as_is", "to_be", "users", "expected_effect")), _WHOLE),
    "idea.import title": _NAMED,
    "idea.import field": _NAMED,
    "idea.import summary": {"*": BRIEF},
    **dict.fromkeys((f"idea.import {f}" for f in ("effect", "partner", "cluster")), _WHOLE),
    "team.ask message": _WHOLE,
    "comment.post body_md": _WHOLE,
    "idea.demand need": _SAID,
    "idea.demand constraints": _SAID,
    "evidence.attach title": _WHOLE,
    "evidence.attach body_md": _WHOLE,
    "evidence.withdraw because": _WHOLE,
    "risk.profile region": _WHOLE,
    "risk.decide reason": _WHOLE,
    "risk.report_to_board summary": _WHOLE,
    "checklist.answer notes": _WHOLE,
    "pilot.plan plan_md": _WHOLE,
    "pilot.plan stop_rule": _WHOLE,
    "pilot.report summary": _WHOLE,
    "pilot.report blockers": _WHOLE,
    "pilot.finish summary": _WHOLE,
    "kpi.define name": {"undecided": WHOLE, "withheld": WHOLE, "*": ALL},  # the facts of a decision name its KPIs, and are published with it
    "kpi.measure method": _WHOLE,
    "review.rate finding": _FINDING,
    "review.rate action": _FINDING,
    "review.decide rationale": {"withheld": WHOLE, "*": ALL},
    "review.decide withhold_because": {"*": ALL},
    "review.decide text": {"withheld": WHOLE, "*": ALL},
    "action.close note": _WHOLE,
    "review.challenge because": _WHOLE,
    "review.answer_challenge answer": _WHOLE,
    "incident.file title": _SAID,
    "incident.file body_md": _SAID,
    "incident.report body_md": _SAID,
    "product.describe name": _OF_PRODUCT,
    "product.describe summary": _OF_PRODUCT,
    "product.describe requirements_md": _OF_PRODUCT,
    "product.describe support_hours": _OF_PRODUCT,
    "product.describe support_contact": {"unflagged": WHOLE, "*": SIGNED},
    "adoption.report note": _SAID,
    **dict.fromkeys((f"asset.publish {f}" for f in ("title", "body_md", "model", "permitted_data_class")), _ALL),
    "asset.use effect_note": {"*": MEMBERS},
    **dict.fromkeys((f"event.open {f}" for f in ("name", "theme", "description_md")), _ALL),
    **dict.fromkeys((f"challenge.post {f}" for f in ("title", "body_md", "field")), _ALL),
}  # fmt: skip
"""Verb and field into which a text was typed -> who may ever see it, by the state of the idea."""

SHOWN_NOWHERE = frozenset(
    {"team.ask message", "idea.import effect", "idea.import partner", "idea.import cluster"}
)
"""Kept, and on no page of what the crawl opens: a question to a team is shown until it is answered."""

NAMES_IN_LISTS: Mapping[str, Seats] = {
    "/admin/organizations/<slug>": frozenset({"agency administrator", "speaker administrator"}),
    "/reviews": WHOLE | {"vendor"},  # who reviews the ideas of which one sees everything
}
"""Names of staff are seen by who sees everything of what they did, and one's own by oneself. These pages, which are about no
one idea, show names besides."""

PAGES: Mapping[str, ByState] = {
    **dict.fromkeys(
        (
            "/", "/events", "/events/<slug>", "/events/<slug>/projector", "/ideas", "/ideas/board", "/ideas/new",
            "/ideas/similar", "/library", "/library/<asset>", "/library/new", "/municipalities",
            "/municipalities/<lgcode>", "/products", "/styleguide",
        ),
        _ALL,
    ),
    "/me": {"*": SIGNED},
    "/admin/policy": {"*": SIGNED},
    "/actions": {"*": MEMBERS},
    "/incidents": {"*": MEMBERS},
    "/reviews": {"*": MEMBERS},
    "/admin/organizations": {"*": ADMINISTRATORS},
    "/admin/organizations/<slug>": {"*": frozenset({"agency administrator", "speaker administrator"})},
    "/ideas/import": {"*": frozenset({"agency coordinator"})},
    "/ideas/<number>": _NAMED,
    "/ideas/<number>/edit": _NAMED,
    **dict.fromkeys((f"/ideas/<number>/{part}" for part in ("pilot", "product", "risk")), _WHOLE),
    "/ledger": {"*": LEDGER_OF_ALL},
    "/ledger/<number>": {"draft": OWN, "*": LEDGER_OF_ALL | {"own", "partner member"}},
    "/ledger/<number>/export.json": {"draft": OWN, "*": LEDGER_OF_ALL | {"own", "partner member"}},
    "/pilots/<ref>": _WHOLE,
    "/repositories/<owner>/<repo>": _WHOLE,
    "/reviews/<ref>": {"decided": ALL, "*": WHOLE},
    "/incidents/<ref>": _SAID,
    "/products/<slug>": _OF_PRODUCT,
    "/products/<slug>/publiccode.yml": _OF_PRODUCT,
    "/rollout/<slug>": _WHOLE,
}  # fmt: skip
"""Address -> who gets it, by the state of what it names; everybody else is told that there is no such page."""

ADDRESSES: Mapping[str, Seats] = {
    "/admin/organizations/<slug>": frozenset({"agency administrator", "speaker administrator"}),
    "/me": SIGNED,
    "/reviews": frozenset({"agency coordinator"}),
    "/reviews/<ref>": frozenset({"agency coordinator"}),
    "/products/<slug>": SIGNED,
}
"""The only pages that may carry a mail address, and to whom: administrators who revoke, oneself, whoever assigns a reviewer,
and a product's contact, shown to who has signed in."""


def may_see(by_state: ByState, state: str, seats: Seats) -> bool:
    return bool(by_state.get(state, by_state.get("*", frozenset())) & seats)
