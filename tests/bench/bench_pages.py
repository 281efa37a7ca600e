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
from tests.app.web import Reader, an_app, person_id, statements
from tests.country import HOSHIMORI_KESSAI, JIMUKYOKU, KANSA, SHINSA1, TANTO, VENDOR, Country
from tests.nation import a_nation_of_ideas
from tests.shelves import Shelf

PAGES: dict[str, tuple[str, str | None]] = {
    "ホーム（だれでも）": ("/", None),
    "ホーム（担当者）": ("/", TANTO),
    "ホーム（審査者）": ("/", SHINSA1),
    "アイデアの一覧": ("/ideas", TANTO),
    "アイデアの一覧（絞り込み）": ("/ideas?stage=ideathon&q=%E7%AA%93%E5%8F%A3", TANTO),
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
    seconds = request.config.getoption("--seconds")
    sizes = sorted(int(size) for size in request.config.getoption("--ideas").split(","))
    with country.engine.connect() as connection:
        review = connection.execute(sa.text("SELECT ref FROM review ORDER BY id DESC")).scalar()
    pages = {name: (path.format(review=review), who) for name, (path, who) in PAGES.items()}
    found, there = [], 0
    for size in sizes:
        began = time.perf_counter()
        a_nation_of_ideas(country, there + 1, size - there)
        print(f"\n{size:,} ideas: {time.perf_counter() - began:.0f} s to fill in {size - there:,}")
        there = size
        found.append(measured(country, pages, wrk, seconds))
    say(sizes, found)
    for name, (sql, *_) in found[0].items():
        assert [at_size[name][0] for at_size in found] == [sql] * len(found), name


def say(sizes: list[int], found: list[dict[str, "Row"]]) -> None:
    """Of each page: its statements and milliseconds beside the floor's at each size, their ratio, and how the page grows."""
    columns = "".join(f"{f'{size:,}':>10}{'floor':>7}{'ratio':>7}" for size in sizes)
    print(f"\n{'SQL':>4}{'rows':>6}{'KB':>5}{columns}{'growth':>8}  page")
    for name, (sql, rows, kilobytes, first, _) in found[0].items():
        took = [at_size[name][3:] for at_size in found]
        shown = "".join(f"{page:>10.1f}{floor:>7.1f}{page / floor:>7.1f}" for page, floor in took)
        print(
            f"{sql:>4}{rows:>6}{kilobytes / 1000:>5.0f}{shown}{took[-1][0] / first:>8.2f}  {name}", flush=True
        )


Row = tuple[int, int, int, float, float]


def measured(
    country: Country, pages: dict[str, tuple[str, str | None]], wrk: str, seconds: int
) -> dict[str, Row]:
    """Of each page: SQL statements, rows shown, bytes, milliseconds of the page and of its floor, at one request at a time."""
    app = an_app(country)
    found = {}
    url = country.engine.url.render_as_string(hide_password=False)
    engine = create_engine(url)
    with served(url, "app:create_app()") as product, served(url, "tests.bench.floor:floor()") as floor:
        for name, (path, who) in pages.items():
            reader = Reader(app, country, who)
            reader.client.get(path, base_url=reader.address)
            with statements(country.engine) as said:
                answer = reader.client.get(path, base_url=reader.address)
            assert answer.status_code == 200, (name, path, answer.status_code)
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
    # The first request of a page compiles its template and its statements, which is no part of its speed.
    urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=60).close()
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
        "KYOSO_BASE_URL": f"http://127.0.0.1:{port}", "KYOSO_ENV": "development", "KYOSO_REQUIRE_SECOND_FACTOR": "none",
        "KYOSO_RATE_LIMITS": "0",
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
