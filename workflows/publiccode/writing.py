"""A publiccode.yml filled from what is known of a product: everything that is known, and nothing that is not."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import nh3
import yaml

from workflows.publiccode.report import Problem
from workflows.publiccode.rules import validate

SHORTEST_LONG, LONGEST_LONG, LONGEST_SHORT = 150, 10_000, 150
"""Characters of the descriptions (standard 0.7, `description`)."""
NETWORK_FEATURE = "自治体の三層分離のうち {} で動く"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a product. None or empty: not known, and left for a person to write."""

    name: str
    summary_html: str
    requirements_html: str
    repository_url: str | None
    landing_url: str
    version: str | None
    released_on: date | None
    licence: str | None
    owner: str
    owner_uri: str
    contractors: Sequence[str]
    supported_until: date
    networks: Sequence[str]
    """As people call them: α, β′ …"""
    used_by: Sequence[str]
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of the file, and what our validator still finds wrong with it."""

    text: str
    problems: Sequence[Problem]


def write(known: Known, today: date) -> Draft:
    """The file, its first lines saying in comments what a person still has to write.

    Nothing is made up to please the validator: a description too short stays too short, a licence never seen is left out.
    """
    body = yaml.safe_dump(content_of(known), allow_unicode=True, sort_keys=False, width=100)
    report = validate(body, today=today)
    left = [f"# ・{p.key}: {p.message} {p.mend}" for p in report.errors]
    head = [
        "# 共創パイプラインの記録から作りました。リポジトリの一番上に publiccode.yml として置いてください。"
    ]
    if left:
        head += ["# 次のことは記録にないため、書き足してください。", *left]
    return Draft("\n".join(head) + "\n" + body, report.errors)


def content_of(known: Known) -> dict[str, Any]:
    """The keys of the file that are known."""
    return {key: value for key, value in _content(known).items() if value not in (None, [], {})}


def first_sentence(fragment: str) -> str:
    """Of sanitised HTML, as text: what a thing is, where there is room for a line."""
    return next(iter(_sentences(_plain(fragment))), "")


def _content(known: Known) -> dict[str, Any]:
    summary, needs = _plain(known.summary_html), _plain(known.requirements_html)
    long = "\n\n".join(part for part in (summary, needs) if part)[:LONGEST_LONG]
    features = _items(known.summary_html) or _sentences(summary)
    return {
        "publiccodeYmlVersion": "0",
        "name": known.name,
        "url": known.repository_url,
        "landingURL": known.landing_url,
        "softwareVersion": known.version,
        "releaseDate": known.released_on.isoformat() if known.released_on else None,
        "platforms": ["web"],
        "usedBy": list(known.used_by),
        "organisation": {"uri": known.owner_uri, "name": known.owner},
        "developmentStatus": "stable" if known.is_flagged else "beta",
        "softwareType": "standalone/web",
        "intendedAudience": {"countries": ["JP"], "scope": ["local-authorities"]},
        "description": {
            "ja": _some(
                {
                    "localisedName": known.name,
                    "shortDescription": _sentences(summary)[0][:LONGEST_SHORT] if summary else None,
                    "longDescription": long or None,
                    "features": [*features, *(NETWORK_FEATURE.format(n) for n in known.networks)],
                }
            )
        },
        "legal": {"license": known.licence} if known.licence else None,
        "maintenance": {
            "type": "contract",
            "contractors": [
                {"name": name, "until": known.supported_until.isoformat()} for name in known.contractors
            ],
        }
        if known.contractors
        else {"type": "internal"},
        "localisation": {"localisationReady": False, "availableLanguages": ["ja"]},
    }


def _some(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value}


def _plain(fragment: str) -> str:
    """The text of sanitised HTML: a line a block."""
    broken = re.sub(r"</(?:p|li|h[1-6]|div|tr)>|<br ?/?>", "\n", fragment)
    text = html.unescape(nh3.clean(broken, tags=set()))
    return "\n".join(line for raw in text.split("\n") if (line := raw.strip()))


def _items(fragment: str) -> list[str]:
    """The items of its lists: what a product does is mostly written so."""
    return [text for item in re.findall(r"<li>(.*?)</li>", fragment, re.DOTALL) if (text := _plain(item))]


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=。)|\n", text) if part.strip()]
