"""Licences as SPDX names them: what is written is kept in the list's own spelling, and nothing is guessed."""

import re
from functools import cache
from typing import Annotated

from license_expression import ExpressionError, Licensing, get_spdx_licensing
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

OWN_LICENCE = r"LicenseRef-[A-Za-z0-9.-]+"


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


def _spdx(value: str) -> str:
    """The expression in the case of the SPDX list. One's own licence is named LicenseRef-… (SPDX 3.0, annex B)."""
    if re.fullmatch(OWN_LICENCE, value):
        return value
    try:
        known = _licensing().validate(value).normalized_expression
    except (ExpressionError, AttributeError):  # the library trips over "MIT OR" with an AttributeError
        known = None
    if known is None:
        raise PydanticCustomError(
            "licence",
            "ライセンスは、SPDX の一覧にある名前（MIT、CC-BY-4.0 など）で入れてください。",
        )
    # The library also takes loose names ("gpl" as GPL-1.0-or-later): nobody's licence is to be guessed.
    if known.lower() not in (value.lower(), f"{value.lower()}-only"):
        raise PydanticCustomError(
            "licence",
            "ライセンスがはっきりしません。「{known}」のことならそう書いてください。",
            {"known": known},
        )
    return str(known)


Licence = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_spdx)]
