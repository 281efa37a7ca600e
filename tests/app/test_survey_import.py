"""A survey imported from the coordinator's page: tried first, taken by one press, and whatever is no survey said clearly."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest

from app.survey_tables import text_of
from tests import papers
from tests.app.web import Reader, reader
from tests.country import HOSHIMORI, JIMUKYOKU, KETTEI, TANTO, Country
from tests.workflows.test_closures import KUMOI_MERGED, WITH_BOTH, load
from workflows.adoption_imports import MOST_ROWS
from workflows.runtime.refusal import Refused

PAGE = "/surveys/import"
HEAD = ["団体コード", "プロダクト", "導入状況", "いつから", "備考"]
NAMED = {"survey": "前年度の調査", "answered_on": "令和8年4月1日"}


def csv(*rows: Sequence[str], encoding: str = "cp932") -> bytes:
    return "\r\n".join(",".join(row) for row in (HEAD, *rows)).encode(encoding)


def counts(text: str) -> list[int]:
    """Of the answers to record, those imported before, older ones, doubled ones, and wrong ones."""
    said = re.findall(r'<dd class="number">([\d,]+) 件', text.split('id="trial"')[1])
    return [int(n.replace(",", "")) for n in said]


def sends(person: Reader, data: bytes, name: str = "survey.csv", status: int = 200, **more: Any) -> str:
    person.opens(PAGE)
    fields = NAMED | {"check": "1", "sheet": (BytesIO(data), name)} | more
    return person.says("adoption.import", status, **fields).text


def kept(text: str) -> str:
    return text.split('name="rows"')[1].split(">", 1)[1].partition("</textarea>")[0].lstrip("\n")


def test_a_survey_is_tried_and_then_recorded_by_one_press(small_country: Country) -> None:
    country = small_country
    _, product = country.a_flagged_product()
    load(country, WITH_BOTH)
    load(country, KUMOI_MERGED)  # 雲居町 became part of 星守村
    for who in (TANTO, KETTEI, None):
        reader(country, who).opens(PAGE, 404)
        assert PAGE not in reader(country, who).opens("/rollout")
    clerk = reader(country, JIMUKYOKU)
    assert PAGE in clerk.opens("/rollout")
    assert PAGE in clerk.opens(f"/rollout/{product}")
    before = country.everything()
    old, city = ["993026", product, "導入済み", "2026-03-01", "旧町で使用"], ["992011", product, "導入検討中"]
    wrong = [
        ["999997", product, "予定なし"],
        ["993514", product, "予定なし"],
        ["011003", product, "予定なし"],
    ]
    unknown = csv(old, *wrong, ["992011", "nai", "使ってる"], city) + b"\r\n992011,x,\x81\xad\r\n"
    text = sends(clerk, unknown)
    assert counts(text) == [2, 0, 0, 0, 5]
    told = dict(re.findall(r">(\d) 行目</th>.*?<li>(.*?)</li>", text, re.DOTALL))
    for row, said in {
        "3": "の団体は登録されていません", "4": "2 行目と同じ団体（いまの星守村）", "5": "検査数字", "6": "という導入状況はありません",
        "8": "読めない文字",
    }.items():  # fmt: skip
        assert said in told[row], (row, told)
    assert "件を記録する" not in text
    clerk.opens(PAGE)
    refused = clerk.says("adoption.import", 422, **NAMED, rows=kept(text)).text
    assert counts(refused) == [2, 0, 0, 0, 5], "pressed all the same"
    assert country.everything() == before
    text = sends(clerk, csv(old, city, city), check="")
    assert counts(text) == [2, 0, 0, 1, 0], (
        "a file just chosen is looked at first, whichever button was pressed"
    )
    assert "この 2 件を記録する" in text
    assert country.everything() == before
    clerk.opens(PAGE)
    clerk.says("adoption.import", **NAMED, rows=kept(text))
    text = clerk.opens(PAGE)
    assert "新しく 2 件" in text
    assert "前年度の調査" in text.split('id="taken"')[1]
    assert country.look("adoption", {"product": product, "org": "kazami"})["status"] == "considering"
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["since"] == "2026-03-01"
    country.say(HOSHIMORI, "adoption.report", product=product, status="stopped")
    numbers = [
        ["団体コード", "プロダクト", "導入状況"],
        [992011, product, "導入検討中"],
        [993514, product, "導入済み"],
    ]
    text = sends(clerk, papers.sheet(numbers), "調査.xlsx")
    assert counts(text) == [0, 2, 0, 0, 0]
    assert "新しく記録する回答はありません" in text
    later = {"survey": "次の調査", "answered_on": country.day()}
    assert counts(sends(clerk, papers.sheet(numbers), "調査.xlsx", **later)) == [1, 0, 1, 0, 0]
    assert "時点の調査として" in sends(clerk, csv(city), answered_on="2026-04-02")
    assert "確かめた結果</h2>" not in sends(clerk, csv(city), survey="")


def test_who_takes_a_survey_holds_the_products_it_speaks_of(country: Country) -> None:
    """It held their ideas alone: whoever locks a product, as a wave does, could have written beside it."""
    _, product = country.a_flagged_product()
    rows = [{"lgcode": "992011", "product": product, "status": "planned"}]
    country.say(JIMUKYOKU, "adoption.import", survey="調査", answered_on=country.day(), rows=rows)
    assert country.look("adoption", {"product": product, "org": "kazami"})["status"] == "planned"


@pytest.mark.parametrize(
    ("name", "data", "reason", "said"),
    [
        ("a.csv", b" \r\n", "invalid", "空です"),
        ("a.csv", b"\x1f\x8b\x08\x00\x01", "invalid", "調査の表として読めません"),
        ("a.pdf", b"%PDF-1.7 abc", "invalid", "調査の表として読めません"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "invalid", "古い形式の Office"),
        ("a.xlsx", b"PK\x03\x04broken", "invalid", "開けません"),
        ("a.csv", "\ufeffa".encode("utf-16"), "invalid", "UTF-16"),
        ("a.csv", b'a,b\n"1,2\n', "invalid", "引用符"),
        ("a.csv", b"1,x\n" * (MOST_ROWS + 2), "too_large", "5,000 行"),
        ("a.csv", b"1" * 1_500_001, "too_large", "kyoso import adoptions"),
    ],
)
def test_what_is_no_survey_says_why_and_what_to_do(name: str, data: bytes, reason: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        text_of(name, data, "rows")
    assert (refused.value.reason, list(refused.value.errors)) == (reason, ["rows"])


def test_what_cannot_be_read_or_is_missing_is_said_on_the_page(small_country: Country) -> None:
    clerk = reader(small_country, JIMUKYOKU)
    assert "圧縮したファイル" in sends(clerk, b"PK\x05\x06" + b"\0" * 18, "a.xlsx", 422)
    clerk.opens(PAGE)
    assert "ファイルがまだ選ばれていません" in clerk.says("adoption.import", 200, **NAMED, check="1").text
    clerk.opens(PAGE)
    big = {"rows": "x" * 2_100_000}
    assert "kyoso import adoptions" in clerk.says("adoption.import", 413, **NAMED, **big).text
    assert "kyoso import adoptions" in sends(clerk, b"", "", 413, check="", **big), (
        "as a form with a file is sent"
    )
    assert "見出し行に列" in sends(clerk, b"a,b\n1,2\n")
    table = csv(*[["992011", "x", "予定なし", "", "あ" * 500]] * 900, encoding="utf-8")
    assert 2 * len(table) > 2_000_000
    again = {"rows": kept(sends(clerk, table))}
    assert counts(sends(clerk, table, **again))[-1] == 900, "a mended file beside the text of the one before"
