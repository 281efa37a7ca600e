"""Productization: what worked in one town is made fit for every town. Its gate is G4."""

import re
from collections.abc import Iterator
from datetime import date

from stages.days import add_months, days_passed, written
from stages.dossier import Dossier, Pilot, Repository
from stages.evaluation import judge_target
from stages.kernel import (
    Clears,
    Criterion,
    Finding,
    Flag,
    Gate,
    Raised,
    Stage,
    amber,
    green,
    red,
    unseen,
    worst,
)

ALIVE_MONTHS = 6
ANSWERED_WITHIN_HOURS = 7 * 24
REAL_SHARE = 0.10
SUPPORT_AHEAD_MONTHS = 12
SECURITY_FILES = ("security.md", "security.rst", "security.txt", "security")
SBOM_NAMES = re.compile(r"(^|/)([^/]+\.cdx\.json|[^/]+\.spdx\.json|bom\.json)$", re.IGNORECASE)

NO_REPOSITORY = red("コードの置き場がありません。", "リポジトリを結び付けてください。")
NO_PRODUCT = red("プロダクトの説明がありません。", "プロダクトを登録してください。")


def semver(version: str) -> tuple[int, int, int, bool]:
    """A version's order: numbers, then whether it is a final release (1.0.0 comes after 1.0.0-rc1). (0,0,0) if unreadable."""
    m = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", version)
    return (int(m[1]), int(m[2]), int(m[3]), m[4] is None) if m else (0, 0, 0, False)


def released(d: Dossier) -> Finding:
    p, r = d.product, d.repository
    if p is None:
        return NO_PRODUCT
    ready = [x for x in p.releases if semver(x.version) >= (1, 0, 0, True)]
    if not ready:
        return red("1.0.0 以上のリリースがありません。", "1.0.0 以上を公開し、登録してください。")
    if r is None:
        return NO_REPOSITORY
    if not r.saw("releases"):
        return unseen(f"{r.full_name} のリリース")
    latest = max(ready, key=lambda x: semver(x.version))
    if latest.tag not in r.release_tags:
        return red(
            f"タグ {latest.tag} がリポジトリのリリースに見つかりません。",
            "登録したタグでリリースを公開してください。",
        )
    if not r.saw("licence_spdx"):
        return unseen(f"{r.full_name} のライセンス")
    if not r.licence_spdx:
        return red("ライセンスがありません。", "SPDX で表せるライセンスを置いてください。")
    if not r.saw("publiccode"):
        return unseen("publiccode.yml のライセンス")
    if (r.publiccode_licence or "").lower() != r.licence_spdx.lower():
        return red(
            f"ライセンスが食い違います（リポジトリ {r.licence_spdx}、publiccode.yml {r.publiccode_licence or 'なし'}）。",
            "ライセンスの記載を揃えてください。",
        )
    return green(f"{latest.version}（{latest.tag}）、ライセンス {r.licence_spdx}。")


def described(d: Dossier) -> Finding:
    r = d.repository
    if r is None:
        return NO_REPOSITORY
    if not r.saw("publiccode"):
        if r.saw("files") and not any(f.lower() in ("publiccode.yml", "publiccode.yaml") for f in r.files):
            return red("publiccode.yml がありません。", "publiccode.yml を置いてください。")
        return unseen("publiccode.yml")
    if r.publiccode_errors:
        return red(
            f"publiccode.yml に誤りがあります: {'／'.join(r.publiccode_errors)}",
            "publiccode.yml を直してください。",
        )
    return green("publiccode.yml は標準に合っています。")


def maintained(d: Dossier) -> Finding:
    r = d.repository
    if r is None:
        return NO_REPOSITORY
    if r.archived:
        return red("リポジトリが保管状態（アーカイブ）です。", "保守を再開してください。")
    if not r.saw("last_commit_at", "commits_by_contributor") or not r.saw("archived"):
        return unseen(f"{r.full_name} の活動")
    answers_seen = r.median_issue_response_hours is not None or r.open_issues == 0
    if not answers_seen and not r.saw("median_issue_response_hours"):
        return unseen(f"{r.full_name} の問い合わせへの応答")
    failed = []
    if r.last_commit_on is None or r.last_commit_on < add_months(d.on, -ALIVE_MONTHS):
        failed.append("6か月以内のコミットがない")
    answered_in_time = (
        r.median_issue_response_hours < ANSWERED_WITHIN_HOURS
        if r.median_issue_response_hours is not None
        else r.open_issues == 0
    )
    if not answered_in_time:
        failed.append("問い合わせへの応答が7日以上（中央値）")
    commits = r.commits_by_contributor or {}
    total = sum(commits.values())
    if sum(1 for n in commits.values() if total and n / total > REAL_SHARE) < 2:
        failed.append("実質的な作り手が一人しかいない")
    if not failed and r.last_commit_on:
        return green(f"最後のコミットは {written(r.last_commit_on)}、作り手は {len(commits)} 人です。")
    text = "、".join(failed)
    return (
        amber(f"保守に不安があります: {text}", f"改めてください: {text}")
        if len(failed) == 1
        else red(f"保守されていません: {text}")
    )


def secure(d: Dossier) -> Finding | None:
    """Red while a file is missing or unseen; with the files there, people judge from the scan report."""
    r = d.repository
    if r is None:
        return NO_REPOSITORY
    if not r.saw("files"):
        return unseen(f"{r.full_name} のファイル")
    missing = []
    if not any(f.lower().removeprefix(".github/").removeprefix("docs/") in SECURITY_FILES for f in r.files):
        missing.append("SECURITY.md")
    if not any(SBOM_NAMES.search(f) for f in r.files):
        missing.append("部品表（SBOM: *.cdx.json など）")
    return (
        red(f"{'と'.join(missing)}がありません。", f"{'と'.join(missing)}を置いてください。")
        if missing
        else None
    )


