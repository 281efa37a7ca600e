"""Rollout: a finished product reaches every local government. No gate; fit, the living flag and adoption rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from stages.days import add_months, days_passed, written
from stages.dossier import Dossier
from stages.kernel import Clears, Flag, Raised, Stage

ADOPTION_NAMES = {
    "adopted": "導入済み",
    "piloting": "実証中",
    "planned": "導入予定",
    "considering": "導入検討中",
    "considered_not_adopted": "検討したが導入に至らず",
    "no_plan": "予定なし",
    "stopped": "利用を終えた",
    "unknown": "未回答",
}
"""In the words of the ministry's survey, plus stopped, and unknown until answered."""
STATEMENTS = tuple(k for k in ADOPTION_NAMES if k != "unknown")
ADOPTION_LASTS_MONTHS = 12
ACTION_OVERDUE_DAYS = 30
SUPPORT_ENDS_WITHIN_MONTHS = 6
FLAG_NAMES = {"none": "公開前", "nationwide": "全国展開中", "suspended": "全国展開を停止中"}

POINTS = {
    "evidence_same_size": 3,
    "demand": 3,
    "adopted_same_prefecture": 2,
    "same_vendor": 1,
    "has_ai_rules": 1,
}
"""Points of fit by name (POLICY §4 names them; the weights are this project's own [rule])."""
POINT_REASONS = {
    "evidence_same_size": "同じ規模の団体で効果が確かめられています",
    "demand": "「うちも使いたい」という声を寄せています",
    "adopted_same_prefecture": "同じ都道府県に導入した団体があります",
    "same_vendor": "同じ事業者の別のプロダクトを使っています",
    "has_ai_rules": "AIの利用ルールがあります",
}


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What fit looks at on the product's side."""

    networks: frozenset[str]
    proven_size_classes: frozenset[str]
    demanding: frozenset[str]  # organizations (slugs) that said they want it
    adopted_prefectures: frozenset[str]
    vendor_customers: frozenset[str]  # organizations using another product of the same vendor


@dataclass(frozen=True, slots=True)
class TownFacts:
    """What fit looks at on the local government's side."""

    slug: str
    prefecture: str
    size_class: str | None
    network: str | None
    has_ai_rules: bool | None


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a product fits: whether it is offered, its points by name, and their sum."""

    offered: bool
    points: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.points.values())


def fit(product: ProductFacts, town: TownFacts) -> Fit:
    """The sum of named points (POLICY §4). An unsupported network is not offered; an unknown one is."""
    offered = town.network is None or town.network in product.networks
    held = {
        "evidence_same_size": town.size_class in product.proven_size_classes,
        "demand": town.slug in product.demanding,
        "adopted_same_prefecture": town.prefecture in product.adopted_prefectures,
        "same_vendor": town.slug in product.vendor_customers,
        "has_ai_rules": bool(town.has_ai_rules),
    }
    return Fit(offered, {name: POINTS[name] for name, holds in held.items() if holds})


def adoption_expires_on(confirmed_on: date) -> date:
    """The day from which a statement no longer counts unless reconfirmed."""
    return add_months(confirmed_on, ADOPTION_LASTS_MONTHS)


def suspension_causes(d: Dossier, today: date) -> dict[str, str]:
    """Why a flagged product must be suspended today, by cause; empty while nothing stands against it (POLICY §4).

    A fact that was not seen is no cause: only what was seen suspends.
    """
    causes: dict[str, str] = {}
    late = [
        a.ref
        for a in d.actions
        if a.status != "verified" and days_passed(a.due_on, today, ACTION_OVERDUE_DAYS)
    ]
    if late:
        causes["action_overdue"] = f"是正事項が期限を30日過ぎています（{'、'.join(late)}）。"
    grave = [i.ref for i in d.incidents if i.open and i.severity == "high"]
    if grave:
        causes["incident_open"] = f"重大なリスクケースが終結していません（{'、'.join(grave)}）。"
    r = d.repository
    if r is not None:
        if r.archived:
            causes["repository_archived"] = "リポジトリが保管状態（アーカイブ）になりました。"
        if r.gone:
            causes["repository_gone"] = "リポジトリがなくなりました。"
        if r.saw("licence_spdx") and not r.licence_spdx:
            causes["licence_lost"] = "ライセンスがなくなりました。"
        missing = r.saw("files") and not any(
            f.lower() in ("publiccode.yml", "publiccode.yaml") for f in r.files
        )
        if (r.saw("publiccode") and r.publiccode_errors) or (missing and not r.saw("publiccode")):
            causes["publiccode_invalid"] = "publiccode.yml が正しくなくなりました。"
    if d.product and d.product.support_until <= add_months(today, SUPPORT_ENDS_WITHIN_MONTHS):
        causes["support_ending"] = f"保守の終わり（{written(d.product.support_until)}）まで6か月以内です。"
    return causes


def adoption_expiring(d: Dossier, today: date) -> Iterator[Raised]:
    for a in d.product.adoptions if d.product else ():
        if today < a.expires_on <= today + timedelta(days=30):
            yield Raised(
                f"導入状況の回答が {written(a.expires_on)}に期限切れになります。",
                a.org,
                (a.org,),
                a.expires_on,
            )


def target_unanswered(d: Dossier, today: date) -> Iterator[Raised]:
    if d.product and d.product.flag == "nationwide":
        for u in d.product.unanswered:
            if days_passed(u.offered_on, today, 60):
                yield Raised(
                    f"{written(u.offered_on)}のご案内に、60日回答がありません。",
                    u.org,
                    (u.org,),
                    u.offered_on,
                )


STAGE = Stage(
    key="rollout",
    name="横展開",
    purpose="すべての地方公共団体に届け、導入を導入した団体自身が確かめる。",
    gate=None,
    flags=(
        Flag(
            "adoption_expiring_30", "導入状況の回答がまもなく期限切れです", Clears.SUBJECT, adoption_expiring
        ),
        Flag("target_unanswered_60", "ご案内に60日回答がありません", Clears.SUBJECT, target_unanswered),
    ),
)
