"""Ideathons and hackathons on their pages: opened and closed by the agency, filled by municipalities, seen by all."""

from tests.app.web import Reader, many_ideas, reader, statements
from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, OUTSIDER, TANTO, VENDOR, Country
from workflows.tables.columns import SQLModel

OPENED = {
    "name": "夏のハッカソン",
    "kind": "hackathon",
    "theme": "窓口の待ち時間",
    "host": "digital-agency",
    "starts_at": "令和8年4月10日 10:00",
    "ends_at": "２０２６/４/１１ １７：００",
    "submissions_close_at": "2026年4月9日 17:00",
    "description_md": "- 10:00 開会\r\n- 17:00 閉会",
    "slug": "hack-2026",
}


def test_a_coordinator_opens_revises_and_closes_an_event(country: Country) -> None:
    person = reader(country, JIMUKYOKU)
    person.opens("/events")
    assert "/do/event.open" in person.forms()
    sent = person.says("event.open", 303, **OPENED)
    assert sent.headers["Location"] == "/events/hack-2026"
    text = person.opens("/events/hack-2026")
    for shown in (
        "夏のハッカソン",
        "2026年4月10日 10:00",
        "2026年4月11日 17:00",
        "<li>10:00 開会</li>",
        "あと 8 日",
    ):
        assert shown in text, shown
    assert {"/do/event.revise", "/do/event.close"} <= person.forms()
    revised = {k: v for k, v in OPENED.items() if k != "slug"} | {"theme": "別のテーマ", "description_md": ""}
    person.says("event.revise", 303, event="hack-2026", **revised)
    text = person.opens("/events/hack-2026")
    assert "別のテーマ" in text
    assert "案内はまだ書かれていません" in text
    person.says("event.close", 303, event="hack-2026")
    text = person.opens("/events/hack-2026")
    assert "イベントは終了しました" in text
    assert not person.forms() & {"/do/event.revise", "/do/event.close", "/do/challenge.post"}


def test_a_wrong_event_is_kept_with_a_sentence_at_its_field(small_country: Country) -> None:
    person = reader(small_country, JIMUKYOKU)
    person.opens("/events")
    text = person.says("event.open", 422, **(OPENED | {"starts_at": "あした"})).text
    assert 'value="あした"' in text
    assert 'aria-invalid="true"' in text
    person.opens("/events")
    text = person.says("event.open", 422, **(OPENED | {"ends_at": "2026/4/1 9:00"})).text
    assert "終わりが始まりより前です" in text
    assert "夏のハッカソン" in text
    small_country.an_event("hack-2026")
    person.opens("/events")
    assert "すでにあります" in person.says("event.open", 409, **OPENED).text


def test_a_municipality_posts_a_challenge_and_answers_one(country: Country) -> None:
    event = country.an_event()
    person = reader(country, HOSHIMORI)
    person.opens(f"/events/{event}")
    assert "/do/challenge.post" in person.forms()
    person.says(
        "challenge.post", 303, event=event, title="返事が遅い", field="移住", body_md="平均 **四日** かかる。"
    )
    text = reader(country, TANTO).opens(f"/events/{event}")
    assert "<strong>四日</strong>" in text
    assert f'href="/ideas/new?event={event}&amp;challenge={event}-1"' in text
    country.an_idea("返事の下書き", event=event, challenge_ref=f"{event}-1")
    text = person.opens(f"/events/{event}")
    assert "こたえるアイデア 1 件" in text
    assert "R8-0001" in text


def test_everyone_sees_an_event_but_each_only_their_part_of_its_ideas(small_country: Country) -> None:
    event = small_country.an_event()
    posted = small_country.say(
        HOSHIMORI, "challenge.post", event=event, title="返事が遅い", body_md="四日", field="移住"
    ).ref
    draft = small_country.a_draft("だれにも見せない下書き", event=event)
    idea = small_country.an_idea("窓口の返事", event=event, challenge_ref=posted)
    small_country.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="一緒に。")
    small_country.say(TANTO, "team.accept", idea=idea, org="kazemirai")

    def table(who: str | None) -> str:
        return (
            reader(small_country, who).opens(f"/events/{event}").split('id="ideas"')[1].split("</section>")[0]
        )

    assert draft in table(TANTO)
    for who in (HOSHIMORI, JIMUKYOKU, VENDOR):
        seen = table(who)
        assert idea in seen
        assert "株式会社カゼミライ" in seen
        assert "返事が遅い" in seen
        assert draft not in seen
    seen = table(OUTSIDER)
    assert idea in seen
    for hidden in ("風見市", "株式会社カゼミライ", "返事が遅い"):
        assert hidden not in seen, hidden
    assert idea not in table(None)
    assert "返事が遅い" in reader(small_country).opens(f"/events/{event}")
    reader(small_country).opens("/events/nothing", 404)


