"""A KPI's verdict in a sentence a clerk can read out: the target, what was found, how sure it is, and what to do about it."""

from flask_babel import gettext as _

from app.pages.showing import figure, goal, in_english
from stages.dossier import Kpi
from workflows.effects import More


def verdict_words(kpi: Kpi, verdict: str | None, more: More | None = None) -> str:
    """Empty while there is nothing to judge. `more` are the cases until the interval no longer reaches over the target."""
    if kpi.estimate is None or kpi.abandoned:
        return ""
    said = [_found(kpi) + _interval(kpi) + ("." if in_english() else "。")]
    sure = kpi.low is not None and kpi.high is not None
    if kpi.n < kpi.min_n:
        missing = f"{kpi.min_n - kpi.n:,}"
        said.append(_("標本数が足りず、まだ判断できません。必要な標本数まで、あと %(n)s 件です。", n=missing))
        return _joined(said)
    if verdict == "green":
        said.append(_("目標に届いたと言えます。"))
    elif verdict == "amber":
        said.append(_("目標に届いたとは言い切れません。"))
        if not sure:
            said.append(_("ばらつきがわからないためです。2 件以上を、一件ずつの値で測ってください。"))
    else:
        said.append(_("目標に届いていません。"))
    if verdict != "green" and sure and more is not None and _crosses(kpi):
        n = f"{more.n:,}"
        said.append(
            _("このままの値なら、実証前と実証中をそれぞれあと約 %(n)s 件測ると、はっきりします。", n=n)
            if more.both
            else _("このままの値なら、あと約 %(n)s 件測ると、はっきりします。", n=n)
        )
    return _joined(said)


def _joined(sentences: list[str]) -> str:
    return (" " if in_english() else "").join(sentences)


def _found(kpi: Kpi) -> str:
    target = goal(kpi.target, kpi.type)
    assert kpi.estimate is not None
    if kpi.type == "time_saved" and kpi.estimate < 0:
        slower = figure(-kpi.estimate, kpi.type)
        return _(
            "目標 %(target)sの短縮に対し、かえって %(value)s長くかかりました", target=target, value=slower
        )
    value = figure(kpi.estimate, kpi.type, kpi.target)
    if kpi.type == "time_saved":
        return _("目標 %(target)sの短縮に対し、%(value)s短縮", target=target, value=value)
    if kpi.direction == "up":
        return _("目標 %(target)s以上に対し、%(value)s", target=target, value=value)
    return _("目標 %(target)s以下に対し、%(value)s", target=target, value=value)


def _interval(kpi: Kpi) -> str:
    if kpi.low is None or kpi.high is None:
        return ""
    low, high = (figure(x, kpi.type, kpi.target) for x in (kpi.low, kpi.high))
    return _("（95%% 信頼区間 %(low)s 〜 %(high)s）", low=low, high=high)


def _crosses(kpi: Kpi) -> bool:
    assert kpi.low is not None
    assert kpi.high is not None
    return kpi.low < kpi.target < kpi.high


def differ_words(i2: float) -> str:
    """How far sites differ beyond chance, by the thresholds of Cochrane's Handbook (6.5, 10.10.2)."""
    if i2 < 0.4:
        return _("団体による違いは、ほとんど見られません。")
    if i2 < 0.75:
        return _("団体によって、いくらか違います。自分の団体でも測って確かめてください。")
    return _("団体によって大きく違います。一つにまとめた値は目安にとどめ、違う理由を調べてください。")
