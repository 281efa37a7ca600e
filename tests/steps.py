"""Steps of a scenario as tests write them."""

from typing import Any

import yaml

from tests.country import TANTO

NINE = "2026-05-01T09:00:00+09:00"
DRAFT = {
    "title": "窓口FAQ",
    "field": "窓口",
    "challenge": "遅い。",
    "as_is": "手で探す。",
    "to_be": "下書きを確かめる。",
}


def draft(**more: Any) -> dict[str, Any]:
    return {"at": NINE, "as": TANTO, "do": "idea.draft", "with": DRAFT, "save": "idea"} | more


def written(*steps: Any) -> bytes:
    return yaml.safe_dump(list(steps), allow_unicode=True).encode()
