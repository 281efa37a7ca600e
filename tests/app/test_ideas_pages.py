"""Finding ideas: the list in its three orders, the board, and what a coordinator brings in from reports."""

import json
import re

import pytest

from tests.app.web import Reader, many_ideas, reader, statements
from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, KESSAI, OUTSIDER, TANTO, VENDOR, Country

ROW = {
    "title": "窓口の要約",
    "summary": "長い。",
    "field": "窓口",
    "owner": "風見市",
    "lgcode": "992011",
    "source": "https://example.jp/jirei",
}


def numbers(person: Reader, path: str | None) -> list[str]:
    """The numbers of every page of a list, in its order."""
    found: list[str] = []
    while path:
        text = person.opens(path)
        found += re.findall(r'class="narrow number">(R\d+-\d{4})<', text)
        more = re.search(r'href="(/ideas\?[^"]*after=[^"]*)">', text)
        path = more[1].replace("&amp;", "&") if more else None
    return found


def asked(country: Country, person: Reader, path: str) -> int:
    with statements(country.engine) as said:
        person.opens(path)
    return len(said)


@pytest.mark.parametrize("sort", ["waiting", "number"])
def test_every_order_pages_by_key_through_every_idea_once(country: Country, sort: str) -> None:
    first = country.an_idea("いちばん前から")
    country.pass_days(5)
    many_ideas(country, 65)
    found = numbers(reader(country, JIMUKYOKU), f"/ideas?sort={sort}")
    assert len(found) == len(set(found)) == 67
    assert found[0] == first


def test_the_longest_waiting_leave_out_what_waits_for_nobody(small_country: Country) -> None:
    gone, here = small_country.an_idea("やめるもの"), small_country.an_idea("待つもの")
    small_country.say(TANTO, "idea.withdraw", idea=gone, reason="ほかで解けた。")
    person = reader(small_country, TANTO)
    assert numbers(person, "/ideas?sort=waiting") == [here]
    text = person.opens("/ideas?sort=waiting&field=窓口")
    assert 'name="sort" value="waiting"' in text, "filtering keeps the order"
    assert 'href="/ideas?sort=number&amp;field=' in text


def test_the_list_is_narrowed_by_whose_turn_it_is_and_by_event(small_country: Country) -> None:
    event = small_country.an_event()
    mine = small_country.an_idea("提案団体の番", event=event)
    small_country.say(KESSAI, "review.request", idea=(asked_for := small_country.an_idea("庁の番")))
    person = reader(small_country, HOSHIMORI)
    assert numbers(person, "/ideas?waits=owner") == [mine]
    assert numbers(person, "/ideas?waits=agency") == [asked_for]
    assert numbers(person, "/ideas?waits=nobody") == []
    assert numbers(person, f"/ideas?event={event}") == [mine]
    assert numbers(reader(small_country, OUTSIDER), "/ideas?waits=owner") == [], "nor by whose turn it is"


def test_the_board_shows_age_and_what_stands_in_the_way(country: Country) -> None:
    idea, _ = country.a_running_pilot()
    draft = country.a_draft("庁内だけの下書き")
    country.pass_days(31)
    country.tick()
    text = reader(country, TANTO).opens("/ideas/board")
    column = text.split('id="column-pilot"')[1].split("</section>")[0]
    assert idea in column
    assert "51 日前から" in column
    assert "実証の報告が" in column
    assert draft in text.split('id="column-ideathon"')[1].split("</section>")[0]
    others = reader(country, HOSHIMORI).opens("/ideas/board")
    assert idea in others
    assert draft not in others
    public = reader(country).opens("/ideas/board")
    assert idea in public
    assert "実証の報告が" not in public


def test_a_vendor_sees_no_stage_on_the_board_that_it_may_not_see(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    assert idea not in reader(small_country, OUTSIDER).opens("/ideas/board")
    assert idea in reader(small_country, VENDOR).opens("/ideas/board")


def test_a_full_column_leads_to_the_list(small_country: Country) -> None:
    many_ideas(small_country, 20)
    text = reader(small_country, JIMUKYOKU).opens("/ideas/board")
    assert "ほか 13 件を一覧で見る" in text
    assert 'href="/ideas?stage=ideathon&amp;sort=waiting"' in text


def test_counts_stop_at_a_thousand_and_say_so(country: Country) -> None:
    many_ideas(country, 999)
    person = reader(country, JIMUKYOKU)
    for path in ("/", "/ideas/board"):
        text = person.opens(path)
        assert "1,000<" in text, path
        assert "1,000+" not in text, path
    assert "ほか 992 件を一覧で見る" in text
    many_ideas(country, 1)
    for path in ("/", "/ideas/board"):
        assert "1,000+<" in person.opens(path), path


def test_only_a_coordinator_imports(small_country: Country) -> None:
    for who in (TANTO, VENDOR, KANRI, None):
        reader(small_country, who).opens("/ideas/import", 404)
        assert "/ideas/import" not in reader(small_country, who).opens("/ideas")
    assert "/ideas/import" in reader(small_country, JIMUKYOKU).opens("/ideas")


def test_pasted_rows_are_imported_whole_and_counted(country: Country) -> None:
    person = reader(country, JIMUKYOKU)
    person.opens("/ideas/import")
    assert "/do/idea.import" in person.forms()
    ownerless = {**ROW, "title": "会社の試み", "owner": "株式会社どこか"}
    del ownerless["lgcode"]
    rows = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in (ROW, ownerless))
    person.says("idea.import", 303, rows=rows)
    text = person.opens("/ideas/import")
    assert "新しく 2 件、前に取り込んだもの 0 件" in text
    assert "報告での団体: 株式会社どこか" in text, "what waits for its owner"
    assert 'href="/ideas/R8-0002"' in text
    assert 'href="/ideas/R8-0001"' not in text
    person.says("idea.import", 303, rows=rows)
    assert "新しく 0 件、前に取り込んだもの 2 件" in person.opens("/ideas/import")


def test_what_is_wrong_is_said_row_by_row_and_nothing_is_imported(small_country: Country) -> None:
    person = reader(small_country, JIMUKYOKU)
    person.opens("/ideas/import")
    unlisted, good = {**ROW, "lgcode": "999997", "title": "知らない団体"}, json.dumps(ROW)
    text = person.says(
        "idea.import", 422, rows=f'{{"title": "短い"}}\n{good}\n{json.dumps({**ROW, "source": "x"})}'
    ).text
    assert "誤りのある行 2 件、取り込める行 1 件、前に取り込んだ行 0 件" in text
    assert "1 件目の概要 (summary)" in text
    assert 'id="refused-rows-2-source"' in text
    assert "http:// か https://" in text
    person.opens("/ideas/import")
    assert "登録されていません" in person.says("idea.import", 422, rows=json.dumps(unlisted)).text
    text = person.says("idea.import", 422, rows=f"{good}\n\n{{こわれた\n[1]").text
    assert "2 文字目から JSON として読めません" in text
    assert "{こわれた" in text
    assert "項目と値の組（{…}）ではありません" in text
    assert "並び（リスト）" not in text
    assert "R8-0001" not in person.opens("/ideas")


def test_a_thousand_wrong_rows_do_not_drown_the_page(small_country: Country) -> None:
    person = reader(small_country, JIMUKYOKU)
    person.opens("/ideas/import")
    text = person.says("idea.import", 422, rows='{"title": "x"}\n' * 1_000).text
    assert "誤りのある行 1000 件" in text
    assert len(text) < 200_000
