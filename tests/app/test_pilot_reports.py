"""The report of a pilot: a success and a stop are told with the same care, on the page and on two sheets of paper."""

import re
from io import BytesIO

from pypdf import PdfReader

from tests.app.web import Reader, an_app, reader, statements
from tests.country import (
    GREEN,
    HOSHIMORI,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)

RED = {"rating": "red", "finding": "誤案内が続いた。", "action": "回答の根拠を画面に出す。"}
MAIL = "dare.ka@kazami.example.jp"


def without_spaces(html: str) -> str:
    return re.sub(r"<[^>]+>|\s", "", html.split("<main")[-1])


def on_paper(person: Reader, pilot: str) -> tuple[str, int]:
    """What the PDF says, without spaces, and its number of sheets."""
    answer = person.client.get(f"/pilots/{pilot}/report.pdf", base_url=person.address)
    assert answer.mimetype == "application/pdf"
    sheets = PdfReader(BytesIO(answer.data)).pages
    return re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in sheets)), len(sheets)


def test_a_success_says_first_what_came_of_it_and_who_may_not_see_the_idea_finds_nothing(
    small_country: Country,
) -> None:
    country = small_country
    idea, pilot = country.an_idea_in_evaluation()
    for kind, title in (("staff_heard", "職員アンケート（回答率 92%）"), ("portable", "団体ごとの設定表")):
        country.say(
            TANTO, "evidence.attach", idea=idea, criterion=kind, kind="note", title=title,
            body_md=f"十二人中十人が **続けたい** と答えた。連絡は {MAIL} まで。",
        )  # fmt: skip
    path = f"/pilots/{pilot}/report"
    app = an_app(country)
    person = Reader(app, country, VENDOR)
    with statements(country.engine) as few:
        page = without_spaces(person.opens(path))
    paper, sheets = on_paper(person, pilot)
    assert sheets <= 2
    for text in (
        "KPI2件のうち2件が目標に届き、ゲートG2の決定は「継続」でした。",
        "終えた。",
        "目標値を凍結しました。",
        "95%信頼区間",
        "風見市",
        "職員アンケート（回答率92%）",
        "十二人中十人が続けたいと答えた。連絡は［連絡先］まで。",
        "団体ごとの設定表",
        "届け出られたものはありません。",
        "実証で測った400件",
        "うちも使いたい",
    ):
        assert text in page, text
        assert text in paper, text
    assert "なぜ先へ進まなかったか" not in page + paper
    for name in (MAIL, "kazemirai担当", "kazami担当", "digital-agency担当"):
        assert name not in page.partition("</header>")[2] + paper
    for who in (TANTO, HOSHIMORI, JIMUKYOKU, SHINSA1, KANSA):
        Reader(app, country, who).opens(path)
    for who in (OUTSIDER, None):
        Reader(app, country, who).opens(path, 404)
        Reader(app, country, who).opens(f"{path}.pdf", 404)
    for linked in (f"/pilots/{pilot}", f"/ideas/{idea}"):
        assert f'href="{path}"' in Reader(app, country, TANTO).opens(linked)
    assert len(few) <= 40


def test_a_stopped_pilot_says_why_what_was_learnt_and_what_would_have_to_be_otherwise(
    small_country: Country,
) -> None:
    country = small_country
    idea, pilot = country.an_idea_in_pilot()
    country.say(
        TANTO, "pilot.replan", pilot=pilot, starts_on=country.day(1), ends_on=country.day(70), because="異動の時期を避ける。"
    )  # fmt: skip
    country.say(TANTO, "pilot.start", pilot=pilot)
    health = {"amber": "原因を調べている。", "red": "まだ直らない。"}
    for colour, summary in health.items():
        country.pass_days(5)
        country.say(
            VENDOR, "pilot.report", pilot=pilot, health=colour, progress=10, summary=summary, blockers=["辞書が古い"]
        )  # fmt: skip
    at = country.now.isoformat()
    told = {"people_affected": 3, "sensitive": False, "malicious": False, "occurred_at": at, "known_at": at}
    incident = country.say(
        TANTO, "incident.file", pilot=pilot, title="誤った締切の案内", body_md="窓口で。", **told
    ).ref
    country.say(
        TANTO, "incident.report", incident=incident, kind="final", body_md="辞書を直した。", filed_at=at
    )
    country.say(SHINSA1, "incident.close", incident=incident, lesson_md="更新日を画面に出す。")
    country.say(KESSAI, "pilot.cancel", pilot=pilot, because="誤案内が止まらないため、止める。")
    country.decide(
        country.a_review(idea, staff_heard=GREEN, incidents_closed=RED),
        "kill",
    )
    person = reader(country, TANTO)
    page = without_spaces(person.opens(f"/pilots/{pilot}/report"))
    paper, sheets = on_paper(person, pilot)
    assert sheets <= 2
    for text in (
        "計画70日のうち11日目に取りやめました。",
        "なぜ先へ進まなかったか、何が変わればよいか",
        "誤案内が止まらないため、止める。",
        "根拠が揃っている。",
        "回答の根拠を画面に出す。",
        "更新日を画面に出す。",
        "辞書が古い",
        "異動の時期を避ける。",
        "様子が「問題あり」に変わりました",
        "報告は期限内でした。終結しました。",
        "測った値がありません。",
        "測る予定の",
    ):
        assert text in page, text
        assert text in paper, text
    assert page.index("計画70日のうち") < page.index("なぜ先へ") < page.index("計画の期間")


def test_however_much_was_written_the_paper_has_two_sheets_and_says_what_it_left_out(
    small_country: Country,
) -> None:
    country = small_country
    idea, pilot = country.a_running_pilot()
    country.pass_days(30)
    for n in range(14):
        country.pass_days(1)
        country.say(
            VENDOR, "pilot.report", pilot=pilot, health=("green", "amber")[n % 2], progress=n, summary="長い話。" * 200,
            blockers=[f"妨げ{n}の" + "説明" * 200, "いつも同じ妨げ"],
        )  # fmt: skip
        if n < 6:
            country.say(
                TANTO, "evidence.attach", idea=idea, criterion="staff_heard", kind="note", title=f"声{n}" * 30, body_md="声" * 3000
            )  # fmt: skip
    with statements(country.engine) as many:
        page = without_spaces(reader(country, TANTO).opens(f"/pilots/{pilot}/report"))
    paper, sheets = on_paper(reader(country, TANTO), pilot)
    assert sheets == 2
    assert "紙面に収まらない分は省きました。" in paper
    assert "これは途中の報告です。" in paper
    assert "いつも同じ妨げ（14回）" in page
    assert "妨げ13の" in page
    assert "この日まで31日間、報告がありませんでした。" in page
    assert len(many) <= 40


def test_the_product_leads_to_its_pilots_reports_who_sees_the_whole_idea(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    app = an_app(small_country)
    for who, seen in ((VENDOR, True), (OUTSIDER, False), (None, False)):
        text = Reader(app, small_country, who).opens(f"/products/{product}")
        assert (f'href="/pilots/{idea}-P1/report"' in text, f'href="/pilots/{idea}-P2/report"' in text) == (
            seen,
            seen,
        )