def _replica(d: Dossier, pilot: Pilot) -> Finding:
    measured = {k.key: k for k in pilot.kpis}
    names = {k.key: k.name for p in d.pilots for k in p.kpis}
    missing = [names.get(t.key, t.key) for t in d.first_freeze if t.key not in measured]
    if missing:
        return red(
            f"最初の目標のうち測られていないものがあります（{'、'.join(missing)}）。",
            "同じ KPI を測ってください。",
        )
    found = worst(judge_target(measured[t.key], t) for t in d.first_freeze)
    return Finding(found.rating, f"{pilot.site.name or pilot.site.slug}: {found.text}", found.action)


def replicated(d: Dossier) -> Finding:
    first = d.pilot
    others = [
        p
        for p in d.pilots
        if first
        and p.ref != first.ref
        and p.status == "finished"
        and p.site.size_class != first.site.size_class
    ]
    if not others or not d.first_freeze:
        return red(
            "規模の異なる団体での実証がありません。",
            "規模区分の異なる市区町村で、同じ KPI の実証を終えてください。",
        )
    return min((_replica(d, p) for p in others), key=lambda f: f.rating.badness)


def deployable(d: Dossier) -> Finding:
    if d.product is None:
        return NO_PRODUCT
    if not d.product.networks:
        return red(
            "動くネットワークの方式がわかりません。",
            "α・α′・β・β′・LGWAN-ASP のうち動くものを選んでください。",
        )
    return green(f"{len(d.product.networks)} 方式で動きます。")


def onboardable(d: Dossier) -> Finding:
    kinds = d.product.asset_kinds if d.product else ()
    missing = [
        name
        for kind, name in (("manual", "手引"), ("usage_rules", "利用ルールのひな形"))
        if kind not in kinds
    ]
    if missing:
        return red(
            f"{'と'.join(missing)}が公開されていません。",
            f"{'と'.join(missing)}を資料として公開してください。",
        )
    return green("手引と利用ルールのひな形が公開されています。")


def supported(d: Dossier) -> Finding:
    p = d.product
    if p is None:
        return NO_PRODUCT
    if not p.support_contact.strip() or not p.support_hours.strip():
        return red("問い合わせ先か受付時間がありません。", "問い合わせ先と受付時間を入れてください。")
    if p.support_until < add_months(d.on, SUPPORT_AHEAD_MONTHS):
        return red(
            f"保守の終わり（{written(p.support_until)}）まで12か月ありません。",
            "保守の期間を延ばしてください。",
        )
    return green(f"保守は {written(p.support_until)}まで、{p.support_hours}。")


def priced(d: Dossier) -> Finding:
    if d.product and (d.product.price_url or d.product.dmp_url):
        return green("価格がわかります。")
    if d.evidence_for("priced"):
        return green(f"根拠資料があります（{d.evidence_for('priced')[0].title}）。")
    return red(
        "価格表も、デジタルマーケットプレイスへの掲載もありません。",
        "価格表かデジタルマーケットプレイスのリンクを入れてください。",
    )


def conditions_closed(d: Dossier) -> Finding:
    left = [a.named for a in d.actions if a.status != "verified"]
    if left:
        return red(
            f"確認の済んでいない是正事項があります: {'、'.join(left)}",
            "是正を終え、審査者の確認を受けてください。",
        )
    return green("是正事項はすべて確認済みです。")


def no_release(d: Dossier, today: date) -> Iterator[Raised]:
    if d.stage != "productization" or d.status != "active" or d.stage_since is None:
        return
    last = max([d.stage_since, *(x.released_on for x in (d.product.releases if d.product else ()))])
    if days_passed(last, today, 90):
        yield Raised(f"{written(last)}から90日、リリースがありません。", since=last)


def repository_silent(d: Dossier, today: date) -> Iterator[Raised]:
    r: Repository | None = d.repository
    if (
        d.stage == "productization"
        and d.status == "active"
        and r
        and r.last_commit_on
        and days_passed(r.last_commit_on, today, 60)
    ):
        yield Raised(
            f"{r.full_name} は {written(r.last_commit_on)}から60日、コミットがありません。",
            r.full_name,
            since=r.last_commit_on,
        )


STAGE = Stage(
    key="productization",
    name="プロダクト化",
    purpose="一つの団体でうまくいったものを、どの団体でも使える形にする。",
    gate=Gate(
        key="G4",
        name="全国に広げるか",
        criteria=(
            Criterion("released", "ライセンスの付いた正式なリリースがあるか", True, released),
            Criterion("described", "publiccode.yml は正しいか", True, described),
            Criterion(
                "maintained", "保守されているか（最近のコミット・応答・複数の作り手）", True, maintained
            ),
            Criterion(
                "secure",
                "脆弱性の窓口と部品表があり、秘密情報が含まれないか",
                True,
                secure,
                wants="検査の報告書",
            ),
            Criterion("replicated", "規模の異なる団体でも目標に届いたか", True, replicated),
            Criterion("deployable", "どのネットワーク方式で動くか", True, deployable),
            Criterion("onboardable", "手引・利用ルールのひな形・研修が揃うか", True, onboardable),
            Criterion("supported", "問い合わせ先と、12か月以上先までの保守があるか", True, supported),
            Criterion("priced", "いくらで、どう買えるかわかるか", False, priced),
            Criterion("conditions_closed", "これまでの是正事項は確認済みか", True, conditions_closed),
        ),
    ),
    flags=(
        Flag("no_release_90", "リリースが90日ありません", Clears.OWNER, no_release),
        Flag("repository_silent_60", "コミットが60日ありません", Clears.OWNER, repository_silent),
    ),
)
