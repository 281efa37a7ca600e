"""Parts of a long page: folded until their reader comes for them, and paged where they are lists."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.app.web import Reader, reader, statements
from tests.country import HOSHIMORI, JIMUKYOKU, TANTO, Country
from workflows.queries.paging import ROWS_A_PART
from workflows.tables.columns import SQLModel

TEMPLATES = Path(__file__).parents[2] / "app/templates"
MANY = 2 * ROWS_A_PART + 5


def copies(country: Country, name: str, count: int) -> None:
    """So many more rows of a table, like its first but for their refs and titles."""
    table = SQLModel.metadata.tables[name]
    with country.engine.begin() as connection:
        row = dict(connection.execute(sa.select(table).order_by(table.c.id)).mappings().first() or {})
        row.pop("id")
        called = next(c for c in ("title", "name", "body_html", "effect_note") if c in row)
        more = [{**row, called: f"{i} 番目の行"} for i in range(1, count + 1)]
        for i, copy in enumerate(more, 1):
            if "ref" in row:
                copy["ref"] = f"{row['ref']}-{i}"
        connection.execute(sa.insert(table), more)


def every_page(person: Reader, path: str, part: str) -> list[str]:
    """What the rows of a part are called, page by page, as its links lead through them."""
    found: list[str] = []
    on: str | None = path
    while on:
        text = person.opens(on).split(f'id="{part}"')[1].split("</section>")[0]
        assert len(found) <= MANY + 1
        found += re.findall(r"(\d+ 番目の行)", text)
        more = re.search(r'href="([^"#]+)#\w+">続きを見る', text)
        on = more[1].replace("&amp;", "&") if more else None
    return found


def a_comment(country: Country) -> str:
    idea = country.an_idea()
    country.say(TANTO, "comment.post", idea=idea, body_md="最初の一言")
    return f"/ideas/{idea}"


def some_evidence(country: Country) -> str:
    idea = country.an_idea()
    note = {"kind": "note", "title": "覚え書き", "body_md": "測った。"}
    country.say(TANTO, "evidence.attach", idea=idea, **note)
    return f"/ideas/{idea}"


def a_challenge(country: Country) -> str:
    event = country.an_event()
    country.say(
        HOSHIMORI, "challenge.post", event=event, title="返事が遅い", field="窓口", body_md="三日かかる。"
    )
    return f"/events/{event}"


def a_wave(country: Country) -> str:
    _, product = country.a_flagged_product()
    country.say(
        JIMUKYOKU,
        "wave.open",
        product=product,
        name="第一陣",
        where={"kind": "village"},
        starts_on="2027-06-01",
    )
    return f"/rollout/{product}"


def a_use(country: Country) -> str:
    prompt = {"kind": "prompt", "title": "下書きの指示", "body_md": "根拠を添えて。", "licence": "CC-BY-4.0"}
    asset = country.say(TANTO, "asset.publish", **prompt, model="gpt", permitted_data_class="公開情報").ref
    country.say(HOSHIMORI, "asset.use", asset=asset, effect_note="役に立った。")
    return f"/library/{asset}"


@pytest.mark.parametrize(
    ("made", "table", "part"),
    [
        (a_comment, "comment", "discussion"),
        (some_evidence, "evidence", "evidence"),
        (a_challenge, "challenge", "challenges"),
        (a_wave, "wave", "waves"),
        (a_use, "asset_use", "use"),
    ],
    ids=["comments", "evidence", "challenges", "waves", "uses"],
)
def test_no_row_of_a_part_is_out_of_reach(
    small_country: Country, made: object, table: str, part: str
) -> None:
    assert callable(made)
    path = made(small_country)
    person = reader(small_country, JIMUKYOKU)
    person.opens(path)
    with statements(small_country.engine) as few:
        person.opens(path)
    copies(small_country, table, MANY)
    with statements(small_country.engine) as many:
        person.opens(path)
    assert len(many) == len(few)
    assert every_page(person, path, part) == [f"{i} 番目の行" for i in range(MANY, 0, -1)]
    key = {"discussion": "comments", "challenges": "after", "use": "uses"}.get(part, part)
    assert "最初から見てください" in person.opens(f"{path}?{key}=gibberish", 422)


def test_an_answer_leads_to_the_page_of_what_it_answers(small_country: Country) -> None:
    path = a_comment(small_country)
    number = path.rpartition("/")[2]
    copies(small_country, "comment", MANY)
    first = f"{number}-C1"
    person = reader(small_country, TANTO)
    text = every_page_text(person, path, first)
    person.says("comment.post", idea=number, reply_to=first, body_md="お答えします。")
    assert f'id="{first}"' in text
    answer = person.opens(path).split("お答えします。")[0].rpartition("<li")[2]
    link = re.search(rf'href="([^"#]+)#{first}"', answer)
    assert link
    text = person.opens(link[1])
    assert f'id="{first}"' in text
    assert stands_open(text, "discussion")


def every_page_text(person: Reader, path: str, ref: str) -> str:
    """The page of a list on which the row of a ref is."""
    text = person.opens(path)
    while f'id="{ref}"' not in text:
        more = re.search(r'href="([^"#]+)#\w+">続きを見る', text)
        assert more
        text = person.opens(more[1].replace("&amp;", "&"))
    return text


def stands_open(text: str, part: str) -> bool:
    return f'id="{part}"><details open>' in text


def test_a_part_is_folded_until_its_reader_acts_in_it(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    path = f"/ideas/{idea}"
    text = person.opens(path)
    for part in ("evidence", "team", "repositories", "kin", "demand", "discussion"):
        assert f'id="{part}"><details>' in text, part
        assert f'href="#{part}"' in text.split('class="in-page"')[1].split("</nav>")[0], part
    assert 'id="facts"' in text
    back = f"{path}#discussion"
    refused = person.says("comment.post", 422, idea=idea, body_md="", back=back).text
    assert stands_open(refused, "discussion")
    assert not stands_open(refused, "evidence")
    person.opens(path)
    person.says("comment.post", idea=idea, body_md="見ました。", back=back)
    text = person.opens(path)
    assert stands_open(text, "discussion"), "where a form was done its reader finds what came of it"
    assert not stands_open(person.opens(path), "discussion")


def test_the_part_of_the_next_act_stands_open(small_country: Country) -> None:
    idea = small_country.an_idea()
    text = reader(small_country, HOSHIMORI).opens(f"/ideas/{idea}")
    assert 'href="#demand">「うちも使いたい」と伝える' in text
    assert stands_open(text, "demand")
    asked = reader(small_country, TANTO).opens(f"/ideas/{idea}?criterion=staff_heard")
    assert stands_open(asked, "evidence")


def test_an_act_that_cannot_be_taken_back_asks_first(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}")
    form = text.split('action="/do/idea.withdraw"')[0].rpartition("<details")[2]
    assert form.startswith(' class="confirm"><summary')
    assert "このアイデアを取り下げますか" in form
    refused = person.says("idea.withdraw", 422, idea=idea, reason="").text
    assert (
        refused.split('action="/do/idea.withdraw"')[0]
        .rpartition("<details")[2]
        .startswith(' class="confirm" open>')
    )


def test_the_style_guide_shows_every_component(small_country: Country) -> None:
    """Those that no page calls by itself stand in another one: a colour's chip in its status, a form's post in the frame."""
    rooms = "".join(room.read_text() for room in (TEMPLATES / "components").glob("*.html"))
    guide = "".join((TEMPLATES / name).read_text() for name in ("styleguide.html", "base.html"))
    for name in re.findall(r"{% macro ([a-z]\w*)", rooms):
        assert re.search(rf"\bc\.{name}\(", guide) or len(re.findall(rf"\b{name}\(", rooms)) > 1, name
    text = reader(small_country).opens("/styleguide")
    assert text.count('aria-invalid="true"') == 5
    for state in (
        "いまここ",
        "ここで終了",
        "報告が遅れています",
        "標本数が足りません",
        "最初に戻る",
        "続きを見る",
    ):
        assert state in text, state
