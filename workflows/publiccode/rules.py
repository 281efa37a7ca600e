"""The rules of publiccode.yml 0.x, section by section, as the standard's `schema.core` lists them.

Minor versions of the standard are compatible, so a file of any 0.x is judged by the rules of 0.7, as the standard's own
parser does; what only its declared version demanded is a warning. Where parser and standard differ, the standard decides
and the parser's stricter wish is a warning: docs/decisions/0006-publiccode-validator.md.
"""

from datetime import date

from yaml.nodes import ScalarNode, SequenceNode

from workflows.publiccode.addresses import picture, repository_address, web_address
from workflows.publiccode.reading import Unreadable, read
from workflows.publiccode.report import WHOLE_FILE, Findings, Place, Report
from workflows.publiccode.sections import (
    AUDIENCE,
    DEPENDENCY,
    DROP,
    FUNDER,
    ITALY,
    LEGAL,
    LOCALISATION,
    ORGANISATION,
    SUPPORTS,
    description,
    maintenance,
)
from workflows.publiccode.shapes import Entries, Section, list_of, one_or_many, text, told_text
from workflows.publiccode.values import media_type, release_day, word_of
from workflows.publiccode.vocabulary import (
    CATEGORIES,
    DEVELOPMENT_STATUSES,
    LOGO_FORMATS,
    SOFTWARE_TYPES,
    VERSIONS,
)

# Demanded up to this minor version of 0.x, optional since.
_ONCE_REQUIRED = {"releaseDate": 3, "categories": 4}
_USE_SUPPORTS = "国別の節の代わりに supports と organisation を使ってください。"

TOP = Section(
    fields={
        "publiccodeYmlVersion": word_of(VERSIONS, "標準の版"),
        "name": text,
        "applicationSuite": text,
        "url": repository_address,
        "landingURL": web_address,
        "isBasedOn": one_or_many(repository_address),
        "softwareVersion": text,
        "releaseDate": release_day,
        "logo": picture(LOGO_FORMATS),
        "monochromeLogo": picture(LOGO_FORMATS),
        "inputTypes": list_of(media_type),
        "outputTypes": list_of(media_type),
        "platforms": one_or_many(text, parser_wants_a_list=True),
        "categories": list_of(word_of(CATEGORIES, "分類")),
        "usedBy": list_of(text),
        "fundedBy": list_of(FUNDER),
        "roadmap": web_address,
        "developmentStatus": word_of(DEVELOPMENT_STATUSES, "開発の状況"),
        "softwareType": word_of(SOFTWARE_TYPES, "ソフトウェアの種類"),
        "organisation": ORGANISATION,
        "supports": list_of(SUPPORTS),
        "intendedAudience": AUDIENCE,
        "description": description,
        "legal": LEGAL,
        "maintenance": maintenance,
        "localisation": LOCALISATION,
        "dependsOn": Section(dict.fromkeys(("open", "proprietary", "hardware"), list_of(DEPENDENCY))),
        "IT": ITALY,
        "it": ITALY,
    },
    required={
        "publiccodeYmlVersion": "publiccodeYmlVersion: '0' と書いてください。",
        "name": "name: にソフトウェアの名前を書いてください。",
        "url": "url: にリポジトリの URL を書いてください。",
        "platforms": "platforms: に「- web」のように動く環境を並べてください。",
        "developmentStatus": f"developmentStatus: に {'、'.join(DEVELOPMENT_STATUSES)} のどれかを書いてください。",
        "softwareType": "softwareType: に standalone/web などの種類を書いてください。",
        "description": "description: の下に ja: を作り、説明を書いてください。",
        "legal": "legal: の下に license: を書いてください。",
        "maintenance": "maintenance: の下に type: を書いてください。",
        "localisation": "localisation: の下に localisationReady: と availableLanguages: を書いてください。",
    },
    deprecated={
        "monochromeLogo": "代わりに logo を使ってください。",
        "inputTypes": DROP,
        "outputTypes": DROP,
        "IT": _USE_SUPPORTS,
        "it": _USE_SUPPORTS,
    },
    since={"organisation": 5, "fundedBy": 5, "supports": 7},
)


def validate(source: str | bytes, *, today: date | None = None) -> Report:
    """Judge a publiccode.yml. Takes its text or bytes; never raises, whatever they are; asks no network and no clock.

    With `today`, a contract that has ended and a release still to come are warnings; without it dates are only checked
    for their form. Refused: anything that is not one UTF-8 YAML mapping of at most 256 KiB.
    """
    found = Findings(today)
    try:
        top = read(source)
    except Unreadable as unreadable:
        return Report(errors=(unreadable.problem,))
    # The version first: it decides which of the other keys came too early. A list here is found wrong by its own rule.
    for key, value in top.value:
        if isinstance(key, ScalarNode) and key.value == "publiccodeYmlVersion" and value.value in VERSIONS:
            found.learn(version=value.value)
    told = TOP.read(found, Place(WHOLE_FILE), top)
    _once_required(found, told)
    if "IT" in told and "it" in told:
        found.wrong(told["it"][0], "「IT」と「it」の両方があります。", "「it」を消してください。")
    for fact, key in (("name", "name"), ("url", "url"), ("software_version", "softwareVersion")):
        found.learn(**{fact: told_text(told, key)})
    return found.report()


def _once_required(found: Findings, told: Entries) -> None:
    version = found.facts.version or "0"
    for key, last in _ONCE_REQUIRED.items():
        present = key in told and not (isinstance(told[key][1], SequenceNode) and not told[key][1].value)
        if "." in version and int(version.split(".")[1]) <= last and not present:
            mend = f"{key} を書くか、publiccodeYmlVersion を '0' にしてください。"
            found.doubt(Place(key), f"「{key}」は 0.{last} までの版では必須でした。", mend)
