"""The figures of `/insights` about reviewing, what holds pilots up, and how far each year's ideas have come."""

from flask import url_for
from flask_babel import gettext, pgettext

from app.languages import comma
from app.pages import showing
from app.pages.insight_charts import bars, curves
from app.pages.insight_parts import (
    BARS_SHOWN,
    Cell,
    Facts,
    Figure,
    figure_named,
    number,
    percent,
    question_of,
    stage_name,
    table_of,
)
from stages.kernel import DECIDED_WITHIN_WORKING_DAYS, MAX_OPEN_REVIEWS, RATED_WITHIN_WORKING_DAYS
from workflows.insights.cohorts import LEAST
from workflows.queries.insights import Insights


def _gate(gate: str) -> str:
    return gettext("すべて") if gate == "all" else gate


@figure_named("service")
def service(found: Insights, facts: Facts) -> Figure:
    gates = facts["gates"]
    levels = {"rated": RATED_WITHIN_WORKING_DAYS, "decided": DECIDED_WITHIN_WORKING_DAYS}
    if gates:
        every = gates["all"]
        text = gettext(
            "申請から決定までの中央値は %(days)s 営業日で、%(n)s 件の決定の %(p)s%% が目安の %(level)s 営業日に間に合いました。",
            days=number(every["decided"]),
            n=every["n"],
            p=percent(every["decided_in_time"], every["n"]),
            level=levels["decided"],
        )
    else:
        text = gettext("ゲートの決定はまだありません。")
    chart = bars(
        [
            (
                gettext("%(gate)s 決定まで", gate=_gate(gate)),
                pgettext("長さ", "%(n)s 日", n=number(of["decided"])),
                [(of["decided"], "bar-main")],
            )
            for gate, of in gates.items()
        ],
        most=max([levels["decided"] * 1.2, *(of["decided"] for of in gates.values())]),
        marks=[levels["decided"]] * len(gates),
    )
    heads = [
        gettext("ゲート"),
        gettext("決定の数"),
        gettext("判定が揃うまで（営業日の中央値）"),
        gettext("%(n)s 営業日に間に合った割合", n=levels["rated"]),
        gettext("決定まで（営業日の中央値）"),
        gettext("%(n)s 営業日に間に合った割合", n=levels["decided"]),
    ]
    rows = [
        [
            _gate(gate),
            of["n"],
            of["rated"],
            f"{percent(of['rated_in_time'], of['rated_n'])}%" if of["rated_n"] else None,
            of["decided"],
            f"{percent(of['decided_in_time'], of['n'])}%",
        ]
        for gate, of in gates.items()
    ]
    return Figure(
        "service",
        gettext("審査にかかる日数"),
        text,
        table_of(heads, rows),
        [chart] if gates else [],
        [gettext("縦の線は、決定の目安の %(n)s 営業日です。", n=levels["decided"])],
    )


@figure_named("agreement")
def agreement(found: Insights, facts: Facts) -> Figure:
    gates = facts["gates"]
    if gates:
        every = gates["all"]
        text = gettext(
            "二人の審査者が自分で判定した %(n)s の基準のうち、%(p)s%% で色が同じでした。",
            n=every["n"],
            p=percent(every["same"], every["n"]),
        )
        if facts["differ"]:
            gate, key, n, d = facts["differ"][0]
            text += gettext(
                "いちばん分かれたのは「%(question)s」（%(gate)s、%(n)s 回のうち %(d)s 回）です。",
                question=question_of(gate, key),
                gate=gate,
                n=n,
                d=d,
            )
    else:
        text = gettext("二人の審査者が同じ基準を判定した記録は、まだありません。")
    chart = bars(
        [
            (_gate(gate), f"{percent(of['same'], of['n'])}%", [(of["same"] / of["n"], "bar-main")])
            for gate, of in gates.items()
        ],
        most=1,
    )
    heads = [
        gettext("ゲート"),
        gettext("二人で判定した基準"),
        gettext("同じ色"),
        gettext("同じ色の割合"),
        gettext("偶然を除いた一致度"),
    ]
    rows = [
        [
            _gate(gate),
            of["n"],
            of["same"],
            f"{percent(of['same'], of['n'])}%",
            round(of["kappa"], 2) if of["kappa"] is not None else None,
        ]
        for gate, of in gates.items()
    ]
    note = gettext(
        "自動の提案をそのまま受けた判定は数えません。"
        "一致度は 1 が完全な一致、0 が偶然なみです（重み付きのカッパ係数）。色が一つしかないときは出ません。"
    )
    return Figure(
        "agreement",
        gettext("審査者の判定はそろっているか"),
        text,
        table_of(heads, rows),
        [chart] if gates else [],
        [note],
    )


