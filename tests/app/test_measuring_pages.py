"""Measuring from the page: checked before it is recorded, pasted or brought as a table; verdicts, sites and savings shown."""

import io

from app.pages.verdicts import differ_words, verdict_words
from stages.dossier import Kpi
from tests import papers
from tests.app.test_pilots_pages import says
from tests.app.web import an_app, reader
from tests.country import HOSHIMORI, TANTO, Country
from workflows.effects import More

PERIOD = {"period_from": "2026/4/22", "period_to": "2026/4/30", "method": "時計"}


def n_of(country: Country, pilot: str, key: str) -> int:
    return country.look("pilot", pilot)["kpis"][key]["n"]


def test_a_sample_is_checked_before_it_is_recorded(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.pass_days(10)
    person = reader(small_country, TANTO)
    person.opens(f"/pilots/{pilot}")
    time, share = {"kpi": f"{pilot}-time"}, {"kpi": f"{pilot}-accuracy"}
    pasted = "分\r\n" + "\r\n".join(str(5 + i % 3) for i in range(12)) + "\r\n600"
    text = says(person, "kpi.measure", 200, time, check="1", arm="pilot", samples=pasted)
    for said in ("まだ記録していません", "13 件", "あと 87 件", "14 行目: 600 分", "1 行目は見出し"):
        assert said in text, said
    assert n_of(small_country, pilot, "time") == 0
    person.opens(f"/pilots/{pilot}")
    text = says(person, "kpi.measure", 200, time, check="1", arm="pilot", mean="5.4", sd="0", n="200")
    assert "値がすべて同じです" in text
    assert "必要な標本数がそろいます" in text
    for wrong, said in (
        ("5\r\nNaN\r\n12,5\r\n-3", "4 行目: 「-3」は 0 より小さい"),
        ("5\r\n1e999", "2 行目"),
        ("1 " * 20_001, "20,000 件まで"),
    ):
        person.opens(f"/pilots/{pilot}")
        status = 413 if "20,000" in said else 422
        assert said in says(person, "kpi.measure", status, time, arm="pilot", samples=wrong, **PERIOD)
    person.opens(f"/pilots/{pilot}")
    sent = person.says("kpi.measure", 413, **time, samples="1\r\n" * 1_000_000)
    assert "大きすぎます" in sent.text
    person.opens(f"/pilots/{pilot}")
    text = says(person, "kpi.measure", 422, share, arm="pilot", samples="1\r\n2\r\n0", **PERIOD)
    assert "2 件目が 0 でも 1 でもありません" in text
    assert "2 行目: 「2」は 0 でも 1 でもありません" in text
    assert n_of(small_country, pilot, "time") == n_of(small_country, pilot, "accuracy") == 0


def test_rows_and_tables_are_recorded_and_contradictions_said(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.pass_days(10)
    person = reader(small_country, TANTO)
    person.opens(f"/pilots/{pilot}")
    time, share = {"kpi": f"{pilot}-time"}, {"kpi": f"{pilot}-accuracy"}
    says(person, "kpi.measure", _among=share, arm="pilot", samples="○\r\n×\r\n○\r\n○", **PERIOD)
    assert small_country.look("pilot", pilot)["kpis"]["accuracy"]["estimate"] == 0.75
    table = papers.sheet([["番号", "分"], *([f"A-{i}", 11 + i % 3] for i in range(40))])
    person.opens(f"/pilots/{pilot}")
    says(person, "kpi.measure", _among=time, arm="baseline", sheet=(io.BytesIO(table), "前.xlsx"), **PERIOD)
    person.opens(f"/pilots/{pilot}")
    csv = io.BytesIO("所要時間\r\n5\r\n6\r\n5\r\n".encode("cp932"))
    says(person, "kpi.measure", _among=time, arm="pilot", sheet=(csv, "中.csv"), **PERIOD)
    assert n_of(small_country, pilot, "time") == 3
    person.opens(f"/pilots/{pilot}")
    text = says(
        person, "kpi.measure", 422, time, arm="pilot", sheet=(io.BytesIO(papers.pdf()), "a.pdf"), **PERIOD
    )
    assert "Excel（xlsx）か CSV" in text
    assert "食い違っています" not in person.opens(f"/pilots/{pilot}")
    other = reader(small_country, HOSHIMORI)
    other.opens(f"/pilots/{pilot}")
    text = says(other, "kpi.measure", _among=time, arm="baseline", mean="30", sd="4", n="50", **PERIOD)
    for said in (
        "実証前の値どうしが食い違っています",
        "標本数が足りず",
        "風見市の一年間の見込み",
        '<svg class="arms"',
    ):
        assert said in text, said


def test_sites_stand_side_by_side_and_the_nation_says_what_it_rests_on(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    person = reader(small_country, TANTO)
    text = person.opens(f"/pilots/{idea}-P2")
    for said in ("団体ごとの結果", "2 団体をまとめると", "変量効果", "一年間の見込みを出しません"):
        assert said in text, said
    assert "風見市の一年間の見込み" in person.opens(f"/ideas/{idea}")
    text = reader(small_country).opens(f"/products/{product}")
    for said in (
        "全国で使われたときの見込み",
        "推計しません",
        "団体どうしの違いが区間に入っていません",
        "円には換算しません",
    ):
        assert said in text, said


def test_a_verdict_is_a_sentence(small_country: Country) -> None:
    def time(estimate: float, low: float | None, high: float | None, n: int = 120) -> Kpi:
        return Kpi(
            key="t", type="time_saved", name="時間", unit="minutes_per_case", direction="up", target=30, min_n=100,
            estimate=estimate, low=low, high=high, n=n,
        )  # fmt: skip

    with an_app(small_country).test_request_context("/"):
        assert verdict_words(time(32, 29, 35), "amber", More(80)) == (
            "目標 30 分の短縮に対し、32 分短縮（95% 信頼区間 29 分 〜 35 分）。目標に届いたとは言い切れません。"
            "このままの値なら、あと約 80 件測ると、はっきりします。"
        )
        assert "目標に届いていません。このまま" in verdict_words(time(27, 22, 32), "red", More(70))
        assert verdict_words(time(20, 18, 22), "red", None).endswith("目標に届いていません。")
        assert "それぞれあと約 9 件" in verdict_words(time(32, 29, 35), "amber", More(9, both=True))
        assert "ばらつきがわからない" in verdict_words(time(32, None, None), "amber")
        assert "かえって 3 分長く" in verdict_words(time(-3, -5, -1), "red")
        assert "あと 60 件です" in verdict_words(time(40, 35, 45, n=40), "red")
        assert len({differ_words(i2) for i2 in (0.1, 0.5, 0.9)}) == 3
