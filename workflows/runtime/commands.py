"""The strict command every verb takes, the field types it is made of, and its errors in Japanese."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from stages.local_government import is_valid_lgcode
from workflows.runtime.refusal import Refused

C = TypeVar("C", bound="Command")
LONGEST_TEXT = 20_000
"""Characters in one text; more is `too_large`."""
MARKS = "[(<{`*_~>"
MOST_MARKS = 1_000
MOST_LINES = 2_000
"""Of the marks by which Markdown opens something, and of lines, in one text: nested or left open they cost its parser
quadratic time (20,000 backticks 11 s, 20,000 characters of `* >` half a minute)."""
LARGEST_COMMAND = 20_000_000


class Command(BaseModel):
    """What a verb takes. Unknown fields, wrong types and wrong forms are `invalid`, text beyond bounds `too_large`."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


def _bounded(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise PydanticCustomError(
            "too_large", "{n} 文字は長すぎます。20,000 文字までにしてください。", {"n": len(value)}
        )
    if "\x00" in value:
        raise PydanticCustomError("no_nul", "使えない文字（NUL）が含まれています。取り除いてください。")
    if sum(value.count(c) for c in MARKS) > MOST_MARKS:
        raise PydanticCustomError(
            "too_large", "括弧や記号（` * _ ~ >）が多すぎます。合わせて 1,000 個までにしてください。"
        )
    if value.count("\n") >= MOST_LINES:
        raise PydanticCustomError("too_large", "行が多すぎます。2,000 行までにしてください。")
    return value


def _whole(value: Any) -> Any:
    """A bool is no number, whatever Python says."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "整数を入れてください。")
    return value


def _lgcode(value: str) -> str:
    if not is_valid_lgcode(value):
        raise PydanticCustomError(
            "lgcode", "全国地方公共団体コードの検査数字が合いません。6 桁を確かめてください。"
        )
    return value


def _http(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/$.?#][^\s]*", value):
        raise PydanticCustomError("url", "http:// か https:// で始まるリンクを入れてください。")
    return value


def lower(value: Any) -> Any:
    """Text without the space around it, in small letters; what is not ASCII stays, since some of it (K, the kelvin sign)
    would turn into ASCII and be taken for another name."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return value.lower() if value.isascii() else value


DOMAIN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
"""A domain of at least two labels (RFC 1035); the last one is no number (RFC 3696)."""
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LONGEST_ADDRESS, LONGEST_LOCAL = 254, 64
"""Octets a mail server must take: RFC 5321 §4.5.3.1 with its erratum 1690."""


def _address(value: str) -> str:
    """A mail address as every server takes it: a dot-atom (RFC 5322 §3.2.3), `@`, a domain. No quotes, no comments, no
    address literals: nobody in an office has such an address, and many servers refuse it."""
    local, _, domain = value.rpartition("@")
    if not value:
        raise PydanticCustomError("string_too_short", "必ず入れてください。")
    if not value.isascii():
        fault = "全角の文字や日本語が含まれています。半角の英数字で入れてください。"
    elif len(value) > LONGEST_ADDRESS or len(local) > LONGEST_LOCAL:
        fault = (
            f"長すぎます。全体で {LONGEST_ADDRESS} 文字、@ の前は {LONGEST_LOCAL} 文字までにしてください。"
        )
    elif value.count("@") != 1:
        fault = "@ が一つではありません。name@example.lg.jp の形で入れてください。"
    elif any(c.isspace() for c in value):
        fault = "空白が含まれています。取り除いてください。"
    elif ".." in value or local.startswith(".") or local.endswith("."):
        fault = "点（.）が続いているか、@ の前の部分の初めか終わりにあります。綴りを確かめてください。"
    elif not re.fullmatch(rf"{_LOCAL}(\.{_LOCAL})*", local):
        fault = "@ の前に、使えない文字があるか、何もありません。綴りを確かめてください。"
    elif not re.fullmatch(DOMAIN, domain):
        fault = (
            "@ の後ろがドメイン（example.lg.jp など）の形になっていません。点とハイフンを確かめてください。"
        )
    else:
        return value
    raise PydanticCustomError("email", "メールアドレスとして読めません。{fault}", {"fault": fault})


AnyText = Annotated[str, AfterValidator(_bounded)]
"""Text that may be empty."""
Text = Annotated[str, AfterValidator(_bounded), Field(min_length=1)]
Markdown = Annotated[str, AfterValidator(_bounded), Field(min_length=1)]
"""Markdown that must say something; rendered and sanitised when written."""
AnyMarkdown = AnyText
Line = Annotated[str, AfterValidator(_bounded), Field(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
"""One line of at most 200 characters."""
Slug = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9-]*$")]
Key = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Ref = Annotated[str, AfterValidator(_bounded), Field(min_length=1, max_length=200)]
Email = Annotated[str, BeforeValidator(lower), AfterValidator(_bounded), AfterValidator(_address)]
"""A mail address in small letters. One that is only looked up is a Ref: it must be found, however it was once taken."""
LgCode = Annotated[str, AfterValidator(_lgcode)]
Url = Annotated[str, Field(max_length=2000), AfterValidator(_http)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=2_000_000_000)]
Year = Annotated[int, BeforeValidator(_whole), Field(ge=2000, le=2100)]
Version = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=2_000_000_000)]
"""The version of a thing that the actor saw."""
Day = date
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
"""An aware time; outside of these years it could not be turned to UTC or counted on from."""
_JAPANESE = {
    "missing": "必ず入れてください。",
    "extra_forbidden": "この項目はありません。綴りを確かめてください。",
    "string_type": "文字で入れてください。",
    "string_too_short": "必ず入れてください。",
    "string_too_long": "{max_length} 文字までにしてください。",
    "string_pattern_mismatch": "形が正しくありません。",
    "int_type": "整数を入れてください。",
    "int_from_float": "整数を入れてください。",
    "int_parsing": "整数を入れてください。",
    "float_type": "数を入れてください。",
    "finite_number": "数を入れてください。",
    "bool_type": "はい（true）か、いいえ（false）で入れてください。",
    "greater_than_equal": "{ge} 以上にしてください。",
    "greater_than": "{gt} より大きくしてください。",
    "less_than_equal": "{le} 以下にしてください。",
    "less_than": "{lt} より前にしてください。",
    "list_type": "並び（リスト）で入れてください。",
    "dict_type": "項目と値の組で入れてください。",
    "too_short": "{min_length} 個以上入れてください。",
    "too_long": "{max_length} 個までにしてください。",
    "literal_error": "選べるのは {expected} です。",
    "enum": "選べるのは {expected} です。",
    "timezone_aware": "日時に時差（+09:00 など）を付けてください。",
    "model_type": "項目と値の組で入れてください。",
}


