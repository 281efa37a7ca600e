"""The decision report as a PDF in Japanese: the same read model as its page and its JSON, nothing more and nothing less."""

from collections.abc import Sequence
from datetime import date, datetime

from app.pages.showing import day, moment, spoken
from app.pages.words import ACTION_STATUS, LIST_NAMES, LIST_SOURCES, REPORT_PARTS
from app.typesetting.sheet import SOFT, Sheet
from stages.kernel import DECISION_NAMES, RATING_NAMES, Decision, Rating
from workflows.queries.decision_opinions import Said
from workflows.queries.report_parts import DecisionReport, Proof, ReportCriterion

MARKS = {"green": "○", "amber": "△", "red": "×"}
"""Beside the name of each colour: a report is read in black and white as well."""


def pdf_of(report: DecisionReport, made_at: datetime) -> bytes:
    """The report in the form in which it is filed. To be called where the language is Japanese."""
    title = f"決定の報告 {report.review}"
    sheet = Sheet(f"{title} {report.title}", f"{title}　基準の版 {report.policy_version}", made_at)
    sheet.set_subject(f"{report.gate} {report.gate_name}")
    _head(sheet, report)
    _withheld(sheet, report)
    _overview(sheet, report)
    _opinions(sheet, report)
    sheet.heading("基準ごとの判定")
    for number, criterion in enumerate(report.criteria, start=1):
        _criterion(sheet, number, criterion, report)
    _actions(sheet, report)
    _challenge(sheet, report)
    _rule_and_record(sheet, report)
    return bytes(sheet.output())


def colour(rating: str | None) -> str:
    return f"{MARKS[rating]} {RATING_NAMES[Rating(rating)]}" if rating else "未判定"


def _on(value: date | datetime | None) -> str:
    return day(value)


def _head(sheet: Sheet, report: DecisionReport) -> None:
    sheet.paragraph("ゲート審査　決定の報告", 10, SOFT)
    sheet.heading(report.title, level=1)
    sheet.paragraph(f"{report.number}　{report.owner}", 10, SOFT)
    sheet.ln(3)
    name = DECISION_NAMES[Decision(report.decision)]
    until = f"（{_on(report.hold_until)} にもう一度検討）" if report.hold_until else ""
    sheet.panel(f"{report.gate} {report.gate_name}　決定: {name}{until}　{_on(report.decided_at)}", 12)
    sheet.ln(2)
    sheet.paragraph("決定の理由", 9, SOFT)
    sheet.paragraph(report.rationale if report.rationale is not None else _blank(report, "rationale"))


def _blank(report: DecisionReport, part: str) -> str:
    return f"［非公開（理由 {report.reason_number(part)}）］"


def _overview(sheet: Sheet, report: DecisionReport) -> None:
    sheet.heading("審査のあらまし")
    again = f"（この段階 {report.visit} 回目）" if report.visit > 1 else ""
    sheet.pairs(
        [
            ("審査の番号", f"{report.review}{again}"),
            ("申請", moment(report.requested_at)),
            ("決定", f"{moment(report.decided_at)}（申請から {report.working_days_taken} 開庁日）"),
            ("期限の決まり", f"判定 {_on(report.rate_by)}、決定 {_on(report.decide_by)}"),
            (
                "決裁者",
                report.decided_by or "判定した審査者とは別の、デジタル庁の決裁者（氏名は公表していません）",
            ),
            ("判定した審査者", "、".join(report.reviewers)),
            ("基準の版", report.policy_version),
            (
                "チェックリスト",
                "、".join(f"{LIST_NAMES.get(c.kind, c.kind)}（{c.name}）" for c in report.checklists)
                or "使っていません",
            ),
        ]
    )


def _withheld(sheet: Sheet, report: DecisionReport) -> None:
    if report.withheld_by_decision and not report.withheld:
        sheet.ln(2)
        sheet.panel(
            f"この報告の一部は公表していません（理由: {report.withheld_by_decision}）。この写しには、すべてが書かれています。"
        )
    if not report.withheld:
        return
    sheet.heading("公表していない部分")
    for number, (why, parts) in enumerate(report.reasons.items(), start=1):
        sheet.pairs([(f"理由 {number}", f"{why}\n対象: {'、'.join(REPORT_PARTS[part] for part in parts)}")])


def _opinions(sheet: Sheet, report: DecisionReport) -> None:
    sheet.heading("意見の分かれと辞退")
    disputed = [c.question for c in report.criteria if c.is_disputed]
    if "findings" in report.withheld:
        sheet.paragraph(_blank(report, "findings"))
    elif disputed:
        sheet.paragraph("審査者の判定が分かれた基準:")
        for question in disputed:
            sheet.paragraph(f"・{question}", indent=3)
    else:
        sheet.paragraph("審査者の判定は、すべての基準で一致しました。")
    for recusal in report.opinions.recusals:
        why = f"理由: {recusal.because}" if recusal.because else _blank(report, "recusal_reasons")
        sheet.paragraph(f"{recusal.by} は {_on(recusal.at)} に辞退しました。{why}")
    if not report.opinions.recusals:
        sheet.paragraph("辞退した審査者はいません。")
    for comment in report.opinions.comments:
        sheet.paragraph(f"{comment.by}（全体について）: {comment.text}")


