"""What there is to say of a measurement before it is recorded: how many, which figure and how sure, how many are missing, what is odd."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.pages import typed
from app.pages.pasted import Pasted, in_words, read
from app.route import Refusal
from stages.dossier import Kpi
from workflows.measuring import PROPORTIONS
from workflows.queries.pilot_kpis import KpiView
from workflows.runtime.refusal import Refused
from workflows.statistics import Estimate, Summary, mean_of, proportion, summarise

FAR = 3.0
"""Tukey's outer fences (Exploratory Data Analysis, 1977): so many quartile ranges beyond the quartiles a value is far out."""
ENOUGH_FOR_QUARTILES = 8
SHOWN = 10


@dataclass(frozen=True)
class SampleCheck:
    """Of one arm alone. `estimate` is None where nothing can be counted yet; `missing` to the minimum is of the pilot arm."""

    n: int = 0
    estimate: Estimate | None = None
    sd: float | None = None
    span: tuple[float, float] | None = None
    missing: int | None = None
    problem: str = ""
    odd: Sequence[tuple[int, float]] = ()
    """Row and value of what lies far from the others."""
    remarks: Sequence[str] = ()


def checked(kpis: Sequence[KpiView], asked: Refusal | None) -> dict[str, SampleCheck]:
    """By KPI: the one whose form was sent, to be checked or refused."""
    if asked is None or asked.verb != "kpi.measure":
        return {}
    kpi = next((k for k in kpis if k.row.ref == asked.typed.get("kpi")), None)
    return {kpi.row.ref: _check(kpi.measured.kpi, asked.typed)} if kpi else {}


def _check(kpi: Kpi, form: "MultiDict[str, str]") -> SampleCheck:
    try:
        found = (
            _pasted(kpi, read(form["samples"])) if form.get("samples", "").strip() else _summarised(kpi, form)
        )
    except Refused as refused:
        return SampleCheck(problem=refused.message)
    if found.n and form.get("arm") == "pilot":
        return replace(found, missing=max(0, kpi.min_n - kpi.n - found.n))
    return found


def _pasted(kpi: Kpi, rows: Pasted) -> SampleCheck:
    problems = list(rows.problems)
    low, high = (
        (0.0, 1.0) if kpi.type in PROPORTIONS else (1.0, 5.0) if kpi.type == "satisfaction" else (0.0, None)
    )
    for row, value in zip(rows.rows, rows.values, strict=True):
        if kpi.type in PROPORTIONS and value not in (0, 1):
            problems.append((row, _("「%(value)s」は 0 でも 1 でもありません。", value=typed.written(value))))
        elif high is not None and not low <= value <= high:
            problems.append((row, _("「%(value)s」は 1 から 5 ではありません。", value=typed.written(value))))
    if problems or not rows.values:
        return SampleCheck(
            n=len(rows.values), problem=in_words(sorted(problems)) or _("値がまだありません。")
        )
    values = list(rows.values)
    remarks = [*_read_how(rows)]
    if kpi.type in PROPORTIONS:
        return _counted(kpi, int(sum(values)), len(values), remarks)
    summary = summarise(values)
    return SampleCheck(
        n=summary.n,
        estimate=mean_of(summary),
        sd=summary.sd,
        span=(min(values), max(values)),
        odd=[(rows.rows[i], values[i]) for i in far_out(values)][:SHOWN],
        remarks=remarks + list(_of_spread(summary)),
    )


def _summarised(kpi: Kpi, form: "MultiDict[str, str]") -> SampleCheck:
    """From the figures typed; those that are missing or no numbers are the verb's to refuse."""
    n, successes = typed.whole(form.get("n", "")), typed.whole(form.get("successes", ""))
    mean, sd = typed.number(form.get("mean", "")), typed.number(form.get("sd", ""))
    try:
        if kpi.type in PROPORTIONS:
            return (
                _counted(kpi, successes, n, [])
                if isinstance(n, int) and isinstance(successes, int)
                else SampleCheck()
            )
        if isinstance(n, int) and isinstance(mean, float) and isinstance(sd, float):
            summary = Summary(n, mean, sd)
            return SampleCheck(n=n, estimate=mean_of(summary), sd=sd, remarks=list(_of_spread(summary)))
    except ValueError:
        return SampleCheck(
            problem=_("数の組合せがありえません。件数・当てはまった数・ばらつきを確かめてください。")
        )
    return SampleCheck()


def _counted(kpi: Kpi, successes: int, n: int, remarks: list[str]) -> SampleCheck:
    found = proportion(successes, n)
    if kpi.type == "incident_count":
        return SampleCheck(n=n, estimate=Estimate(float(successes), None, None, n), remarks=remarks)
    if successes in (0, n):
        remarks = [*remarks, _("すべて同じ結果です。件数が少ないうちは、本当の割合はまだ幅があります。")]
    return SampleCheck(n=n, estimate=found, remarks=remarks)


def _read_how(rows: Pasted) -> Iterator[str]:
    if rows.column:
        yield _("%(n)s 列目を値として読みました。", n=rows.column)
    if rows.headed:
        yield _("1 行目は見出しとみて、除きました。")


def _of_spread(summary: Summary) -> Iterator[str]:
    if summary.n == 1:
        yield _("1 件だけでは、ばらつきがわかりません。2 件以上を測ってください。")
    elif summary.sd == 0:
        yield _("値がすべて同じです。丸めた値でないか、写し間違いでないかを確かめてください。")


def far_out(values: Sequence[float]) -> list[int]:
    """The places of the values far outside the others: minutes among seconds, one digit too many. None of fewer than eight."""
    if len(values) < ENOUGH_FOR_QUARTILES:
        return []
    lower, _middle, upper = quantiles(values, n=4, method="inclusive")
    room = FAR * (upper - lower)
    if room == 0:
        return []
    return [i for i, v in enumerate(values) if not lower - room <= v <= upper + room]
