"""The front page of each role: what waits, the oldest first, and one large button for the commonest act."""

import re

from tests.app.web import reader
from tests.country import (
    ACCURACY,
    HOSHIMORI,
    JIMUKYOKU,
    KANRI,
    KANSA,
    KESSAI,
    KETTEI,
    KETTEI2,
    LOW_RISK,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    TANTO,
    TIME,
    VENDOR,
    Country,
)
from workflows.queries.waiting_ideas import Facts, step_of


def waiting(country: Country, who: str) -> str:
    return reader(country, who).opens("/").split('id="waiting"')[1].split('id="moving"')[0]


def primary(country: Country, who: str) -> tuple[str, str]:
    """Text and address of the large button."""
    head = reader(country, who).opens("/").split('class="page-head with-act"')[1].split("</div>")[0]
    found = re.search(r'<a class="button" href="([^"]+)">([^<]+)</a>', head)
    assert found
    return found[2], found[1]


def test_a_draft_waits_for_its_officer_and_its_approver(small_country: Country) -> None:
    draft = small_country.a_draft()
    assert "下書きを仕上げてください" in waiting(small_country, TANTO)
    assert "決裁して提出してください" in waiting(small_country, KESSAI)
    assert draft not in waiting(small_country, HOSHIMORI)
    assert primary(small_country, TANTO) == ("新しいアイデアを書く", "/ideas/new")
    assert primary(small_country, KESSAI) == ("決裁を待つものを開く", f"/ideas/{draft}")


def test_an_idea_says_its_next_step_until_the_approver_can_take_it_to_its_gate(
    small_country: Country,
) -> None:
    idea = small_country.an_idea()
    assert "次の一歩を進めてください" in waiting(small_country, TANTO)
    assert idea not in waiting(small_country, KESSAI)
    ready, _ = small_country.an_idea_ready_for_g1("ほかの困りごと")
    assert "決裁者にゲート審査を申請してもらう" in waiting(small_country, TANTO)
    asked = waiting(small_country, KESSAI)
    assert "ゲート審査を申請してください" in asked
    assert f'href="/ideas/{ready}#gate"' in asked


def test_the_targets_wait_on_the_page_where_they_are_frozen(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    small_country.link_a_repository(idea)
    small_country.decide_the_risk(idea)
    pilot = small_country.plan_a_pilot(idea)
    for kpi in (TIME, ACCURACY):
        small_country.say(TANTO, "kpi.define", pilot=pilot, **kpi)
    assert f'href="/pilots/{pilot}#freeze"' in waiting(small_country, KESSAI)
    assert primary(small_country, KESSAI) == ("決裁を待つものを開く", f"/pilots/{pilot}#freeze")
    assert "/do/kpi.freeze" in reader(small_country, KESSAI).opens(f"/pilots/{pilot}").split('id="freeze"')[1]


def test_a_risk_waits_for_who_decides_it(small_country: Country) -> None:
    idea = small_country.an_idea()
    small_country.say(
        TANTO, "risk.assess", idea=idea, checklist_version="high_risk-1", answers={**LOW_RISK, "D": "none"}
    )
    assert "高リスクの見込み" in waiting(small_country, KESSAI)
    assert "リスクの水準を決めて" not in waiting(small_country, TANTO)
    assert "リスクの水準を決めて" not in waiting(small_country, KETTEI), "the town has a CAIO"
    small_country.say(KESSAI, "risk.decide", idea=idea, level="low", reason="職員が確かめるため")
    assert "リスクの水準を決めて" not in waiting(small_country, KESSAI)


def test_a_running_pilot_waits_for_its_vendor_and_when_silent_for_its_town(small_country: Country) -> None:
    idea, pilot = small_country.an_idea_in_pilot()
    small_country.pass_days(20)
    assert "実証を始める日が来ました" in waiting(small_country, TANTO)
    small_country.say(TANTO, "pilot.start", pilot=pilot)
    small_country.pass_days(13)
    assert "13 日前から報告がありません" in waiting(small_country, VENDOR)
    assert primary(small_country, VENDOR) == ("実証の様子を報告する", f"/pilots/{pilot}#report")
    assert "報告がありません" not in waiting(small_country, TANTO)
    small_country.pass_days(1)
    assert "14 日前から報告がありません" in waiting(small_country, TANTO)
    small_country.say(
        VENDOR, "pilot.report", pilot=pilot, health="green", progress=20, summary="予定どおり。"
    )
    assert "報告がありません" not in waiting(small_country, TANTO)
    small_country.pass_days(200)
    assert "実証の期間が終わりました" in waiting(small_country, TANTO)
    assert idea in waiting(small_country, TANTO)


def test_a_request_to_join_waits_for_the_side_that_was_asked(small_country: Country) -> None:
    idea = small_country.an_idea()
    small_country.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="作れます。")
    assert "株式会社カゼミライから、参加の申出" in waiting(small_country, TANTO)
    assert "申入れに答えて" not in waiting(small_country, VENDOR)
    small_country.say(TANTO, "team.accept", idea=idea, org="kazemirai")
    small_country.say(TANTO, "team.ask", idea=idea, org="hoshimori", message="いっしょに。")
    assert "チームへのお誘い" in waiting(small_country, HOSHIMORI)


