"""When something goes wrong a page says what happened and what to do, and never how the machine looks inside."""

import logging
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import create_app
from app.route import house
from tests.app.web import Reader, an_app, reader
from tests.country import HOSHIMORI, KANRI, KANSA, KESSAI, TANTO, Country
from tests.shelves import MIGRATED, SQLiteShelf


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
    assert any(
        number[1] in r.getMessage() and "ZeroDivisionError: a bug" in r.getMessage() for r in caplog.records
    )
    assert "ZeroDivisionError" not in text
    assert "Traceback" not in text


def test_a_surprise_below_an_address_with_a_number_is_logged_too(
    small_country: Country, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the address brought along is left out of the log; a whole number among it once stopped the logging itself."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("app.readings.file_of", broken)
    with caplog.at_level(logging.ERROR):
        assert "番号:" in reader(small_country).opens("/library/L-0001/1/file", 500)
    assert "ZeroDivisionError: a bug" in caplog.text


def settings(file: Path, **more: str) -> dict[str, str]:
    secret = "a secret of the tests, long enough for production"
    return {
        "KYOSO_ENV": "production",
        "KYOSO_SECRET": secret,
        "KYOSO_DATABASE_URL": f"sqlite:///{file}",
        **more,
    }


def test_a_database_that_is_not_there_is_said_and_mended_without_a_restart(
    sqlite_shelf: SQLiteShelf, tmp_path: Path
) -> None:
    file = tmp_path / "later.db"
    client = create_app(settings(file, KYOSO_ENV="development")).test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "kyoso migrate" in answer.text
    assert answer.headers["Retry-After"]
    assert client.get("/static/look/x/frame.css").status_code == 200
    file.write_bytes(sqlite_shelf.file(MIGRATED).read_bytes())
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
    sqlite_shelf: SQLiteShelf, tmp_path: Path, revision: str | None, said: str
) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(sqlite_shelf.file(MIGRATED).read_bytes())
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


def test_a_locked_database_is_said_and_a_page_is_still_read(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waits too long is told so; readers never wait for it."""
    monkeypatch.setattr("app.db.WAIT_SECONDS", 0.1)
    idea = small_country.an_idea()
    app = an_app(small_country)
    person = Reader(app, small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    with house(app).engine.connect() as other:
        other.execute(sa.text("UPDATE idea SET title = title"))
        refused = person.says("idea.follow", 503, idea=idea)
        assert "混み合っていて" in refused.text
        person.opens(f"/ideas/{idea}")
        other.rollback()


# -- every status by a real cause ------------------------------------------------------------------------------------------


def stands_in_the_house(text: str, heading: str) -> str:
    """The page's sentences, after it was seen to have the header, one heading and a way on."""
    assert 'class="site-head"' in text
    assert re.findall(r"<h1>([^<]+)</h1>", text) == [heading]
    main = text.split("<main")[1].split("</main>")[0]
    assert 'href="/"' in main, "a way on"
    return re.sub(r"<[^>]+>", "", main)


def test_whoever_is_signed_in_keeps_the_whole_header_on_an_error_page(small_country: Country) -> None:
    """An address that is no page once had the public's header, and told who was signed in to sign in."""
    for who, link in ((TANTO, "うちの団体"), (KANSA, "台帳"), (KANRI, "管理")):
        person = reader(small_country, who)
        known = person.opens("/").split("</header>")[0]
        text = person.opens("/nowhere", 404)
        assert re.findall(r">([^<]+)</a>", text.split("</header>")[0]) == re.findall(r">([^<]+)</a>", known)
        assert link in text
        said = stands_in_the_house(text, "ページが見つかりません")
        assert "サインインしてください" not in said
        assert "管理者に役割を確かめてください" in said


def test_a_link_to_what_one_may_not_see_is_as_one_to_nothing(small_country: Country) -> None:
    draft = small_country.a_draft("内緒の下書き")
    for who in (HOSHIMORI, None):
        person = reader(small_country, who)
        hidden, none = (person.opens(f"/ideas/{number}", 404) for number in (draft, "R8-9999"))
        assert stands_in_the_house(hidden, "ページが見つかりません")
        assert [re.sub(r"R8-\d{4}|token\" value=\"[^\"]+", "", text) for text in (hidden, none)] == [
            re.sub(r"R8-\d{4}|token\" value=\"[^\"]+", "", text) for text in (none, none)
        ]


def test_a_form_from_another_site_is_403(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    text = person.says("idea.follow", 403, headers={"Sec-Fetch-Site": "cross-site"}, idea=idea).text
    assert "このサイトのページを開いて、やり直してください" in stands_in_the_house(
        text, "この操作はできません"
    )


def test_an_act_whose_page_is_no_more_seen_is_409_or_403_by_itself(small_country: Country) -> None:
    """The page of the form would be shown again; where the form came from none, the error page says the same."""
    idea = small_country.an_idea()
    for who, status, heading, said in (
        (KESSAI, 409, "いまはできません", "できません"),
        (HOSHIMORI, 403, "この操作はできません", "役割"),
    ):
        person = reader(small_country, who)
        person.opens(f"/ideas/{idea}")
        text = person.says("idea.submit", status, idea=idea, back="/ideas/R8-9999").text
        assert said in stands_in_the_house(text, heading)


def test_a_form_beyond_all_bounds_is_413(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    text = person.says("comment.post", 413, idea=idea, body_md="あ" * 700_000).text
    assert "分けて送ってください" in stands_in_the_house(text, "送られた内容が大きすぎます")
    assert "うちの団体" in text


def test_what_cannot_be_read_is_422_on_its_page_or_by_itself(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    on_its_page = person.says("comment.post", 422, idea=idea, body_md="").text
    assert "窓口FAQ下書き支援</h1>" in on_its_page
    by_itself = person.says("comment.post", 422, idea=idea, body_md="", back="/ideas/R8-9999").text
    assert "確かめて" in stands_in_the_house(by_itself, "入力を確かめてください")


def test_too_many_wrong_passwords_are_429_on_the_page_of_the_form(small_country: Country) -> None:
    person = reader(small_country)
    for status in (403, 403, 403, 403, 403, 429):
        person.opens("/sign-in")
        tried = person.posts("/sign-in", status, email=TANTO, password="wrong")
    assert "ほど待ってから、もう一度入れてください" in tried.text
    assert int(tried.headers["Retry-After"]) >= 1
    assert 'class="site-head"' in tried.text


def test_a_bug_and_a_busy_database_stand_in_the_house_too(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = reader(small_country, TANTO)
    for error, status, heading, said in (
        (ZeroDivisionError("a bug"), 500, "思わぬ誤りが起きました", "下の番号を添えて"),
        (sa.exc.TimeoutError(), 503, "いまは使えません", "少し待ってから"),
    ):

        def broken(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("workflows.queries.home.home", broken)
        assert said in stands_in_the_house(person.opens("/", status), heading)
