"""`python -m app.migrations "what changes"`: the next migration written from the tables, and the schema dump tests start from."""

import sys
import tempfile
from pathlib import Path

from app import schema
from app.db import create_engine, sqlite

SCHEMAS = Path(__file__).parents[2] / "tests" / "schemas"


def main() -> int:
    """Writes versions/NNNN_words.py against a database migrated so far, then tests/schemas/NNNN.sql as it makes it."""
    if len(sys.argv) != 2:
        print('usage: python -m app.migrations "what changes"', file=sys.stderr)
        return 2
    number = f"{len(list((schema.MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/kyoso.db", may_create=True)
        if number != "0001":
            schema.migrate(engine)
        print(schema.write_migration(engine, sys.argv[1], number))
        schema.migrate(engine)
        engine.dispose()
        print(dump_schema(Path(folder) / "kyoso.db", SCHEMAS / f"{number}.sql"))
    return 0


def dump_schema(database: Path, to: Path) -> Path:
    """The tables, indexes and triggers of a SQLite file and its revision, without any rows, as SQL that makes them again. The
    tables in which a virtual one keeps its words are made with it."""
    connection = sqlite.connect(database)
    made = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN"
        " (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY type = 'trigger', type DESC, name"
    ).fetchall()
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()
    lines = [f"{_in_order(sql)};" for (sql,) in made] + [
        f"INSERT INTO alembic_version VALUES ('{revision}');",
        "",
    ]
    to.write_text("\n".join(lines), "utf-8")
    return to


def _in_order(sql: str) -> str:
    """A table's constraints by name: one that a migration had to copy has them in an order that differs from run to run."""
    lines = sql.split("\n")
    at = [n for n, line in enumerate(lines) if line.startswith("\tCONSTRAINT ")]
    found = sorted(lines[n].rstrip(", ") for n in at)
    for n, text in zip(at, found, strict=True):
        lines[n] = text if n == at[-1] else f"{text}, "
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
