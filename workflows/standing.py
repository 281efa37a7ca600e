"""The flags that stand on an idea, and what comes next on its road: derived from the dossier, never stored by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import stages
from stages.dossier import Dossier
from stages.everywhere import FLAGS as ANYWHERE
from stages.everywhere import OF_THE_WORLD
from stages.kernel import Clears, Flag, Raised, Rating
from stages.lifecycle import OFF_THE_ROAD


@dataclass(frozen=True, slots=True)
class Standing:
    """A flag that stands: with the organizations (slugs) that can clear it."""

    flag: Flag
    raised: Raised
    clears: tuple[str, ...]


def flags(d: Dossier, today: date, agency: tuple[str, ...]) -> Iterator[Standing]:
    """The flags that stand today. Imported ideas raise none until their owner first acts; ideas off the road only those of the world."""
    if d.imported_untouched:
        return
    for flag in (*(f for s in stages.PIPELINE for f in s.flags), *ANYWHERE):
        if d.status in OFF_THE_ROAD and flag.key not in OF_THE_WORLD:
            continue
        for raised in flag.when(d, today):
            yield Standing(flag, raised, _who_clears(flag, raised, d, agency))


def _who_clears(flag: Flag, raised: Raised, d: Dossier, agency: tuple[str, ...]) -> tuple[str, ...]:
    orgs: tuple[str, ...]
    match flag.clears:
        case Clears.OWNER:
            orgs = (d.owner.slug,)
        case Clears.AGENCY:
            orgs = agency
        case Clears.FILER:
            orgs = (*raised.orgs, *agency)
        case Clears.PILOT | Clears.SUBJECT:
            orgs = raised.orgs
    return tuple(dict.fromkeys(orgs))


@dataclass(frozen=True, slots=True)
class NextStep:
    """What must happen next, in a sentence, and the organization that must move (None at the end of the road)."""

    text: str
    waits_for: str | None


def next_step(d: Dossier, agency: str | None) -> NextStep:
    """The next step on an idea's road and who must take it (promise 1)."""
    match d.status:
        case "draft":
            return NextStep("決裁を受けて提出してください。", d.owner.slug)
        case "in_review":
            return NextStep(_review_step(d), agency)
        case "on_hold":
            return NextStep(f"{d.hold_until} にもう一度検討します。", agency)
        case "killed":
            return NextStep("中止になりました。学びを読み、別のアイデアのもとにできます。", None)
        case "withdrawn":
            return NextStep("取り下げられました。", None)
        case "merged":
            return NextStep("ほかのアイデアに合流しました。", None)
        case "completed":
            return NextStep("横展開まで完了しました。", None)
    if d.stage == "rollout":
        flag = d.product.flag if d.product else "none"
        text = (
            "停止の原因を除き、再開を決めてください。"
            if flag == "suspended"
            else "全国の団体に案内し、導入の回答を集めています。"
        )
        return NextStep(text, agency)
    running = d.running_pilots
    if running:
        return NextStep(
            f"実証中です。{running[-1].ends_on} に終わります。報告を続けてください。", d.owner.slug
        )
    gate = stages.STAGES[d.stage].gate
    assert gate is not None
    if d.stage == "pilot" and d.pilot and d.pilot.status == "planned":
        return NextStep(f"{d.pilot.starts_on} に実証を始めてください。", d.owner.slug)
    for finding in gate.propose(d).values():
        if finding is not None and finding.rating == Rating.RED:
            return NextStep(finding.action, d.owner.slug)
    return NextStep(f"{gate.key}（{gate.name}）の審査を申請してください。", d.owner.slug)


def _review_step(d: Dossier) -> str:
    if d.review is None:
        return "審査を待っています。"
    if d.review.assigned < 2:
        return "審査者を割り当ててください。"
    if d.review.raters < 2:
        return f"審査者の判定を待っています（{d.review.rate_by} まで）。"
    return f"決裁者の決定を待っています（{d.review.decide_by} まで）。"
