"""Which licence a text is, by the sentences that only that licence has. A text that is none of these is not guessed at."""

import re

_PHRASES: tuple[tuple[str, str], ...] = (
    ("AGPL-3.0", r"gnu affero general public license version 3"),
    ("LGPL-3.0", r"gnu lesser general public license version 3"),
    ("LGPL-2.1", r"gnu lesser general public license version 2\.1"),
    ("GPL-3.0", r"gnu general public license version 3"),
    ("GPL-2.0", r"gnu general public license version 2"),
    ("Apache-2.0", r"apache license version 2\.0"),
    ("MPL-2.0", r"mozilla public license,? version 2\.0"),
    ("EUPL-1.2", r"european union public licence v\. ?1\.2"),
    ("CC0-1.0", r"cc0 1\.0 universal"),
    ("CC-BY-4.0", r"creative commons attribution 4\.0 international"),
    ("Unlicense", r"this is free and unencumbered software released into the public domain"),
    ("MIT", r"permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("ISC", r"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.*neither the name of"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
)  # fmt: skip
_HEAD = 4_000
"""Characters that are read: every one of these says what it is at its beginning, and other licences name it further down."""
_AMBIGUOUS = re.compile(r"A?L?GPL-[123]\.[01]")


def guess(text: str) -> str | None:
    """The SPDX identifier, or None. GNU licences without -only or -or-later, since the text does not say which it is."""
    head = " ".join(re.sub(r"[*_#>\"“”]", " ", text[:_HEAD]).lower().split())
    first = [(found.start(), spdx) for spdx, phrase in _PHRASES if (found := re.search(phrase, head))]
    return min(first, key=lambda one: one[0])[1] if first else None


def reconciled(seen: str | None, declared: str | None) -> str | None:
    """The repository's licence, as publiccode.yml puts it more exactly: GitHub knows a GNU licence only by its text,
    which is the same for "-only" and "-or-later"."""
    same = seen and declared and declared.lower() in (f"{seen}-only".lower(), f"{seen}-or-later".lower())
    return declared if same and _AMBIGUOUS.fullmatch(seen or "") else seen
