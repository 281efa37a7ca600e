"""The figures of `/insights` about the road: what comes next and how far that can be trusted, where ideas are, where they stop."""

from datetime import timedelta

from flask import url_for
from flask_babel import gettext, pgettext

from app.pages import showing
from app.pages.insight_charts import bars, spans
from app.pages.insight_parts import (
    BARS_SHOWN,
    Cell,
    Facts,
    Figure,
    day_of,
    figure_named,
    number,
    percent,
    question_of,
    stage_name,
    table_of,
)
from stages.kernel import DECISION_NAMES, Decision
from stages.lifecycle import STAGE_KEYS
from workflows.forecasting import LEVELS, UNTIL
from workflows.insights.future import LEAST_JUDGED
from workflows.queries.insights import SHOWN, Insights


@figure_named("decisions")
def decisions(found: Insights, facts: Facts) -> Figure:
    today, rows = day_of(facts["today"]), []
    for idea_id, *days in facts["ideas"]:
        idea = found.ideas.get(idea_id)
        if idea is None:
            continue  # it has left the reader's sight, or is beyond what this page shows
        dates = [today + timedelta(days=d) if d is not None else None for d in days]
        link = Cell(f"{idea.number} {idea.title}", url_for("idea", number=idea.number))
        rows.append([link, stage_name(idea.stage) if idea.stage else None, *dates])
    told = facts["open"] - facts["untold"]
    return Figure(
        "decisions",
        gettext("次の決定はいつか"),
        gettext(
            "進行中のアイデア %(open)s 件のうち %(told)s 件は、次のゲートの決定が出る日を見込めます。",
            open=facts["open"],
            told=told,
        )
        if told
        else gettext("決定までの履歴がまだ足りないため、次の決定の日は見込めません。"),
        table_of(
            [
                gettext("アイデア"),
                gettext("段階"),
                gettext("50% の確率でこの日までに"),
                gettext("85% の確率でこの日までに"),
            ],
            rows,
            SHOWN,
        ),
        notes=[
            gettext(
                "同じ段階で待った過去のアイデアの日数から、くり返し試算した日付です。約束の日ではありません。"
                "「—」は、これまでの例より長く待っているか、例が足りないものです。"
            )
        ],
    )


@figure_named("calibration")
def calibration(found: Insights, facts: Facts) -> Figure:
    said = facts["said"]
    names = {f"by {p}": gettext("%(p)s%% の確率で、この日までに", p=p) for p in UNTIL}
    names |= {str(level): gettext("%(p)s%% の確率で、この日とこの日の間に", p=level) for level in LEVELS}
    judged = {name: said[name] for name in names}
    hit, of = said[f"by {UNTIL[-1]}"]
    if of >= LEAST_JUDGED:
        text = gettext(
            "これまでの予測のうち、「85%% の確率でこの日までに決まる」は %(of)s 回中 %(hit)s 回（%(p)s%%）当たりました。",
            of=of,
            hit=hit,
            p=percent(hit, of),
        )
    else:
        text = gettext(
            "「85%% の確率でこの日までに決まる」という予測を確かめられたのは、まだ %(of)s 回です。%(least)s 回になるまで、割合は示しません。",
            of=of,
            least=LEAST_JUDGED,
        )
    enough = {name: pair for name, pair in judged.items() if pair[1] >= LEAST_JUDGED}
    chart = bars(
        [(names[n], f"{percent(h, of)}%", [(h / of, "bar-main")]) for n, (h, of) in enough.items()],
        most=1,
        marks=[int(n.removeprefix("by ")) / 100 for n in enough],
    )
    rows = [
        [names[n], of, h, f"{percent(h, of)}%" if of >= LEAST_JUDGED else None]
        for n, (h, of) in judged.items()
    ]
    heads = [
        gettext("予測の言い方"),
        gettext("確かめた回数"),
        gettext("当たった回数"),
        gettext("当たった割合"),
    ]
    return Figure(
        "calibration",
        gettext("予測はどれだけ当たったか"),
        text,
        table_of(heads, rows),
        [chart] if enough else [],
        [
            gettext(
                "過去の月の初めに戻り、その日までの記録だけで予測して、"
                "その後の決定と比べました（%(n)s か月分）。縦の線は、当たるはずの割合です。",
                n=facts["months"],
            )
        ],
    )


@figure_named("capacity")
def capacity(found: Insights, facts: Facts) -> Figure:
    periods, past = facts["periods"], facts["past"]
    heads = [
        gettext("はじまり"),
        gettext("おわり"),
        gettext("少なくて"),
        gettext("真ん中"),
        gettext("多くて"),
    ]
    notes = []
    if periods:
        low, high, middle = periods[1][2:]
        text = gettext(
            "次の四半期に横展開へ進むのは %(n)s 件の見込みです（80%% の確率で %(low)s〜%(high)s 件）。",
            n=middle,
            low=low,
            high=high,
        )
        hit, of = past["80"]
        notes.append(
            gettext(
                "同じやり方の予測は、過去 %(of)s 四半期のうち %(hit)s 回、80%% の幅に入りました。",
                of=of,
                hit=hit,
            )
            if of
            else gettext("過去の四半期で確かめるには、まだ履歴が足りません。")
        )
        notes.append(
            gettext(
                "過去の待ち日数とゲートの結果をくり返し引き直した試算です。"
                "新しいアイデアは、この一年と同じ速さで来るとしています。"
            )
        )
    else:
        text = gettext(
            "横展開まで進んだ歩みがまだ少なく（%(n)s 件）、四半期ごとの件数は見込めません。",
            n=facts["reached"],
        )
    rows = [
        [day_of(begin), day_of(end) - timedelta(days=1), low, middle, high]
        for begin, end, low, high, middle in periods
    ]
    chart = spans(
        [
            (
                f"{showing.day(row[0])} 〜 {showing.day(row[1])}",
                gettext("%(low)s〜%(high)s 件", low=row[2], high=row[4]),
                row[2],
                row[3],
                row[4],
            )
            for row in rows
        ]
    )
    return Figure(
        "capacity",
        gettext("いくつ横展開に進むか"),
        text,
        table_of(heads, rows),
        [chart] if rows else [],
        notes,
    )