def test_forms_of_an_event_are_shown_only_to_who_may_say_them_now(small_country: Country) -> None:
    event = small_country.an_event()

    def forms(who: str | None) -> set[str]:
        person = reader(small_country, who)
        person.opens(f"/events/{event}")
        return {f.removeprefix("/do/") for f in person.forms()} - {"/sign-out"}

    assert forms(JIMUKYOKU) == {"event.revise", "event.close"}
    assert forms(TANTO) == {"challenge.post"}
    for who in (VENDOR, OUTSIDER, KANRI, None):
        assert forms(who) == set()
    small_country.pass_days(41)
    assert forms(TANTO) == set()
    assert "締め切りました" in reader(small_country, TANTO).opens(f"/events/{event}")


def test_a_challenge_that_comes_too_late_is_refused_and_kept(small_country: Country) -> None:
    event = small_country.an_event()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/events/{event}")
    small_country.say(JIMUKYOKU, "event.close", event=event)
    sent = {"event": event, "title": "遅れた課題", "field": "移住", "body_md": "書いたもの"}
    text = person.says("challenge.post", 409, **sent).text
    assert "終了しました" in text
    assert "書いたもの" in text, "what was typed can still be copied"


def test_the_projector_shows_the_day_and_renews_itself(small_country: Country) -> None:
    event = small_country.an_event()
    small_country.an_idea("窓口の返事", event=event)
    text = reader(small_country, JIMUKYOKU).opens(f"/events/{event}/projector")
    assert 'hx-trigger="every 20s"' in text
    assert "窓口の返事" in text
    assert 'http-equiv="refresh"' not in text
    assert f'href="/events/{event}/projector"' in text, "a way to read it again by hand"


def test_a_draft_is_not_put_on_the_wall(small_country: Country) -> None:
    event = small_country.an_event()
    small_country.a_draft("まだ内緒のこと", event=event)
    writer = reader(small_country, TANTO)
    assert "まだ内緒のこと" in writer.opens(f"/events/{event}")
    assert "まだ内緒のこと" not in writer.opens(f"/events/{event}/projector")


def many_events(country: Country, count: int) -> None:
    """So many more events, copies of one row."""
    country.an_event("moto")
    table = SQLModel.metadata.tables["event"]
    with country.engine.begin() as connection:
        row = dict(connection.execute(table.select()).mappings().first() or {})
        last = row.pop("id")
        copies = [{**row, "slug": f"e{last}-{i}", "name": f"催し {i}"} for i in range(count)]
        connection.execute(table.insert(), copies)


def test_events_page_by_key(country: Country) -> None:
    many_events(country, 45)
    person = reader(country)
    found: list[str] = []
    path: str | None = "/events"
    while path:
        text = person.opens(path)
        found += [part.split('"')[0] for part in text.split('href="/events/')[1:]]
        path = text.split('href="/events?')[-1].split('"')[0] if "続きを見る" in text else None
        path = f"/events?{path}".replace("&amp;", "&") if path else None
    assert len(found) == len(set(found)) == 46
    person.opens("/events?after=nonsense", 422)


def test_the_statements_of_event_pages_do_not_grow(small_country: Country) -> None:
    event = small_country.an_event()
    paths = ("/events", f"/events/{event}", f"/events/{event}/projector")

    def asked(person: Reader) -> list[int]:
        counts = []
        for path in paths:
            with statements(small_country.engine) as said:
                person.opens(path)
            counts.append(len(said))
        return counts

    def more(ideas: int, challenges: int) -> None:
        many_ideas(small_country, ideas)
        for _ in range(challenges):
            sent = {"title": "課題", "body_md": "本文", "field": "窓口"}
            small_country.say(HOSHIMORI, "challenge.post", event=event, **sent)
        with small_country.engine.begin() as connection:
            connection.execute(SQLModel.metadata.tables["idea"].update().values(event_id=1))

    person = reader(small_country, TANTO)
    more(3, 2)
    person.opens("/events")
    few = asked(person)
    more(500, 20)
    many_events(small_country, 30)
    assert asked(person) == few


def test_the_pages_are_there_in_english(small_country: Country) -> None:
    event = small_country.an_event()
    person = reader(small_country, TANTO)
    for path, words in (
        (f"/events/{event}?lang=en", "Post a challenge"),
        (f"/events/{event}/projector", "Renewed every 20 seconds"),
        ("/ideas/new", "Save the draft"),
        ("/ideas", "Latest move first"),
        ("/ideas/board", "See the list"),
    ):
        assert words in person.opens(path), path
