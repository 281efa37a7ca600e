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
    """Reads nothing closely: somebody with the same seats does."""

    def opens(self, tenant: str) -> bool:
        """Whoever belongs to neither tenant stands to B as to A, and opens the things of A alone."""
        return tenant != "B" or self.org in OWNERS["A"] + OWNERS["B"]

    def reads_closely(self, tenant: str) -> bool:
        """Opens the tenant's things in every state; of the others one for each audience. A stranger to both reads A closely."""
        return not self.near and (tenant != "B" or self.org in OWNERS["B"])

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
    Reader("a", "association", "jimu@kyogikai.example.jp", "kyogikai", "association", "member"),
    Reader("r", "reviewer", SHINSA1, "digital-agency", "agency", "reviewer"),
    Reader("d", "approver of the agency", KETTEI, "digital-agency", "agency", "approver", near=True),
    Reader("c", "coordinator", JIMUKYOKU, "digital-agency", "agency", "coordinator", near=True),
    Reader("n", "administrator of the agency", KANRI, "digital-agency", "agency", "administrator", near=True),
    Reader("u", "auditor", KANSA, "digital-agency", "agency", "auditor", near=True),
    Reader("m", "member of the agency", "shokuin@digital-agency.example.jp", "digital-agency", "agency", "member", near=True),
)  # fmt: skip

OWN: Seats = frozenset({"own"})
WHOLE: Seats = frozenset({"own", "partner", "municipality", "agency"})
"""Everything of an idea that was submitted: every signed-in municipality, the agency, and the vendors that joined it."""
SAID = WHOLE | {"speaker"}
BRIEF: Seats = WHOLE | {"vendor", "association"}
"""Title, field, challenge and status of every submitted idea."""
NOBODY: Seats = frozenset()
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
_REPORTED: ByState = {"withheld": WHOLE, "*": ALL}
"""Published with the report of a decision unless the decision withholds it (docs/decisions/0016)."""
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
    "evidence.attach file name": _WHOLE,
    "evidence.attach file content": _WHOLE,
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
    "review.decide rationale": _REPORTED,
    "review.decide withhold_because": {"*": ALL},
    "review.decide text": _REPORTED,
    "action.close note": _REPORTED,
    "review.challenge because": _REPORTED,
    "review.answer_challenge answer": _REPORTED,
    "incident.file title": _SAID,
    "incident.file body_md": _SAID,
    "incident.report body_md": _SAID,
    "wave.open name": _WHOLE,
    "product.describe name": _OF_PRODUCT,
    "product.describe summary": _OF_PRODUCT,
    "product.describe requirements_md": _OF_PRODUCT,
    "product.describe support_hours": _OF_PRODUCT,
    "product.describe support_contact": {"unflagged": WHOLE, "*": SIGNED},
    "adoption.report note": _SAID,
    "adoption.import survey": {"*": BRIEF},
    "adoption.import note": _SAID,
    **dict.fromkeys((f"asset.publish {f}" for f in ("title", "body_md", "model", "permitted_data_class", "file name", "file content")), _ALL),
    **dict.fromkeys((f"asset.publish {f}" for f in ("input", "contains", "lacks")), _ALL),
    "asset.record_run model": {"*": MEMBERS},
    "asset.record_run output": {"*": MEMBERS},
    "asset.use effect_note": {"*": MEMBERS},
    **dict.fromkeys((f"event.open {f}" for f in ("name", "theme", "description_md")), _ALL),
    **dict.fromkeys((f"challenge.post {f}" for f in ("title", "body_md", "field")), _ALL),
}  # fmt: skip
"""Verb and field into which a text was typed -> who may ever see it, by the state of the idea."""

SHOWN_NOWHERE = frozenset(
    {
        "adoption.import note",
        "team.ask message",
        "idea.import effect",
        "idea.import partner",
        "idea.import cluster",
    }
)
"""Kept, and on no page of what the crawl opens: a question to a team is shown until it is answered."""

NAMES_IN_LISTS: Mapping[str, Seats] = {
    "/admin/organizations/<slug>": frozenset({"agency administrator", "speaker administrator"}),
    **dict.fromkeys(
        ("/insights", "/insights/<figure>.csv"), frozenset({"agency"})
    ),  # how much each reviewer has to do
    "/reviews": WHOLE | {"vendor"},  # who reviews the ideas of which one sees everything
    "/invitations/<token>": ALL,  # the link is the key: whoever has it is shown whom it invites
}
"""Names of staff are seen by who sees everything of what they did, and one's own by oneself. These pages, which are about no
one idea, show names besides."""

