"""The page of an idea's data and risk: who sees it, and what they settle there."""

import re

from tests.app.test_idea_acts import act
from tests.app.web import reader
from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    TANTO,
    VENDOR,
    YES_CONTRACT,
    Country,
)


def test_who_sees_the_idea_whole_sees_its_risk(small_country: Country) -> None:
    draft = small_country.a_draft("ほかの困りごと")
    for who in (HOSHIMORI, VENDOR, JIMUKYOKU, None):
        reader(small_country, who).opens(f"/ideas/{draft}/risk", 404)
    idea = small_country.an_idea_with_a_team()
    for who in (TANTO, HOSHIMORI, VENDOR, JIMUKYOKU):
        assert "扱うデータ" in reader(small_country, who).opens(f"/ideas/{idea}/risk")
    for who in (OUTSIDER, None):
        reader(small_country, who).opens(f"/ideas/{idea}/risk", 404)


def test_what_is_left_to_settle_is_offered_to_who_settles_it(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()

    def forms(who: str) -> set[str]:
        person = reader(small_country, who)
        person.opens(f"/ideas/{idea}/risk")
        return {f.removeprefix("/do/") for f in person.forms()} - {"/sign-out"}

    assert forms(TANTO) == {"risk.profile", "risk.assess", "checklist.answer"}
    assert forms(VENDOR) == forms(HOSHIMORI) == forms(JIMUKYOKU) == forms(KETTEI) == set()
    small_country.decide_the_risk(idea)
    assert "risk.decide" in forms(KESSAI)
    assert "risk.decide" not in forms(TANTO)


def test_profiling_assessing_and_deciding(country: Country) -> None:
    idea = country.an_idea()
    path = f"/ideas/{idea}/risk"
    person = reader(country, TANTO)
    profile = {"personal": "yes", "confidential": "no", "legal_basis": "69-2", "recurring": "yes"}
    text = act(person, path, "risk.profile", idea=idea, vendor_trains_on_input="no", region="jp", **profile)
    assert "69条2項は臨時の利用に限られ" in text
    person.opens(path)
    answers = {"answers.A": "public", "answers.B": "rights", "answers.C": "no"}
    sheet = {"idea": idea, "checklist_version": "high_risk-1"}
    refused = person.says("risk.assess", 422, **sheet, **answers).text
    assert "「出力を使う前に職員が判断するか」に答えてください" in refused
    assert re.search(r'name="answers.A" value="public" checked', refused)
    text = act(person, path, "risk.assess", **sheet, **answers, **{"answers.D": "always"})
    assert "住民・事業者" in text
    assert "高リスク" in text
    caio = reader(country, KESSAI)
    assert "リスクの水準を決める" in caio.opens(f"/ideas/{idea}")
    text = act(caio, path, "risk.decide", idea=idea, level="high", reason="住民の権利に関わる。")
    assert "住民の権利に関わる。" in text
    person.opens(path)
    early = person.says("risk.report_to_board", 422, idea=idea, reported_on="2026/12/1", summary="報告した。")
    assert "未来の日付" in early.text
    text = act(
        person, path, "risk.report_to_board", idea=idea, reported_on="令和８年４月１日", summary="報告した。"
    )
    assert "高リスクと決定されています" in text


def test_without_a_caio_an_approver_of_the_agency_decides(small_country: Country) -> None:
    idea = small_country.an_idea("町の困りごと", KUMOI, KUMOI_KESSAI)
    answers = {"A": "one_office", "B": "other", "C": "no", "D": "always"}
    small_country.say(KUMOI, "risk.assess", idea=idea, checklist_version="high_risk-1", answers=answers)
    path = f"/ideas/{idea}/risk"
    own = reader(small_country, KUMOI_KESSAI)
    assert "デジタル庁の決裁者が決めます" in own.opens(path)
    assert "/do/risk.decide" not in own.forms()
    text = act(
        reader(small_country, KETTEI), path, "risk.decide", idea=idea, level="low", reason="職員が確かめる。"
    )
    assert "低リスクと決定されています" in text


def test_a_checklist_is_answered_bit_by_bit(country: Country) -> None:
    idea = country.an_idea()
    path = f"/ideas/{idea}/risk"
    person = reader(country, TANTO)
    some = {"answers.inputs_identified": "yes", "answers.audit_right": "no"}
    text = act(person, path, "checklist.answer", idea=idea, checklist="contract-1", **some)
    assert "残り 8 項目（10 項目のうち）" in text
    assert "補足が要ります" in text
    rest = {f"answers.{key}": "yes" for key in YES_CONTRACT if key != "audit_right"}
    note = {"notes.audit_right": "次の契約で定める。"}
    text = act(person, path, "checklist.answer", idea=idea, checklist="contract-1", **rest, **note)
    assert 'value="次の契約で定める。"' in text
    assert "「いいえ」の項目があります（理由あり）" in text
    taken_back = {"answers.audit_right": "no", "notes.audit_right": "", "notes.code_owned": " "}
    text = act(person, path, "checklist.answer", idea=idea, checklist="contract-1", **taken_back)
    assert "次の契約で定める。" not in text, "a note once written could not be emptied"
    assert "補足が要ります" in text
    assert 'id="done-contract-all">10</span>/10' in text
    entries = country.look("ledger", idea)["entries"]
    same = {"answers.audit_right": "no", "answers.inputs_identified": "yes"}
    act(person, path, "checklist.answer", idea=idea, checklist="contract-1", **same)
    assert country.look("ledger", idea)["entries"] == entries, "what stood already is not recorded again"
    person.opens(path)
    empty = person.says("checklist.answer", 422, idea=idea, checklist="contract-1", part="all").text
    assert "一つ以上の項目に答えてください" in empty
    assert 'href="#refused-answers"' in empty
    assert 'id="refused-answers"' in empty


def test_who_only_reads_sees_the_answers(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    text = reader(small_country, HOSHIMORI).opens(f"/ideas/{idea}/risk")
    assert "項目と回答" in text
    assert "プログラムの著作権の帰属とライセンスが定められている" in text
    small_country.a_review(idea)
    owner = reader(small_country, TANTO)
    assert "答えられるのは" in owner.opens(f"/ideas/{idea}/risk")
    assert owner.forms() == {"/sign-out"}


def test_a_part_of_a_checklist_saves_itself_and_may_come_back_to_its_first_answer(country: Country) -> None:
    idea = country.an_idea()
    country.decide_the_risk(idea)
    person = reader(country, TANTO)
    text = person.opens(f"/ideas/{idea}/risk")
    assert 'id="done-procurement-governance">0</span>/2' in text
    assert text.count('hx-post="/do/checklist.answer"') > 3, "a form a group"
    kept = {"csrf_token": person.token(), "once": "one", "back": f"/ideas/{idea}/risk"}
    kept |= {"idea": idea, "checklist": "procurement-1", "part": "governance"}
    for n, answer in enumerate(("yes", "no", "yes"), start=1):
        more = {"answers.governance_policy": "not_applicable"} if n > 1 else {}
        saved = person.client.post(
            "/do/checklist.answer", data={**kept, "answers.governance_owner": answer, **more},
            headers={"HX-Request": "true"}, base_url=person.address,
        )  # fmt: skip
        assert saved.status_code == 200, saved.text
        assert "保存しました" in saved.text
        assert f'id="done-procurement-governance" hx-swap-oob="true">{min(n, 2)}<' in saved.text
    assert re.search(r'name="answers.governance_owner" value="yes" checked', person.opens(person.path))


def test_the_evidence_of_a_checklist_is_kept(country: Country) -> None:
    idea = country.an_idea()
    path = f"/ideas/{idea}/risk"
    person = reader(country, TANTO)
    assert "根拠資料を添える" not in person.opens(path), "there is nothing yet that could be named"
    ref = country.say(
        TANTO, "evidence.attach", idea=idea, kind="note", title="契約書の写し", body_md="別添。"
    ).ref
    text = act(
        person, path, "checklist.answer", idea=idea, checklist="contract-1", part="evidence", evidence=ref
    )
    chosen = rf'<option value="{ref}"[^>]* selected>契約書の写し'
    assert re.search(chosen, text)
    text = act(
        person, path, "checklist.answer", idea=idea, checklist="contract-1", **{"answers.audit_right": "yes"}
    )
    assert re.search(chosen, text), "an answer given later does not take it back"
