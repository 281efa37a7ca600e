"""The files of the demo are real ones: they pass what every file passes, and one is used again."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from app import demo_files
from app.db import reading
from tests.country import TANTO, Country
from workflows.calendar import tokyo_day
from workflows.files.receiving import Files
from workflows.files.stores import FolderStore
from workflows.tables.files import Upload
from workflows.tables.ideas import Evidence, Idea


def test_the_files_are_attached_once_when_their_day_comes(
    small_country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = small_country
    number = country.an_idea()
    with reading(country.engine) as session:
        title = session.exec(select(Idea.title).where(Idea.number == number)).one()
    monkeypatch.setattr(demo_files, "WHO", TANTO)
    monkeypatch.setattr(demo_files, "IDEA", title)
    today = tokyo_day(country.now) + timedelta(days=demo_files.DAYS_AGO)
    handed_in = demo_files.HandedIn(country.engine, Files(FolderStore(tmp_path)), today)
    handed_in.come_to(country.now - timedelta(days=1))
    assert not handed_in.done
    for day in (1, 2):
        handed_in.come_to(country.now + timedelta(days=day))
    with reading(country.engine) as session:
        attached = session.exec(select(Evidence).order_by(Evidence.id)).all()  # type: ignore[arg-type]
        kinds = session.exec(select(Upload.kind).order_by(Upload.id)).all()  # type: ignore[arg-type]
    assert kinds == ["pdf", "csv", "png"]
    assert len(attached) == 4
    assert attached[-1].reuses_id == attached[-2].id
