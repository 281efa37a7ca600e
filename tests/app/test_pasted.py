"""Pasted columns: what towns copy out of Excel is read; what could be meant in two ways is refused with its row."""

import pytest

from app.pages.pasted import read, values_of
from app.pages.sample_check import far_out
from workflows.runtime.refusal import Refused


@pytest.mark.parametrize(
    ("text", "values", "rows"),
    [
        ("12\t11.5\r\n13\r\n１２", [12, 11.5, 13, 12], [1, 1, 2, 3]),
        ("１２分\n\n 13 分\n11.5", [12, 13, 11.5], [1, 3, 4]),
        ("所要時間（分）\n12\n13", [12, 13], [2, 3]),
        ("1,234\n2,345\n3,456", [1234, 2345, 3456], [1, 2, 3]),
        ("12, 11、13;14", [12, 11, 13, 14], [1] * 4),
        ("No,分\n1,12\n2,13\n3,11", [12, 13, 11], [2, 3, 4]),
        ("1\t1\n2\t0\n3\t1", [1, 0, 1], [1, 2, 3]),
        ("A-1\t12\nA-2\t13", [12, 13], [1, 2]),
        ("受付番号\t分\n20481\t12\n30011\t1,200", [12, 1200], [2, 3]),
        ("○\n×\n〇", [1, 0, 1], [1, 2, 3]),
        ("4.0\n 0 \n", [4, 0], [1, 2]),
        ("", [], []),
    ],
)
def test_a_column_is_read_with_its_rows(text: str, values: list[float], rows: list[int]) -> None:
    found = read(text)
    assert (list(found.values), list(found.rows), list(found.problems)) == (values, rows, [])


@pytest.mark.parametrize(
    ("text", "row", "sentence"),
    [
        ("12\nNaN", 2, "数ではありません"),
        ("12\nInfinity\n11", 2, "数ではありません"),
        ("12\n#DIV/0!", 2, "数ではありません"),
        ("12,5\n13\n11.5", 1, "小数点か区切りか"),
        ("1.234,5\n12", 1, "小数点か区切りか"),
        ("12\n\n-3", 3, "0 より小さい"),
        ("12\n－３", 2, "0 より小さい"),
        ("12\n2時間", 2, "分の数に"),
        ("12\n0:12:30", 2, "分の数に"),
        ("12\n12分30秒", 2, "分の数に"),
        ("94%\n12", 1, "％"),
        ("12\n1e400", 2, "数として読めません"),
        ("12\n9" + "9" * 13, 2, "大きすぎます"),
        ("12\n9" + "9" * 400, 2, "数として読めません"),
        ("12\nおよそ十分", 2, "数として読めません"),
        ("10\t12\n15\t13", 1, "値の列がどれか"),
        ("番号\t分\nA\t12\nB\t", 3, "数ではありません"),
    ],
)
def test_what_is_no_value_is_told_by_its_row(text: str, row: int, sentence: str) -> None:
    ((found, said), *_) = read(text).problems
    assert found == row
    assert sentence in said
    with pytest.raises(Refused, match=f"{row} 行目") as refused:
        values_of(text, "samples")
    assert (refused.value.reason, list(refused.value.errors)) == ("invalid", ["samples"])


@pytest.mark.parametrize("text", ["1\n" * 1_000_000, "1 " * 20_001])
def test_too_many_are_refused_before_they_are_read(text: str) -> None:
    with pytest.raises(Refused, match="20,000 件まで") as refused:
        values_of(text, "samples")
    assert refused.value.reason == "too_large"


def test_many_wrong_rows_are_counted_and_some_are_named() -> None:
    with pytest.raises(Refused, match=r"2 行目.*6 行目.*ほかにも 15 行") as refused:
        values_of("見出し\n" + "abc\n" * 20, "samples")
    assert "7 行目" not in refused.value.message


def test_a_value_far_outside_the_others_is_pointed_at() -> None:
    assert far_out([12, 11, 13, 12, 600, 11, 12, 13, 14]) == [4]
    assert far_out([12, 11, 13, 600]) == [], "too few to tell"
    assert far_out([5.0] * 30) == []
