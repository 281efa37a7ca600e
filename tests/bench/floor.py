"""The floor that pages are measured against: a bare Flask view that selects as many rows and renders as much HTML.

Served by gunicorn as the product is: `gunicorn "tests.bench.floor:floor()"`. It signs nobody in, asks no permission, and knows
nothing of the domain.
"""

import os

import sqlalchemy as sa
from flask import Flask, render_template_string, request

TEMPLATE = """<!doctype html><html lang="ja"><title>{{ rows | length }}</title><main><ul>
{% for row in rows %}<li><a href="/{{ row.number }}">{{ row.title }}</a> {{ row.status }} {{ filler }}</li>
{% endfor %}</ul></main></html>"""


def floor() -> Flask:
    """`/?rows=N&bytes=M`: N rows of the idea table, about M bytes of HTML."""
    engine = sa.create_engine(os.environ["KYOSO_DATABASE_URL"])
    app = Flask(__name__)

    @app.get("/")
    def bare() -> str:
        rows, size = request.args.get("rows", 1, int), request.args.get("bytes", 1000, int)
        with engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT number, title, status FROM idea ORDER BY id LIMIT :n"), {"n": rows}
            ).all()
        return render_template_string(
            TEMPLATE, rows=found, filler="あ" * max(0, size // max(rows, 1) // 3 - 40)
        )

    return app
