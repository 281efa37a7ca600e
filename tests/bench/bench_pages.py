"""Each page under gunicorn with wrk, beside a floor measured in the same run; how it grows with the ideas; its SQL statements."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import identity
from app.db import create_engine
from tests.app.web import Reader, an_app, many_ideas, person_id, statements
from tests.country import HOSHIMORI_KESSAI, JIMUKYOKU, KANSA, SHINSA1, TANTO, VENDOR, Country
from tests.shelves import Shelf

FEW = 1_000
PAGES: dict[str, tuple[str, str | None]] = {
    "ホーム（だれでも）": ("/", None),
    "ホーム（担当者）": ("/", TANTO),
    "ホーム（審査者）": ("/", SHINSA1),
    "アイデアの一覧": ("/ideas", TANTO),
    "アイデアの一覧（絞り込み）": ("/ideas?stage=ideathon&q=%E6%97%A5", TANTO),
    "アイデアの板": ("/ideas/board", TANTO),
    "アイデア": ("/ideas/R8-0001", TANTO),
    "実証": ("/pilots/R8-0001-P1", VENDOR),
    "審査の机": ("/reviews", JIMUKYOKU),
    "審査": ("/reviews/{review}", SHINSA1),
    "是正事項": ("/actions", SHINSA1),
    "プロダクトの一覧": ("/products", None),
    "プロダクト": ("/products/madoguchi-faq", None),
    "展開": ("/rollout/madoguchi-faq", JIMUKYOKU),
    "うちの団体": ("/municipalities/hoshimori", HOSHIMORI_KESSAI),
    "ライブラリ": ("/library", None),
    "イベント": ("/events", None),
    "台帳": ("/ledger/R8-0001", KANSA),
}
"""What is measured -> its address, and who asks for it."""


@pytest.fixture(scope="module")
def country(sqlite_shelf: Shelf) -> Iterator[Country]:
    """A product flagged for the nation with its 1,791 targets, and as many further ideas as asked for."""
    with sqlite_shelf.plot() as plot:
        found = Country(plot)
        found.a_flagged_product()
        found.pass_days(1)
        found.tick()
        yield found


def test_pages_beside_a_bare_view_and_from_few_ideas_to_many(
    country: Country, request: pytest.FixtureRequest
) -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        pytest.skip("wrk is not installed (apt-get install wrk)")
    seconds, most = request.config.getoption("--seconds"), request.config.getoption("--ideas")
    with country.engine.connect() as connection:
        review = connection.execute(sa.text("SELECT ref FROM review ORDER BY id DESC")).scalar()
    pages = {name: (path.format(review=review), who) for name, (path, who) in PAGES.items()}
    many_ideas(country, FEW)
    before = measured(country, pages, wrk, seconds)
    many_ideas(country, most - FEW)
    after = measured(country, pages, wrk, seconds)
    print(
        f"\n{'page':<22}{'SQL':>5}{'rows':>6}{'KB':>6}{'ms':>8}{'floor ms':>10}{'ratio':>7}{f'  at {most:,}':>12}{'growth':>8}"
    )
    for name, (sql, rows, size, page, floor) in before.items():
        if name not in after:
            continue
        sql_after, *_, later, _floor = after[name]
        growth = later / page
        mark = "" if sql == sql_after else f"  SQL {sql} -> {sql_after}"
        print(
            f"{name:<22}{sql:>5}{rows:>6}{size / 1000:>6.0f}{page:>8.1f}{floor:>10.1f}{page / floor:>7.1f}{later:>12.1f}{growth:>8.2f}{mark}"
        )


Row = tuple[int, int, int, float, float]


def measured(
    country: Country, pages: dict[str, tuple[str, str | None]], wrk: str, seconds: int
) -> dict[str, Row]:
    """Of each page: SQL statements, rows shown, bytes, milliseconds of the page and of its floor, at one request at a time."""
    app = an_app(country)
    found = {}
    with country.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()
    url = country.engine.url.render_as_string(hide_password=False)
    engine = create_engine(url)
    with served(url, "app:create_app()") as product, served(url, "tests.bench.floor:floor()") as floor:
        for name, (path, who) in pages.items():
            reader = Reader(app, country, who)
            with statements(country.engine) as said:
                answer = reader.client.get(path, base_url=reader.address)
            if answer.status_code != 200:
                print(f"\n{name}: {path} answers {answer.status_code}, left out")
                continue
            rows = len(re.findall(r"<(?:tr|li|article)\b", answer.text))
            cookie = ""
            if who:
                secret, _ = identity.start(
                    engine, person_id(country, who), country.now.now(country.now.tzinfo)
                )
                cookie = f"kyoso={secret}"
            size = len(answer.data)
            page_ms = latency(wrk, f"{product}{path}", seconds, cookie)
            floor_ms = latency(wrk, f"{floor}/?rows={max(rows, 1)}&bytes={size}", seconds)
            found[name] = (len(said), rows, size, page_ms, floor_ms)
    engine.dispose()
    return found


def latency(wrk: str, url: str, seconds: int, cookie: str = "") -> float:
    """Milliseconds of a request, the mean of as many as fit, one after the other. Fails where an answer is not 2xx."""
    headers = ["-H", f"Cookie: {cookie}"] if cookie else []
    said = subprocess.run(
        [wrk, "-t1", "-c1", f"-d{seconds}s", *headers, url], capture_output=True, text=True, check=True
    ).stdout
    assert "Non-2xx" not in said, (url, said)
    count, took = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said).groups()[:2]  # type: ignore[union-attr]
    return float(took) / int(count) * 1000


@contextmanager
def served(database: str, application: str) -> Iterator[str]:
    """The address at which gunicorn serves an application over a database, one worker as in `make run`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        **os.environ, "KYOSO_DATABASE_URL": database, "KYOSO_SECRET": "a secret of the benchmark, long enough", "KYOSO_DEMO": "0",
        "KYOSO_BASE_URL": f"http://127.0.0.1:{port}", "KYOSO_ENV": "development",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", application],
        env=environ, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_it_answers(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_it_answers(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
