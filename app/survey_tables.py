"""A survey's file sent from a page: the first sheet of an xlsx or a CSV, as the text that the form then carries. Nothing is kept."""

import re
from io import BytesIO

from app.survey_files import NotASurvey, records_of
from workflows.adoption_imports import MOST_ROWS
from workflows.files import rows
from workflows.files.kinds import OLE
from workflows.runtime.refusal import Refused, invalid

LARGEST = 1_500_000
"""Bytes of a file and of what is read from it: a form may bring the one beside the other (security.py)."""
TOO_MANY = (
    f"この画面で取り込めるのは、一度に {MOST_ROWS:,} 行、1.5 MB までです。ファイルを分けるか、システムの運用担当に頼んで、"
    "コマンド（kyoso import adoptions）で取り込んでください。"
)
NO_TABLE = "調査の表として読めません。Excel（xlsx）か CSV のファイルを選んでください。"
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")


def text_of(name: str, data: bytes, field: str) -> str:
    """The table as people paste it: a row a line, tabs between cells, empty rows kept, so that rows count as in the file.

    Refused by `field`: `too_large` beyond LARGEST or MOST_ROWS, `invalid` what is no table or cannot be opened.
    """
    if len(data) > LARGEST:
        raise too_many(field)
    if not data.strip():
        raise invalid(field, "ファイルが空です。中身を確かめて、選び直してください。")
    if data.startswith((b"PK", OLE)):
        text = _of_workbook(name, data, field)
    elif data.startswith(b"%PDF-") or _NO_TEXT.search(data[:4_096]):
        raise invalid(field, NO_TABLE)
    else:
        text = _of_csv(data, field)
    insist_on_size(text, field)
    return text


def insist_on_size(text: str, field: str) -> None:
    """Refused `too_large` where the table, its headings beside, is more than one command takes."""
    filled = sum(1 for line in text.splitlines() if line.strip())
    if filled > MOST_ROWS + 1 or len(text.encode()) > LARGEST:
        raise too_many(field)


def too_many(field: str) -> Refused:
    return Refused("too_large", TOO_MANY, {field: TOO_MANY})


def _of_workbook(name: str, data: bytes, field: str) -> str:
    """Opened in a process of its own, within bounds of memory and time."""
    try:
        return rows.rows_of(name, data, field)
    except Refused as refused:
        if refused.reason == "too_large":
            raise too_many(field) from None
        raise


def _of_csv(data: bytes, field: str) -> str:
    """Letters that cannot be read stay as such: they are told by their row."""
    try:
        return "\n".join("\t".join(" ".join(c.split()) for c in cells) for cells in records_of(BytesIO(data)))
    except NotASurvey as error:
        raise invalid(field, str(error)) from None