PAGES: Mapping[str, ByState] = {
    **dict.fromkeys(
        (
            "/", "/insights", "/events", "/events/<slug>", "/events/<slug>/projector", "/ideas", "/ideas/board", "/ideas/new",
            "/ideas/similar", "/library", "/library/<asset>", "/library/new", "/municipalities",
            "/municipalities/<lgcode>", "/products", "/products/catalog.json", "/products/catalog.jsonld", "/products/feed.atom",
            "/search", "/styleguide", "/library/<asset>/<int:version>/file", "/library/<asset>/changes",
            "/library/<asset>/<int:version>/text.md", "/library/<asset>/<int:version>/text.txt",
            "/ledger/anchors", "/ledger/anchors.json", "/rollout", "/rollout/tables/<table>.csv",
            "/sign-in", "/sign-in/forgotten", "/sign-in/second", "/.well-known/security.txt",
        ),
        _ALL,
    ),
    "/insights/<figure>.csv": {"everybody's": ALL, "members'": frozenset({"municipality", "agency"})},
    "/invitations/<token>": {"guessed": NOBODY, "*": ALL},
    **{key: {"*": NOBODY} for key in ("/sign-in/reset/<token>", "/sign-in/with/<key>", "/sign-in/with/<key>/back")},
    **{key: {"*": SIGNED} for key in ("/me", "/me/security", "/me/security/app")},
    "/admin/policy": {"*": SIGNED},
    "/admin/policy/replay": {"*": frozenset({"agency administrator", "agency auditor"})},
    "/actions": {"*": MEMBERS},
    "/incidents": {"*": MEMBERS},
    "/reviews": {"*": MEMBERS},
    **{key: {"*": MEMBERS} for key in ("/risks", "/risks/export.csv", "/risks/export.json")},
    "/admin/organizations": {"*": ADMINISTRATORS},
    "/admin/organizations/<slug>": {"*": frozenset({"agency administrator", "speaker administrator"})},
    "/ideas/import": {"*": frozenset({"agency coordinator"})},
    "/surveys/import": {"*": frozenset({"agency coordinator"})},
    "/ideas/<number>": _NAMED,
    "/ideas/<number>/edit": _NAMED,
    **dict.fromkeys((f"/ideas/<number>/{part}" for part in ("pilot", "product", "risk")), _WHOLE),
    "/ledger": {"*": LEDGER_OF_ALL},
    "/ledger/<number>": {"draft": OWN, "*": LEDGER_OF_ALL | {"own", "partner member"}},
    "/ledger/<number>/export.json": {"draft": OWN, "*": LEDGER_OF_ALL | {"own", "partner member"}},
    "/pilots/<ref>": _WHOLE,
    "/pilots/<ref>/report": _WHOLE,
    "/pilots/<ref>/report.pdf": _WHOLE,
    "/repositories/<owner>/<repo>": _WHOLE,
    "/reviews/<ref>": {"decided": ALL, "*": WHOLE},
    **{key: {"decided": ALL, "*": NOBODY} for key in (f"/reviews/<ref>/report{form}" for form in ("", ".json", ".pdf"))},
    "/evidence/<ref>/file": _WHOLE,
    "/incidents/<ref>": _SAID,
    "/products/<slug>": _OF_PRODUCT,
    "/products/<slug>/publiccode.yml": _OF_PRODUCT,
    "/products/<slug>/spread/<table>.csv": _OF_PRODUCT,
    "/rollout/<slug>": _WHOLE,
}  # fmt: skip
"""Address -> who gets it, by the state of what it names; everybody else is told that there is no such page."""

ANSWERS: Mapping[str, int] = {
    "/evidence/<ref>/file": 303,
    "/library/<asset>/<int:version>/file": 303,
    "/sign-in/second": 303,
}
"""What is answered to whom it is for, where that is no page: files are handed out by a link for once."""

_REGISTER: Seats = frozenset({"own", "partner", "agency"})
NARROW: Mapping[str, Seats] = dict.fromkeys(("/risks", "/risks/export.csv", "/risks/export.json"), _REGISTER)
"""Pages about many ideas that show less than §7 lets their readers see of each (docs/decisions/0023)."""

NAME_NO_IDEA = frozenset({"/ledger/anchors", "/ledger/anchors.json"})
"""What everybody reads of all ledgers: digests, and no names of chains (docs/decisions/0021)."""

NO_NAMES_OF_FILES = frozenset({"/ledger", "/ledger/<number>", "/ledger/<number>/export.json"})
"""A ledger keeps a file's hash, size and type, and not its name (docs/decisions/0017)."""

ONES_OWN = frozenset({"/me", "/me/security", "/me/security/app", "/sign-in"})
"""Pages about the reader, with no address but the reader's."""

ADDRESSES: Mapping[str, Seats] = {
    "/admin/organizations/<slug>": frozenset({"agency administrator", "speaker administrator"}),
    **dict.fromkeys(ONES_OWN, SIGNED),
    "/invitations/<token>": ALL,
    "/reviews/<ref>/report.json": WHOLE,  # a product's contact, in the facts as they were frozen
    "/reviews": frozenset({"agency coordinator"}),
    "/reviews/<ref>": frozenset({"agency coordinator"}),
    "/products/<slug>": SIGNED,
}
"""The only pages that may carry a mail address, and to whom: administrators who revoke, oneself, whoever assigns a reviewer,
and a product's contact, shown to who has signed in."""


COSTLY = frozenset({"/reviews/<ref>/report.pdf", "/pilots/<ref>/report.pdf"})
"""A fifth of a second each: opened for the states that the policy tells apart, undecided, decided and withheld."""

THE_SAME = frozenset({"/styleguide", "/.well-known/security.txt", "/sign-in/forgotten", "/sign-in/second"})
"""Pages about nothing and nobody: read closely by some, and not by all."""


def may_see(by_state: ByState, state: str, seats: Seats) -> bool:
    return bool(by_state.get(state, by_state.get("*", frozenset())) & seats)
