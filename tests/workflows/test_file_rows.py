"""Tables of what was measured: Excel and CSV come out as pasted rows; what is no table is refused by its field."""

from datetime import datetime

import pytest

from app.pages.pasted import read as pasted
from tests import papers
from workflows.files import rows
from workflows.files.rows import MOST_ROWS, rows_of
from workflows.runtime.refusal import Refused


def test_an_excel_file_is_read_by_its_first_sheet() -> None:
    text = rows_of(
        "測定.xlsx", papers.sheet([["番号", "分"], ["A", 12], [None, None], ["B", 11.5]]), "samples"
    )
    assert text == "番号\t分\nA\t12\n\nB\t11.5"
    assert list(pasted(text).rows) == [2, 4]
    days = [datetime.fromisoformat(f"2026-04-01T{time}") for time in ("00:00", "09:30")]
    assert rows._line([11002.0, *days]) == "11002\t2026-04-01\t2026-04-01 09:30:00"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_csv_is_read_in_the_encodings_of_towns(encoding: str) -> None:
    data = '番号,円\r\nア,"1,234"\r\nイ,980\r\n'.encode(encoding)
    assert rows.read("a.csv", data) == ["番号\t円", "ア\t1,234", "イ\t980"]


def test_what_is_no_table_or_too_long_is_refused() -> None:
    for name, data, reason in (
        ("a.pdf", papers.pdf(), "invalid"),
        ("a.xlsx", b"PK\x03\x04broken", "invalid"),
        ("a.csv", b"1\n" * (MOST_ROWS + 1), "too_large"),
    ):
        with pytest.raises(Refused) as refused:
            rows_of(name, data, "samples")
        assert (refused.value.reason, list(refused.value.errors)) == (reason, ["samples"])