@figure_named("funnel")
def funnel(found: Insights, facts: Facts) -> Figure:
    years = facts["years"]
    every = years.get("all", [[0, 0, 0, 0]] * len(STAGE_KEYS))
    worst = max(range(len(every)), key=lambda n: every[n][2])
    text = gettext(
        "受け付けた %(n)s 件のうち、%(pilot)s 件が実証に、%(rollout)s 件が横展開に進みました。",
        n=every[0][0],
        pilot=every[1][0],
        rollout=every[-1][0],
    )
    if every[worst][2]:
        text += gettext(
            "いちばん多く止まったのは「%(stage)s」で、%(n)s 件です。",
            stage=stage_name(worst),
            n=every[worst][2],
        )
    legend = [
        ("bar-main", gettext("次に進んだ・完了")),
        ("bar-care", gettext("いまここにいる")),
        ("bar-soft", gettext("止まった")),
    ]
    chart = bars(
        [
            (stage_name(n), f"{entered:,}", [(onward, "bar-main"), (here, "bar-care"), (stopped, "bar-soft")])
            for n, (entered, onward, stopped, here) in enumerate(every)
        ],
        legend,
    )
    rows = [
        [gettext("すべて") if year == "all" else showing.budget_year(int(year)), stage_name(n), *counts]
        for year, of in sorted(years.items(), key=lambda pair: (pair[0] != "all", pair[0]))
        for n, counts in enumerate(of)
    ]
    heads = [
        gettext("提出した年度"),
        gettext("段階"),
        gettext("入った"),
        gettext("次に進んだ・完了"),
        gettext("止まった"),
        gettext("いまここにいる"),
    ]
    return Figure("funnel", gettext("どこまで進んだか"), text, table_of(heads, rows), [chart])


@figure_named("ages")
def ages(found: Insights, facts: Facts) -> Figure:
    of = facts["stages"]
    if of:
        slow = max(of, key=lambda stage: of[stage]["median"])
        text = gettext(
            "今の段階にいちばん長くいるのは「%(stage)s」のアイデアで、半数が %(median)s 日を超えています。",
            stage=stage_name(slow),
            median=number(of[slow]["median"]),
        )
    else:
        text = gettext("段階の途中にあるアイデアはありません。")
    chart = spans(
        [
            (
                f"{stage_name(s)}（{a['n']:,}）",
                pgettext("長さ", "%(n)s 日", n=number(a["median"])),
                a["q1"],
                a["median"],
                a["q3"],
            )
            for s, a in of.items()
        ]
    )
    rows = []
    for s, a in of.items():
        oldest = next((pair for pair in a["oldest"] if pair[1] in found.ideas), None)
        idea = found.ideas[oldest[1]] if oldest else None
        link = (
            Cell(f"{idea.number} {idea.title}", url_for("idea", number=idea.number)) if idea else Cell(None)
        )
        rows.append(
            [stage_name(s), a["n"], a["q1"], a["median"], a["q3"], link, oldest[0] if oldest else None]
        )
    heads = [
        gettext("段階"),
        gettext("いまの件数"),
        gettext("短い四分の一（日）"),
        gettext("中央値（日）"),
        gettext("長い四分の一（日）"),
        gettext("いちばん長いアイデア"),
        gettext("その日数"),
    ]
    note = gettext("太い線は、短いほうの四分の一から長いほうの四分の一まで。丸は中央値です。")
    return Figure(
        "ages", gettext("今の段階に何日いるか"), text, table_of(heads, rows), [chart] if of else [], [note]
    )


@figure_named("stops")
def stops(found: Insights, facts: Facts) -> Figure:
    rows = facts["criteria"]
    halted = sum(
        n for of in facts["decisions"].values() for d, n in of.items() if d in ("recycle", "hold", "kill")
    )
    if rows:
        gate, key, *counts = rows[0]
        text = gettext(
            "先に進まなかった決定は %(n)s 件です。"
            "その中でいちばん多く赤になった基準は「%(question)s」（%(gate)s、%(k)s 件）です。",
            n=halted,
            question=question_of(gate, key),
            gate=gate,
            k=sum(counts),
        )
    else:
        text = gettext("先に進まなかった決定は %(n)s 件で、赤になった基準の記録はありません。", n=halted)
    chart = bars(
        [
            (
                f"{gate} {question_of(gate, key)}",
                f"{recycle + hold + kill:,}",
                [(kill, "bar-main"), (recycle, "bar-care"), (hold, "bar-soft")],
            )
            for gate, key, recycle, hold, kill in rows[:BARS_SHOWN]
        ],
        [("bar-main", gettext("中止")), ("bar-care", gettext("再検討")), ("bar-soft", gettext("保留"))],
    )
    names = [gettext(DECISION_NAMES[Decision(d)]) for d in ("recycle", "hold", "kill")]
    listed = [[gate, question_of(gate, key), *counts] for gate, key, *counts in rows]
    return Figure(
        "stops",
        gettext("どこで、なぜ止まったか"),
        text,
        table_of([gettext("ゲート"), gettext("赤になった基準"), *names], listed),
        [chart] if rows else [],
        [gettext("一つの決定でいくつもの基準が赤になることがあります。")],
    )
