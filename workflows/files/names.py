"""The name of a file as it is shown and handed out: the last part of what a browser sent, without what hides or misleads."""

import re
import unicodedata

LONGEST = 120
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories of what cannot be seen, or turns the order of letters: control characters, marks of direction."""
RESERVED = re.compile(r'[<>:"|?*;%]')
"""What no name on Windows may have, and what a header could be split at."""
FALLBACK = "資料"


def tidy(sent: str, kind: str) -> str:
    """`..\\..\\報告\\u202efdp.exe` of kind pdf -> `報告fdp.pdf`: the ending is what the content is."""
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in last if unicodedata.category(c) not in UNSEEN)
    stem = RESERVED.sub("_", seen)
    head, dot, _ = stem.rpartition(".")
    stem = (head if dot else stem).strip(" .")[:LONGEST] or FALLBACK
    return f"{stem}.{kind}"
