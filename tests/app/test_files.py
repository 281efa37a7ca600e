"""A file of evidence, from the form to the download: handed in, stored under its hash, shown, and given to who may see it."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlmodel import Session, select

from app.route import house
from tests import papers
from tests.app.terminal import Terminal
from tests.app.web import Reader, an_app
from tests.country import HOSHIMORI, OUTSIDER, SHINSA1, TANTO, VENDOR, Country
from workflows.files import receiving, sweeping
from workflows.files.not_now import NotNow
from workflows.files.stores import FolderStore, Missing, digest_of
from workflows.links import check_links
from workflows.tables.files import Upload
from workflows.tables.ideas import Evidence
from workflows.tables.ledger import LedgerEntry

FORM = {"title": "試行の報告", "criterion": "feasible", "reuses": ""}


@pytest.fixture
def app(small_country: Country, tmp_path: Path) -> Flask:
    app = an_app(small_country)
    house(app).files = receiving.Files(FolderStore(tmp_path / "files"))
    return app


def attaches(reader: Reader, idea: str, data: bytes, name: str, status: int = 303, **more: str) -> str:
    reader.opens(f"/ideas/{idea}")
    fields = {"idea": idea, "kind": "file", **FORM, **more}
    return reader.says("evidence.attach", status, **fields, file=(io.BytesIO(data), name)).text


def test_from_the_form_to_the_download(small_country: Country, app: Flask, tmp_path: Path) -> None:
    idea = small_country.an_idea_with_a_team()
    owner = Reader(app, small_country, TANTO)
    owner.opens(f"/ideas/{idea}")
    assert 'enctype="multipart/form-data"' in owner.page.text  # type: ignore[union-attr]
    attaches(owner, idea, papers.pdf(), "../窓口の報告.pdf", kind="link")  # what it is, it says of itself
    page = owner.opens(f"/ideas/{idea}")
    assert "窓口の報告.pdf（PDF、" in page
    ref = f"{idea}-E1"
    with Session(small_country.engine) as session:
        upload = session.exec(select(Upload)).one()
        entry = session.exec(select(LedgerEntry).where(LedgerEntry.action == "evidence.attached")).one()
    kept = (tmp_path / "files" / upload.sha256[:2] / upload.sha256).read_bytes()
    assert digest_of(kept) == upload.sha256
    facts = json.loads(entry.facts)
    assert (facts["sha256"], facts["size"]) == (upload.sha256, len(kept))
    assert facts["type"] == "application/pdf"
    assert "窓口の報告" not in entry.facts

    for who in (TANTO, VENDOR, SHINSA1, HOSHIMORI):
        reader = Reader(app, small_country, who)
        reader.client.get(f"/evidence/{ref}/file", base_url=reader.address)
        sent = reader.client.get(f"/evidence/{ref}/file", base_url=reader.address)
        assert sent.status_code == 303, who
        # Followed by somebody without a session: the link itself is the right, for a minute and once.
        nobody = app.test_client(use_cookies=False)
        answer = nobody.get(sent.location, base_url=reader.address)
        assert answer.status_code == 200, who
        assert answer.data == kept
    head = answer.headers
    assert head["Content-Type"] == "application/pdf"
    assert unquote(head["Content-Disposition"]) == (
        "attachment; filename=file.pdf; filename*=UTF-8''窓口の報告.pdf"
    )
    assert head["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert head["X-Content-Type-Options"] == "nosniff"
    assert head["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in head
    for stranger in (OUTSIDER, None):
        Reader(app, small_country, stranger).opens(f"/evidence/{ref}/file", 404)

    small_country.say(TANTO, "evidence.withdraw", evidence=ref, because="差し替える。")
    again = owner.client.get(f"/evidence/{ref}/file", base_url=owner.address)
    assert owner.client.get(again.location, base_url=owner.address).data == kept


def test_what_is_refused_keeps_what_was_typed(small_country: Country, app: Flask) -> None:
    idea = small_country.an_idea_with_a_team()
    owner = Reader(app, small_country, TANTO)
    page = attaches(owner, idea, papers.zipped({"a": "b"}), "資料.zip", 422)
    assert "圧縮したファイルは受け取りません" in page
    assert "試行の報告" in page
    assert "20 MB を超える" in attaches(owner, idea, b"a" * 20_000_001, "a.txt", 413)
    assert "20 MB を超える" in attaches(owner, idea, b"a" * 60_000_001, "a.txt", 413)
    assert "0 バイト" in attaches(owner, idea, b"", "a.txt", 422)
    # Refused for something else, the file need not be chosen again.
    page = attaches(owner, idea, b"a,b\n", "a.csv", 422, title="")
    kept = re.search(r'type="hidden" name="file" value="([^"]+)"', page)
    assert kept
    assert "受け取っています" in page
    owner.says("evidence.attach", idea=idea, kind="file", file=kept[1], **FORM)
    # Somebody else who knows the reference has nothing of it.
    other = Reader(app, small_country, VENDOR)
    other.opens(f"/ideas/{idea}")
    other.says("evidence.attach", 422, idea=idea, kind="file", file=kept[1], **FORM)
    assert "もう一度選んで" in other.page.text  # type: ignore[union-attr]
    # Who has not signed in (any more) is told so, whatever the size.
    nobody = app.test_client()
    sent = {"Origin": owner.address}
    for size, status in ((10, 403), (3_000_000, 403)):
        form = {"idea": idea, "file": (io.BytesIO(b"a" * size), "a.txt")}
        answer = nobody.post("/do/evidence.attach", base_url=owner.address, data=form, headers=sent)
        assert answer.status_code == status
        assert "サインイン" in answer.text
    with Session(small_country.engine) as session:
        assert len(session.exec(select(Evidence)).all()) == 1


def test_a_double_click_attaches_one_file(small_country: Country, app: Flask) -> None:
    idea = small_country.an_idea_with_a_team()
    owner = Reader(app, small_country, TANTO)
    for _ in range(2):
        attaches(owner, idea, b"a,b\n", "a.csv", once="same")
    with Session(small_country.engine) as session:
        assert len(session.exec(select(Evidence)).all()) == 1
        assert len(session.exec(select(Upload)).all()) == 1


def test_what_no_verb_named_is_swept_away_after_a_day(country: Country, tmp_path: Path) -> None:
    files = receiving.Files(FolderStore(tmp_path))
    idea = country.an_idea_with_a_team()
    engine, store = country.engine, files.store

    def hands_in(words: bytes) -> tuple[str, str]:
        return receiving.receive(engine, files, TANTO, "a.txt", words, country.now), digest_of(words)

    (named, kept), (_, orphan) = hands_in(b"named"), hands_in(b"orphan")
    country.say(TANTO, "evidence.attach", idea=idea, kind="file", title="資料", file=named)
    store.put(lost := digest_of(b"lost"), b"lost")  # its transaction never came to an end
    later = country.now + timedelta(days=365)  # files carry the real time
    assert sweeping.sweep(engine, store, country.now + timedelta(hours=23)) in (0, 1)
    assert sweeping.sweep(engine, store, later) >= 2
    assert store.get(kept) == b"named"
    for gone in (orphan, lost):
        with pytest.raises(Missing):
            store.get(gone)
    assert sweeping.sweep(engine, store, later) == 0


def test_a_database_without_its_files_is_told_how_many_are_missing(
    small_country: Country, tmp_path: Path
) -> None:
    """As after restoring a backup of the database alone."""
    home = tmp_path / "home"
    files = receiving.Files(FolderStore(home / "files"))
    idea = small_country.an_idea_with_a_team()
    for words in (b"one", b"two"):
        named = receiving.receive(small_country.engine, files, TANTO, "a.txt", words, small_country.now)
        small_country.say(TANTO, "evidence.attach", idea=idea, kind="file", title="資料", file=named)
    receiving.receive(small_country.engine, files, TANTO, "a.txt", b"never named", small_country.now)
    terminal = Terminal(small_country.engine.url.render_as_string(hide_password=False))

    def told() -> tuple[str, str]:
        status = terminal.kyoso("--json", "check")
        (line,) = (c for c in json.loads(terminal.out)["checks"] if c["subject"] == "付けられたファイル")
        assert (line["level"] == "error") <= (status == 1)
        return line["level"], line["text"]

    terminal.environ["KYOSO_HOME"] = str(home)
    assert told() == ("ok", f"2 件、すべて {home / 'files'} にあります")
    files.store.delete(digest_of(b"one"))
    level, text = told()
    assert level == "error"
    assert "2 件のうち 1 件" in text
    terminal.environ["KYOSO_HOME"] = str(tmp_path / "elsewhere")
    assert "2 件のうち 2 件" in told()[1]
    backup, restored = tmp_path / "kyoso.backup", Terminal(f"sqlite:///{tmp_path}/restored.db")
    terminal.json("backup", backup)
    restored.environ["KYOSO_HOME"] = str(tmp_path / "elsewhere")
    assert restored.kyoso("restore", backup) == 0, restored.err
    assert "△ 付けられたファイル: データベースにある 2 件のうち 2 件" in restored.out


def test_nobody_fills_the_store_with_what_is_never_attached(
    small_country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 1)
    small_country.an_idea_with_a_team()
    files = receiving.Files(FolderStore(tmp_path))
    receiving.receive(small_country.engine, files, TANTO, "a.txt", b"1", small_country.now)
    receiving.receive(small_country.engine, files, TANTO, "a.txt", b"1", small_country.now)
    with pytest.raises(Exception, match="残っているファイル"):
        receiving.receive(small_country.engine, files, TANTO, "b.txt", b"2", small_country.now)


def test_a_store_that_does_not_answer_keeps_nothing(small_country: Country, app: Flask) -> None:
    class Silent(FolderStore):
        def put(self, digest: str, data: bytes) -> None:
            raise NotNow("ファイルの置き場所が答えません。")

    house(app).files = receiving.Files(Silent(Path("nowhere")))
    idea = small_country.an_idea_with_a_team()
    page = attaches(Reader(app, small_country, TANTO), idea, b"a,b\n", "a.csv", 503)
    assert "置き場所が答えません" in page
    assert "試行の報告" in page
    with Session(small_country.engine) as session:
        assert session.exec(select(Upload)).all() == []


def test_a_stored_file_that_was_changed_is_not_handed_out(
    small_country: Country, app: Flask, tmp_path: Path
) -> None:
    idea = small_country.an_idea_with_a_team()
    owner = Reader(app, small_country, TANTO)
    attaches(owner, idea, b"a,b\n", "a.csv")
    next((tmp_path / "files").glob("??/*")).write_bytes(b"=cmd|x")
    sent = owner.client.get(f"/evidence/{idea}-E1/file", base_url=owner.address)
    answer = owner.client.get(sent.location, base_url=owner.address)
    assert answer.status_code == 503
    assert b"cmd" not in answer.data


def test_a_file_of_the_library_is_for_everyone_version_by_version(small_country: Country, app: Flask) -> None:
    small_country.an_idea_with_a_team()
    town = Reader(app, small_country, TANTO)
    town.opens("/library/new")
    said = {"kind": "manual", "title": "手引", "licence": "CC-BY-4.0", "org": "kazami"}
    town.says("asset.publish", 422, **said)
    assert "本文、リンク、ファイルのどれか" in town.page.text  # type: ignore[union-attr]
    town.says("asset.publish", **said, file=(io.BytesIO(papers.office("docx")), "手引.docx"))
    town.opens("/library/L-0001")
    town.says("asset.revise", asset="L-0001", seen_version="1", file=(io.BytesIO(b"a,b\n"), "表.csv"))
    public = Reader(app, small_country)
    page = public.opens("/library/L-0001")
    for version, start in ((1, b"PK"), (2, b"a,b")):
        address = f"/library/L-0001/{version}/file"
        assert address in page
        sent = public.client.get(address, base_url=public.address)
        assert public.client.get(sent.location, base_url=public.address).data.startswith(start)
    public.opens("/library/L-0001/3/file", 404)


def test_what_is_used_again_and_links_that_do_not_open_are_shown_so(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    link = {"kind": "link", "title": "調査", "url": "https://a.example.jp/"}
    first = small_country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **link).ref
    check_links(small_country.engine, small_country.now, lambda url, seconds: "開けません（404）。")
    owner = Reader(an_app(small_country), small_country, TANTO)
    assert "から開けません" in owner.opens(f"/ideas/{idea}")
    owner.says("evidence.attach", idea=idea, reuses=first, criterion="staff_heard")
    assert f"{first} をもう一度使用" in owner.opens(f"/ideas/{idea}")
    small_country.decide(small_country.a_review(idea), "recycle")
    assert "前の審査までの資料" in owner.opens(f"/ideas/{idea}")
    again = small_country.a_review(idea)
    page = Reader(an_app(small_country), small_country, SHINSA1).opens(f"/reviews/{again}")
    assert "前の審査までの資料" in page
    small_country.now += timedelta(days=400)
    later = Reader(an_app(small_country), small_country, TANTO)
    assert "古いため数えません" in later.opens(f"/ideas/{idea}")
