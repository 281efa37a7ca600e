"""CSV and plain text: readable as UTF-8 or Shift_JIS (cp932), and nothing that a browser or a shell would run."""

import re

from workflows.files.kinds import ACCEPTED, Cleaned, not_this

UNREADABLE = f"この種類のファイルは受け取りません。受け取るのは {ACCEPTED} です。"
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
MARKUP = re.compile(r"\s*<|[^\x00]*<\s*(?:!doctype|html|script|svg|iframe|body|\?xml|\?php)\b", re.IGNORECASE)
LOOKED_AT = 4_096
"""Characters from the beginning in which a browser would look for markup."""


def cleaned(name: str, data: bytes) -> Cleaned:
    """As it is: a text has no author but the one in its words. Refused `invalid` where it is not text, or is markup."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise not_this("文字コードが UTF-16 です。「CSV UTF-8」か、メモ帳の「UTF-8」で保存し直してください。")
    text = _read(data)
    if text is None or NO_TEXT.search(text):
        raise not_this(UNREADABLE)
    if MARKUP.match(text[:LOOKED_AT]):
        raise not_this(
            "ウェブページや SVG のファイルは受け取りません。PDF か画像で保存し直すか、リンクを付けてください。"
        )
    ending = name.rpartition(".")[2].lower()
    if ending not in ("csv", "txt"):
        raise not_this(
            f"名前の終わりが .csv か .txt でない文章のファイルは受け取りません。受け取るのは {ACCEPTED} です。"
        )
    return Cleaned(ending, data)


def _read(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
