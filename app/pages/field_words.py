"""What each field of each verb is called, what is said about it, and what its choices are called. A test misses none.

A key is a field's name, or `verb.name` where one verb means something of its own by it. Texts are shown through the
catalogues of app/languages.py, so they stand here in Japanese.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.pages import words
from stages.kernel import DECISION_NAMES, RATING_NAMES
from stages.local_government import NETWORK_MODELS, SIZE_CLASSES
from stages.permissions import KIND_NAMES, ROLE_NAMES
from stages.risk import LEGAL_BASES, SEVERITY_NAMES
from stages.rollout import ADOPTION_NAMES
from workflows.tables.assets import ASSET_KINDS

DATE_HINT = "例: 2026年11月23日、2026/11/23、令和8年11月23日"
MOMENT_HINT = "例: 2026年11月23日 14:05、2026/11/23 14:05"
MARKDOWN_HINT = "箇条書きや見出しに Markdown が使えます。"
YES_NO = {"yes": "はい", "no": "いいえ"}
ANSWERS = {"yes": "はい", "no": "いいえ", "not_applicable": "当てはまらない"}


@dataclass(frozen=True)
class Words:
    """A field's label, the sentence that supports it, its unit, and the names of its choices."""

    label: str
    hint: str = ""
    unit: str = ""
    options: Mapping[Any, str] = field(default_factory=dict)


