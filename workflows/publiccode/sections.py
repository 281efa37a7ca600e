"""The sections of a publiccode.yml that have keys of their own, and what must hold between those keys.

Source: publiccode.yml standard 0.7, `schema.core` (description, maintenance, intendedAudience, dependsOn, legal,
localisation, organisation, supports) and `schema.it`.
"""

from yaml.nodes import MappingNode, Node

from workflows.publiccode.addresses import email_address, identifier, path, picture, web_address
from workflows.publiccode.licence import licence
from workflows.publiccode.report import Findings, Place, shorten, suggest
from workflows.publiccode.shapes import (
    Entries,
    Section,
    boolean,
    entries,
    is_blank,
    list_of,
    text,
    text_of,
    told_text,
)
from workflows.publiccode.values import contract_end, country, language, language_tag, sized, word_of
from workflows.publiccode.vocabulary import (
    ALIASES,
    IT_EXTENSION_VERSIONS,
    MAINTENANCE_TYPES,
    SCOPES,
    SCREENSHOT_FORMATS,
)

DROP = "この項目は消して構いません。"
NAME_REQUIRED = {"name": "name: に名前を書いてください。"}
DESCRIPTION = Section(
    fields={
        "localisedName": text,
        "genericName": sized(0, 35),
        "shortDescription": sized(1, 150),
        "longDescription": sized(150, 10_000),
        "documentation": web_address,
        "apiDocumentation": web_address,
        "features": list_of(text, at_least=1),
        "screenshots": list_of(picture(SCREENSHOT_FORMATS)),
        "videos": list_of(web_address),
        "awards": list_of(text),
    },
    required={"shortDescription": "shortDescription: に一文の説明（150 文字まで）を書いてください。"},
    deprecated={"genericName": DROP},
)
# Demanded "for at least one language".
_IN_SOME_LANGUAGE = {
    "longDescription": "longDescription: に職員向けの説明（150〜10,000 文字）を書いてください。",
    "features": "features: に「- できること」の行を並べてください。",
}

MAINTENANCE = Section(
    fields={
        "type": word_of(MAINTENANCE_TYPES, "保守の種類"),
        "contractors": list_of(
            Section(
                {"name": text, "until": contract_end, "email": email_address, "website": web_address},
                required={
                    **NAME_REQUIRED,
                    "until": "until: に契約の終わりの日を YYYY-MM-DD の形で書いてください。",
                },
            ),
            at_least=1,
        ),
        "contacts": list_of(
            Section(
                {"name": text, "email": email_address, "affiliation": text, "phone": text},
                required=NAME_REQUIRED,
            ),
            at_least=1,
        ),
    },
    required={"type": f"type: に {'、'.join(MAINTENANCE_TYPES)} のどれかを書いてください。"},
)


def description(found: Findings, place: Place, node: Node) -> None:
    """One section a language; in all of them a short description, in some of them a long one and the features."""
    languages = entries(found, place, node)
    if not languages and isinstance(node, MappingNode):
        found.wrong(
            place, "言語ごとの説明がありません。", "ja: の下に shortDescription などを書いてください。"
        )
    told: dict[str, Entries] = {}
    names: list[tuple[str, str]] = []
    for tag, (at, section) in languages.items():
        exists = language_tag(found, at, tag)
        if is_blank(section):
            found.wrong(
                at,
                f"言語「{shorten(tag)}」の説明が空です。",
                "shortDescription などを書くか、この行を消してください。",
            )
        else:
            told[tag] = DESCRIPTION.read(found, at, section)
            if exists and (name := told_text(told[tag], "localisedName")):
                names.append((tag, name))
    found.learn(names=tuple(names))
    for key, mend in _IN_SOME_LANGUAGE.items():
        without = [tag for tag, said in told.items() if key not in said]
        nowhere = len(without) == len(told)
        said = f"「{key}」が{'どの言語にも' if nowhere else 'この言語に'}ありません。"
        for at in (languages[tag][0] for tag in without):
            (found.wrong if nowhere else found.doubt)(at.inside(key, at.line), said, mend)


def maintenance(found: Findings, place: Place, node: Node) -> None:
    """Who looks after it: a contract names its contractors, the others must not; people of its own name contacts."""
    told = MAINTENANCE.read(found, place, node)
    kind = told_text(told, "type")
    if kind == "contract" and "contractors" not in told:
        at = place.inside("contractors", place.line)
        found.wrong(
            at,
            "保守が契約（contract）なのに契約先がありません。",
            "contractors: に name と until を書いてください。",
        )
    if kind in MAINTENANCE_TYPES and kind != "contract" and "contractors" in told:
        mend = "type: contract にするか、contractors を消してください。"
        found.wrong(told["contractors"][0], f"保守が契約でない（{kind}）のに契約先があります。", mend)
    if kind in ("internal", "community") and "contacts" not in told:
        at = place.inside("contacts", place.line)
        found.wrong(
            at,
            f"保守の担当者がありません（type が {kind} のときは必須）。",
            "contacts: に担当者の name を書いてください。",
        )


def supported(found: Findings, place: Place, node: Node) -> None:
    """`alias:` and a name of the standard's list, or a URI."""
    written = text_of(found, place, node)
    if written is None or written in ALIASES:
        return
    if written.startswith("alias:"):
        mend = suggest(written, ALIASES, "一覧にないものは URL か urn: で書いてください。")
        found.doubt(place, f"別名「{shorten(written)}」は標準の一覧にありません。", mend)
    else:
        identifier(found, place, node)


DEPENDENCY = Section(
    {"name": text, "version": text, "versionMin": text, "versionMax": text, "optional": boolean},
    required=NAME_REQUIRED,
)
AUDIENCE = Section(
    {
        "countries": list_of(country),
        "unsupportedCountries": list_of(country),
        "scope": list_of(word_of(SCOPES, "分野")),
    }
)
ITALY = Section(
    {
        "countryExtensionVersion": word_of(IT_EXTENSION_VERSIONS, "国別拡張の版"),
        "conforme": Section(
            dict.fromkeys(
                ("lineeGuidaDesign", "modelloInteroperabilita", "misureMinimeSicurezza", "gdpr"), boolean
            )
        ),
        "riuso": Section(
            {"codiceIPA": text},
            deprecated={"codiceIPA": "organisation.uri に urn:x-italian-pa: で書いてください。"},
        ),
        "piattaforme": Section(dict.fromkeys(("spid", "pagopa", "cie", "anpr", "io"), boolean)),
    },
    deprecated={"conforme": DROP},
)
ORGANISATION = Section(
    {"uri": identifier, "name": text}, required={"uri": "uri: に公開元の組織の URL などを書いてください。"}
)
FUNDER = Section({"name": text, "uri": identifier}, required=NAME_REQUIRED)
SUPPORTS = Section({"id": supported}, required={"id": "id: に URL などの識別子を書いてください。"})
LEGAL = Section(
    {"license": licence, "mainCopyrightOwner": text, "repoOwner": text, "authorsFile": path},
    required={"license": "license: に SPDX の識別子（例 MIT）を書いてください。"},
    deprecated={"repoOwner": "代わりに organisation の name に書いてください。", "authorsFile": DROP},
)
LOCALISATION = Section(
    {"localisationReady": boolean, "availableLanguages": list_of(language, at_least=1)},
    required={
        "localisationReady": "localisationReady: に多言語に対応できる作りかどうかを true か false で書いてください。",
        "availableLanguages": "availableLanguages: に「- ja」のように言語コードを並べてください。",
    },
)
