"""What each reader finds on the first pages, what they may do there, and how a page says that something went wrong."""

import ast
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import create_app
from app.pages import words
from app.route import house
from tests.app.web import Reader, an_app
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from workflows.queries.ideas_list import waits_for
from workflows.tables.columns import SQLModel

ROOT = Path(__file__).parents[2]


def reader(country: Country, who: str | None = None) -> Reader:
    return Reader(an_app(country), country, who)


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The SQL statements of a block."""
    said: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def many_ideas(country: Country, count: int) -> None:
    """So many more ideas, copies of one row."""
    idea = country.an_idea("もと")
    table = SQLModel.metadata.tables["idea"]
    with country.engine.begin() as connection:
        row = dict(connection.execute(sa.select(table).where(table.c.number == idea)).mappings().one())
        del row["id"]
        connection.execute(
            sa.insert(table),
            [{**row, "number": f"R7-{i:04d}", "title": f"同じ日のアイデア {i}"} for i in range(1, count + 1)],
        )


# -- who sees what ------------------------------------------------------------------------------------------------------


def test_a_draft_is_there_for_its_own_organization_alone(small_country: Country) -> None:
    draft = small_country.a_draft()
    assert "下書き" in reader(small_country, TANTO).opens(f"/ideas/{draft}")
    for who in (HOSHIMORI, VENDOR, JIMUKYOKU, None):
        assert "見つかりません" in reader(small_country, who).opens(f"/ideas/{draft}", 404)
        assert draft not in reader(small_country, who).opens("/ideas")


def test_the_public_sees_an_idea_from_its_first_published_decision_on(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    public = reader(small_country)
    public.opens(f"/ideas/{idea}", 404)
    review = small_country.a_review(idea)
    public.opens(f"/ideas/{idea}", 404)
    small_country.decide(review)
    text = public.opens(f"/ideas/{idea}")
    for shown in ("窓口FAQ下書き支援", "風見市", "継続", "根拠が揃っている。", "業務量が示されているか"):
        assert shown in text, shown
    for hidden in (
        "回答に時間がかかる。",
        "手で探している。",
        "kazami 担当",
        "digital-agency 担当",
        "話し合い",
        "台帳",
        "@",
    ):
        assert hidden not in text, hidden
    assert idea in public.opens("/ideas")


def test_what_is_withheld_is_not_on_the_public_page_and_says_why(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.decide(small_country.a_review(idea), withhold_because="契約の交渉中のため")
    text = reader(small_country).opens(f"/ideas/{idea}")
    assert "契約の交渉中のため" in text
    assert "継続" in text
    assert "根拠が揃っている。" not in text
    assert "根拠が揃っている。" in reader(small_country, TANTO).opens(f"/ideas/{idea}")


def test_a_vendor_that_is_no_partner_sees_title_field_challenge_and_status_only(
    small_country: Country,
) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    text = reader(small_country, OUTSIDER).opens(f"/ideas/{idea}")
    assert "回答に時間がかかる。" in text
    for hidden in ("風見市", "いっしょに進める", "次にすること", "審査", "手で探している。"):
        assert hidden not in text, hidden
    outsider, partner = reader(small_country, OUTSIDER), reader(small_country, VENDOR)
    row = outsider.opens("/ideas").split("<tbody>")[1]
    assert idea in row
    assert "風見市" not in row
    assert "実証" not in row
    assert idea not in outsider.opens("/ideas?stage=pilot"), "a filter must not tell what the list hides"
    assert "kazami" not in outsider.opens("/ideas")
    assert idea in partner.opens("/ideas?stage=pilot&owner=kazami")


def test_an_idea_says_what_is_next_who_must_move_and_since_when(country: Country) -> None:
    idea, _ = country.an_idea_in_pilot()
    country.pass_days(3)
    text = reader(country, TANTO).opens(f"/ideas/{idea}")
    seen = country.look("idea", idea)
    top = text.split("次にすること")[1].split('class="steps"')[0]
    assert re.sub(r"\d{4}-(\d\d)-(\d\d) ?", "", seen["next_step"])[:8] in top
    assert "風見市" in top
    assert "2026年4月1日（令和8年度）" in top
    assert "3 日" in top


def test_whose_turn_the_list_says_is_whose_turn_the_idea_says(small_country: Country) -> None:
    """The list knows status and stage alone; the idea's page asks the whole dossier."""

    def agree(idea: str) -> None:
        seen = small_country.look("idea", idea)
        expected = {"owner": "kazami", "agency": "digital-agency", None: None}[
            waits_for(seen["status"], seen["stage"])
        ]
        assert seen["waits_for"] == expected, seen

    agree(small_country.a_draft("ひとつ目の下書き"))
    idea, product = small_country.an_idea_ready_for_g4()
    agree(idea)
    review = small_country.a_review(idea, secure={"rating": "green", "finding": "見た。"})
    agree(idea)
    small_country.decide(review)
    agree(idea)
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    agree(idea)
    stopped, _ = small_country.an_idea_ready_for_g1("ほかの困りごと")
    held = small_country.a_review(stopped)
    small_country.decide(held, "hold", hold_until=small_country.day(30))
    agree(stopped)


