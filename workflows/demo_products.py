"""The demo's products: described, documented and released as G4 asks, with the publiccode.yml their repositories hold."""

from datetime import date, datetime, timedelta

import yaml

from workflows.demo_cast import Cast, Facts, Steps, do, snapshot

LONG_DESCRIPTION = (
    "出力には根拠となった文書の場所を必ず示し、職員が確かめて直した内容を記録します。個人情報を外へ送らない設定を標準とし、"
    "団体ごとの違いは設定表一枚にまとめています。導入の手引と利用ルールのひな形を添え、所要時間と正答率を自分の団体で測るための"
    "記録の様式も含みます。小さな町村でも、情報担当の職員が一日で使い始められることを目標に作られています。"
)

FIRST_NOTES = """最初の版です。

- 根拠となった文書の場所を示します
- 団体ごとの違いを設定表一枚にまとめました
- 導入の手引と利用ルールのひな形を添えました
"""


def product(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A product described, its manual and usage rules published, version 1.0.0 released and seen in the repository."""
    slug, name, days = told["slug"], told["name"], told["support_days"]
    yield do(
        cast.engineer,
        "product.describe",
        save or "product",
        idea="$idea",
        slug=slug,
        name=name,
        summary=told["summary"],
        networks=told["networks"],
        support_contact=f"support@{cast.vendor}.example.jp",
        support_hours="平日 9-17時",
        support_until=(at + timedelta(days=days)).date(),
        price_url=f"https://{cast.vendor}.example.jp/price/{slug}",
        requirements_md=told.get(
            "requirements", "- 事務端末のブラウザー\n- 団体ごとの設定表（様式は手引にあります）"
        ),
    )
    for kind, title in (("manual", f"{name} 導入の手引"), ("usage_rules", f"{name} 利用ルールのひな形")):
        yield do(
            cast.engineer,
            "asset.publish",
            kind=kind,
            title=title,
            body_md=told[kind],
            licence="CC-BY-4.0",
            idea="$idea",
        )
    yield do(
        cast.engineer, "product.release", product=slug, version="1.0.0", tag="v1.0.0", released_on=at.date()
    )
    yield snapshot(
        cast,
        at + timedelta(days=1),
        files=["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"],
        releases=[{"tag": "v1.0.0", "published_at": at.isoformat(), "notes": told.get("notes", FIRST_NOTES)}],
        publiccode=publiccode(cast, at.date(), told),
    )


def publiccode(cast: Cast, released_on: date, told: Facts) -> str:
    """The publiccode.yml that such a product's repository holds."""
    until = released_on + timedelta(days=told["support_days"])
    content = {
        "publiccodeYmlVersion": "0.4",
        "name": told["name"],
        "url": f"https://github.com/{cast.repository}",
        "softwareVersion": "1.0.0",
        "releaseDate": released_on.isoformat(),
        "platforms": ["web"],
        "categories": ["document-management"],
        "developmentStatus": "stable",
        "softwareType": "standalone/web",
        "description": {
            "ja": {
                "shortDescription": told["short"],
                "longDescription": f"{told['summary']}{LONG_DESCRIPTION}",
                "features": told["features"],
            }
        },
        "legal": {"license": "MIT"},
        "maintenance": {
            "type": "contract",
            "contractors": [{"name": told["contractor"], "until": until.isoformat()}],
        },
        "localisation": {"localisationReady": True, "availableLanguages": ["ja"]},
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
