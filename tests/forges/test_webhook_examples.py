"""All payloads of @octokit/webhooks-examples sent to a served application: what is heard, what is ignored, what is left behind."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlmodel import Session, select
from werkzeug.serving import WSGIRequestHandler, make_server

from app.route import house
from tests.app.web import an_app
from tests.conftest import SUMMARY
from tests.country import VENDOR, Country
from tests.hooks import SECRET, signed, works
from workflows.github.webhooks import HEARD
from workflows.tables.repositories import HookDelivery, Repository

Examples = Sequence[tuple[str, Mapping[str, Any]]]


class Quiet(WSGIRequestHandler):
    """Answers without a line a request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(app: Flask) -> Iterator[http.client.HTTPConnection]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        thread.join()


def send_all(app: Flask, examples: Examples, *, secret: str = SECRET) -> Counter[tuple[int, str]]:
    """Status and answer of each example, as often as it came."""
    came: Counter[tuple[int, str]] = Counter()
    with serving(app) as connection:
        for number, (event, payload) in enumerate(examples):
            body = json.dumps(payload).encode()
            headers = {
                "Content-Type": "application/json",
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": f"example-{number}",
                "X-Hub-Signature-256": signed(body, secret),
                # As from many addresses: 329 wrong signatures from one are not all read.
                "X-Forwarded-For": f"192.0.2.{number % 250}",
            }
            connection.request("POST", "/hooks/github", body, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            came[answer.status, said.get("heard") or said.get("reason")] += 1
    return came


def hearing(country: Country) -> Flask:
    app = an_app(country, KYOSO_PROXIES="127.0.0.1")
    object.__setattr__(house(app).config, "github_webhook_secrets", (SECRET,))
    return app


def names_in(examples: Examples) -> list[str]:
    """Every repository that an example of a heard event names, once for each spelling of its name."""
    found = set()
    for event, payload in examples:
        if event in HEARD:
            lists = (
                payload.get(n) or [] for n in ("repositories", "repositories_added", "repositories_removed")
            )
            entries = [entry for entries in lists for entry in entries]
            found |= {entry["full_name"] for entry in (*entries, payload.get("repository") or {}) if entry}
    return sorted(found)


def test_examples_about_repositories_that_are_not_linked_leave_nothing(
    small_country: Country, webhook_examples: Examples
) -> None:
    small_country.say(
        VENDOR, "repo.link", idea=small_country.an_idea_with_a_team(), full_name="kazemirai/faq"
    )
    before = small_country.everything()
    assert send_all(hearing(small_country), webhook_examples) == {(202, "ignored"): 329}
    assert small_country.everything() == before


def test_examples_with_a_wrong_signature_are_refused_each(
    small_country: Country, webhook_examples: Examples
) -> None:
    before = small_country.everything()
    came = send_all(hearing(small_country), webhook_examples, secret="another secret of the same length")
    assert came == {(401, "wrong_signature"): 329}
    assert small_country.everything() == before


def test_examples_about_linked_repositories_are_heard_or_ignored_and_none_is_an_error(
    country: Country, webhook_examples: Examples, record_property: Any
) -> None:
    idea = country.an_idea_with_a_team()
    for name in names_in(webhook_examples):
        country.say(VENDOR, "repo.link", idea=idea, full_name=name)
    app = hearing(country)
    came = send_all(app, webhook_examples)
    again = send_all(app, webhook_examples)
    assert sum(came.values()) == 329
    assert set(came) == {(202, "queued"), (202, "ignored")}
    assert again == {(409, "duplicate"): came[202, "queued"], (202, "ignored"): came[202, "ignored"]}
    with Session(country.engine) as session:
        events = Counter(session.exec(select(HookDelivery.event)))
        rows = len(session.exec(select(HookDelivery.delivery)).all())
    assert set(events) == set(HEARD)
    assert works(country) > 0
    assert works(country) == 0
    with Session(country.engine) as session:
        assert country.now in session.exec(select(Repository.sync_asked_at)).all()
    record_property(
        SUMMARY,
        f"webhook examples ({country.engine.dialect.name}): {came[202, 'queued']} queued ({rows} rows), "
        f"{came[202, 'ignored']} ignored, 329 refused with a wrong signature, 0 errors",
    )
