"""Every act of an idea, said from its page by the person it is offered to, with what they would type."""

import re
from typing import Any

import pytest

from app.pages.mending import MENDED
from stages import GATES
from tests.app.web import Reader, reader, statements
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)

REPO = "kazemirai/madoguchi-faq"


def act(person: Reader, path: str, verb: str, /, **fields: Any) -> str:
    """Opens the page, finds the form of the verb there, sends it, and returns the page after it."""
    person.opens(path)
    assert f"/do/{verb}" in person.forms(), f"{verb} is not offered on {path}"
    person.says(verb, **fields)
    return person.opens(path)


def button(text: str) -> str:
    """The words of the page's one filled button at its top."""
    top = text.split('class="row acts"')[1].split("</div>")[0]
    found = re.search(r'class="button ?"[^>]*>([^<]+)<', top)
    return found[1] if found else ""


# -- where things are ----------------------------------------------------------------------------------------------------


def test_every_criterion_of_every_gate_says_where_it_is_mended() -> None:
    assert MENDED.keys() == {c.key for gate in GATES.values() for c in gate.criteria}


def test_the_gates_preview_leads_to_places_that_are_there(small_country: Country) -> None:
    idea = small_country.an_idea("窓口の案内")
    small_country.an_idea("窓口の案内!", "tanto@hoshimori.example.jp", HOSHIMORI_KESSAI)
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}")
    gate = text.split('id="gate"')[1].split("</table>")[0]
    links = re.findall(r'<a href="([^"]+)">', gate)
    assert len(links) >= 6
    for link in links:
        path, _, anchor = link.partition("#")
        if path in ("", f"/ideas/{idea}/risk"):
            assert f'id="{anchor}"' in (person.opens(path or f"/ideas/{idea}")), link
    assert (
        "<a href"
        not in reader(small_country, HOSHIMORI)
        .opens(f"/ideas/{idea}")
        .split('id="gate"')[1]
        .split("</table>")[0]
    ), "who cannot mend it is not sent there"


def test_the_first_button_is_what_this_reader_does_next(small_country: Country) -> None:
    draft = small_country.a_draft("ほかの困りごと")

    def first(who: str, number: str) -> str:
        return button(reader(small_country, who).opens(f"/ideas/{number}"))

    assert first(KESSAI, draft) == "決裁して提出する"
    assert first(TANTO, draft) == "下書きを直す"
    small_country.say(KESSAI, "idea.submit", idea=draft)
    assert first(TANTO, draft) == "リポジトリか根拠資料を付ける"
    assert first(HOSHIMORI, draft) == "「うちも使いたい」と伝える"
    assert first(JIMUKYOKU, draft) == ""
    assert "一緒に進めたいと申し入れる" in reader(small_country, OUTSIDER).opens(f"/ideas/{draft}")
    small_country.say(VENDOR, "team.ask", idea=draft, org="kazemirai", message="ぜひ。")
    assert first(TANTO, draft) == "申入れに答える"


def test_an_approver_is_not_led_to_a_submission_that_is_refused(small_country: Country) -> None:
    draft = small_country.a_draft(as_is="", to_be="")
    page = reader(small_country, KESSAI).opens(f"/ideas/{draft}")
    assert button(page) == "現状とあるべき姿を書く"
    officer = reader(small_country, TANTO).opens(f"/ideas/{draft}")
    assert "提出は、決裁者がこの画面から行います" in officer
    assert 'id="repositories"' not in officer


