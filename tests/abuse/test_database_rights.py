"""The database role that docs/operating.md gives the pages and the clock: enough for all they do, and for nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

import workflows
from app import identity
from app.db import create_engine
from tests.app.web import Reader, an_app
from tests.country import Country
from tests.databases import Server
from tests.shelves import Plot
from workflows.runtime.clock import run_minute
from workflows.runtime.scenario import play, read_scenarios

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
STORY = Path(workflows.__file__).parent / "stories" / "03-high-risk.yaml"
ROLE = "kyoso_web"
NOT_THEIRS = (
    "CREATE TABLE more (id int)", "ALTER TABLE idea ADD COLUMN more int", "DROP TABLE message", "TRUNCATE message",
    "CREATE INDEX more ON idea (title)", "CREATE SCHEMA more", "CREATE ROLE more", "ALTER ROLE kyoso_web SUPERUSER",
    "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE RULE more AS ON DELETE TO idea DO INSTEAD NOTHING", "ALTER TABLE idea DISABLE TRIGGER ALL",
    "COPY idea TO PROGRAM 'cat'", "COPY idea TO '/tmp/kyoso-idea'", "SELECT pg_read_file('/etc/passwd')",
    "UPDATE ledger_entry SET previous = ''", "DELETE FROM ledger_entry", "UPDATE anchor SET root = ''",
    "DELETE FROM anchor_head", "UPDATE alembic_version SET version_num = 'x'", "SELECT setval('idea_id_seq', 1)",
)  # fmt: skip


@pytest.fixture
def role(postgresql: Server, postgresql_plot: Plot) -> Iterator[sa.Engine]:
    """The plot's database, as that role sees it."""
    if not postgresql.is_ours:
        pytest.skip("KYOSO_TEST_DATABASE_URL: roles there are not ours to make")
    owner = postgresql_plot.engine
    (script,) = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {ROLE}")
        connection.exec_driver_sql(script.replace("FOR ROLE kyoso ", f"FOR ROLE {owner.url.username} "))
    engine = create_engine(owner.url.set(username=ROLE).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def test_a_role_that_may_only_read_and_write_rows_plays_a_story_and_serves_and_may_nothing_else(
    role: sa.Engine,
) -> None:
    steps = read_scenarios([(STORY.name, STORY.read_bytes())])
    assert len(list(play(role, steps))) == len(steps) > 50
    with role.connect() as connection:
        last = connection.execute(sa.text("SELECT max(at) FROM ledger_entry")).scalar_one()
        email = connection.execute(sa.text("SELECT min(email) FROM person")).scalar_one()
    led, done = run_minute(role, last + timedelta(days=1))
    assert led
    assert done["anchor"] == 1
    country = Country(role, peopled=False)
    country.now = last + timedelta(days=1)
    identity.set_password(role, email, "風見の丘に三本の杉がある")
    reader = Reader(an_app(country), country)
    reader.opens("/sign-in")
    reader.posts("/sign-in", email=email, password="風見の丘に三本の杉がある")
    assert "R8-0001" in reader.opens("/ideas")
    for sql in NOT_THEIRS:
        with pytest.raises(ProgrammingError) as refused, role.begin() as connection:
            connection.exec_driver_sql(sql)
        assert getattr(refused.value.orig, "sqlstate", "") == "42501", sql
