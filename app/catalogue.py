"""The catalogue as machines read it: publiccode as JSON, DCAT 3 as JSON-LD, and an Atom feed (RFC 4287).

Pure: what is public comes in, text goes out. No mail address leaves here, whoever wrote it into a description; and nothing tells
the time of asking, so that who has an answer already is told that it still stands (304).
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.discreet import ADDRESS, LEFT_OUT
from workflows.publiccode.writing import content_of, first_sentence
from workflows.queries.catalogue import Entry
from workflows.queries.product_history import News
from workflows.queries.product_proof import Proof

TITLE = "共創パイプライン プロダクトの一覧"
ABOUT = "自治体の実証で効果を確かめ、全国の団体が使えるようになったプロダクトです。"
FEED_TITLE = "共創パイプライン プロダクトの知らせ"
MAKER = "共創パイプライン"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
ATOM = "http://www.w3.org/2005/Atom"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no place for."""
WHAT = {
    "flagged": "全国展開が決まりました",
    "suspended": "全国展開を停止しました",
    "restored": "全国展開を再開しました",
    "released": "新しい版が出ました",
}
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "schema": "https://schema.org/",
}
MEDIA = "https://www.iana.org/assignments/media-types/"
SPDX = "https://spdx.org/licenses/"


def discreet(value: Any) -> Any:
    """The value without the mail addresses in its texts."""
    match value:
        case str():
            return ADDRESS.sub(LEFT_OUT, value)
        case dict():
            return {key: discreet(v) for key, v in value.items()}
        case list():
            return [discreet(v) for v in value]
    return value


def catalog_json(found: Sequence[Entry], base_url: str) -> str:
    """Every product by the keys of publiccode.yml, and by ours under `kyoso`."""
    return _json(
        {
            "name": TITLE,
            "url": f"{base_url}/products",
            "updated": _moment(_last(e.changed_at for e in found)),
            "products": [{**content_of(e.known), "kyoso": _ours(e, base_url)} for e in found],
        }
    )


def catalog_jsonld(found: Sequence[Entry], base_url: str) -> str:
    """A dcat:Catalog: of products as resources, and of the list itself as a dataset with its forms (W3C DCAT 3)."""
    products = f"{base_url}/products"
    maker = {"@type": "foaf:Agent", "foaf:name": _ja(MAKER), "foaf:homepage": {"@id": base_url}}
    forms = (("catalog.json", "application/json"), ("feed.atom", "application/atom+xml"))
    changed = _typed(_moment(_last(e.changed_at for e in found)), "dateTime")
    return _json(
        {
            "@context": CONTEXT,
            "@id": f"{products}/catalog.jsonld",
            "@type": "dcat:Catalog",
            "dcterms:title": _ja(TITLE),
            "dcterms:description": _ja(ABOUT),
            "dcterms:language": {"@id": "http://publications.europa.eu/resource/authority/language/JPN"},
            "dcterms:publisher": maker,
            "dcterms:modified": changed,
            "foaf:homepage": {"@id": products},
            "dcat:dataset": [
                {
                    "@id": f"{products}/catalog.json",
                    "@type": "dcat:Dataset",
                    "dcterms:title": _ja(TITLE),
                    "dcterms:description": _ja(ABOUT),
                    "dcterms:publisher": maker,
                    "dcterms:modified": changed,
                    "dcat:landingPage": {"@id": products},
                    "dcat:distribution": [
                        {
                            "@type": "dcat:Distribution",
                            "dcterms:title": file,
                            "dcat:accessURL": {"@id": f"{products}/{file}"},
                            "dcat:downloadURL": {"@id": f"{products}/{file}"},
                            "dcat:mediaType": {"@id": MEDIA + media},
                        }
                        for file, media in forms
                    ],
                }
            ],
            "dcat:resource": [_resource(e) for e in found],
        }
    )