def test_the_agency_sees_reviews_by_what_each_must_do(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    review = small_country.say(KESSAI, "review.request", idea=idea).ref
    assert primary(small_country, JIMUKYOKU) == ("審査者を割り当てる", f"/reviews/{review}")
    assert primary(small_country, KETTEI) == ("審査の一覧を見る", "/reviews")
    for who in (SHINSA1, SHINSA2):
        small_country.say(JIMUKYOKU, "review.assign", review=review, reviewer=who)
        assert primary(small_country, who) == ("判定する", f"/reviews/{review}")
        small_country.say(who, "review.rate", review=review, ratings={})
        assert "判定をしてください" not in waiting(small_country, who)
    assert "決定をしてください" in waiting(small_country, KETTEI)
    small_country.decide(review, "hold", hold_until=small_country.day(30))
    assert "保留の期日" not in waiting(small_country, KETTEI)
    small_country.pass_days(30)
    assert "保留の期日" in waiting(small_country, KETTEI)


def test_a_product_waits_for_every_town_until_it_answers_and_again_after_a_year(
    small_country: Country,
) -> None:
    _, product = small_country.a_flagged_product()
    small_country.pass_days(1)
    small_country.tick()
    assert "導入状況を答えてください" in waiting(small_country, HOSHIMORI)
    small_country.say(HOSHIMORI, "adoption.report", product=product, status="planned")
    assert "導入状況を答えて" not in waiting(small_country, HOSHIMORI)
    assert "期限切れ" not in waiting(small_country, HOSHIMORI)
    small_country.pass_days(340)
    assert "まもなく期限切れです" in waiting(small_country, HOSHIMORI)
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    assert "全国展開を止めています" in waiting(small_country, KETTEI)


def test_an_administrator_and_an_auditor_find_their_work(small_country: Country) -> None:
    assert primary(small_country, KANRI) == ("団体と利用者を管理する", "/admin/organizations")
    assert "登録された団体" in waiting(small_country, KANRI)
    small_country.pass_days(1)
    small_country.tick()
    assert primary(small_country, KANSA) == ("台帳を確かめる", "/ledger")
    assert "最後のアンカーは" in waiting(small_country, KANSA)


def test_a_long_pile_names_the_oldest_and_counts_the_rest(small_country: Country) -> None:
    drafts = []
    for i in range(8):
        drafts.append(small_country.a_draft(f"下書き {'いろはにほへと'[i % 7]}{i}"))
        small_country.pass_days(1)
    text = waiting(small_country, TANTO)
    assert "ほか 3 件" in text
    assert [d for d in drafts if d in text] == drafts[:5]


def test_a_step_is_never_later_than_the_first_thing_that_is_missing() -> None:
    done = Facts("active", "ideathon", True, True, True, True, True, "planned", True, 2, True, False, False)
    assert step_of(done) == "request"
    for field, step in (
        ("sized", "size"),
        ("profiled", "profile"),
        ("assessed", "assess"),
        ("frozen", "freeze"),
    ):
        assert step_of(Facts(**{**{f: getattr(done, f) for f in Facts.__slots__}, field: False})) == step


def test_the_targets_of_a_second_pilot_wait_for_the_approver_too(small_country: Country) -> None:
    """Only the first pilot's did: nobody was told that the replica could not start."""
    idea, _ = small_country.an_idea_in_productization()
    second = small_country.plan_a_pilot(idea, site="hoshimori")
    assert "KPI を二つ以上決める" in reader(small_country, TANTO).opens("/")
    for kpi in (TIME, ACCURACY):
        small_country.say(TANTO, "kpi.define", pilot=second, **kpi)
    approver = reader(small_country, KESSAI)
    assert f'href="/pilots/{second}#freeze"' in approver.opens("/")
    small_country.say(KESSAI, "kpi.freeze", pilot=second)
    assert "#freeze" not in approver.opens("/")


def test_who_approves_in_one_town_and_writes_in_another_is_given_each_town_s_own_work(
    small_country: Country,
) -> None:
    """The roles of all towns were taken together: an approver of one was told to submit another's drafts."""
    small_country.say(KANRI, "user.invite", email=KESSAI, name="二役", org="hoshimori", roles=["submitter"])
    theirs = small_country.a_draft("星守の下書き", HOSHIMORI)
    assert "決裁して提出してください" not in waiting(small_country, KESSAI)
    assert "下書きを仕上げてください" in waiting(small_country, KESSAI)
    own = small_country.a_draft("風見の下書き")
    submits = waiting(small_country, KESSAI).split("決裁して提出してください")[1].split("</section>")[0]
    assert own in submits.split("下書きを仕上げてください")[0]
    assert theirs not in submits.split("下書きを仕上げてください")[0]


def test_a_review_waits_only_for_an_approver_who_may_decide_it(small_country: Country) -> None:
    """Those who rated it, or have a tie to the idea, were told to decide it and then refused."""
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.say(
        KANRI, "user.invite", email=SHINSA1, name="兼任", org="digital-agency", roles=["reviewer", "approver"]
    )
    small_country.say(
        KANRI, "user.invite", email=KETTEI2, name="兼業", org="kazemirai", roles=["member"]
    )  # a partner of the idea
    review = small_country.a_review(idea)
    assert "決定をしてください" in waiting(small_country, KETTEI)
    for barred in (SHINSA1, KETTEI2):
        assert "決定をしてください" not in waiting(small_country, barred), barred
    for barred, reason in ((SHINSA1, "same_person"), (KETTEI2, "conflict_of_interest")):
        small_country.refused(
            reason,
            barred,
            "review.decide",
            review=review,
            seen_version=small_country.look("review", review)["version"],
            decision="go",
            rationale="根拠が揃っている。",
        )


def test_a_stage_counts_what_its_list_shows_to_the_reader(country: Country) -> None:
    """The public was told how many ideas were submitted, and then shown only those with a decision."""
    idea, _ = country.an_idea_ready_for_g1()
    country.an_idea("ほかの困りごと")
    stage = re.compile(r'href="/ideas\?stage=ideathon">\s*<span>[^<]*</span>\s*<span class="count">([\d,]+)')

    def counts(who: str | None) -> tuple[int, int]:
        person = reader(country, who)
        found = stage.search(person.opens("/"))
        assert found
        listed = person.opens("/ideas?stage=ideathon")
        return int(found[1]), len(set(re.findall(r'href="/ideas/(R8-\d+)"', listed)))

    assert [counts(who) for who in (None, OUTSIDER, VENDOR, TANTO)] == [(0, 0), (0, 0), (1, 1), (2, 2)]
    country.decide(country.a_review(idea), "recycle")
    assert [counts(who) for who in (None, OUTSIDER, VENDOR, TANTO)] == [(1, 1), (1, 1), (1, 1), (2, 2)]
