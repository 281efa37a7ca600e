"""The review desk, a review, and what must still be done: who finds what there, and every verb said from its form."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from tests.app.web import Reader, many_ideas, reader, statements
from tests.country import (
    GREEN,
    HOSHIMORI,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    KETTEI,
    KETTEI2,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.columns import SQLModel

AMBER = {"rating": "amber", "finding": "試したのは一課だけ。", "action": "二課で試す。"}


def a_review(country: Country, rated: bool = True, **ratings: Any) -> tuple[str, str]:
    """An idea at G1 and its open review."""
    idea, _ = country.an_idea_ready_for_g1()
    return idea, country.a_review(idea, rated, **ratings)


def forms(person: Reader, path: str) -> set[str]:
    person.opens(path)
    return {f.removeprefix("/do/") for f in person.forms()} - {"/sign-out"}


def left_as_proposed(text: str) -> dict[str, str]:
    """The choices of the rating form as the page shows them: every criterion as proposed."""
    return dict.fromkeys(re.findall(r'name="(ratings\.\w+\.rating)" value="" checked', text), "")


def a_condition(country: Country) -> tuple[str, str, str]:
    """An idea that went on under one condition, due in 30 days: idea, review, action item."""
    idea, review = a_review(country, feasible=AMBER)
    condition = {
        "criterion": "feasible",
        "text": "二課で試す。",
        "owner": "kazemirai",
        "due_on": country.day(30),
    }
    country.decide(review, "conditional_go", actions=[condition])
    return idea, review, country.look("review", review)["actions"][0]["ref"]


# -- who sees what -----------------------------------------------------------------------------------------------------


def test_an_open_review_is_there_for_who_may_see_everything_of_the_idea(small_country: Country) -> None:
    _, review = a_review(small_country)
    for who in (TANTO, HOSHIMORI, VENDOR, JIMUKYOKU, KANSA):
        text = reader(small_country, who).opens(f"/reviews/{review}")
        assert "決裁者の決定" in text
        assert "業務量が示されているか" in text
        assert review in reader(small_country, who).opens("/reviews")
    for who in (OUTSIDER, None):
        reader(small_country, who).opens(f"/reviews/{review}", 404)
    assert review not in reader(small_country, OUTSIDER).opens("/reviews")
    for path in ("/reviews", "/actions"):
        reader(small_country).opens(path, 404)


def test_the_public_reads_a_published_decision_without_names(small_country: Country) -> None:
    _, review, _ = a_condition(small_country)
    for who in (None, OUTSIDER):
        text = reader(small_country, who).opens(f"/reviews/{review}")
        main = text.split("<main")[1]
        for shown in (
            "条件付き継続",
            "根拠が揃っている。",
            "業務量が示されているか",
            "試したのは一課だけ。",
            "二課で試す。",
        ):
            assert shown in main, shown
        for hidden in ("digital-agency 担当", "kazami 担当", "@", "/do/"):
            assert hidden not in main, hidden


def test_what_is_withheld_is_not_on_the_public_review(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    review = small_country.a_review(idea, feasible=AMBER)
    small_country.decide(review, "recycle", withhold_because="契約の交渉中のため")
    text = reader(small_country).opens(f"/reviews/{review}")
    assert "契約の交渉中のため" in text
    assert "業務量が示されているか" in text
    for hidden in ("根拠が揃っている。", "試したのは一課だけ。", "1,820", "記録からの見立て"):
        assert hidden not in text, hidden
    assert "試したのは一課だけ。" in reader(small_country, TANTO).opens(f"/reviews/{review}")


def test_action_items_are_those_of_my_organizations_and_for_the_agency_all(small_country: Country) -> None:
    _, review, action = a_condition(small_country)
    assert "あなたの団体" in reader(small_country, VENDOR).opens("/actions")
    for who, sees in ((VENDOR, True), (JIMUKYOKU, True), (TANTO, False), (OUTSIDER, False)):
        assert (action in reader(small_country, who).opens("/actions")) is sees, who
    assert action in reader(small_country, TANTO).opens(f"/reviews/{review}")


def test_forms_are_shown_only_to_who_may_say_their_verb_now(small_country: Country) -> None:
    _, review = a_review(small_country)
    path = f"/reviews/{review}"
    people = {who: reader(small_country, who) for who in (JIMUKYOKU, SHINSA1, SHINSA3, KETTEI, KESSAI, TANTO)}
    assert forms(people[JIMUKYOKU], path) == {"review.assign"}
    assert forms(people[SHINSA1], path) == {"review.rate", "review.recuse", "review.return"}
    assert forms(people[KETTEI], path) == {"review.decide"}
    for who in (SHINSA3, KESSAI, TANTO):
        assert forms(people[who], path) == set(), who
    assert forms(people[JIMUKYOKU], "/reviews") == {"review.assign"}
    assert forms(people[SHINSA1], "/reviews") == set()
    small_country.decide(review, "recycle")
    assert forms(people[KESSAI], path) == {"review.challenge"}
    for who in (JIMUKYOKU, SHINSA1, KETTEI, TANTO):
        assert forms(people[who], path) == set(), who


def test_asking_for_the_gate_leads_to_its_review(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, KESSAI)
    person.opens(f"/ideas/{idea}")
    answer = person.says("review.request", idea=idea)
    assert answer.headers["Location"].endswith(f"/reviews/{idea}-V1")
    assert "審査者の割当て" in person.opens(f"/reviews/{idea}-V1")


# -- the desk ----------------------------------------------------------------------------------------------------------


def test_the_desk_shows_what_waits_longest_first_against_the_service_level(small_country: Country) -> None:
    first, _ = small_country.an_idea_ready_for_g1()
    older = small_country.a_review(first, rated=False)
    small_country.pass_days(5)
    second = small_country.an_idea("道路の点検", field="土木")
    newer = small_country.say(KESSAI, "review.request", idea=second).ref
    small_country.pass_days(12)
    text = reader(small_country, SHINSA1).opens("/reviews")
    assert text.index(f'id="{older}"') < text.index(f'id="{newer}"')
    row = text.split(f'id="{older}"')[1].split("</tr>")[0]
    for shown in ("12 開庁日", "期限を過ぎています", "判定まで 10 開庁日の決まり", "判定待ち", "あなた"):
        assert shown in row, shown
    row = text.split(f'id="{newer}"')[1].split("</tr>")[0]
    assert "期限を過ぎています" not in row
    assert "まだいません" in row
    mine = reader(small_country, SHINSA1).opens("/reviews?show=mine")
    assert older in mine
    assert newer not in mine
    assert newer in reader(small_country, JIMUKYOKU).opens("/reviews?show=assign")
    assert "当てはまる審査はありません" in reader(small_country, KETTEI).opens("/reviews?show=decide")


def test_assigning_from_the_desk_the_least_loaded_first_and_nobody_with_a_tie(country: Country) -> None:
    former = {"email": SHINSA3, "name": "digital-agency 担当", "org": "kazami", "roles": ["member"]}
    country.say("system", "user.invite", **former)
    idea, _ = country.an_idea_ready_for_g1()
    country.say(
        JIMUKYOKU,
        "review.assign",
        review=country.say(KESSAI, "review.request", idea=idea).ref,
        reviewer=SHINSA1,
    )
    other = country.an_idea("福祉の案内")
    review = country.say(KESSAI, "review.request", idea=other).ref
    person = reader(country, JIMUKYOKU)
    text = person.opens("/reviews").split(f'id="{review}"')[1].split("</tr>")[0]
    offered = re.findall(r'<option value="(\S+)">[^<]*手持ち (\d) 件', text)
    assert offered == [(SHINSA2, "0"), (SHINSA1, "1")]
    assert "風見市 に属している（いた）" in text
    person.says("review.assign", review=review, reviewer=SHINSA2)
    assert "審査者を割り当てました" in person.opens("/reviews")
    refused = person.says("review.assign", 403, review=review, reviewer=SHINSA3)
    assert "属している（いた）ため" in refused.text
    person.opens(f"/reviews/{review}")
    person.says("review.assign", review=review, reviewer=SHINSA1)
    assert len(re.findall("判定待ち", person.opens(f"/reviews/{review}"))) == 2


# -- rating ------------------------------------------------------------------------------------------------------------


def test_rating_only_what_people_must_and_what_differs(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.run_a_pilot(pilot)
    review = country.a_review(idea, rated=False)
    person = reader(country, SHINSA1)
    text = person.opens(f"/reviews/{review}")
    assert "/do/review.rate" in person.forms()
    assert "人が判定する基準が 1 件あります" in text
    assert text.index('id="criterion-staff_heard"') < text.index('id="criterion-ran_as_planned"'), (
        "people's first"
    )
    fields = left_as_proposed(text)
    assert len(fields) == 5
    before = country.everything()
    refused = person.says("review.rate", 409, review=review, comment="だいたい良い。", **fields)
    assert "使った職員は何と言っているか" in refused.text
    assert 'href="#refused-ratings-staff_heard-rating"' in refused.text
    assert 'id="refused-ratings-staff_heard-rating"' in refused.text
    assert "だいたい良い。" in refused.text
    assert country.everything() == before
    fields |= {
        "ratings.staff_heard.rating": "green",
        "ratings.staff_heard.finding": "十二人中十人が良いと答えた。",
        "ratings.staff_heard.action": "",
        "ratings.code_kept.rating": "amber",
        "ratings.code_kept.finding": "許諾が読めない。",
        "ratings.code_kept.action": "",
        "ratings.measured.finding": "書きかけ",
    }
    refused = person.says("review.rate", 422, review=review, **fields)
    assert "黄と赤には" in refused.text
    assert "許諾が読めない。" in refused.text
    person.says("review.rate", review=review, comment="", **fields | {"ratings.code_kept.action": "直す。"})
    seen = country.look("review", review)
    assert seen["ratings"]["staff_heard"] == "green"
    assert seen["ratings"]["code_kept"] == "amber"
    assert "書きかけ" not in str(seen["findings"])
    again = person.opens(f"/reviews/{review}")
    assert "許諾が読めない。" in again
    assert "判定し直す" in again
    country.say(SHINSA2, "review.rate", review=review, ratings={"staff_heard": GREEN})
    assert "審査者の判定が分かれています" in person.opens(f"/reviews/{review}")


def test_a_red_by_the_facts_cannot_be_rated_better_and_the_form_says_so(small_country: Country) -> None:
    idea = small_country.an_idea()
    review = small_country.a_review(idea, rated=False)
    person = reader(small_country, SHINSA1)
    text = person.opens(f"/reviews/{review}")
    part = text.split('id="criterion-data_profiled"')[1].split("</article>")[0]
    assert re.findall(r'name="ratings\.data_profiled\.rating" value="(\w*)"', part) == ["", "red"]
    assert "緑や黄にはできません" in part
    fields = left_as_proposed(text)
    better = {"ratings.data_profiled.rating": "green", "ratings.data_profiled.finding": "良い。"}
    refused = person.says("review.rate", 409, review=review, **fields | better)
    assert "記録された事実から赤と決まった基準は、変えられません: 「" in refused.text
    person.says("review.rate", review=review, **fields)
    assert small_country.look("review", review)["ratings"]["data_profiled"] == "red"


def test_recusing_and_returning(country: Country) -> None:
    idea, review = a_review(country)
    person = reader(country, SHINSA1)
    person.opens(f"/reviews/{review}")
    assert {"/do/review.recuse", "/do/review.return"} <= person.forms()
    person.says("review.recuse", 422, review=review, because="")
    person.says("review.recuse", review=review, because="前の職場が関わっていた。")
    assert forms(person, f"/reviews/{review}") == set()
    other = reader(country, SHINSA2)
    other.opens(f"/reviews/{review}")
    other.says("review.return", review=review, because="計画の日付が過ぎている。")
    assert "差し戻されました" in other.opens(f"/reviews/{review}")
    assert "計画の日付が過ぎている。" in reader(country, TANTO).opens(f"/ideas/{idea}")


def test_an_earlier_visit_is_shown_beside_the_question(small_country: Country) -> None:
    idea, review = a_review(small_country, feasible=AMBER)
    small_country.decide(review, "recycle")
    again = small_country.a_review(idea, rated=False)
    part = reader(small_country, SHINSA1).opens(f"/reviews/{again}")
    part = part.split('id="criterion-feasible"')[1].split("</article>")[0]
    assert "前の審査での判定" in part
    assert "試したのは一課だけ。" in part
    assert f"/reviews/{review}" in part


# -- deciding ----------------------------------------------------------------------------------------------------------


def deciding(person: Reader, review: str) -> tuple[str, dict[str, str]]:
    """The decision form: its text, and what it is filled with."""
    text = person.opens(f"/reviews/{review}").split('id="decide"')[1]
    found = dict(
        re.findall(r'type="hidden" name="(seen_version|actions\.\d\.criterion)" value="(\w+)"', text)
    )
    for row in re.findall(r"actions\.(\d)\.criterion", text):
        area = re.search(rf'name="actions\.{row}\.text"[^>]*>\n([^<]*)</textarea>', text)
        due = re.search(rf'value="([^"]*)" id="[^"]*" name="actions\.{row}\.due_on"', text)
        assert area
        assert due
        found |= {
            f"actions.{row}.text": area[1],
            f"actions.{row}.due_on": due[1],
            f"actions.{row}.owner": "kazami",
        }
    return text, {"review": review, **found}


def shut(text: str) -> set[str]:
    return set(re.findall(r'name="decision" value="(\w+)" required disabled', text))


def test_a_decision_waits_for_the_quorum_and_says_so(small_country: Country) -> None:
    _, review = a_review(small_country, rated=False)
    small_country.say(SHINSA1, "review.rate", review=review, ratings={})
    person = reader(small_country, KETTEI)
    text = person.opens(f"/reviews/{review}")
    assert "判定した審査者が 1 人です" in text
    assert "/do/review.decide" not in person.forms()


def test_going_on_under_conditions_with_what_the_form_proposes(country: Country) -> None:
    idea, review = a_review(country, feasible=AMBER)
    person = reader(country, KETTEI)
    text, fields = deciding(person, review)
    assert shut(text) == {"go"}
    assert "いまは選べません。緑でない基準があります: 「動くことが何かで示されているか」。" in text
    assert fields["actions.0.text"] == "二課で試す。"
    refused = person.says(
        "review.decide", 422, **fields, decision="conditional_go", rationale="", hold_until=""
    )
    assert "二課で試す。" in refused.text
    fields |= {"actions.0.due_on": "令和8年5月１日", "rationale": "あと一課で足りる。"}
    person.says("review.decide", decision="conditional_go", hold_until="", **fields)
    text = person.opens(f"/reviews/{review}")
    for shown in ("決定しました", "条件付き継続", "あと一課で足りる。", "2026年5月1日"):
        assert shown in text, shown
    (action,) = country.look("review", review)["actions"]
    assert (action["criterion"], action["owner"], action["due_on"]) == ("feasible", "kazami", "2026-05-01")
    assert "是正事項 1 件" in reader(country, TANTO).opens(f"/ideas/{idea}")


@pytest.mark.parametrize("decision", ["hold", "kill"])
def test_what_a_decision_does_not_use_is_not_sent_with_it(small_country: Country, decision: str) -> None:
    """The conditions are filled in for who goes on; a stop sends none, and only a hold has a date."""
    _, review = a_review(small_country, feasible=AMBER)
    person = reader(small_country, KETTEI)
    _, fields = deciding(person, review)
    fields |= {"rationale": "いまは使う人がいない。", "hold_until": "2026/6/1", "actions.0.text": ""}
    person.says("review.decide", decision=decision, **fields)
    seen = small_country.look("review", review)
    assert (seen["decision"], seen["actions"]) == (decision, [])


def test_what_is_wrong_is_said_at_the_row_where_it_was_typed(small_country: Country) -> None:
    """A verb counts only the rows that were used; the form has more."""
    _, review = a_review(small_country, feasible=AMBER, rights_clear=AMBER)
    person = reader(small_country, KETTEI)
    _, fields = deciding(person, review)
    fields |= {"actions.0.text": "", "actions.1.due_on": "2027/12/1", "rationale": "もう一度。"}
    refused = person.says("review.decide", 422, decision="recycle", **fields).text
    assert 'href="#refused-actions-1-due_on"' in refused
    assert "3 か月以内" in refused
    person.says("review.decide", decision="recycle", **fields | {"actions.1.due_on": "2026/6/1"})
    (action,) = small_country.look("review", review)["actions"]
    assert action["criterion"] == "rights_clear"


def test_a_mandatory_red_leaves_recycle_hold_and_kill(small_country: Country) -> None:
    review = small_country.a_review(small_country.an_idea())
    person = reader(small_country, KETTEI)
    text, fields = deciding(person, review)
    assert shut(text) == {"go", "conditional_go"}
    assert "必須の基準が赤のため、進めません" in text
    assert fields["actions.0.text"] == "", "nothing is proposed where going on is impossible"
    refused = person.says("review.decide", 409, decision="go", rationale="進めたい。", **fields)
    assert "進めたい。" in refused.text
    assert "data_profiled（" not in refused.text
    person.says("review.decide", decision="recycle", rationale="揃えてから。", **fields)
    assert small_country.look("review", review)["decision"] == "recycle"


def test_resolving_where_reviewers_differ(country: Country) -> None:
    _, review = a_review(country, rated=False)
    country.say(SHINSA1, "review.rate", review=review, ratings={"feasible": AMBER})
    country.say(SHINSA2, "review.rate", review=review, ratings={})
    person = reader(country, KETTEI)
    text, fields = deciding(person, review)
    assert shut(text) == set()
    assert "判定の違いを裁定すれば選べます" in text
    told = {"resolutions.feasible.rating": "green", "resolutions.feasible.because": "二課目の記録を見た。"}
    person.says("review.decide", decision="go", rationale="揃った。", **fields | told)
    assert country.look("review", review)["ratings"]["feasible"] == "green"
    assert "二課目の記録を見た。" in person.opens(f"/reviews/{review}")


def test_a_decision_on_what_has_changed_meanwhile_is_refused_with_the_words_kept(
    small_country: Country,
) -> None:
    _, review = a_review(small_country)
    person = reader(small_country, KETTEI)
    _, fields = deciding(person, review)
    small_country.say(SHINSA1, "review.rate", review=review, ratings={"feasible": AMBER})
    refused = person.says("review.decide", 409, decision="go", rationale="すべて緑。", **fields).text
    assert "から" in refused
    assert "読み直してから" in refused
    assert "すべて緑。" in refused
    assert "試したのは一課だけ。" in refused
    changes = re.sub(r"<[^>]+>|\s+", "", refused.split('id="changes"')[1].split("</section>")[0])
    assert "2026年4月1日09:00digital-agency担当:判定しました" in changes, "when, and who"
    assert "緑→黄" in changes, "what stood, and what stands"
    assert changes.count("→") == 1, "and nothing that is the same"
    assert f'name="seen_version" value="{small_country.look("review", review)["version"]}"' in refused
    assert "見た版</a>" not in refused


def test_what_is_wrong_with_a_decision_is_mended_against_the_version_that_was_seen(
    small_country: Country,
) -> None:
    _, review = a_review(small_country)
    person = reader(small_country, KETTEI)
    _, fields = deciding(person, review)
    small_country.say(SHINSA1, "review.rate", review=review, ratings={"feasible": AMBER})
    refused = person.says("review.decide", 422, decision="go", **fields).text
    assert f'name="seen_version" value="{fields["seen_version"]}"' in refused
    stale = person.says("review.decide", 409, decision="go", rationale="すべて緑。", **fields).text
    assert f'name="seen_version" value="{small_country.look("review", review)["version"]}"' in stale


def test_who_rated_is_told_why_another_must_decide(small_country: Country) -> None:
    both = {
        "email": SHINSA1,
        "name": "digital-agency 担当",
        "org": "digital-agency",
        "roles": ["reviewer", "approver"],
    }
    small_country.say("system", "user.invite", **both)
    _, review = a_review(small_country)
    person = reader(small_country, SHINSA1)
    assert "review.decide" not in forms(person, f"/reviews/{review}")
    assert "別の決裁者が行います" in person.opens(f"/reviews/{review}")


# -- challenges, action items ------------------------------------------------------------------------------------------


def test_challenging_a_decision_until_the_tenth_working_day_and_answering(country: Country) -> None:
    _, review = a_review(country)
    country.decide(review, "recycle")
    owner = reader(country, KESSAI)
    text = owner.opens(f"/reviews/{review}")
    assert "2026年4月15日</time> まで申し出られます" in text
    owner.says("review.challenge", review=review, because="試した記録を見てほしい。")
    assert "申出を送りました" in owner.opens(f"/reviews/{review}")
    assert "/do/review.answer_challenge" not in forms(reader(country, KETTEI), f"/reviews/{review}")
    assert "別の決裁者が行います" in reader(country, KETTEI).opens(f"/reviews/{review}")
    another = reader(country, KETTEI2)
    another.opens(f"/reviews/{review}")
    assert "/do/review.answer_challenge" in another.forms()
    another.says("review.answer_challenge", review=review, answer="記録を確かめた。", upheld="no")
    assert "回答: 認めない" in owner.opens(f"/reviews/{review}")


def test_a_challenge_comes_too_late(small_country: Country) -> None:
    _, review = a_review(small_country)
    small_country.decide(review, "recycle")
    small_country.pass_days(15)
    owner = reader(small_country, KESSAI)
    assert "過ぎています" in owner.opens(f"/reviews/{review}")
    assert forms(owner, f"/reviews/{review}") == set()
    assert (
        "申出の期限（2026年4月15日）" in owner.says("review.challenge", 409, review=review, because="x").text
    )


def test_closing_and_verifying_an_action_item_in_the_list(country: Country) -> None:
    idea, review, action = a_condition(country)
    evidence = country.say(
        VENDOR, "evidence.attach", idea=idea, kind="note", title="二課の記録", body_md="試した。"
    ).ref
    country.pass_days(31)
    vendor = reader(country, VENDOR)
    text = vendor.opens("/actions")
    assert "期限を過ぎています" in text
    assert f'<option value="{evidence}">二課の記録</option>' in text
    assert "/do/action.close" in vendor.forms()
    vendor.says("action.close", 422, action=action, note="")
    vendor.says("action.close", action=action, note="二課で試した。", evidence=evidence)
    assert "審査者が確かめます" in vendor.opens("/actions")
    for who, can in ((SHINSA3, set()), (SHINSA1, {"action.verify"})):
        assert forms(reader(country, who), "/actions") == can
    person = reader(country, SHINSA1)
    assert "action.verify" in forms(person, f"/reviews/{review}")
    person.says("action.verify", action=action)
    assert "是正事項はありません" in vendor.opens("/actions")
    assert action in vendor.opens("/actions?status=verified")


# -- constant work -----------------------------------------------------------------------------------------------------


def many_reviews(country: Country, review: str, action: str, count: int) -> None:
    """So many more open reviews, each of an idea of its own with one action item: copies of these."""
    many_ideas(country, count)
    tables = SQLModel.metadata.tables
    with country.engine.begin() as connection:

        def row_of(table: str, ref: str) -> dict[str, Any]:
            found = sa.select(tables[table]).where(tables[table].c.ref == ref)
            return {k: v for k, v in connection.execute(found).mappings().one().items() if k != "id"}

        taken = sa.select(tables["review"].c.idea_id)
        ideas = connection.scalars(
            sa.select(tables["idea"].c.id).where(tables["idea"].c.id.not_in(taken))
        ).all()
        opened = row_of("review", review) | {"status": "open", "closed_at": None}
        item = row_of("action_item", action)
        connection.execute(
            sa.insert(tables["review"]), [opened | {"idea_id": i, "ref": f"R9-{i:04d}-V1"} for i in ideas]
        )
        connection.execute(
            sa.insert(tables["action_item"]), [item | {"idea_id": i, "ref": f"R9-{i:04d}-A1"} for i in ideas]
        )


def test_the_number_of_statements_does_not_grow_with_the_reviews(small_country: Country) -> None:
    _, review, action = a_condition(small_country)
    paths = {
        JIMUKYOKU: ("/reviews", "/actions", f"/reviews/{review}"),
        SHINSA1: ("/reviews?show=mine", "/actions"),
        VENDOR: ("/reviews", "/actions"),
    }
    people = {who: reader(small_country, who) for who in paths}

    def asked() -> list[int]:
        counts = []
        for who, addresses in paths.items():
            for path in addresses:
                with statements(small_country.engine) as said:
                    people[who].opens(path)
                counts.append(len(said))
        return counts

    many_reviews(small_country, review, action, 10)
    asked()  # the first page of an app asks for the schema
    few = asked()
    many_reviews(small_country, review, action, 1000)
    assert asked() == few
    assert max(few) < 40


def test_the_lists_page_by_key_through_every_row_once(country: Country) -> None:
    _, review, action = a_condition(country)
    many_reviews(country, review, action, 65)
    person = reader(country, JIMUKYOKU)
    for start, row in (
        ("/reviews", r'<tr id="(\S+?)"'),
        ("/actions", r'<li class="stack-small" id="(\S+?)"'),
    ):
        found: list[str] = []
        path: str | None = start
        while path:
            text = person.opens(path)
            found += re.findall(row, text)
            more = re.search(rf'href="({start}\?after=[^"]*)">続きを見る', text)
            path = more[1] if more else None
        assert len(found) == len(set(found)) >= 65, start