@figure_named("load")
def load(found: Insights, facts: Facts) -> Figure:
    of = facts["all"]
    text = gettext(
        "審査を受け持ったことのある審査者は %(n)s 人で、"
        "いま受け持つ審査の中央値は %(median)s 件、上限の %(most)s 件に達した人は %(full)s 人です。",
        n=of["reviewers"],
        median=number(of["median"]),
        most=MAX_OPEN_REVIEWS,
        full=of["full"],
    )
    people = facts.get("people")
    if people is None:
        heads = [gettext("審査者"), gettext("受け持つ審査の中央値"), gettext("上限に達した人")]
        rows: list[list[int | float | str | None]] = [[of["reviewers"], of["median"], of["full"]]]
        return Figure("load", gettext("審査者の受け持ち"), text, table_of(heads, rows))
    named = [(found.reviewers.get(who, "—"), *more) for who, *more in people]
    chart = bars(
        [(name, f"{now:,}", [(now, "bar-main")]) for name, now, _, _ in named], most=MAX_OPEN_REVIEWS
    )
    heads = [
        gettext("審査者"),
        gettext("いま受け持つ審査"),
        gettext("判定した審査"),
        gettext("割り当てから判定まで（日の中央値）"),
    ]
    return Figure(
        "load",
        gettext("審査者の受け持ち"),
        text,
        table_of(heads, named),
        [chart] if named else [],
        [gettext("名前はデジタル庁の人だけに見えます。")],
    )


@figure_named("blockers")
def blockers(found: Insights, facts: Facts) -> Figure:
    groups = facts["groups"]
    shared = [g for g in groups if g["pilots"] > 1]
    if shared:
        text = gettext(
            "二つ以上の実証で同じことが障害になった例が %(n)s あります。"
            "いちばん多いのは「%(text)s」（%(pilots)s の実証）です。",
            n=len(shared),
            text=shared[0]["text"],
            pilots=shared[0]["pilots"],
        )
    else:
        text = gettext("二つ以上の実証に共通する障害は、まだありません。")
    chart = bars([(g["text"], f"{g['pilots']:,}", [(g["pilots"], "bar-main")]) for g in groups[:BARS_SHOWN]])
    rows = [
        [
            g["text"],
            g["pilots"],
            g["reports"],
            comma().join(g["also"]) or None,
            Cell(g["refs"][0], url_for("pilot", ref=g["refs"][0])),
        ]
        for g in groups
    ]
    heads = [
        gettext("障害"),
        gettext("実証の数"),
        gettext("報告の数"),
        gettext("似た言葉"),
        gettext("いちばん新しい実証"),
    ]
    note = gettext("実証の報告に書かれた障害を、言葉の近いものどうしでまとめました。")
    return Figure(
        "blockers", gettext("くり返す障害"), text, table_of(heads, rows), [chart] if groups else [], [note]
    )


@figure_named("cohorts")
def cohorts(found: Insights, facts: Facts) -> Figure:
    origin, years = facts["origin"], facts["years"]
    drawn = {year: of for year, of in years.items() if of["stages"]}
    after = gettext("提出") if origin == "ideathon" else gettext("実証の開始")
    if drawn:
        year = max(drawn, key=lambda y: (drawn[y]["n"], y))
        stage, shares = next(iter(drawn[year]["stages"].items()))
        text = gettext(
            "%(year)sのアイデア %(n)s 件は、%(after)sから %(months)s か月で %(p)s%% が「%(stage)s」に進みました。",
            year=showing.budget_year(int(year)),
            n=drawn[year]["n"],
            after=after,
            months=len(shares) - 1,
            p=round(100 * shares[-1]),
            stage=stage_name(stage),
        )
    else:
        text = gettext("一つの年度に %(n)s 件以上のアイデアが揃うまで、曲線は描きません。", n=LEAST)
    keys = next((list(of["stages"]) for of in drawn.values()), [])
    months = max((len(s) - 1 for of in drawn.values() for s in of["stages"].values()), default=0)
    charts = [
        curves(
            gettext("「%(stage)s」に進んだ割合", stage=stage_name(key)),
            [(showing.budget_year(int(year)), of["stages"][key]) for year, of in drawn.items()],
            months,
        )
        for key in keys
    ]
    rows = [
        [showing.budget_year(int(year)), of["n"], stage_name(key), month, f"{100 * shares[month]:.0f}%"]
        for year, of in drawn.items()
        for key, shares in of["stages"].items()
        for month in dict.fromkeys((*range(0, len(shares), 3), len(shares) - 1))
    ]
    heads = [
        gettext("年度"),
        gettext("アイデアの数"),
        gettext("進んだ段階"),
        gettext("%(after)sからの月数", after=after),
        gettext("進んだ割合"),
    ]
    note = gettext(
        "まだ途中のアイデアは、その日まで見ていたものとして数えています（カプラン・マイヤー法）。"
        "止まったアイデアは、進まなかったものとして残ります。"
    )
    return Figure(
        "cohorts",
        gettext("年度ごとに、何か月でどこまで進んだか"),
        text,
        table_of(heads, rows),
        charts,
        [note],
    )
