"""The permission matrix in words: what each verb is called, each column, and what a cell says."""

from stages.permissions import Cell

COLUMNS = (
    "担当者", "決裁者（地方公共団体）", "事業者", "審査者", "決裁者（デジタル庁）", "事務局",
    "ほかの地方公共団体", "管理者", "監査",
)  # fmt: skip
"""In the order of stages.permissions.COLUMNS."""
CELLS = {
    Cell.BLANK: "",
    Cell.OWN: "自団体",
    Cell.ALL: "すべて",
    Cell.PARTNER: "チームの一員として",
    Cell.CAIO: "AI統括責任者の役割で、自団体",
    Cell.NO_CAIO: "AI統括責任者のいない団体",
    Cell.ASSIGNED: "担当の審査",
    Cell.OF_REVIEW: "その審査の担当",
    Cell.ANOTHER: "判定も決定もしていない人",
    Cell.ITS_OWNER: "任された団体として",
    Cell.AGENCY_OWNS: "デジタル庁が任されたもの",
    Cell.AGENCYS: "デジタル庁の管理者",
    Cell.AGENCYS_AND_OWN: "デジタル庁はすべて、ほかは自団体",
}
VERB_NAMES = {
    "idea.draft": "アイデアの下書き", "idea.revise": "アイデアを直す", "idea.submit": "アイデアの提出", "review.request": "ゲート審査の申請",
    "kpi.freeze": "目標の凍結", "idea.compare": "似たアイデアとの違い", "idea.merge": "合流", "idea.withdraw": "取下げ",
    "risk.profile": "扱うデータの記録", "risk.assess": "リスクを調べる", "risk.report_to_board": "有識者会議への報告",
    "checklist.answer": "チェックリストの回答", "pilot.plan": "実証の計画", "pilot.revise": "実証の計画を直す", "pilot.replan": "実証の日程を変える",
    "pilot.start": "実証の開始", "pilot.finish": "実証の終了", "pilot.cancel": "実証の取りやめ", "kpi.define": "KPI を決める",
    "kpi.revise": "KPI を直す", "kpi.abandon": "KPI の測定をやめる", "pilot.report": "実証の報告", "kpi.measure": "測定の記録",
    "kpi.void": "自団体の測定の取消し", "evidence.attach": "根拠資料を付ける", "evidence.withdraw": "根拠資料の取下げ",
    "repo.link": "リポジトリをつなぐ", "repo.unlink": "リポジトリを外す", "product.describe": "プロダクトの説明を書く",
    "product.revise": "プロダクトの説明を直す", "product.release": "版の公開", "repo.sync": "リポジトリの確認を頼む",
    "repo.snapshot": "リポジトリの様子の記録", "idea.import": "アイデアの取込み", "idea.assign_owner": "提案団体を決める",
    "event.open": "イベントを開く", "event.revise": "イベントを直す", "event.close": "イベントを閉じる", "review.assign": "審査者の割当て",
    "wave.open": "団体への案内を始める", "wave.remind": "答えていない団体への再度の案内",
    "risk.decide": "リスクの水準の決定", "review.rate": "判定", "review.return": "差戻し",
    "review.recuse": "審査の辞退", "review.decide": "ゲートの決定", "product.suspend": "全国展開の停止", "product.restore": "全国展開の再開",
    "idea.resume": "保留を解く", "idea.complete": "横展開の完了", "review.challenge": "決定への申出", "review.answer_challenge": "申出への答え",
    "action.close": "是正事項を済ませる", "action.verify": "是正事項の確認", "incident.file": "リスクケースの届出",
    "incident.report": "リスクケースの報告", "incident.close": "リスクケースの終結", "idea.demand": "「うちも使いたい」",
    "adoption.report": "導入状況の回答", "adoption.reconfirm": "回答の確かめ直し", "adoption.import": "調査の回答の取込み",
    "asset.publish": "資料の公開",
    "asset.revise": "自団体の資料の改版", "asset.retire": "自団体の資料の公開終了", "challenge.post": "課題を出す",
    "idea.clone": "もとにして下書きを作る",
    "team.ask": "チームの申入れ", "team.accept": "申入れを受ける", "team.decline": "申入れを断る", "team.leave": "チームを離れる",
    "comment.post": "コメント", "idea.follow": "見守る", "idea.unfollow": "見守りをやめる", "asset.use": "資料の使用の記録",
    "asset.fork": "資料をもとに新しい資料を作る", "asset.record_run": "プロンプトを試した結果の記録",
    "org.register": "団体の登録", "org.revise": "団体の内容を直す",
    "user.invite": "利用者を招く", "user.revoke": "利用者の役割を終える", "user.sign_out": "利用者のサインインを終える",
    "token.issue": "トークンの発行", "token.revoke": "トークンの取消し",
    "ledger.read": "台帳を読み、検証する", "public.read": "公表されたものを読む",
}  # fmt: skip
"""Verb -> what it is called in a table; a test asks one of every verb of the matrix."""