# -- the list -----------------------------------------------------------------------------------------------------------


def test_the_list_pages_by_key_through_every_idea_once(country: Country) -> None:
    many_ideas(country, 65)
    person = reader(country, JIMUKYOKU)
    found: list[str] = []
    path: str | None = "/ideas?field=%E7%AA%93%E5%8F%A3"
    while path:
        text = person.opens(path)
        found += re.findall(r'class="narrow number">(R\d-\d{4})<', text)
        more = re.search(r'href="(/ideas\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
        assert path is None or "field=" in path
    assert len(found) == len(set(found)) == 66


def test_filters_live_in_the_address_and_an_empty_list_says_what_to_do(small_country: Country) -> None:
    small_country.an_idea("窓口の案内")
    small_country.an_idea("道路の点検", field="土木")
    person = reader(small_country, HOSHIMORI)
    assert "道路の点検" not in person.opens("/ideas?q=窓口")
    assert "道路の点検" in person.opens("/ideas?field=土木&status=active&stage=ideathon&owner=kazami")
    assert "道路の点検" in person.opens("/ideas?q=ｒ8-0002")
    assert "条件に合うアイデアはありません" in person.opens("/ideas?q=%25")
    assert "最初から見てください" in person.opens("/ideas?after=gibberish", 422)


def test_the_number_of_statements_does_not_grow_with_the_ideas(small_country: Country) -> None:
    person = reader(small_country, JIMUKYOKU)
    small_country.an_idea()
    person.opens("/ideas")
    counts = {}
    for number in (10, 400):
        many_ideas(small_country, number) if number == 10 else None
        if number == 400:
            with small_country.engine.begin() as connection:
                connection.execute(
                    sa.text("UPDATE idea SET number = 'R6' || substr(number, 3) WHERE number LIKE 'R7-%'")
                )
            many_ideas(small_country, number)
        for path in ("/", "/ideas", "/ideas?stage=ideathon&q=日"):
            with statements(small_country.engine) as said:
                person.opens(path)
            counts.setdefault(path, []).append(len(said))
    assert all(few == many for few, many in counts.values()), counts


# -- acting -------------------------------------------------------------------------------------------------------------


def test_following_commenting_and_demanding_from_the_page(country: Country) -> None:
    idea = country.an_idea()
    person = reader(country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    assert f"/ideas/{idea}/follow" in person.forms()
    person.posts(f"/ideas/{idea}/follow")
    assert "見守りを始めました" in person.opens(f"/ideas/{idea}")
    assert f"/ideas/{idea}/unfollow" in person.forms()
    person.posts(f"/ideas/{idea}/unfollow")
    person.opens(f"/ideas/{idea}")
    person.posts(f"/ideas/{idea}/comments", body_md="うちの村でも\r\n**同じ**です。")
    person.opens(f"/ideas/{idea}")
    person.posts(f"/ideas/{idea}/demand", need="年に ９００ 件ある。", budget_year="２０２７", constraints="")
    text = person.opens(f"/ideas/{idea}")
    for shown in (
        "<strong>同じ</strong>",
        "hoshimori 担当",
        "年に ９００ 件ある。",
        "令和9年度",
        "「うちも使いたい」を伝えました",
    ):
        assert shown in text, shown
    assert country.look("idea", idea)["demand"] == ["hoshimori"]


def test_forms_are_shown_only_to_who_may_say_their_verb_now(small_country: Country) -> None:
    draft = small_country.a_draft()
    idea = small_country.an_idea("ほかの困りごと")

    def forms(who: str, number: str) -> set[str]:
        person = reader(small_country, who)
        person.opens(f"/ideas/{number}")
        return {f.removeprefix(f"/ideas/{number}/") for f in person.forms()} - {"/sign-out"}

    talk = {"follow", "comments"}
    assert forms(TANTO, draft) == talk
    assert forms(KESSAI, draft) == talk | {"submit"}
    assert forms(TANTO, idea) == talk | {"demand"}
    assert forms(KESSAI, idea) == talk | {"demand", "review"}
    assert forms(HOSHIMORI, idea) == talk | {"demand"}
    assert forms(JIMUKYOKU, idea) == talk
    assert forms(OUTSIDER, idea) == set()


def test_submitting_and_asking_for_the_gate(country: Country) -> None:
    draft = country.a_draft()
    person = reader(country, KESSAI)
    person.opens(f"/ideas/{draft}")
    person.posts(f"/ideas/{draft}/submit")
    text = person.opens(f"/ideas/{draft}")
    assert "提出しました" in text
    assert "次のゲート G1" in text
    person.posts(f"/ideas/{draft}/review")
    assert "審査を申請しました" in person.opens(f"/ideas/{draft}")
    assert country.look("idea", draft)["status"] == "in_review"


def test_a_refused_act_says_why_on_its_page_and_writes_nothing(small_country: Country) -> None:
    draft = small_country.a_draft(as_is="", to_be="")
    person = reader(small_country, KESSAI)
    person.opens(f"/ideas/{draft}")
    before = small_country.everything()
    text = person.posts(f"/ideas/{draft}/submit", 409).text
    assert "現状とあるべき姿が空です。書いてから提出してください。" in text
    assert "<h1>窓口FAQ下書き支援</h1>" in text
    assert small_country.everything() == before


def test_a_form_that_was_on_the_screen_too_long_is_refused_politely(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, KESSAI)
    person.opens(f"/ideas/{idea}")
    small_country.say(KESSAI, "review.request", idea=idea)
    refused = person.posts(f"/ideas/{idea}/review", 409)
    assert "「審査中」のアイデアではできません" in refused.text


def test_what_somebody_may_see_but_not_do_is_forbidden_in_words(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    refused = person.posts(f"/ideas/{idea}/review", 403)
    assert "この操作をする役割がありません" in refused.text


def test_what_somebody_may_not_see_cannot_be_acted_on(small_country: Country) -> None:
    draft, idea = small_country.a_draft(), small_country.an_idea("ほかの困りごと")
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    person.posts(f"/ideas/{draft}/comments", 404, body_md="見えますか")


def test_a_refused_text_is_kept_with_the_sentence_at_its_field(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    for body, status, sentence in (
        ("あ" * 100_000, 413, "100000 文字は長すぎます"),
        ("[" * 19_000, 413, "括弧が多すぎます"),
        ("   ", 422, "必ず入れてください"),
    ):
        person.opens(f"/ideas/{idea}")
        text = person.posts(f"/ideas/{idea}/comments", status, body_md=body).text
        assert sentence in text
        assert body in text
        assert 'aria-invalid="true"' in text


def test_a_number_that_is_none_is_kept_and_refused_at_its_field(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    text = person.posts(f"/ideas/{idea}/demand", 422, need="ぜひ使いたい", budget_year="来年").text
    assert "整数を入れてください" in text
    assert 'value="来年"' in text
    assert "ぜひ使いたい</textarea>" in text


def test_markup_in_a_comment_and_a_title_stays_text(small_country: Country) -> None:
    idea = small_country.an_idea("<script>alert(1)</script>")
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    person.posts(f"/ideas/{idea}/comments", body_md='<img src=x onerror="alert(1)"> [x](javascript:alert(1))')
    text = person.opens(f"/ideas/{idea}")
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text


# -- products -----------------------------------------------------------------------------------------------------------


def test_a_product_is_public_once_it_is_flagged(small_country: Country) -> None:
    idea, product = small_country.an_idea_ready_for_g4()
    reader(small_country).opens(f"/products/{product}", 404)
    assert "公開前" in reader(small_country, TANTO).opens(f"/products/{product}")
    small_country.decide(small_country.a_review(idea, secure={"rating": "green", "finding": "見た。"}))
    public = reader(small_country)
    text = public.opens(f"/products/{product}")
    for shown in (
        "全国展開中",
        "根拠つきの下書きを出す。",
        "風見市（市）",
        "星守村（村）",
        "95%区間",
        "達成",
        "α′",
    ):
        assert shown in text, shown
    assert "@" not in text
    assert "展開先はまだありません" in text
    assert "窓口FAQ下書き支援" in public.opens("/products")
    assert "窓口FAQ下書き支援" in public.opens("/")


def test_targets_show_reasons_filters_and_pages(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(KUMOI, "idea.demand", product=product, need="年 900 件ある。")
    country.pass_days(1)
    country.tick()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day())
    public = reader(country)
    text = public.opens(f"/products/{product}")
    first = text.split('id="targets"')[1].split("<tbody>")[1].split("</tr>")[0]
    assert "雲居町" in first or "星守村" in first or "風見市" in first
    assert "「うちも使いたい」という声を寄せています" in text
    assert "大きな市と町村の導入率の差" in text
    filtered = public.opens(f"/products/{product}?status=adopted").split('id="targets"')[1]
    assert filtered.count('scope="row"') == 1
    assert "星守村" in filtered
    villages = public.opens(f"/products/{product}?size_class=village&prefecture=北海道&status=unknown")
    assert "導入済み" not in villages.split("<tbody>")[-1]
    seen: list[str] = []
    path: str | None = f"/products/{product}?prefecture=北海道"
    while path:
        text = public.opens(path)
        seen += re.findall(r'scope="row" class="name"><b>([^<]+)</b>', text)
        more = re.search(r'href="(/products/[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&").split("#")[0] if more else None
    assert len(seen) == 180, "179 municipalities of Hokkaido and itself"
    assert "条件に合う団体はありません" in public.opens(f"/products/{product}?status=stopped")


def test_a_product_page_asks_as_much_for_one_target_as_for_all(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    public = reader(small_country)
    public.opens(f"/products/{product}")
    with statements(small_country.engine) as before:
        public.opens(f"/products/{product}")
    small_country.pass_days(1)
    small_country.tick()
    with statements(small_country.engine) as after:
        public.opens(f"/products/{product}")
    assert "1,79" in public.opens(f"/products/{product}")
    assert len(before) == len(after)


def test_a_town_answers_and_reconfirms_its_adoption(country: Country) -> None:
    _, product = country.a_flagged_product()
    person = reader(country, HOSHIMORI_KESSAI)
    person.opens(f"/products/{product}")
    assert f"/products/{product}/reconfirm" not in person.forms()
    person.posts(
        f"/products/{product}/adoption", status="adopted", since="2026-09-01", note="毎日使う。", org=""
    )
    text = person.opens(f"/products/{product}")
    assert "導入状況を記録しました" in text
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["status"] == "adopted"
    country.pass_days(366)
    expired = reader(country, HOSHIMORI_KESSAI)
    assert "回答の期限切れ" in expired.opens(f"/products/{product}")
    expired.posts(f"/products/{product}/reconfirm")
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["expired"] is False


def test_an_adoption_from_tomorrow_is_refused_with_what_was_typed(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    person = reader(small_country, KUMOI_KESSAI)
    person.opens(f"/products/{product}")
    sent = {"status": "adopted", "since": small_country.day(2), "note": "来月から"}
    text = person.posts(f"/products/{product}/adoption", 422, **sent).text
    assert "今日より後の日付です" in text
    assert "来月から</textarea>" in text
    assert '<option value="adopted" selected>' in text
    assert (
        person.posts(f"/products/{product}/adoption", 422, note="選び忘れ").text.count("必ず入れてください")
        >= 1
    )


def test_who_speaks_for_no_town_is_offered_no_statement(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    for who in (None, VENDOR, JIMUKYOKU, SHINSA1):
        person = reader(small_country, who)
        person.opens(f"/products/{product}")
        assert person.forms() <= {"/sign-out"}


def test_a_suspended_product_says_why_and_since_when(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(KETTEI, "product.suspend", product=product, because="案内に誤りが見つかったため")
    public = reader(small_country)
    text = public.opens(f"/products/{product}")
    assert "全国展開を止めています" in text
    assert "案内に誤りが見つかったため" in text
    assert product not in public.opens("/products"), "only what can be used today"


# -- home and ledger ----------------------------------------------------------------------------------------------------


def test_home_says_what_waits_for_whom(small_country: Country) -> None:
    small_country.now = small_country.now.replace(hour=10)
    idea, _ = small_country.an_idea_ready_for_g1()
    assert idea in reader(small_country, TANTO).opens("/").split('id="moving"')[0]
    review = small_country.say(KESSAI, "review.request", idea=idea).ref

    def waiting(who: str) -> str:
        return reader(small_country, who).opens("/").split('id="waiting"')[1].split('id="moving"')[0]

    assert "審査者を割り当ててください" in waiting(JIMUKYOKU)
    for number in (1, 2):
        shinsa = f"shinsa{number}@digital-agency.example.jp"
        small_country.say(JIMUKYOKU, "review.assign", review=review, reviewer=shinsa)
        assert "判定をしてください" in waiting(shinsa)
        small_country.say(shinsa, "review.rate", review=review, ratings={})
        assert "いま待っていることはありません" in waiting(shinsa)
    assert "決定をしてください" in waiting(KETTEI)
    assert "いま待っていることはありません" in waiting(KANSA)
    assert 'id="waiting"' not in reader(small_country).opens("/")


def test_home_of_an_empty_country_says_so(small_country: Country) -> None:
    text = reader(small_country).opens("/")
    assert "公表されたアイデアはまだありません" in text
    assert "全国で使えるプロダクトはまだありません" in text


def test_the_ledger_is_shown_checked_and_can_be_checked_elsewhere(country: Country, tmp_path: Path) -> None:
    idea, _ = country.an_idea_in_pilot()
    auditor = reader(country, KANSA)
    text = auditor.opens(f"/ledger/{idea}")
    assert "検証済み" in text
    assert "ゲートの決定をした" in text
    assert text.count('data-label="番"') == country.look("ledger", idea)["entries"]
    exported = tmp_path / "ledger.json"
    exported.write_text(auditor.opens(f"/ledger/{idea}/export.json"), "utf-8")
    assert auditor.page is not None
    assert auditor.page.headers["Content-Disposition"].startswith("attachment")
    checked = subprocess.run(
        [sys.executable, ROOT / "docs" / "verify_ledger.py", exported],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(exported.read_text("utf-8"))["chain"] == idea


def test_a_ledger_is_for_its_partners_and_the_agency(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    for who in (TANTO, VENDOR, JIMUKYOKU):
        reader(small_country, who).opens(f"/ledger/{idea}")
    for who in (HOSHIMORI, OUTSIDER, None):
        other = reader(small_country, who)
        other.opens(f"/ledger/{idea}", 404)
        other.opens(f"/ledger/{idea}/export.json", 404)
        assert "台帳" not in other.opens(f"/ideas/{idea}")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            "UPDATE ledger_entry SET facts = '{}' WHERE chain = :idea AND seq = 2",
            "内容が書き換えられています",
        ),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq = 2", "2 番の記録"),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq > 1", "末尾の切取り"),
    ],
)
def test_a_ledger_that_was_tampered_with_says_so(small_country: Country, harm: str, said: str) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    small_country.pass_days(1)
    small_country.tick()
    with small_country.engine.begin() as connection:
        connection.execute(sa.text(harm), {"idea": idea})
    for path in (f"/ledger/{idea}", f"/ideas/{idea}"):
        text = reader(small_country, TANTO).opens(path)
        assert "台帳が正しくありません" in text
        assert said in text
        assert "検証済み" not in text


def test_every_action_of_the_ledger_has_words() -> None:
    """Read from the code: what is recorded anywhere must be readable on the page."""
    recorded = set()
    for file in (ROOT / "workflows").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in (
                "record",
                "_record",
            ):
                recorded |= {
                    a.value
                    for a in ast.walk(call)
                    if isinstance(a, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(a.value))
                }
    assert len(recorded) > 60
    assert recorded - words.ACTIONS.keys() == set()


# -- when something goes wrong ------------------------------------------------------------------------------------------


def test_a_page_that_is_not_there(small_country: Country) -> None:
    text = reader(small_country).opens("/nowhere", 404)
    assert "ページが見つかりません" in text
    assert "共創パイプライン" in text


def test_a_surprise_gives_a_number_that_the_log_has(
    small_country: Country, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = reader(small_country)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("workflows.queries.home.home", broken)
    with caplog.at_level(logging.ERROR):
        text = person.opens("/", 500)
    number = re.search(r"番号: <code>([0-9a-f]{8})</code>", text)
    assert number
    assert any(number[1] in r.getMessage() and r.exc_info for r in caplog.records)
    assert "ZeroDivisionError" not in text
    assert "Traceback" not in text


def settings(file: Path, **more: str) -> dict[str, str]:
    secret = "a secret of the tests, long enough for production"
    return {
        "KYOSO_ENV": "production",
        "KYOSO_SECRET": secret,
        "KYOSO_DATABASE_URL": f"sqlite:///{file}",
        **more,
    }


def test_a_database_that_is_not_there_is_said_and_mended_without_a_restart(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "later.db"
    client = create_app(settings(file, KYOSO_ENV="development")).test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "kyoso migrate" in answer.text
    assert answer.headers["Retry-After"]
    assert client.get("/static/look/x/kyoso.css").status_code == 200
    file.write_bytes(sqlite_template.read_bytes())
    assert client.get("/").status_code == 200


def test_in_production_no_path_of_the_machine_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "later.db"
    answer = create_app(settings(file)).test_client().get("/")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert str(file) in caplog.text


@pytest.mark.parametrize(
    ("revision", "said"), [(None, "準備がまだできていません"), ("9999", "新しい版で準備されています")]
)
def test_a_database_of_another_release_is_said(
    sqlite_template: Path, tmp_path: Path, revision: str | None, said: str
) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        change = (
            "DELETE FROM alembic_version"
            if revision is None
            else f"UPDATE alembic_version SET version_num = '{revision}'"
        )
        connection.execute(sa.text(change))
    engine.dispose()
    answer = create_app(settings(file)).test_client().get("/ideas")
    assert answer.status_code == 503
    assert said in answer.text


def test_a_locked_database_is_said_and_a_page_is_still_read(small_country: Country) -> None:
    """A writer that waits too long is told so; readers never wait for it."""
    idea = small_country.an_idea()
    app = an_app(small_country)
    person = Reader(app, small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    with house(app).engine.connect() as other:
        other.execute(sa.text("UPDATE idea SET title = title"))
        sa.event.listen(small_country.engine, "checkout", lambda c, *_: c.execute("PRAGMA busy_timeout=1"))
        refused = person.posts(f"/ideas/{idea}/follow", 503)
        assert "混み合っていて" in refused.text
        person.opens(f"/ideas/{idea}")
        other.rollback()
