"""How soon a webhook is answered by gunicorn: with nothing else to do, beside a sync, and beside one that never pauses to ask GitHub."""

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.bench.bench_pages import served
from tests.country import VENDOR, Country
from tests.hooks import FULL_NAME, SECRET, a_payload, a_repository, signed, works

DELIVERIES, AT_ONCE = 500, 4
ASKING_SECONDS = 0.05
"""What a look at one repository waits for GitHub at the least: ten requests of 5 ms."""
PADDING = [{"id": "0" * 40, "message": "x" * 200, "modified": ["app/file.py"] * 20}] * 20
"""Makes a delivery as large as a push of twenty commits, about 15 KB."""


def test_a_delivery_is_answered_in_milliseconds_while_others_write(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYOSO_GITHUB_WEBHOOK_SECRETS", SECRET)
    monkeypatch.setenv("KYOSO_PROXIES", "127.0.0.1")  # many addresses, as deliveries of many come
    country.say(VENDOR, "repo.link", idea=country.an_idea_with_a_team(), full_name=FULL_NAME)
    country.snapshot()
    with served(country.engine.url.render_as_string(hide_password=False), "app:create_app()") as address:
        deliver(country, address, "warm", 50)
        say(country, "linked, nothing else", deliver(country, address, "quiet", DELIVERIES))
        for name, pause in (("beside a sync", ASKING_SECONDS), ("beside writes without a pause", 0.0)):
            with at_work(lambda: country.snapshot(), pause) as kept:
                say(
                    country,
                    f"linked, {name}",
                    deliver(country, address, f"linked-{pause}".replace(".", "-"), DELIVERIES),
                )
                foreign = deliver(country, address, "foreign", DELIVERIES, "yosomono/x", 7)
                say(country, f"not linked, {name}", foreign)
            print(
                f"    looks kept meanwhile: {kept['times']:.0f}, {kept['times'] / kept['seconds']:.0f} a second"
            )
        start = time.perf_counter()
        worked = works(country)
        print(f"    worked through: {worked} in {time.perf_counter() - start:.1f} s")
        assert worked == 3 * DELIVERIES + 50


def deliver(
    country: Country, address: str, name: str, number: int, full_name: str = FULL_NAME, forge_id: int = 1
) -> list[float]:
    """Seconds until each of so many deliveries was answered, several being under way at any moment."""
    payload = a_payload(None, a_repository(country.now, full_name, forge_id), commits=PADDING)
    body = json.dumps(payload).encode()
    took: list[float] = []
    refused: Counter[int] = Counter()

    def send(part: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        for n in range(part, number, AT_ONCE):
            headers = {
                "X-GitHub-Event": "push",
                "X-GitHub-Delivery": f"{name}-{n}",
                "X-Hub-Signature-256": signed(body),
                "X-Forwarded-For": f"192.0.2.{n % 250}",
                "Content-Type": "application/json",
            }
            start = time.perf_counter()
            connection.request("POST", "/hooks/github", body, headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - start)
            refused[answer.status] += 1

    threads = [threading.Thread(target=send, args=(part,)) for part in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == {202: number}
    return took


@contextmanager
def at_work(act: Callable[[], object], pause: float) -> Iterator[dict[str, float]]:
    """Does it again and again beside the block, with a pause between; how often, and in how many seconds."""
    over, done = threading.Event(), {"times": 0.0, "seconds": 0.0}
    start = time.perf_counter()

    def work() -> None:
        while not over.is_set():
            act()
            done["times"] += 1
            over.wait(pause)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()
        done["seconds"] = time.perf_counter() - start


def say(country: Country, what: str, took: list[float]) -> None:
    ms = sorted(second * 1000 for second in took)
    cut = statistics.quantiles(ms, n=100)
    print(
        f"\n{country.engine.dialect.name}, {what}: {len(ms)} answers, median {cut[49]:.1f} ms, p99 {cut[98]:.1f} ms, most {ms[-1]:.1f} ms"
    )
