"""The report of a pilot on two sheets of A4 at most: the same read model and the same sentences as its page.

What does not fit is cut, never the type: texts by their length, lists by their rows, and the paper says so and where the whole is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.pages import charts
from app.pages.pilot_report_words import cost_line, event_line, incident_line, kpi_line, verdict_line
from app.pages.showing import day, figure, goal
from app.pages.words import ACTION_STATUS, PILOT_STATUS
from app.typesetting.decision import MARKS, colour
from app.typesetting.sheet import INK, LINE, SOFT, Sheet
from stages.kernel import DECISION_NAMES, Decision
from stages.local_government import SIZE_CLASSES
from stages.risk import SEVERITY_NAMES
from workflows.queries.pilot_report_parts import Event, PilotReport, ReportedKpi
from workflows.statistics import Estimate

SHEETS = 2


class Room(NamedTuple):
    """So many characters of a text, and so many rows of a list."""

    text: int
    rows: int


ROOMS = (Room(500, 16), Room(280, 10), Room(150, 6), Room(80, 4), Room(40, 2))
"""From the widest to what always fits."""


def pdf_of(report: PilotReport, made_at: datetime) -> bytes:
    """The report to be handed on. To be called where the language is Japanese."""
    for room in ROOMS:
        paper = _Paper(report, room, made_at)
        paper.write()
        if paper.sheet.page_no() <= SHEETS:
            break
    return bytes(paper.sheet.output())


class _Paper:
    """One setting of the report, in so much room."""

    def __init__(self, report: PilotReport, room: Room, made_at: datetime) -> None:
        self.r, self.room, self.is_cut = report, room, False
        title = f"実証の報告 {report.pilot.ref}"
        self.sheet = Sheet(f"{title} {report.title}", f"{title}　{day(made_at)} 現在の記録から", made_at)
        self.sheet.set_subject(report.title)

    def write(self) -> None:
        self._head()
        self._stopped()
        self._plan()
        self._kpis()
        self._happened()
        self._heard()
        self._incidents()
        self._cost()
        self._neighbours()
        if self.is_cut:
            self.sheet.ln(2)
            self._say(
                f"紙面に収まらない分は省きました。全文は、共創パイプラインの実証 {self.r.pilot.ref} の報告にあります。",
                SOFT,
            )

    def _cut(self, text: str, share: float = 1.0) -> str:
        """A text in one paragraph and in its room."""
        line, most = " ".join(text.split()), int(self.room.text * share)
        if len(line) <= most:
            return line
        self.is_cut = True
        return f"{line[: most - 1]}…"

    def _say(self, text: str, ink: tuple[int, int, int] = INK, indent: float = 0, bold: bool = False) -> None:
        self.sheet.paragraph(text, 9, ink, indent, bold)

    def _rows(self, lines: Iterable[str]) -> None:
        every = list(lines)
        for line in every[: self.room.rows]:
            self._say(f"・{line}")
        if len(every) > self.room.rows:
            self.is_cut = True
            self._say(f"ほか {len(every) - self.room.rows} 件", SOFT)

    def _head(self) -> None:
        r, sheet = self.r, self.sheet
        sheet.paragraph(f"実証の報告　{r.pilot.ref}　{PILOT_STATUS[r.pilot.status]}", 9, SOFT)
        sheet.heading(r.title, level=1)
        size = f"（{SIZE_CLASSES[r.site_size]}）" if r.site_size else ""
        sheet.paragraph(f"試した団体: {r.site}{size}　提案: {r.owner}　事業者: {r.vendor}", 9, SOFT)
        sheet.ln(2)
        sheet.panel(verdict_line(r), 12)
        if r.closing and r.pilot.status == "finished":
            self._say(f"終えてのまとめ: {self._cut(r.closing)}")

    def _plan(self) -> None:
        p, sheet = self.r.pilot, self.sheet
        sheet.heading("計画")
        ended = p.finished_at or p.cancelled_at
        ran = (
            f"{day(p.started_at)} 〜 {day(ended) if ended else '実施中'}"
            if p.started_at
            else "始めていません"
        )
        sheet.pairs(
            [
                ("計画の期間", f"{day(p.starts_on)} 〜 {day(p.ends_on)}（{self.r.days.planned} 日間）"),
                ("実際の期間", f"{ran}（{self.r.days.gone} 日）" if p.started_at else ran),
                ("試したこと", self._cut(self.r.plan)),
                ("中止基準", self._cut(self.r.stop_rule, 0.5)),
                ("目標の凍結", day(p.frozen_at) if p.frozen_at else "していません"),
            ]
        )

    def _kpis(self) -> None:
        self.sheet.heading("目標と結果")
        for k in self.r.kpis[: max(self.room.rows // 2, 3)]:
            self._kpi(k)
        if len(self.r.kpis) > max(self.room.rows // 2, 3):
            self.is_cut = True
            self._say(f"ほか {len(self.r.kpis) - max(self.room.rows // 2, 3)} 件の KPI", SOFT)
        if not self.r.kpis:
            self._say("KPI は決められていません。")

    def _kpi(self, k: ReportedKpi) -> None:
        kpi, sheet = k.measured.kpi, self.sheet
        sheet.keep(22)
        mark = (
            MARKS.get({"met": "green", "unsure": "amber"}.get(k.result, "red"), "")
            if k.result != "short"
            else "－"
        )
        bound = "以上" if kpi.direction == "up" else "以下"
        self._say(
            f"{mark} {self._cut(kpi.name, 0.5)}　目標 {goal(kpi.target, kpi.type)}{bound}（標本 {kpi.min_n:,} 件以上と約束）",
            bold=True,
        )
        self._say(
            kpi_line(k) + (f"やめた理由: {self._cut(k.abandoned_because)}" if k.abandoned_because else ""),
            indent=4,
        )
        self._drawn(k)
        arms = [
            f"{name} {_estimate(e, kpi.type)}"
            for name, e in (("実証前", k.effect.baseline), ("実証中", k.effect.tried))
            if e
        ]
        by = f"　測った団体: {'、'.join(k.by)}" if k.by else ""
        if arms:
            self._say(f"{'　'.join(arms)}{by}", SOFT, indent=4)

    def _drawn(self, k: ReportedKpi) -> None:
        """The interval against the target, as on the page: a bar from low to high, a dot, and a line at the target."""
        marks, sheet = charts.interval(k.measured.kpi), self.sheet
        if marks is None or k.measured.kpi.abandoned:
            return
        scale, left, y = 100 / charts.WIDTH, sheet.l_margin + 4, sheet.get_y() + 3
        with sheet.passed_over():
            sheet.set_draw_color(*LINE)
            sheet.set_line_width(0.2)
            sheet.line(left, y, left + 100, y)
            sheet.set_draw_color(*INK)
            sheet.line(left + marks.target * scale, y - 2.5, left + marks.target * scale, y + 2.5)
            sheet.set_line_width(0.9)
            sheet.line(left + marks.low * scale, y, left + marks.high * scale, y)
            sheet.set_line_width(0.2)
            sheet.set_fill_color(*INK)
            sheet.ellipse(left + marks.estimate * scale - 1.1, y - 1.1, 2.2, 2.2, "F")
            sheet.set_xy(left + 103, y - 2.2)
            sheet.set_font("noto", size=7.5)
            sheet.set_text_color(*SOFT)
            sheet.cell(0, 4, "太い線: 95% 区間　縦線: 目標")
        sheet.set_xy(sheet.l_margin, y + 3)

    def _stopped(self) -> None:
        """Why it went no further and what would have to be otherwise, where that is so: first of all."""
        r = self.r
        if not r.is_stopped:
            return
        self.sheet.heading("なぜ先へ進まなかったか、何が変わればよいか")
        if r.pilot.status == "cancelled":
            self._say(f"取りやめた理由: {self._cut(r.closing)}")
        if d := r.ending:
            name = DECISION_NAMES[Decision(d.decision)]
            self._say(f"{d.gate} {d.gate_name}の決定「{name}」（{day(d.on)}）: {self._cut(d.rationale)}")
        if r.withdrawn:
            self._say(f"アイデアを取り下げた理由: {self._cut(r.withdrawn)}")
        asked = [f"{a.question}（{colour(a.colour)}）: {self._cut('、'.join(a.texts), 0.6)}" for a in r.asked]
        blocked = [f"妨げになったこと: {self._cut(b, 0.4)}" for b in r.last_blockers]
        missed = [f"{self._cut(k.measured.kpi.name, 0.3)}: {kpi_line(k)}" for k in r.not_met]
        learnt = [f"リスクケースから: {self._cut(i.lesson, 0.6)}" for i in r.incidents if i.lesson]
        self._rows([*asked, *missed, *blocked, *learnt])

    def _happened(self) -> None:
        self.sheet.heading(f"経過（報告 {self.r.reports} 回）")
        shown: Sequence[Event] = self.r.events
        if len(shown) > self.room.rows:
            self.is_cut = True
            half = self.room.rows // 2
            shown = [*shown[:half], *shown[-half:]]
        for e in shown:
            more = self._cut("　".join(filter(None, (e.text, *(f"妨げ: {b}" for b in e.blockers)))), 0.25)
            self._say(f"{day(e.on)}　{event_line(e)}{more}")
        if len(shown) < len(self.r.events):
            self._say(f"このあいだの {len(self.r.events) - len(shown)} 件は省きました。", SOFT)

    def _heard(self) -> None:
        self.sheet.heading("使った職員の声")
        self._rows(f"{self._cut(h.title, 0.5)}（{day(h.on)}）{self._cut(h.text, 0.6)}" for h in self.r.heard)
        if not self.r.heard:
            self._say("記録がありません。")

    def _incidents(self) -> None:
        self.sheet.heading("リスクケース")
        self._rows(
            f"{self._cut(i.title, 0.4)}（{SEVERITY_NAMES[i.severity]}、{day(i.known_at)}）{incident_line(i)}"
            + (f"学んだこと: {self._cut(i.lesson, 0.6)}" if i.lesson else "")
            for i in self.r.incidents
        )
        if not self.r.incidents:
            self._say("届け出られたものはありません。")

    def _cost(self) -> None:
        self.sheet.heading("費用")
        self._say(cost_line(self.r.cost))

    def _neighbours(self) -> None:
        r = self.r
        self.sheet.heading("ほかの団体が知っておくこと")
        self._rows(
            [
                *(f"くり返し妨げになったこと（{n} 回）: {self._cut(text, 0.4)}" for text, n in r.recurring),
                *(f"条件（{ACTION_STATUS[c.status]}）: {self._cut(c.text, 0.4)}" for c in r.conditions),
                *(f"設定と手引の資料: {self._cut(h.title, 0.4)}" for h in r.settings),
                *([f"プロダクト「{r.product[1]}」として使えます。"] if r.product else []),
                *(
                    [f"使いたいときは、アイデア {r.number} のページで「うちも使いたい」と伝えられます。"]
                    if r.is_open
                    else []
                ),
            ]
            or ["記録がありません。"]
        )


def _estimate(e: Estimate, type_: str) -> str:
    within = f"（{figure(e.low, type_)} 〜 {figure(e.high, type_)}）" if e.low is not None else ""
    return f"{figure(e.value, type_)}{within} 標本 {e.n:,} 件"