def atom(found: Sequence[News], base_url: str) -> bytes:
    """What happened to products, the last first. An entry's id is made of its ledger entry, and outlives this address."""
    ET.register_namespace("", ATOM)
    address = f"{base_url}/products/feed.atom"
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "ja"})
    _add(feed, "id", address)
    _add(feed, "title", FEED_TITLE)
    _add(feed, "updated", _moment(_last(n.at for n in found)))
    _add(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", MAKER)
    _add(feed, "link", rel="self", href=address, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=f"{base_url}/products", type="text/html")
    for n in found:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", uuid5(NAMESPACE_URL, f"kyoso product {n.what} {n.mark}").urn)
        version = f"（{n.words[0]}）" if n.what == "released" else ""
        _add(entry, "title", f"{WHAT[n.what]}: {n.name}{version}")
        _add(entry, "updated", _moment(n.at))
        _add(entry, "published", _moment(n.at))
        _add(entry, "link", rel="alternate", href=f"{base_url}/products/{n.slug}", type="text/html")
        _add(entry, "category", term=n.what)
        _add(
            entry,
            "summary",
            "\n".join([f"{n.name}: {WHAT[n.what]}{version}。", *(n.words if not version else ())]),
        )
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _ours(e: Entry, base_url: str) -> dict[str, Any]:
    p = e.product
    page = f"{base_url}/products/{p.slug}"
    return {
        "slug": p.slug,
        "page": page,
        "publiccode": f"{page}/publiccode.yml",
        "flag": p.flag,
        "flaggedAt": _moment(p.flagged_at),
        "flagSince": _moment(p.flag_since),
        "suspendedBecause": list((p.suspended_because or {}).values()),
        "field": e.field,
        "networks": list(p.networks),
        "provenSizeClasses": sorted(e.proven),
        "priceURL": p.price_url,
        "digitalMarketplaceURL": p.dmp_url,
        "supportedUntil": p.support_until.isoformat(),
        "supportHours": p.support_hours,
        "supportContact": None if ADDRESS.search(p.support_contact) else p.support_contact,
        "adopted": e.adopted,
        "sbomURL": e.sbom_url,
        "releases": [{"version": v, "tag": tag, "releasedOn": day.isoformat()} for v, tag, day in e.releases],
        "pilots": [_pilot(proof) for proof in e.proofs],
    }


def _pilot(proof: Proof) -> dict[str, Any]:
    return {
        "site": proof.site,
        "sizeClass": proof.size_class,
        "reachedTargets": proof.reached,
        "kpis": [
            {
                "name": k.name, "type": k.type, "unit": k.unit, "direction": k.direction, "target": k.target,
                "estimate": k.estimate, "low": k.low, "high": k.high, "n": k.n, "verdict": verdict,
            }
            for k, verdict in ((m.kpi, m.verdict) for m in proof.kpis)
        ],
    }  # fmt: skip


def _resource(e: Entry) -> dict[str, Any]:
    p, known = e.product, e.known
    described = {
        "@id": known.landing_url,
        "@type": ["dcat:Resource", "schema:SoftwareApplication"],
        "dcterms:identifier": p.slug,
        "dcterms:title": _ja(p.name),
        "dcterms:description": _ja(first_sentence(p.summary_html)),
        "dcterms:publisher": {"@type": "foaf:Agent", "@id": known.owner_uri, "foaf:name": _ja(known.owner)},
        "dcterms:issued": _typed(_moment(p.flagged_at), "dateTime"),
        "dcterms:modified": _typed(_moment(e.changed_at), "dateTime"),
        "dcterms:license": {"@id": SPDX + known.licence} if known.licence else None,
        "dcat:version": known.version,
        "dcat:keyword": [_ja(e.field), *map(_ja, known.networks)],
        "dcat:landingPage": {"@id": known.landing_url},
        "foaf:page": {"@id": f"{known.landing_url}/publiccode.yml"},
    }
    return {key: value for key, value in described.items() if value is not None}


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> None:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = NOT_XML.sub("", discreet(text)) if text is not None else None


def _json(content: dict[str, Any]) -> str:
    return json.dumps(discreet(content), ensure_ascii=False, indent=1) + "\n"


def _ja(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "ja"}


def _typed(value: str | None, kind: str) -> dict[str, str] | None:
    return {"@value": value, "@type": f"xsd:{kind}"} if value else None


def _last(moments: Iterable[datetime]) -> datetime:
    return max(moments, default=NEVER)


def _moment(at: datetime | None) -> str | None:
    """RFC 3339, to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
