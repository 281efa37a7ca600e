"""What each reader finds of a pilot and its plan, and every verb of a pilot said once from its page."""

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from app.pages.kpi_words import KPI_WORDS, input_of, target_written
from app.pages.words import KPI_TYPES
from tests.app.web import Reader, reader, statements
from tests.country import (
    ACCURACY,
    HOSHIMORI,
    JIMUKYOKU,
    KESSAI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.columns import SQLModel

FORM = re.compile(r'<form[^>]* method="post" action="/do/([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)


def hidden(person: Reader, verb: str, **among: str) -> dict[str, str]:
    """What the form of a verb on the open page sends by itself; `among` tells it from others of the verb."""
    assert person.page is not None
    for said, inside in FORM.findall(person.page.text):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside))
        if said == verb and among.items() <= fields.items():
            return {k: unescape(v) for k, v in fields.items()}
    raise AssertionError(f"no form of {verb} with {among} on {person.path}")


def says(
    person: Reader, verb: str, status: int = 303, /, _among: dict[str, str] | None = None, **typed: Any
) -> str:
    """Fills in the form of the open page as a browser would, and follows where it leads."""
    sent = person.says(verb, status, **{**hidden(person, verb, **(_among or {})), **typed})
    if status != 303:
        return sent.text
    return person.opens(sent.headers["Location"].partition("#")[0])


def forms(country: Country, who: str, path: str) -> set[str]:
    person = reader(country, who)
    person.opens(path)
    return {f.removeprefix("/do/") for f in person.forms()} - {"/sign-out"}


def test_a_pilot_is_there_for_who_sees_everything_of_its_idea(small_country: Country) -> None:
    idea, pilot = small_country.a_running_pilot()
    for who in (TANTO, VENDOR, HOSHIMORI, JIMUKYOKU):
        text = reader(small_country, who).opens(f"/pilots/{pilot}")
        assert "風見市での実証" in text
        assert f"/pilots/{pilot}" in reader(small_country, who).opens(f"/ideas/{idea}")
    for who in (OUTSIDER, None):
        assert "見つかりません" in reader(small_country, who).opens(f"/pilots/{pilot}", 404)
        reader(small_country, who).opens(f"/ideas/{idea}/pilot", 404)
    reader(small_country, TANTO).opens("/pilots/R8-0001-P9", 404)


