"""What the report of a pilot says in the program's own words: the same sentences on the page and on paper."""

from flask_babel import gettext as _

from app.pages.showing import day, in_english
from app.pages.verdicts import verdict_words
from app.pages.words import HEALTH
from stages.kernel import DECISION_NAMES, Decision
from stages.risk import SEVERITY_NAMES
from workflows.calendar import tokyo_day
from workflows.queries.pilot_report_parts import Cost, Event, PilotReport, ReportedIncident, ReportedKpi


def verdict_line(r: PilotReport) -> str:
    """What came of it, in one sentence, before anything else."""
    pilot = r.pilot
    match pilot.status:
        case "planned":
            return _("まだ始まっていません。これは計画の報告です。")
        case "running":
            return _(
                "実証中です（計画 %(all)s 日のうち %(n)s 日目）。これは途中の報告です。",
                all=r.days.planned,
                n=r.days.gone,
            )
        case "cancelled" if pilot.started_at is None:
            return _("始める前に取りやめました。")
        case "cancelled":
            return _("計画 %(all)s 日のうち %(n)s 日目に取りやめました。", all=r.days.planned, n=r.days.gone)
    met, every = sum(k.result == "met" for k in r.kpis), len(r.kpis)
    after = [d for d in r.decisions if pilot.finished_at and d.on >= tokyo_day(pilot.finished_at)]
    if after:
        return _(
            "KPI %(all)s 件のうち %(met)s 件が目標に届き、ゲート %(gate)s の決定は「%(decision)s」でした。",
            all=every,
            met=met,
            gate=after[-1].gate,
            decision=_(DECISION_NAMES[Decision(after[-1].decision)]),
        )
    return _(
        "KPI %(all)s 件のうち %(met)s 件が目標に届きました。ゲートの決定はまだです。", all=every, met=met
    )


def event_line(e: Event) -> str:
    """What happened, without what people wrote of it."""
    match e.kind:
        case "frozen":
            return _("目標値を凍結しました。")
        case "replanned" if e.days:
            return _(
                "日程を %(start)s から %(end)s までに変えました。", start=day(e.days[0]), end=day(e.days[1])
            )
        case "started":
            return _("実証を始めました。")
        case "reported":
            return _("報告: %(health)s（進み具合 %(n)s%%）", health=_(HEALTH[e.health]), n=e.progress)
        case "changed":
            return _(
                "様子が「%(health)s」に変わりました（進み具合 %(n)s%%）。",
                health=_(HEALTH[e.health]),
                n=e.progress,
            )
        case "silent":
            return _("この日まで %(n)s 日間、報告がありませんでした。", n=e.gap)
        case "incident":
            return _(
                "リスクケースがわかりました（重大さ: %(severity)s）。", severity=_(SEVERITY_NAMES[e.severity])
            )
        case "finished":
            return _("実証を終えました。")
    return _("実証を取りやめました。")


def cost_line(cost: Cost) -> str:
    """The cost of a case, and which cases were counted."""
    yen = f"{cost.yen:,}"
    if cost.per_case is None:
        return _(
            "計画の費用は %(yen)s 円です。件数を数える KPI がないため、一件あたりの費用は出しません。",
            yen=yen,
        )
    each, n = f"{cost.per_case:,.0f}", f"{cost.cases:,}"
    if cost.basis == "measured":
        return _(
            "一件あたり %(each)s 円（計画の費用 %(yen)s 円 ÷ 実証で測った %(n)s 件）", each=each, yen=yen, n=n
        )
    return _(
        "一件あたり %(each)s 円の見込み（計画の費用 %(yen)s 円 ÷ 測る予定の %(n)s 件）",
        each=each,
        yen=yen,
        n=n,
    )


def incident_line(i: ReportedIncident) -> str:
    """How the reports of an incident went, and whether it is closed."""
    said = {
        True: _("報告は期限内でした。"),
        False: _("報告が期限に遅れました。"),
        None: _("最終報告の期限はまだ先です。"),
    }[i.in_time]
    ended = _("終結しました。") if i.closed else _("まだ終結していません。")
    return f"{said}{' ' if in_english() else ''}{ended}"


def kpi_line(k: ReportedKpi) -> str:
    """The KPI in words: its target, what was found, how sure it is."""
    if k.result == "abandoned":
        return _("測るのをやめました。目標に届かなかったものとして数えます。")
    return verdict_words(k.measured.kpi, k.measured.verdict) or _("測った値がありません。")