def test_who_asks_for_the_review_is_said_to_who_prepared_it(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    said = "申請は、決裁者がこの画面から行います"
    assert said in reader(small_country, TANTO).opens(f"/ideas/{idea}")
    assert said not in reader(small_country, KESSAI).opens(f"/ideas/{idea}")


def test_a_published_idea_leads_everyone_to_its_product(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    assert f'href="/products/{product}"' in reader(small_country).opens(f"/ideas/{idea}")


def test_the_first_button_follows_the_idea_to_its_gate_and_pilot(small_country: Country) -> None:
    idea, pilot = small_country.an_idea_ready_for_g1()

    def first(who: str) -> str:
        return button(reader(small_country, who).opens(f"/ideas/{idea}"))

    assert first(KESSAI) == "G1 の審査を申請する"
    review = small_country.a_review(idea)
    assert first(JIMUKYOKU) == first(TANTO) == "審査を見る"
    small_country.decide(review)
    assert first(TANTO) == "実証のページを開く"
    small_country.pass_days(20)
    small_country.say(TANTO, "pilot.start", pilot=pilot)
    assert first(VENDOR) == "実証の様子を報告する"


def test_the_statements_of_the_page_do_not_grow_with_what_is_around_the_idea(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team("窓口の案内")
    small_country.link_a_repository(idea)
    person = reader(small_country, TANTO)
    paths = (f"/ideas/{idea}", f"/ideas/{idea}/risk")

    def add(times: int) -> None:
        for _ in range(times):
            small_country.say(TANTO, "comment.post", idea=idea, body_md="どうですか。")
            small_country.say(
                TANTO, "evidence.attach", idea=idea, kind="note", title="記録", body_md="見た。"
            )
            small_country.an_idea("窓口の案内", HOSHIMORI, HOSHIMORI_KESSAI)
            small_country.snapshot()

    def asked() -> list[int]:
        counts = []
        for path in paths:
            person.opens(path)
            with statements(small_country.engine) as said:
                person.opens(path)
            counts.append(len(said))
        return counts

    add(1)
    # Names of organizations that are not around the idea (yet) are one statement, however many they are.
    small_country.say(OUTSIDER, "team.ask", idea=idea, org="yosomono", message="ぜひ。")
    few = asked()
    add(4)
    small_country.say(VENDOR, "repo.link", idea=idea, full_name="kazemirai/another")
    assert asked() == few


# -- the idea itself -----------------------------------------------------------------------------------------------------


def test_withdrawing_and_taking_up_again(small_country: Country) -> None:
    idea = small_country.an_idea()
    text = act(
        reader(small_country, TANTO),
        f"/ideas/{idea}",
        "idea.withdraw",
        idea=idea,
        reason="体制が\r\n整わない。",
    )
    assert "取り下げました" in text
    other = reader(small_country, HOSHIMORI)
    other.opens(f"/ideas/{idea}")
    assert "/do/idea.clone" in other.forms()
    sent = other.says("idea.clone", idea=idea, because="村の窓口で使う。")
    assert sent.headers["Location"] == "/ideas/R8-0002"
    text = other.opens("/ideas/R8-0002")
    assert "村の窓口で使う。" in text
    assert "もとになったアイデア" in text


def test_a_reason_that_is_missing_is_asked_for_in_its_own_form(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    text = person.says("idea.withdraw", 422, idea=idea, reason="　").text
    assert 'id="refused-reason"' in text
    folded = text.split("アイデアを取り下げる</summary>")[0].rpartition("<details")[2]
    assert "open" in folded


def test_a_hold_is_lifted_and_a_rollout_closed_by_the_agency(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.decide(small_country.a_review(idea), "hold", hold_until=small_country.day(30))
    person = reader(small_country, KETTEI)
    assert button(person.opens(f"/ideas/{idea}")) == "保留を解く"
    assert "保留を解きました" in act(
        person, f"/ideas/{idea}", "idea.resume", idea=idea, because="体制ができた。"
    )


def test_a_rollout_is_closed_by_the_agency(small_country: Country) -> None:
    idea, _ = small_country.a_flagged_product()
    text = act(
        reader(small_country, KETTEI),
        f"/ideas/{idea}",
        "idea.complete",
        idea=idea,
        because="全国に行き渡った。",
    )
    assert "横展開を完了しました" in text
    assert "完了" in text


def test_the_owner_of_an_imported_idea_is_found_by_name_and_set(small_country: Country) -> None:
    row = {"title": "窓口の要約", "summary": "長い。", "field": "窓口", "owner": "どこかの村"}
    small_country.say(JIMUKYOKU, "idea.import", rows=[row | {"source": "https://example.jp/jirei"}])
    person = reader(small_country, JIMUKYOKU)
    person.opens("/ideas/R8-0001")
    assert "/do/idea.assign_owner" not in person.forms(), "first the organization is looked for"
    assert "見つかりません" in person.opens("/ideas/R8-0001?owner=%ない")
    text = act(person, "/ideas/R8-0001?owner=星守", "idea.assign_owner", idea="R8-0001", org="hoshimori")
    assert "提案団体を決めました" in text
    assert small_country.look("idea", "R8-0001")["owner"] == "hoshimori"
    assert "owner" not in "".join(reader(small_country, TANTO).opens("/ideas/R8-0001").split("find-")[1:])


def test_answering_a_comment(small_country: Country) -> None:
    idea = small_country.an_idea()
    comment = small_country.say(TANTO, "comment.post", idea=idea, body_md="だれが使いますか。").ref
    person = reader(small_country, HOSHIMORI)
    text = act(
        person, f"/ideas/{idea}", "comment.post", idea=idea, reply_to=comment, body_md="窓口の三人です。"
    )
    assert f'<a href="#{comment}">{comment} への返信' in text
    person.opens(f"/ideas/{idea}")
    refused = person.says("comment.post", 422, idea=idea, reply_to=comment, body_md="").text
    assert refused.count('id="refused-body_md"') == 1, "only the answer's own form is marked"


# -- look-alikes, merging ------------------------------------------------------------------------------------------------


def test_a_look_alike_is_answered_and_two_ideas_merge_by_consent(country: Country) -> None:
    ours = country.an_idea("窓口の質問の回答下書き")
    theirs = country.an_idea("窓口の質問の回答下書き支援", HOSHIMORI, HOSHIMORI_KESSAI)
    person = reader(country, TANTO)
    fields = {"idea": ours, "other": theirs, "verdict": "merge", "because": "同じ困りごと。"}
    text = act(person, f"/ideas/{ours}", "idea.compare", **fields)
    assert "合流するもの" in text
    assert "同じ困りごと。" in text
    assert f'name="into" value="{theirs}" checked' in text, (
        "the merge is prepared with the one that was meant"
    )
    assert "見つかりません" in person.opens(f"/ideas/{ours}?other=道路")
    assert f'name="into" value="{theirs}"' in person.opens(
        f"/ideas/{ours}?other={theirs.replace('R8', 'ｒ８')}"
    )
    text = act(person, f"/ideas/{ours}", "idea.merge", idea=ours, into=theirs)
    assert "相手の団体の同意を待っています" in text
    assert "/do/idea.merge" not in person.forms()
    other = reader(country, HOSHIMORI)
    assert "合流の申入れがあります" in other.opens(f"/ideas/{theirs}")
    text = act(other, f"/ideas/{theirs}", "idea.merge", idea=ours, into=theirs)
    assert "合流してきたアイデア" in text
    assert country.look("idea", ours)["status"] == "merged"


def test_an_idea_that_has_ended_is_a_look_alike_but_nothing_to_merge_into(small_country: Country) -> None:
    """It was offered, and then refused."""
    ended, _ = small_country.an_idea_ready_for_g1()
    small_country.decide(small_country.a_review(ended), "kill")
    idea = small_country.an_idea("窓口FAQ下書き支援の案内")
    text = reader(small_country, TANTO).opens(f"/ideas/{idea}")
    assert f'name="other" value="{ended}"' in text
    assert f'name="into" value="{ended}"' not in text
    assert "/do/idea.merge" not in text
    small_country.refused("wrong_status", TANTO, "idea.merge", idea=idea, into=ended)


# -- the team ------------------------------------------------------------------------------------------------------------


def test_a_vendor_asks_to_join_and_the_owner_accepts(country: Country) -> None:
    idea = country.an_idea()
    vendor = reader(country, VENDOR)
    text = act(vendor, f"/ideas/{idea}", "team.ask", idea=idea, org="kazemirai", message="六月から動けます。")
    assert "相手の返事を待っています" in text
    assert "/do/team.ask" not in vendor.forms()
    assert "六月から動けます。" not in reader(country, OUTSIDER).opens(f"/ideas/{idea}")
    owner = reader(country, TANTO)
    assert "六月から動けます。" in owner.opens(f"/ideas/{idea}")
    act(owner, f"/ideas/{idea}", "team.accept", idea=idea, org="kazemirai")
    assert "手で探している。" in vendor.opens(f"/ideas/{idea}")
    act(vendor, f"/ideas/{idea}", "team.leave", idea=idea, org="kazemirai")
    assert "手で探している。" not in vendor.opens(f"/ideas/{idea}")


def test_an_owner_looks_for_a_vendor_by_name_and_invites_it(country: Country) -> None:
    idea = country.an_idea()
    owner = reader(country, TANTO)
    path = f"/ideas/{idea}?partner=ヨソモノ"
    act(owner, path, "team.ask", idea=idea, org="yosomono", message="一緒に作りませんか。")
    vendor = reader(country, OUTSIDER)
    assert "一緒に作りませんか。" in vendor.opens(f"/ideas/{idea}")
    text = act(vendor, f"/ideas/{idea}", "team.decline", idea=idea, org="yosomono")
    assert "一緒に作りませんか。" not in text
    refused = owner.says("team.ask", 422, idea=idea, org="yosomono", message="", back=path).text
    assert "誘う団体" in refused, "what was looked for is still found"
    assert "must" in refused


# -- evidence, repositories ----------------------------------------------------------------------------------------------


def test_evidence_is_attached_to_a_question_and_withdrawn(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}?criterion=feasible")
    assert '<option value="feasible" selected>' in text
    assert 'value="file"' in text
    fields = {"idea": idea, "criterion": "feasible", "kind": "note", "title": "試作の記録"}
    refused = person.says("evidence.attach", 422, **fields, url="", body_md="").text
    assert "本文を入れてください" in refused
    assert 'value="試作の記録"' in refused
    text = act(person, f"/ideas/{idea}", "evidence.attach", **fields, url="", body_md="40 件で試した。")
    assert "動くことが何かで示されているか</span>" in text
    text = act(
        person,
        f"/ideas/{idea}",
        "evidence.withdraw",
        evidence=f"{idea}-E1",
        because="数え直す。",
    )
    assert "数え直す。" in text
    assert "/do/evidence.withdraw" not in person.forms()


def test_evidence_that_a_review_froze_is_not_offered_for_withdrawal(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.say(TANTO, "evidence.attach", idea=idea, kind="note", title="記録", body_md="見た。")
    small_country.decide(small_country.a_review(idea))
    person = reader(small_country, TANTO)
    assert "取り下げられません" in person.opens(f"/ideas/{idea}")
    assert "/do/evidence.withdraw" not in person.forms()


def test_a_repository_is_linked_looked_at_and_unlinked(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    vendor = reader(country, VENDOR)
    text = act(vendor, f"/ideas/{idea}", "repo.link", idea=idea, full_name=REPO)
    assert "まだ何も確かめられていません" in text
    assert "に確認を頼みました" in act(vendor, f"/ideas/{idea}", "repo.sync", full_name=REPO)
    coordinator = reader(country, JIMUKYOKU)
    seen = {
        "taken_at": "２０２６/４/１ 08:30",
        "facts.last_commit_at": "2026年3月30日 10:00",
        "facts.licence_spdx": "MIT",
        "facts.commits_by_contributor": "dev-a: 120\ndev-b：６４",
        "facts.files": "README.md\nSECURITY.md",
        "facts.releases.0.tag": "v0.1.0",
        "facts.archived": "no",
    }
    text = act(coordinator, f"/ideas/{idea}", "repo.snapshot", full_name=REPO, source="import", **seen)
    card = text.split('id="repositories"')[1].split("</section>")[0]
    for shown in ("手で調べた記録を取り込み", "MIT", "v0.1.0", "2 人", "見えていません", "SBOM"):
        assert shown in card, shown
    vendor.opens(f"/ideas/{idea}")
    assert "/do/repo.snapshot" not in vendor.forms()
    assert "まだつながっていません" in act(vendor, f"/ideas/{idea}", "repo.unlink", idea=idea, full_name=REPO)


def test_what_was_looked_for_and_not_found_is_told_from_what_was_not_seen(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    country.say(VENDOR, "repo.link", idea=idea, full_name=REPO)
    coordinator = reader(country, JIMUKYOKU)
    sent = {"full_name": REPO, "source": "import", "taken_at": "2026/4/1 08:30"}
    looked_for = {"none.facts.licence_spdx": "yes", "none.facts.releases": "yes"}
    coordinator.opens(f"/ideas/{idea}")
    both = looked_for | {"facts.licence_spdx": "MIT"}
    text = coordinator.says("repo.snapshot", 422, **sent, **both).text
    assert "「ない」とも、あるとも書かれています" in text
    assert 'href="#refused-facts-licence_spdx"' in text
    assert 'name="none.facts.releases" value="yes" checked' in text
    text = act(coordinator, f"/ideas/{idea}", "repo.snapshot", **sent, **looked_for)
    card = text.split('id="repositories"')[1].split("</dl>")[0]
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", card))
    assert "ありません" in facts["ライセンス"]
    assert "ありません" in facts["公開された版"]
    assert "見えていません" in facts["最後のコミット"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("カゼミライ", "リポジトリとして読めません"),
        ("https://gitlab.com/kazemirai/madoguchi-faq", "gitlab.com のリポジトリはつなげられません"),
        ("https://github.com/../../user", "リポジトリとして読めません"),
    ],
)
def test_a_repository_that_is_none_is_kept_and_refused(small_country: Country, name: str, told: str) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    text = person.says("repo.link", 422, idea=idea, full_name=name).text
    assert told in text
    assert f'value="{name}"' in text


@pytest.mark.parametrize(
    "pasted",
    [
        "https://github.com/kazemirai/madoguchi-faq/tree/main/docs?tab=readme#top",
        "git@github.com:kazemirai/madoguchi-faq.git",
        "　ｋａｚｅｍｉｒａｉ／ｍａｄｏｇｕｃｈｉ－ｆａｑ　",
    ],
)
def test_a_repository_is_linked_by_whatever_address_of_it_was_copied(
    small_country: Country, pasted: str
) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    person.says("repo.link", idea=idea, full_name=pasted)
    assert "/repositories/kazemirai/madoguchi-faq" in person.opens(f"/ideas/{idea}")


def test_the_page_speaks_english_to_who_asks_for_it(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}?lang=en")
    for shown in ("Next step", "Attach evidence", "(FY", "Look-alikes"):
        assert shown in text, shown
    assert "Answer four questions" in person.opens(f"/ideas/{idea}/risk")