def test_forms_are_shown_only_to_who_may_say_them_in_the_pilots_status(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    pilot = small_country.plan_a_pilot(idea)
    path = f"/pilots/{pilot}"
    assert forms(small_country, TANTO, path) == {"pilot.cancel", "incident.file"}
    assert forms(small_country, TANTO, f"{path}?kind=accuracy") == {
        "pilot.cancel",
        "incident.file",
        "kpi.define",
    }
    assert forms(small_country, VENDOR, f"{path}?kind=accuracy") == {"incident.file"}
    small_country.say(TANTO, "kpi.define", pilot=pilot, **ACCURACY)
    assert "kpi.freeze" not in forms(small_country, TANTO, path)
    assert "kpi.freeze" in forms(small_country, KESSAI, path)
    small_country.say(KESSAI, "kpi.freeze", pilot=pilot)
    assert forms(small_country, TANTO, path) == {"pilot.cancel", "pilot.replan", "kpi.abandon", "kpi.measure", "incident.file"}  # fmt: skip


def test_a_running_pilot_offers_each_reader_their_own_acts(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    path = f"/pilots/{pilot}"
    measuring = {"kpi.measure", "incident.file"}
    assert forms(small_country, VENDOR, path) == measuring | {"pilot.report"}
    assert forms(small_country, HOSHIMORI, path) == measuring
    assert forms(small_country, SHINSA1, path) == measuring
    assert forms(small_country, JIMUKYOKU, path) == {"incident.file"}
    own = measuring | {"pilot.report", "pilot.finish", "pilot.cancel", "kpi.abandon"}
    assert forms(small_country, TANTO, path) == own


def test_a_pilot_is_planned_with_a_town_that_was_searched_for(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    person = reader(country, TANTO)
    assert f"/ideas/{idea}/pilot" in person.opens(f"/ideas/{idea}")
    text = person.opens(f"/ideas/{idea}/pilot")
    assert re.search(r'name="site" value="kazami" checked', text)
    assert re.search(r'name="vendor" value="kazemirai" checked', text)
    assert "令和9年度の予算要求は、2026年8月1日から2026年8月31日までが目安です。" in text
    text = person.opens(f"/ideas/{idea}/pilot?town=星守")
    assert 'name="site" value="hoshimori"' in text
    plan = {
        "site": "hoshimori", "vendor": "kazemirai", "starts_on": "令和8年6月1日", "ends_on": "２０２６／７／３１",
        "plan_md": "窓口で使う。", "stop_rule": "誤りが出たら止める。", "cost_yen": "４８０，０００ 円", "budget_deadline": "46265",
    }  # fmt: skip
    person.opens(f"/ideas/{idea}/pilot")  # the town was found without loading the page again
    text = says(person, "pilot.plan", 422, **{**plan, "ends_on": "2026/5/1"})
    assert re.search(r'name="site" value="hoshimori" checked', text)
    assert "終了日が開始日より前です。" in text
    assert "ends_on）" not in text
    assert 'value="令和8年6月1日"' in text
    person.opens(f"/ideas/{idea}/pilot?town=星守")
    text = says(person, "pilot.plan", **plan)
    for shown in (
        "星守村での実証",
        "480,000 円",
        "2026年7月31日",
        "2026年8月31日（令和8年度）",
        "KPI を決める",
    ):
        assert shown in text, shown
    assert "実証の計画を直す" in person.opens(f"/ideas/{idea}/pilot")


def test_without_a_vendor_the_plan_says_how_to_find_one(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    assert "いっしょに実証する事業者が、まだいません" in person.opens(f"/ideas/{idea}/pilot")
    assert "/do/pilot.plan" not in person.forms()
    other = reader(small_country, HOSHIMORI)
    assert "いまは計画できません" in other.opens(f"/ideas/{idea}/pilot")


def test_a_plan_is_put_right_until_the_targets_are_frozen(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    pilot = country.plan_a_pilot(idea)
    person = reader(country, TANTO)
    person.opens(f"/ideas/{idea}/pilot")
    same = {
        "site": "kazami",
        "vendor": "kazemirai",
        "plan_md": "二課で使う。",
        "stop_rule": "止める。",
        "cost_yen": "500000",
    }
    text = says(
        person,
        "pilot.revise",
        **same,
        starts_on="2026/05/01",
        ends_on="2026/06/30",
        budget_deadline="2026/08/31",
    )
    assert "500,000 円" in text
    assert "実証の計画を直しました" in text
    country.freeze_the_targets(pilot)
    assert "目標を凍結した後は計画を直せません" in person.opens(f"/ideas/{idea}/pilot")
    person.opens(f"/pilots/{pilot}")
    text = says(
        person, "pilot.replan", starts_on="2026/05/11", ends_on="2026/07/10", because="人事異動のため"
    )
    assert "2026年5月11日" in text


def test_kpis_are_chosen_by_name_and_written_in_percent(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    pilot = country.plan_a_pilot(idea)
    person = reader(country, TANTO)
    text = person.opens(f"/pilots/{pilot}")
    assert "正しかった割合を見ます" in text
    assert f"/pilots/{pilot}?kind=accuracy#draft" in text
    text = person.opens(f"/pilots/{pilot}?kind=accuracy")
    assert "94% のように入れます" in text
    text = says(person, "kpi.define", 422, name="正答率", target="94", min_n="４００")
    assert "94% なら「94%」か「0.94」と入れてください" in text
    assert 'value="94"' in text
    person.opens(f"/pilots/{pilot}?kind=accuracy")
    text = says(person, "kpi.define", name="正答率", target="９４％", min_n="４００")
    assert "目標 94%以上" in text
    person.opens(f"/pilots/{pilot}?kind=accuracy")
    assert hidden(person, "kpi.define")["key"] == "accuracy_2"
    person.opens(f"/pilots/{pilot}?kind=escalation_rate")
    assert hidden(person, "kpi.define")["direction"] == "down"
    text = person.opens(f"/pilots/{pilot}?kpi={pilot}-accuracy&kind=accuracy")
    assert 'value="94%"' in text
    says(person, "kpi.revise", name="下書きの正答率", target="0.96", min_n="500")
    stored = country.look("pilot", pilot)["kpis"]["accuracy"]
    assert (stored["target"], country.look("pilot", pilot)["status"]) == (0.96, "planned")
    person.opens(f"/pilots/{pilot}?kpi={pilot}-accuracy&kind=time_saved")
    says(person, "kpi.revise", name="短くなった時間", target="4 分", min_n="100")
    assert country.look("pilot", pilot)["kpis"]["accuracy"]["target"] == 4.0
    approver = reader(country, KESSAI)
    text = approver.opens(f"/pilots/{pilot}")
    assert "品質の KPI（正答率や満足度など）がありません" in text
    person.opens(f"/pilots/{pilot}?kind=satisfaction")
    assert "このまま凍結すると" in approver.opens(f"/pilots/{pilot}")
    says(person, "kpi.define", name="満足度", target="4.0", min_n="20")
    assert "このまま凍結すると" not in approver.opens(f"/pilots/{pilot}")
    assert "目標を凍結しました" in says(approver, "kpi.freeze")


def test_every_kpi_type_has_its_words() -> None:
    assert KPI_WORDS.keys() == KPI_TYPES.keys()
    for kind, said in KPI_WORDS.items():
        assert bool(said.part) == (input_of(kind) == "counted"), kind
        assert bool(said.mean) == (input_of(kind) == "averaged"), kind
    assert [target_written(v, k) for v, k in ((0.947, "accuracy"), (1.0, "accuracy"), (4.0, "time_saved"), (1200, "cost_per_case"))] == [
        "94.7%", "100%", "4", "1200"]  # fmt: skip


def test_a_later_pilot_repeats_the_first_kpis_with_one_click_each(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_productization()
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}/pilot?town=星守")
    assert "最初の実証は 風見市（市）でした" in text
    assert not re.search(r'name="site" value="[^"]+" checked', text)
    second = small_country.plan_a_pilot(idea, site="hoshimori", starts_in=1, days=40)
    text = person.opens(f"/pilots/{second}")
    assert "最初の実証と同じ KPI を加える" in text
    assert "KPI を加える: 何を測りますか" not in text
    says(person, "kpi.define", _among={"key": "time"})
    assert "kpi.freeze" not in forms(small_country, KESSAI, f"/pilots/{second}"), "it would be refused"
    text = says(person, "kpi.define", _among={"key": "accuracy"})
    assert "kpi.freeze" in forms(small_country, KESSAI, f"/pilots/{second}")
    assert "最初の実証と同じ KPI を加える" not in text
    assert small_country.look("pilot", second)["kpis"].keys() == {"time", "accuracy"}
    assert "最初の実証は 風見市（市）でした" in reader(small_country, HOSHIMORI).opens(f"/ideas/{idea}/pilot")


def test_a_vendor_reports_in_a_minute(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    country.pass_days(9)
    person = reader(country, VENDOR)
    text = person.opens(f"/pilots/{pilot}")
    assert "10 日（計画 61 日）" in text
    assert text.index('id="report"') < text.index('id="kpis"')
    text = says(
        person,
        "pilot.report",
        422,
        health="amber",
        progress="百",
        summary="印刷が\r\n遅れた。",
        blockers="機器の手配",
    )
    assert "整数を入れてください" in text
    assert "印刷が\n遅れた。" in text.replace("\r", "")
    assert re.search(r'value="amber" checked', text)
    assert re.search(r'<details class="folded" open><summary>困っていることを書く', text)
    person.opens(f"/pilots/{pilot}")
    text = says(
        person,
        "pilot.report",
        health="amber",
        progress="１５％",
        summary="印刷が遅れた。",
        blockers="機器の手配\r\n日程",
    )
    for shown in ("報告しました", "印刷が遅れた。", "機器の手配", "進み具合 15%", "今日"):
        assert shown in text, shown
    assert country.look("pilot", pilot)["health"] == "amber"


def test_a_stale_tab_is_told_that_the_pilot_has_ended(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    person = reader(small_country, VENDOR)
    person.opens(f"/pilots/{pilot}")
    small_country.say(TANTO, "pilot.finish", pilot=pilot, summary="終えた。")
    text = says(person, "pilot.report", 409, health="green", progress="50", summary="書きかけ")
    assert "この実証は「終了」です" in text


def test_starting_and_finishing_from_the_page(country: Country) -> None:
    _, pilot = country.an_idea_in_pilot()
    person = reader(country, TANTO)
    assert "予定より早く始める" in person.opens(f"/pilots/{pilot}")
    country.pass_days(20)
    person = reader(country, TANTO)
    text = person.opens(f"/pilots/{pilot}")
    assert "予定より早く" not in text
    text = says(person, "pilot.start")
    assert "実証を始めました" in text
    country.pass_days(61)
    person = reader(country, TANTO)
    text = person.opens(f"/pilots/{pilot}")
    assert "予定の終了日を過ぎました" in text
    assert "1 日過ぎています" in text
    text = says(person, "pilot.finish", summary="三課で使った。")
    assert "三課で使った。" in text
    assert "KPI を測り、結果を記録してください" in text


def test_a_pilot_is_given_up_with_its_reason(country: Country) -> None:
    idea, pilot = country.an_idea_in_pilot()
    person = reader(country, KESSAI)
    person.opens(f"/pilots/{pilot}")
    text = says(person, "pilot.cancel", because="担当課がなくなる。")
    assert "担当課がなくなる。" in text
    assert "取りやめ" in text
    assert "実証を計画する" in person.opens(f"/ideas/{idea}")


def test_measuring_what_fits_the_type_and_voiding_it(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    country.pass_days(10)
    person = reader(country, TANTO)
    text = person.opens(f"/pilots/{pilot}")
    assert "一件にかかった時間の平均（分）" in text
    assert "正しかった数" in text
    period = {"period_from": "2026/4/22", "period_to": "2026/4/30"}
    share, time = {"kpi": f"{pilot}-accuracy"}, {"kpi": f"{pilot}-time"}
    text = says(
        person, "kpi.measure", 422, share, arm="pilot", **period, successes="４８２", n="400", method="採点"
    )
    assert "当てはまった数が標本数より多くなっています" in text
    assert 'value="４８２"' in text
    assert 'href="#refused"' in text
    person.opens(f"/pilots/{pilot}")
    text = says(
        person,
        "kpi.measure",
        _among=share,
        arm="pilot",
        **period,
        successes="４８２",
        n="５００ 件",
        method="採点",
    )
    assert "96.4%" in text
    says(
        person,
        "kpi.measure",
        _among=time,
        arm="baseline",
        **period,
        samples="12\t11.5\r\n13\r\n１２",
        method="時計",
    )
    says(
        person,
        "kpi.measure",
        _among=time,
        arm="pilot",
        **period,
        mean="5.4",
        sd="1,234.5",
        n="400",
        method="時計",
    )
    assert "標準偏差 1,234.5 分" in person.opens(f"/pilots/{pilot}")
    kpis = country.look("pilot", pilot)["kpis"]
    assert kpis["accuracy"]["n"] == 500
    assert 6 < kpis["time"]["estimate"] < 7
    text = person.opens(f"/pilots/{pilot}")
    wrong = hidden(person, "kpi.void")["measurement"]
    text = says(person, "kpi.void", _among={"measurement": wrong}, because="数え間違い")
    assert 'class="void"' in text
    assert "取り消した理由: 数え間違い" in text
    assert wrong not in re.findall(r'name="measurement" value="([^"]+)"', text)
    assert "kpi.void" not in forms(country, HOSHIMORI, f"/pilots/{pilot}"), "only who measured takes it back"
    text = says(person, "kpi.abandon", _among=time, because="記録が取れない")
    assert "やめた理由: 記録が取れない" in text


def test_who_belongs_to_several_organizations_measures_for_the_one_they_act_for(
    small_country: Country,
) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.say("system", "user.invite", email=HOSHIMORI, name="兼務", org="kumoi", roles=["submitter"])
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/pilots/{pilot}")
    person.posts("/acting", 303, org="kumoi", next=f"/pilots/{pilot}")
    person.opens(f"/pilots/{pilot}")
    share = {"kpi": f"{pilot}-accuracy"}
    assert hidden(person, "kpi.measure", **share)["measured_by"] == "kumoi"
    typed = {
        "arm": "pilot",
        "period_from": "2026/4/21",
        "period_to": "2026/4/21",
        "successes": "9",
        "n": "10",
        "method": "採点",
    }
    says(person, "kpi.measure", _among=share, **typed)
    assert small_country.look("pilot", pilot)["kpis"]["accuracy"]["n"] == 10


def test_what_stands_against_the_pilot_is_on_its_page(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.pass_days(15)
    text = reader(small_country, TANTO).opens(f"/pilots/{pilot}")
    assert "実証の報告が14日ありません" in text
    assert "まだありません" in text


def test_the_number_of_statements_does_not_grow_with_reports_and_measurements(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.pass_days(10)
    small_country.say(VENDOR, "pilot.report", pilot=pilot, health="green", progress=10, summary="順調。")
    small_country.measure(pilot)
    seen = {"occurred_at": small_country.now.isoformat(), "known_at": small_country.now.isoformat()}
    harm = {"people_affected": 1, "sensitive": False, "malicious": False}
    small_country.say(TANTO, "incident.file", pilot=pilot, title="誤案内", body_md="誤り。", **seen, **harm)
    person = reader(small_country, TANTO)
    person.opens(f"/pilots/{pilot}")

    def asked() -> int:
        with statements(small_country.engine) as said:
            person.opens(f"/pilots/{pilot}")
        return len(said)

    few = asked()
    for table in ("pilot_update", "measurement", "incident"):
        more_of(small_country, table, 60)
    assert asked() == few


@pytest.mark.parametrize(
    "path", ["/pilots/%00", "/pilots/R8-0001-P1%00", "/ideas/%00/pilot", "/incidents/%00"]
)
def test_an_address_no_page_gave_is_not_found(small_country: Country, path: str) -> None:
    reader(small_country, TANTO).opens(path, 404)


def more_of(country: Country, table: str, count: int) -> None:
    """So many copies of a table's last row."""
    rows = SQLModel.metadata.tables[table]
    with country.engine.begin() as connection:
        row = dict(connection.execute(sa.select(rows).order_by(rows.c.id.desc()).limit(1)).mappings().one())
        row.pop("id")
        ref = row["ref"]
        connection.execute(sa.insert(rows), [{**row, "ref": f"{ref}-{i}"} for i in range(count)])


def test_the_idea_shows_the_last_health_without_reading_what_was_reported(small_country: Country) -> None:
    """Every report was read with its text, for the colour of one chip."""
    idea, pilot = small_country.a_running_pilot()
    for health in ("green", "red"):
        small_country.pass_days(5)
        report = {"health": health, "progress": 20, "summary": "様子。"}
        small_country.say(VENDOR, "pilot.report", pilot=pilot, **report)
    person = reader(small_country, TANTO)
    with statements(small_country.engine) as said:
        text = person.opens(f"/ideas/{idea}")
    assert "問題あり" in text.split('id="pilots"')[1].split("</summary>")[0]
    assert not [s for s in said if "pilot_update.summary" in s]
