"""A reader of the pages in tests: somebody of the country, or the public, with a browser that keeps cookies."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlmodel import select
from werkzeug.test import TestResponse

from app import create_app, identity
from app.db import reading
from app.route import house
from app.security import cookie_name
from tests.country import Country
from workflows.tables.columns import SQLModel
from workflows.tables.people import User

HTTPS = "https://kyoso.example.go.jp"


class Compiled(BytecodeCache):
    """Templates compiled once in a process, as a served program does it, and not for the app of every test."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def an_app(
    country: Country,
    *,
    demo: bool = False,
    base_url: str = "http://localhost",
    env: str = "development",
    two_factors: str = "none",
    home: Path | None = None,
    **settings: str,
) -> Flask:
    """The web application over the country's database and by its clock; without limits on how often, since no test waits.

    `two_factors`: of whom they are asked. `settings` are further ones, by name.
    """
    environ = {
        "KYOSO_HOME": str(home or ""),
        "KYOSO_ENV": env,
        "KYOSO_DEMO": "1" if demo else "0",
        "KYOSO_DATABASE_URL": country.engine.url.render_as_string(hide_password=False),
        "KYOSO_SECRET": "a secret of the tests, long enough for production",
        "KYOSO_BASE_URL": base_url,
        "KYOSO_RATE_LIMITS": "0",
        "KYOSO_REQUIRE_SECOND_FACTOR": two_factors,
        **settings,
    }
    app = create_app(environ)
    house(app).engine = country.engine
    house(app).now = lambda: country.now
    app.jinja_env.bytecode_cache = COMPILED
    return app


def person_id(country: Country, email: str) -> int:
    with reading(country.engine) as session:
        return session.exec(select(User.id).where(User.email == email)).one()


class Reader:
    """The public, or the person of a mail address, in front of a page."""

    def __init__(self, app: Flask, country: Country, who: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.country = country
        self.address = house(app).config.base_url
        self.page: TestResponse | None = None
        self.path = "/"
        if who is not None:
            secret, _ = identity.start(country.engine, person_id(country, who), country.now)
            with app.app_context():
                self.client.set_cookie(cookie_name(), secret, domain=self.address.split("//")[1])

    def opens(self, path: str, status: int = 200) -> str:
        """The page as text; fails unless it answers with this status."""
        self.page = self.client.get(path, base_url=self.address)
        self.path = path
        assert self.page.status_code == status, (path, self.page.status_code, self.page.text[:2000])
        return self.page.text

    def forms(self) -> set[str]:
        """The addresses that the open page's forms post to."""
        assert self.page is not None
        return set(re.findall(r'<form[^>]* method="post" action="([^"]+)"', self.page.text))

    def token(self) -> str:
        assert self.page is not None
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        assert found, "no form on the page"
        return found[1]

    def posts(
        self, path: str, status: int = 303, /, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        """Sends a form of the open page with its token, as a browser would; fails unless it is answered with this status."""
        # A browser calls the origin of a page that sends no referrer `null` (Fetch, §3.2 "append a request Origin header").
        silent = self.page is not None and self.page.headers.get("Referrer-Policy") == "no-referrer"
        origin = "null" if silent else self.address
        sent = {"Origin": origin, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        data = {"csrf_token": self.token(), **fields}
        self.page = self.client.post(path, base_url=self.address, data=data, headers=sent)
        assert self.page.status_code == status, (path, self.page.status_code, self.page.text[:2000])
        return self.page

    def says(
        self, verb: str, status: int = 303, /, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        """Sends the form of a verb from the page that was opened last."""
        return self.posts(f"/do/{verb}", status, headers=headers, **{"back": self.path, **fields})


def reader(country: Country, who: str | None = None) -> Reader:
    return Reader(an_app(country), country, who)


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The SQL statements of a block, without the SQLite connection's own setting, which stands from one use to the next."""
    said: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.startswith("PRAGMA"):
            said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def many_ideas(country: Country, count: int) -> None:
    """So many more ideas, copies of one row."""
    idea = country.an_idea("もと")
    table = SQLModel.metadata.tables["idea"]
    with country.engine.begin() as connection:
        row = dict(connection.execute(sa.select(table).where(table.c.number == idea)).mappings().one())
        last = row.pop("id")
        copies = [
            {**row, "number": f"R{last}-{i:04d}", "title": f"同じ日のアイデア {i}"}
            for i in range(1, count + 1)
        ]
        connection.execute(sa.insert(table), copies)