def _sentence(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind in ("too_short", "too_long") and error.get("ctx", {}).get("field_type") == "Value":
        kind = f"string_{kind}"  # a text that was looked at before its length
    if kind.startswith(("date_", "datetime_")):
        return "日付は 2026-04-01、日時は 2026-04-01T09:00:00+09:00 の形で入れてください。"
    template = _JAPANESE.get(kind)
    return template.format(**error.get("ctx", {})) if template else error["msg"].removeprefix("Value error, ")


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} は使えません。")


def parse(kind: type[C], payload: Mapping[str, Any]) -> C:
    """The command in `payload` (as from JSON or YAML). Refused `too_large` or `invalid`, with a sentence for each field."""
    try:
        text = json.dumps(payload, default=_plain, allow_nan=False)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("invalid", f"読み取れない値があります（{error}）。") from None
    if len(text) > LARGEST_COMMAND:
        raise Refused("too_large", "送られた内容が大きすぎます。分けて送ってください。")
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    errors = {".".join(str(p) for p in e["loc"]) or "command": _sentence(e) for e in found}
    reason = "too_large" if any(e["type"] == "too_large" for e in found) else "invalid"
    message = "入力を確かめてください: " + "、".join(
        f"{field}: {text}" for field, text in list(errors.items())[:5]
    )
    raise Refused(reason, message, errors)
