"""The one act an idea's page puts first for its reader: what moves the idea on, if it is theirs; else how to join in."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.pages.mending import mended
from stages.kernel import Rating
from workflows.queries.idea_page import Everything, IdeaPage


@dataclass(frozen=True, slots=True)
class NextAct:
    """A filled button: a link to `address`, or, where `verb` is given, a form that asks for nothing more."""

    text: str
    address: str = ""
    verb: str | None = None


def next_act(page: IdeaPage) -> NextAct | None:
    """The first that holds; None where the reader has nothing to do here."""
    return next(_candidates(page), None)


def _candidates(page: IdeaPage) -> Iterator[NextAct]:
    idea, can, more = page.idea, page.can, page.more
    if page.team.waits_for_me:
        yield NextAct(_("申入れに答える"), "#team")
    if more is not None:
        yield from _of_those_who_work_on_it(page, more)
    if "idea.demand" in can and not _owns(page):
        if idea.status == "active" and page.product and idea.stage == "rollout":
            yield NextAct(_("プロダクトを見る"), url_for("product", slug=page.product[0]))
        yield NextAct(_("「うちも使いたい」と伝える"), "#demand")
    if "idea.clone" in can and idea.status in ("killed", "withdrawn", "completed"):
        yield NextAct(_("もとにして下書きを作る"), "#clone")
    if page.team.may_join and more is None:
        yield NextAct(_("一緒に進めたいと申し入れる"), "#team")


def _owns(page: IdeaPage) -> bool:
    return bool(page.can & {"idea.revise", "evidence.attach", "idea.compare"})


def _of_those_who_work_on_it(page: IdeaPage, more: Everything) -> Iterator[NextAct]:
    idea, can = page.idea, page.can
    number = idea.number
    if idea.status == "draft" and "idea.revise" in can and not (idea.as_is.strip() and idea.to_be.strip()):
        yield NextAct(_("現状とあるべき姿を書く"), url_for("edit_idea", number=number))
    if "idea.submit" in can:
        yield NextAct(_("決裁して提出する"), verb="idea.submit")
    if idea.status == "draft" and "idea.revise" in can:
        yield NextAct(_("下書きを直す"), url_for("edit_idea", number=number))
    if "idea.resume" in can:
        yield NextAct(_("保留を解く"), "#ends")
    review = next((v.review for v in reversed(page.reviews) if v.review.status == "open"), None)
    if review is not None and (_owns(page) or "idea.demand" not in can):
        yield NextAct(_("審査を見る"), url_for("review", ref=review.ref))
    if "risk.decide" in can and more.risk is not None and more.risk.level is None:
        yield NextAct(_("リスクの水準を決める"), url_for("idea_risk", number=number, _anchor="decide"))
    running = more.facts.running_pilots
    if running and "pilot.report" in can:
        yield NextAct(_("実証の様子を報告する"), url_for("pilot", ref=running[-1].ref))
    pilot = more.facts.pilot
    if idea.stage == "pilot" and pilot and pilot.status == "planned" and "pilot.start" in can:
        yield NextAct(_("実証のページを開く"), url_for("pilot", ref=pilot.ref))
    for criterion, finding in more.preview:
        place = mended(page, criterion.key)
        if place is not None and finding is not None and finding.rating == Rating.RED:
            yield NextAct(text=place[1], address=place[0])
    if "review.request" in can:
        gate = {"ideathon": "G1", "pilot": "G2", "evaluation": "G3", "productization": "G4"}[idea.stage]
        yield NextAct(_("%(gate)s の審査を申請する", gate=gate), "#gate")
