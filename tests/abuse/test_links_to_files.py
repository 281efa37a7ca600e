"""Files by guessed, forged, replayed, late or passed-on links.

Decidim CVE-2025-65017: private exports of others could be downloaded by whoever guessed their address. Decidim CVE-2026-45377:
a download link went on working for whoever had once seen it.
"""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.route import house
from tests.app.web import Reader, an_app, person_id
from tests.country import KANRI, TANTO, VENDOR, Country
from workflows.files.receiving import Files
from workflows.files.stores import FolderStore
from workflows.tables.columns import SQLModel


@pytest.fixture
def app(small_country: Country, tmp_path: Path) -> Flask:
    app = an_app(small_country)
    house(app).files = Files(FolderStore(tmp_path))
    return app


def a_file(app: Flask, country: Country) -> str:
    """Evidence with a file, by its reference."""
    idea = country.an_idea_with_a_team()
    owner = Reader(app, country, TANTO)
    owner.opens(f"/ideas/{idea}")
    file = (io.BytesIO(b"a,b\n"), "a.csv")
    owner.says("evidence.attach", idea=idea, kind="file", title="資料", file=file)
    return f"{idea}-E1"


def a_link(app: Flask, country: Country, ref: str, who: str = TANTO) -> str:
    reader = Reader(app, country, who)
    return str(reader.client.get(f"/evidence/{ref}/file", base_url=reader.address).location)


def followed(app: Flask, link: str) -> int:
    return app.test_client().get(link, base_url=house(app).config.base_url).status_code


def test_a_link_replayed_or_followed_late_opens_nothing(small_country: Country, app: Flask) -> None:
    ref = a_file(app, small_country)
    link = a_link(app, small_country, ref)
    assert app.test_client().head(link).status_code == 200  # a look alone does not use it up
    assert [followed(app, link) for _ in range(3)] == [200, 403, 403]
    late = a_link(app, small_country, ref)
    small_country.now += timedelta(seconds=61)
    assert followed(app, late) == 403


def test_a_guessed_or_changed_link_is_no_link(small_country: Country, app: Flask) -> None:
    ref = a_file(app, small_country)
    link = a_link(app, small_country, ref)
    payload, _, mark = link.removeprefix("/files/").rpartition(".")
    elsewhere = an_app(small_country)
    house(elsewhere).files = house(app).files
    elsewhere.extensions["kyoso"].config = house(app).config.__class__(
        **{**vars(house(app).config), "secret": "another secret, of another installation, as long"}
    )
    forged = a_link(elsewhere, small_country, ref)
    for guess in (
        f"/files/{payload}.{mark[:-2]}AA",
        f"/files/{payload[:-1]}.{mark}",
        f"/files/{ref}",
        "/files/1",
        "/files/..%2f..%2fkyoso.db",
        forged,
    ):
        assert followed(app, guess) == 404, guess
    assert followed(app, link) == 200


def test_a_link_ends_with_the_right_of_whoever_it_was_made_for(small_country: Country, app: Flask) -> None:
    ref = a_file(app, small_country)
    link = a_link(app, small_country, ref, VENDOR)
    table = SQLModel.metadata.tables["membership"]
    with small_country.engine.begin() as connection:
        left = table.c.user_id == person_id(small_country, VENDOR)
        connection.execute(sa.update(table).where(left).values(ended_at=small_country.now))
    assert followed(app, link) == 404


def test_the_number_of_an_upload_is_no_way_to_it(small_country: Country, app: Flask) -> None:
    ref = a_file(app, small_country)
    for path in (f"/evidence/{ref.replace('E1', 'E2')}/file", "/evidence/1/file", "/library/L-0001/1/file"):
        Reader(app, small_country, KANRI).opens(path, 404)
