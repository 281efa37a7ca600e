"""The rows of a table that somebody measured in: the first sheet of an xlsx, or a CSV. Nothing of it is kept as a file.

What opens an xlsx runs in a process of its own, within the bounds that files as evidence have (apart.py).
"""

import contextlib
import csv
import io
import json
import subprocess
import sys
from datetime import datetime, time
from typing import Any

from workflows.files.apart import SECONDS, bounded, surroundings
from workflows.files.kinds import BROKEN, cleaned
from workflows.runtime.refusal import Refused, invalid

MOST_ROWS = 21_000
"""Rows that are read: every sample one measuring may have (evaluations.MOST_SAMPLES), headings and blank rows beside them."""
ONLY_TABLES = "表のファイルは、Excel（xlsx）か CSV を選んでください。"
TOO_MANY = (
    "一度に読めるのは 20,000 件までです。期間を分けて記録するか、平均・ばらつき・件数で入れてください。"
)


def too_many(field: str) -> Refused:
    return Refused("too_large", TOO_MANY, {field: TOO_MANY})


def rows_of(name: str, data: bytes, field: str) -> str:
    """The table as people paste it: a row a line, tabs between cells, blank rows kept, so that rows count as in the file.

    Refused by `field`: `invalid` what is no such file or cannot be opened, `too_large` more than MOST_ROWS.
    """
    sent = json.dumps(name).encode() + b"\n" + data
    command = [sys.executable, "-B", "-m", "workflows.files.rows"]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=SECONDS, env=surroundings())
    except subprocess.TimeoutExpired:
        raise invalid(field, BROKEN) from None
    if done.returncode or not done.stdout:
        raise invalid(field, BROKEN)
    said = json.loads(done.stdout)
    if "message" in said:
        raise invalid(field, said["message"])
    rows: list[str] = said["rows"]
    if len(rows) > MOST_ROWS:
        raise too_many(field)
    return "\n".join(rows)


def read(name: str, data: bytes) -> list[str]:
    """The same, here and now. Refused `invalid`."""
    kind = cleaned(name, data).kind
    if kind == "xlsx":
        return [_line(row) for row in _first_sheet(data)]
    if kind not in ("csv", "txt"):
        raise invalid("file", ONLY_TABLES)
    for encoding in ("utf-8-sig", "cp932"):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            break
    head = text[:4_096]
    table = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",")
    return [_line(row) for row, _ in zip(table, range(MOST_ROWS + 1), strict=False)]


def _first_sheet(data: bytes) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    if sheet.total_height > MOST_ROWS:
        return [[""]] * (MOST_ROWS + 1)
    return sheet.to_python(skip_empty_area=False)


def _line(row: list[Any]) -> str:
    """Cells as they are typed: a whole number without its decimals, a day without midnight, no tab or line end inside."""
    return "\t".join(" ".join(_typed(cell).split()) for cell in row).rstrip()


def _typed(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def main() -> None:
    """Reads the name and the file from standard input, as apart.py does; writes the rows, or why there are none."""
    with contextlib.suppress(ImportError):
        bounded()
    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    said: dict[str, Any]
    try:
        said = {"rows": read(json.loads(name), data)}
    except Refused as refused:
        said = {"message": refused.message}
    except Exception:  # noqa: BLE001 - whatever a broken file makes a library raise, it cannot be opened
        said = {"message": BROKEN}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