def _criterion(sheet: Sheet, number: int, c: ReportCriterion, report: DecisionReport) -> None:
    sheet.heading(f"{number}. {c.question}", level=3)
    kind = "必須" if c.mandatory else "任意"
    sheet.paragraph(f"数えた判定: {colour(c.colour)}　（{kind}の基準）", 10, bold=True)
    if "facts" in report.withheld:
        sheet.paragraph(_blank(report, "facts"), 9.5, SOFT)
        _proofs(sheet, c.evidence, c.evidence_count)
        return
    if c.proposal:
        sheet.paragraph(
            f"記録からの見立て: {colour(c.proposal['rating'])}　{spoken(c.proposal['text'])}", 9.5
        )
        if c.proposal["action"] and c.proposal["action"] != c.proposal["text"]:
            sheet.paragraph(f"→ {spoken(c.proposal['action'])}", 9.5, indent=4)
    else:
        sheet.paragraph(f"人が判定する基準です。{f'見るもの: {c.wants}' if c.wants else ''}", 9.5)
    if c.facts:
        sheet.paragraph(f"記録から: {spoken(c.facts)}", 9.5)
    for said in c.findings:
        _said(sheet, said)
    if c.resolution:
        sheet.paragraph(
            f"決裁者の裁定: {colour(c.resolution['rating'])}　{c.resolution['because']}", 9.5, indent=4
        )
    _proofs(sheet, c.evidence, c.evidence_count)


def _said(sheet: Sheet, said: Said) -> None:
    """A reviewer's own words; one who rated as the record proposes has none beside it."""
    other = "　※数えた判定と違う意見" if said.dissents else ""
    like = "（見立てのとおり）" if said.proposed else ""
    sheet.keep(10)
    sheet.paragraph(f"{said.by}: {colour(said.rating)}{like}{other}", 9.5, indent=4)
    if said.proposed:
        return
    sheet.paragraph(spoken(said.finding), 9.5, indent=8)
    if said.action and said.action != said.finding:
        sheet.paragraph(f"→ {spoken(said.action)}", 9.5, indent=8)


def _proofs(sheet: Sheet, proofs: Sequence[Proof], count: int) -> None:
    for proof in proofs:
        sheet.paragraph(f"根拠資料 {proof.ref}　{proof.title}", 9, SOFT, indent=4)
    if count and not proofs:
        sheet.paragraph(f"根拠資料 {count} 件（題名は公表していません）", 9, SOFT, indent=4)


def _actions(sheet: Sheet, report: DecisionReport) -> None:
    sheet.heading("是正事項（条件）")
    if "actions" in report.withheld:
        sheet.paragraph(_blank(report, "actions"))
    elif not report.actions:
        sheet.paragraph("付いていません。")
    asked = {c.key: c.question for c in report.criteria}
    for action in report.actions:
        sheet.paragraph(f"{action.ref}　{ACTION_STATUS[action.status]}", bold=True)
        sheet.pairs(
            [
                ("基準", asked.get(action.criterion, action.criterion)),
                ("すること", action.text),
                ("担当と期限", f"{action.owner}、{_on(action.due_on)}"),
                *([("報告", f"{_on(action.closed_at)}　{action.note}")] if action.closed_at else []),
                *([("審査者の確認", _on(action.verified_at))] if action.verified_at else []),
            ]
        )


def _challenge(sheet: Sheet, report: DecisionReport) -> None:
    sheet.heading("決定への申出")
    row = report.challenge
    if row is None:
        sheet.paragraph("申出はありません。")
        return
    hidden = "challenge" in report.withheld
    pairs = [
        ("申出", _on(row.challenged_at)),
        ("申出の理由", row.because if row.because is not None else _blank(report, "challenge")),
    ]
    if row.answered_at:
        pairs += [
            ("回答", f"{'認める' if row.upheld else '認めない'}（{_on(row.answered_at)}）"),
            ("回答の理由", _blank(report, "challenge") if hidden else row.answer or ""),
            ("答えた決裁者", row.answered_by or "判定も決定もしていない別の決裁者（氏名は公表していません）"),
        ]
    else:
        pairs.append(("回答", "判定も決定もしていない決裁者の回答を待っています。"))
    sheet.pairs(pairs)


def _rule_and_record(sheet: Sheet, report: DecisionReport) -> None:
    sheet.heading("確かめるために")
    same = "" if report.policy_as_published else "（この版として公表した内容と違います）"
    pairs = [
        ("基準の版と指紋", f"{report.policy_version}{same}\n{report.policy_fingerprint}"),
        *(
            (
                LIST_NAMES.get(c.kind, c.kind),
                f"{c.name}（{_on(c.published_on)} 公表）　出典: {LIST_SOURCES.get(c.source, c.source)}",
            )
            for c in report.checklists
        ),
        ("凍結した記録の SHA-256", report.dossier_sha256),
    ]
    if report.ledger:
        mark = report.ledger
        pairs.append(("台帳の記録", f"{mark.chain} の {mark.seq} 番（{moment(mark.at)}）\n{mark.hash}"))
    sheet.pairs(pairs)
    sheet.ln(2)
    sheet.paragraph(
        "台帳を書き出し（kyoso ledger export）、docs/verify_ledger.py で検証してください。上の番号の記録が上の値を持っていれば、"
        "この決定は、そのときの内容のまま台帳に残っています。凍結した記録の全体は、この報告の JSON にあります（読める人だけ）。",
        9,
        SOFT,
    )
    _proofs(sheet, report.evidence, report.evidence_count)
