"""A survey's CSV as it comes out of spreadsheets, and what `kyoso import adoptions` makes of it."""

from io import BytesIO
from pathlib import Path

import pytest

from app.survey_files import NotASurvey, rows_of
from tests.app.terminal import Terminal
from tests.app.web import reader
from tests.country import HOSHIMORI, HOSHIMORI_KESSAI, JIMUKYOKU, Country
from tests.workflows.test_closures import KUMOI_MERGED, WITH_BOTH, load

HEAD = "団体コード,プロダクト,導入状況,いつから,備考\r\n"


def read(data: bytes) -> list[tuple[int, str, str | None, list[str]]]:
    return [
        (r.number, r.code, r.answer.status if r.answer else None, sorted(r.errors))
        for r in rows_of(BytesIO(data))
    ]


def test_rows_are_read_as_spreadsheets_write_them() -> None:
    text = HEAD + (
        "011002,faq,導入済み,令和8年4月1日,\r\n"
        "11002,faq,ＡＤＯＰＴＥＤ,,\r\n"
        "９９２０１１,faq,adopted,2026/4/1,良い\r\n"
        ",,,,\r\n"
        "11003,faq,予定なし,,\r\n"
        "992011,faq,使ってる,,\r\n"
        "992011,,予定なし,いつか,\r\n"
        "992011,faq,予定なし,いつか,\r\n"
    )
    wanted = [
        (2, "011002", "adopted", []),
        (3, "011002", None, ["status"]),
        (4, "992011", "adopted", []),
        (6, "011003", None, ["lgcode"]),
        (7, "992011", None, ["status"]),
        (8, "992011", None, ["product"]),
        (9, "992011", None, ["since"]),
    ]
    for encoding in ("utf-8", "utf-8-sig", "cp932"):
        assert read(text.encode(encoding)) == wanted, encoding


def test_letters_that_cannot_be_read_are_told_by_row_and_swallow_nothing() -> None:
    unknown, own = (
        b"\x81\xad",
        "\ue000".encode("cp932"),
    )  # a hole in the table, and a letter of one's own making
    head, row = HEAD.encode("cp932"), "992011,faq,導入済み,,".encode("cp932")
    found = read(head + row + unknown + b"\r\n" + row + own + b"\r\n" + row + b"\x81\r\n" + row + b"\r\n")
    assert [(n, errors) for n, _, _, errors in found] == [(2, ["row"]), (3, ["row"]), (4, ["row"]), (5, [])]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "Excel"),
        ("\ufeffa".encode("utf-16"), "UTF-16"),
        (b"", "見出し行に列"),
        ("団体コード,lgcode,product,status\n".encode(), "二つ以上"),
        (f'{HEAD}992011,faq,"導入済み,,\n'.encode(), "引用符"),
        (HEAD.encode() + b"9" * 200_000, "長すぎます"),
        (HEAD.encode() + b"992011,f\x00q,adopted\n", "NUL"),
    ],
)
def test_what_is_no_survey_says_why(data: bytes, said: str) -> None:
    with pytest.raises(NotASurvey, match=said):
        read(data)


def test_a_survey_is_tried_then_taken_once_and_overrides_nothing_newer(
    country: Country, tmp_path: Path
) -> None:
    _, product = country.a_flagged_product()
    load(country, WITH_BOTH)
    load(country, KUMOI_MERGED)  # 雲居町 became part of 星守村
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    file = tmp_path / "survey.csv"
    words = ("import", "adoptions", file, "--survey", "前年度の調査", "--on", "2026-04-01")

    def of(*rows: str) -> tuple[str | Path, ...]:
        file.write_bytes((HEAD + "\r\n".join(rows)).encode("cp932"))
        return words

    old = f"993026,{product},導入済み,2026-03-01,旧町で使用"
    same, other = f"993514,{product},導入済み,2026-03-01,旧町で使用", f"993514,{product},予定なし,,"
    city = f"992011,{product},導入検討中,,"
    before = country.everything()
    bad = terminal.json(
        *of(
            old,
            other,
            f"011003,{product},予定なし",
            f"999997,{product},予定なし",
            "992011,nai,予定なし",
            city,
        ),
        status=1,
    )
    assert (bad["rows"], bad["wrong"], bad["new"], bad["taken"]) == (6, 4, 2, 0)
    assert {e["row"]: list(e["errors"]) for e in bad["errors"]} == {
        3: ["lgcode"],
        4: ["lgcode"],
        5: ["lgcode"],
        6: ["product"],
    }
    assert "2 行目と同じ団体（いまの星守村）" in bad["errors"][0]["errors"]["lgcode"]
    assert terminal.json(*of(old, same, city), "--dry-run")["doubled"] == 1
    assert country.everything() == before, "nothing was taken"
    assert terminal.json(*of(old, same, city), "--as", HOSHIMORI_KESSAI, status=1)["taken"] == 0
    assert terminal.json(*of(old, same, city), "--as", JIMUKYOKU)["taken"] == 2
    again = terminal.json(*of(old, same, city, f"011002,{product},予定なし"))
    assert (again["already"], again["doubled"], again["taken"]) == (2, 1, 1)
    told = [m for m in country.look("mail", HOSHIMORI) if m["about"] == "/municipalities/993514#stated"]
    assert len(told) == 1, "one mail a town, however often the survey is taken up"
    text = reader(country, HOSHIMORI).opens("/municipalities/993514")
    assert "調査「前年度の調査」の回答から" in text
    country.say(HOSHIMORI, "adoption.report", product=product, status="stopped")
    newer = of(f"993514,{product},導入済み,,")[:3]
    assert terminal.json(*newer, "--survey", "次の調査", "--on", "2026-05-01")["newer"] == 1
    text = reader(country, HOSHIMORI).opens("/municipalities/993514").split('id="stated"')[1]
    assert "（統合前のコード 993026）" in text.split("<summary>これまでの回答")[1]
    assert "利用を終えた" in text.split("<summary>これまでの回答")[0]
    assert terminal.kyoso(*words[:-1], "2026-04-02") == 1
    assert "時点の調査として" in terminal.err + terminal.out