FIELDS: Mapping[str, Words] = {
    # -- what an idea says
    "title": Words("題名", "一行で、何をするものか分かるように。"),
    "field": Words("分野", "例: 窓口、福祉、税、防災、教育"),
    "challenge": Words("課題", "だれが、何に困っていますか。"),
    "as_is": Words("現状", "いまは、どのように行っていますか。"),
    "to_be": Words("あるべき姿", "どうなれば良いですか。"),
    "cases_per_year": Words("年間の件数", unit="件"),
    "minutes_each": Words("一件にかかる時間", unit="分"),
    "users": Words("使う人", "だれが、何人くらい使いますか。例: 窓口の職員 12 人"),
    "data_classes": Words("扱うデータの種類", "一行に一つずつ。例: 公開情報、要機密情報"),
    "expected_effect": Words(
        "見込まれる効果", "例: 回答までの時間が半分になる。測る前の見込みで構いません。"
    ),
    "event": Words("イベント"),
    "challenge_ref": Words("こたえる課題", "イベントで出された課題にこたえるときに選びます。"),
    "org": Words("どの団体として"),
    "because": Words("理由"),
    "reason": Words("理由"),
    "idea": Words("アイデア"),
    "idea.clone.because": Words("もとにする理由", "自分の団体で、どこを変えて使いますか。"),
    "idea.complete.because": Words("完了とする理由"),
    "idea.resume.because": Words("再開する理由"),
    "other": Words("似たアイデア"),
    "into": Words("合流する先", "アイデアの番号。例: R8-0001"),
    "idea.compare.verdict": Words("違い", options=words.COMPARED),
    "idea.compare.because": Words("どこが同じで、どこが違うか"),
    "need": Words("どんな業務で使いたいか", "業務の名前、年間のおよその件数など。提案した団体に届きます。"),
    "budget_year": Words("予算を考えている年度", "西暦で。例: 2027（令和9年度）"),
    "constraints": Words("条件や気がかり"),
    "body_md": Words("本文", MARKDOWN_HINT),
    "comment.post.body_md": Words("コメント", MARKDOWN_HINT),
    "reply_to": Words("返信先"),
    "message": Words("申入れの言葉", "何ができるか、いつから動けるかを書いてください。"),
    "idea.assign_owner.org": Words("提案団体", "団体の短い名前（アドレスに使うもの）か 6 桁のコード"),
    "survey": Words("調査の名前", "同じ名前の調査の行は、二度取り込まれません。"),
    "answered_on": Words("調査の時点"),
    "adoption.import.rows": Words("調査の回答"),
    "adoption.import.rows.lgcode": Words("団体コード (lgcode)"),
    "adoption.import.rows.product": Words("プロダクト (product)"),
    "adoption.import.rows.status": Words("導入状況 (status)", options=ADOPTION_NAMES),
    "adoption.import.rows.since": Words("いつから (since)"),
    "adoption.import.rows.note": Words("備考 (note)"),
    "statement": Words("確かめる回答"),
    "idea.import.rows": Words("報告された行", "一行に一件の JSON（JSONL）を貼り付けてください。"),
    "idea.import.rows.title": Words("題名 (title)"),
    "idea.import.rows.summary": Words("概要 (summary)"),
    "idea.import.rows.field": Words("分野 (field)"),
    "idea.import.rows.owner": Words("団体の名前 (owner)"),
    "idea.import.rows.lgcode": Words("団体コード (lgcode)"),
    "idea.import.rows.source": Words("出典のリンク (source)"),
    "idea.import.rows.event": Words("イベントの名前 (event)"),
    "partner": Words("一緒に行う団体"),
    "stage_reported": Words("報告での段階"),
    "effect": Words("報告された効果"),
    "repo": Words("リポジトリ"),
    "cluster": Words("同じ課題のまとまり"),
    "year": Words("年"),
    # -- events
    "slug": Words("アドレスに使う名前", "英小文字・数字・ハイフン。あとから変えられません。"),
    "name": Words("名前"),
    "theme": Words("テーマ"),
    "host": Words("主催"),
    "starts_at": Words("はじまり", MOMENT_HINT),
    "ends_at": Words("おわり", MOMENT_HINT),
    "submissions_close_at": Words("提出の締切", MOMENT_HINT),
    "description_md": Words("案内", f"{MARKDOWN_HINT}時間割もここに書きます。"),
    "event.open.kind": Words("種類", options={"ideathon": "アイデアソン", "hackathon": "ハッカソン"}),
    "event.revise.kind": Words("種類", options={"ideathon": "アイデアソン", "hackathon": "ハッカソン"}),
    "challenge.post.title": Words("課題の題名"),
    "challenge.post.body_md": Words("課題の中身", MARKDOWN_HINT),
    # -- evidence, repositories
    "criterion": Words("どの基準の根拠か", "選ぶと、その基準の根拠として審査者に示されます。"),
    "evidence": Words("根拠資料"),
    "evidence.attach.kind": Words(
        "種類",
        options={"link": "リンク", "note": "本文を書く", "repository": "リポジトリ", "file": "ファイル"},
    ),
    "evidence.attach.title": Words("資料の名前"),
    "url": Words("リンク", "http:// か https:// で始まるアドレス"),
    "file": Words(
        "ファイル",
        "20 MB まで。PDF、画像、Excel・Word・PowerPoint、CSV、テキスト。パスワードは付けないでください。"
        "作成者の名前や撮影場所は、取り除いて保存します。",
    ),
    "dated_on": Words("資料の日付", "資料に書かれている日。別の審査に使えるのは、この日から 12 か月です。"),
    "reuses": Words("もう一度使う資料"),
    "full_name": Words(
        "リポジトリ",
        "リポジトリの画面のアドレスを貼り付けます。例: https://github.com/kazemirai/madoguchi-faq",
    ),
    "taken_at": Words("見た日時", MOMENT_HINT),
    "source": Words("もとにしたもの", options={"import": "手で調べて記録"}),
    "facts": Words("見たこと"),
    "default_branch": Words("既定のブランチ"),
    "pushed_at": Words("最後に送られた日時", MOMENT_HINT),
    "archived": Words("保管済み（更新を終えた）", options=YES_NO),
    "licence_spdx": Words("ライセンス（SPDX の名前）", "例: MIT"),
    "files": Words("ファイルの名前", "一行に一つずつ"),
    "releases": Words("公開された版"),
    "tag": Words("タグ", "リポジトリで付けた名前。例: v1.0.0"),
    "published_at": Words("公開の日時", MOMENT_HINT),
    "commits_by_contributor": Words("この 12 か月のコミット数", "一行に一人。例: dev-a: 120"),
    "last_commit_at": Words("最後のコミット", MOMENT_HINT),
    "median_issue_response_hours": Words("問合せへの返事の中央値", unit="時間"),
    "publiccode": Words("publiccode.yml の中身"),
    "open_issues": Words("開いている課題の数", unit="件"),
    "ci": Words("自動試験", options={"passing": "通っている", "failing": "失敗している", "none": "ない"}),
    "description": Words("ひとことの説明"),
    "topics": Words("話題の札", "一行に一つずつ"),
    "licence_file": Words("ライセンスの書かれたファイル", "例: LICENSE"),
    "licence_in_file": Words("ファイルの文から読めるライセンス", "例: MIT"),
    "tags": Words("タグの一覧", "一行に一つずつ"),
    "open_pull_requests": Words("開いている変更の提案", unit="件"),
    "fork": Words("ほかのリポジトリの写し", options=YES_NO),
    "readme": Words("はじめに読むファイル", "例: README.md"),
    "commits_capped": Words("数え切れないほどコミットがある", options=YES_NO),
    "facts.releases.name": Words("版の名前"),
    "prerelease": Words("正式でない版", options=YES_NO),
    "facts.releases.notes": Words("新しくなったところ", "箇条書きや見出しに Markdown が使えます。"),
    # -- risk
    "personal": Words("個人情報を扱いますか", options=YES_NO),
    "confidential": Words("要機密情報を扱いますか", options=YES_NO),
    "legal_basis": Words("法的な根拠", options=LEGAL_BASES),
    "recurring": Words("繰り返し（恒常的に）使いますか", options=YES_NO),
    "vendor_trains_on_input": Words("事業者が入力を学習に使いますか", options=YES_NO),
    "region": Words("データを置く場所", "例: jp"),
    "checklist_version": Words("チェックリストの版"),
    "checklist": Words("チェックリスト"),
    "answers": Words("回答", options=ANSWERS),
    "notes": Words("補足"),
    "level": Words("リスクの水準", options=words.RISK),
    "reported_on": Words("報告した日", DATE_HINT),
    "risk.report_to_board.summary": Words("有識者会議への報告の要点"),
    # -- incidents
    "incident.file.title": Words("何が起きたか"),
    "severity": Words(
        "重さ", "100 人を超えるか、機微な情報のときは、重大として扱います。", options=SEVERITY_NAMES
    ),
    "people_affected": Words("影響を受けた人数", unit="人"),
    "sensitive": Words("機微な情報を含みますか", options=YES_NO),
    "malicious": Words("悪意によるものですか", options=YES_NO),
    "occurred_at": Words("起きた日時", MOMENT_HINT),
    "known_at": Words("知った日時", MOMENT_HINT),
    "incident.file.body_md": Words("経緯", MARKDOWN_HINT),
    "incident.report.kind": Words("報告の種類", options={"preliminary": "速報", "final": "最終報告"}),
    "incident.report.body_md": Words("報告の中身", MARKDOWN_HINT),
    "filed_at": Words("報告した日時", MOMENT_HINT),
    "lesson_md": Words("学んだこと", "ほかの団体の役に立つように。"),
    "incident": Words("リスクケース"),
    "product": Words("プロダクト"),
    # -- pilots
    "site": Words("実証する団体"),
    "vendor": Words("事業者", "いっしょに進める団体から選びます。"),
    "starts_on": Words("開始日", DATE_HINT),
    "ends_on": Words("終了日", DATE_HINT),
    "plan_md": Words("計画", f"どこで、だれが、どう使い、何と比べますか。{MARKDOWN_HINT}"),
    "stop_rule": Words("中止基準", "どうなったら止めますか。"),
    "cost_yen": Words("費用", unit="円"),
    "budget_deadline": Words("予算の締切", f"来年度の予算に間に合わせる日。{DATE_HINT}"),
    "pilot": Words("実証"),
    "pilot.cancel.because": Words("取りやめる理由"),
    "pilot.replan.because": Words("日程を変える理由"),
    "health": Words("いまの様子", options=words.HEALTH),
    "progress": Words("進み具合", "計画のどこまで進みましたか。0 から 100 で。", unit="%"),
    "pilot.report.summary": Words("この間にあったこと", "一、二行で構いません。"),
    "blockers": Words("困っていること", "一行に一つずつ。だれに何を頼みたいかも書けます。"),
    "pilot.finish.summary": Words("終えてのまとめ", "分かったこと、使った職員の声、次に直したいこと。"),
    "key": Words("短い名前", "英小文字・数字・下線。例: time"),
    "type": Words("測るもの", options=words.KPI_TYPES),
    "unit": Words("単位", "例: minutes_per_case、ratio"),
    "direction": Words("良い向き", options={"up": "大きいほど良い", "down": "小さいほど良い"}),
    "kpi.define.name": Words("KPI の名前"),
    "kpi.revise.name": Words("KPI の名前"),
    "kpi.abandon.because": Words(
        "測るのをやめる理由", "記録に残り、目標に届かなかったものとして扱われます。元には戻せません。"
    ),
    "kpi.void.because": Words("取り消す理由", "取り消した測定は数えなくなりますが、記録に残ります。"),
    "target": Words("目標値", "割合は 0.94 のように。百分率でも書けます。"),
    "min_n": Words(
        "必要な標本数", "これより少ないと、達成とは認められません。割合なら 400 ほどあると確かです。"
    ),
    "kpi": Words("KPI"),
    "arm": Words("どちらの測定か", options={"baseline": "実証前（基準）", "pilot": "実証中"}),
    "period_from": Words("測り始めた日", DATE_HINT),
    "period_to": Words("測り終えた日", DATE_HINT),
    "method": Words("測り方", "どの記録から、だれが数えましたか。実証前と実証中は同じ測り方にします。"),
    "successes": Words("当てはまった数"),
    "n": Words("標本数"),
    "mean": Words("平均"),
    "sd": Words("ばらつき（標準偏差）", "表計算では STDEV.S 関数で求められます。"),
    "samples": Words(
        "一件ずつの値",
        "表計算の列をそのまま貼り付けられます。こちらを使うときは、平均・ばらつき・件数は空けておきます。",
    ),
    "measured_by": Words("測った団体"),
    "measurement": Words("測定"),
    # -- reviews
    "review": Words("審査"),
    "reviewer": Words("審査者"),
    "ratings": Words("判定"),
    "rating": Words("判定", options=RATING_NAMES),
    "finding": Words("所見", "何を見て、どう判断したか。"),
    "action": Words("是正の内容", "黄と赤には、何をすればよいかを書きます。"),
    "comment": Words("全体への言葉"),
    "review.recuse.because": Words(
        "辞退する理由", "アイデアのすべてを見られる人だけが読めます。公表しません。"
    ),
    "review.return.because": Words("差し戻す理由", "何が足りないかを書いてください。"),
    "decision": Words("決定", options=DECISION_NAMES),
    "rationale": Words("決定の理由"),
    "actions": Words("是正事項"),
    "resolutions": Words("判定の違いの裁定"),
    "hold_until": Words("もう一度見る日", f"保留のとき。{DATE_HINT}"),
    "withhold_because": Words(
        "報告の一部を公表しない理由",
        "公表するときは空のまま。理由は公表され、決定の理由・事実・所見・是正事項・申出の文を伏せます。",
    ),
    "text": Words("すること"),
    "owner": Words("だれの番か"),
    "due_on": Words("期限", f"三か月以内。{DATE_HINT}"),
    "review.challenge.because": Words(
        "決定に納得できない理由", "氏名を除いて、回答とともに決定の報告で公表されます。"
    ),
    "review.answer_challenge.answer": Words("答え", "氏名を除いて、申出とともに決定の報告で公表されます。"),
    "answer": Words("答え"),
    "upheld": Words("申出を認めますか", options=YES_NO),
    "note": Words("ひとこと", "ほかの団体の参考になります。"),
    "action.close.note": Words("どのように済ませたか"),
    # -- products, rollout
    "summary": Words("何をするものか", MARKDOWN_HINT),
    "networks": Words("動くネットワーク", options=NETWORK_MODELS),
    "product.describe.networks": Words(
        "動くネットワーク", "確かめたものをすべて選びます。", options=words.NETWORKS_IN_WORDS
    ),
    "product.revise.networks": Words(
        "動くネットワーク", "確かめたものをすべて選びます。", options=words.NETWORKS_IN_WORDS
    ),
    "support_contact": Words("問合せ先", "メールアドレスは、サインインした人にだけ見せます。"),
    "support_hours": Words("問合せの時間", "例: 平日 9-17時"),
    "support_until": Words(
        "保守の期限", f"最後のゲートでは、申請の日から 12 か月以上先が必要です。{DATE_HINT}"
    ),
    "price_url": Words("価格表のリンク", "価格表か、次の項目のどちらかが、最後のゲートで必要です。"),
    "dmp_url": Words("デジタルマーケットプレイスのリンク"),
    "requirements_md": Words(
        "必要なもの", f"端末、設定、契約など、使い始める前に団体が用意するもの。{MARKDOWN_HINT}"
    ),
    "product.suspend.because": Words("止める理由", "導入した団体に、このまま届きます。"),
    "product.restore.because": Words("再開する理由", "導入した団体に、このまま届きます。"),
    "version": Words("版", "例: 1.0.0"),
    "released_on": Words("公開した日", DATE_HINT),
    "status": Words("導入状況", options=ADOPTION_NAMES),
    "since": Words("いつから", f"導入済み・実証中のときは、始めた日。{DATE_HINT}"),
    "wave": Words("案内"),
    "wave.open.name": Words("案内の名前", "例: 第一陣・町村"),
    "wave.open.starts_on": Words("知らせる日", f"この日に、条件に合う団体へ届きます。{DATE_HINT}"),
    "where": Words("案内する団体"),
    "where.kind": Words(
        "種類",
        options={
            "prefecture": "都道府県",
            "city": "市",
            "special_ward": "特別区",
            "town": "町",
            "village": "村",
        },
    ),
    "prefecture": Words("都道府県"),
    "size_class": Words("規模", options=SIZE_CLASSES),
    "network": Words("ネットワーク", options=NETWORK_MODELS),
    "demand": Words("「うちも使いたい」の声", options=YES_NO),
    # -- library
    "asset": Words("資料"),
    "asset.publish.kind": Words("種類", options=ASSET_KINDS),
    "asset.publish.title": Words("資料の名前", "何に使うものか、一行で分かるように。"),
    "asset.revise.title": Words("資料の名前"),
    "asset.publish.body_md": Words(
        "本文", f"本文かリンクの、どちらかは必要です。プロンプトや手順は、そのまま使える形で。{MARKDOWN_HINT}"
    ),
    "asset.publish.url": Words("リンク", "資料のある場所。http:// か https:// で始まるアドレス"),
    "asset.publish.idea": Words(
        "どのアイデアの資料か", "選ぶと、そのアイデアの手引や利用ルールとして数えられます。"
    ),
    "licence": Words(
        "ライセンス", "ほかの団体が使ってよい条件。迷うときは CC-BY-4.0（出典を示せば自由に使える）。"
    ),
    "model": Words("確かめたモデル", "どの生成AIで試しましたか。"),
    "permitted_data_class": Words("入れてよいデータ", "例: 公開情報だけ"),
    "test_cases": Words(
        "試す例", "プロンプトに何を入れたら、どんな答えになるはずか。直したときに、確かめ直せます。"
    ),
    "input": Words("入れるもの", "個人情報や公にできない情報は入れないでください。5,000 文字まで。"),
    "contains": Words("答えに含むはずの言葉", "一行に一つずつ"),
    "lacks": Words("答えに含まないはずの言葉", "一行に一つずつ"),
    "at_most": Words("答えの長さの上限", unit="文字"),
    "cites": Words("出典を示すはずですか", "リンク、「出典:」、第何条、何頁のどれか。", options=YES_NO),
    "case": Words("どの例を試しましたか"),
    "asset.record_run.version": Words("試した版"),
    "asset.record_run.model": Words(
        "使ったモデル", "生成AIの名前と版。例: 団体の契約しているもの 2026年10月版"
    ),
    "output": Words("出てきた答え", "そのまま貼り付けます。個人情報や公にできない情報は消してください。"),
    "asset.retire.because": Words("やめる理由", "なぜ使えなくなったか。使っている団体が読みます。"),
    "successor": Words("代わりに使うもの", "資料の番号。例: L-0012"),
    "effect_note": Words("使ってみて", "何に使い、どうだったか。ほかの団体の参考になります。"),
    "minutes_saved_per_case": Words("一件あたり短くなった時間", unit="分"),
    # -- people
    "kana": Words("よみがな"),
    "kind": Words("種類", options=KIND_NAMES),
    "lgcode": Words("全国地方公共団体コード", "6 桁。地方公共団体だけ。"),
    "mail_domains": Words(
        "メールのドメイン",
        "一行に一つずつ。この外のアドレスには、団体の招待も知らせも送りません。書かなければ、招いた人すべてに送ります。",
    ),
    "network_model": Words("ネットワークの形", options=NETWORK_MODELS),
    "population": Words("人口", unit="人"),
    "has_ai_rules": Words("生成AIの利用ルールがありますか", options=YES_NO),
    "email": Words("メールアドレス"),
    "user": Words("利用者"),
    "user.invite.name": Words("氏名"),
    "user.invite.org": Words("団体"),
    "roles": Words("役割", options=ROLE_NAMES),
    "seen_version": Words("見た版"),
    "command": Words("入れたものの組合せ"),
}


def words_of(verb: str, path: str) -> Words:
    """The words of a field: of just this verb, of its place in an entry (`where.kind`), of its name, or of what it is a part of."""
    parts = [
        part for part in path.split(".") if not part.isdigit()
    ]  # the rows of a table have the same words
    for key in (f"{verb}.{'.'.join(parts)}", path, *reversed(parts)):
        if key in FIELDS:
            return FIELDS[key]
    return Words(path.rpartition(".")[2])  # a field that the verb does not have, named in a refusal
