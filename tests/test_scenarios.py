"""The acceptance stories of the package and those of this folder, each played as written, on both databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa

import workflows
import workflows.registry
from tests import locking
from workflows.demo import ACCEPTANCE
from workflows.runtime.scenario import play, read_scenarios

# The other stories of the package are told from today: `kyoso demo` writes their dates before it plays them.
PACKAGED = sorted(
    f for f in (Path(workflows.__file__).parent / "stories").glob("*.yaml") if ACCEPTANCE.fullmatch(f.name)
)
HERE = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def as_written(engine: sa.Engine, *stories: Path) -> None:
    """Plays the stories into one database; every step must go as written, and on PostgreSQL hold the rows it must."""
    if engine.dialect.name == "postgresql":
        locking.watch(engine)
    steps = read_scenarios([(story.name, story.read_bytes()) for story in stories])
    assert len(list(play(engine, steps))) == len(steps) > 0


@pytest.mark.parametrize("story", [*PACKAGED, *HERE], ids=lambda story: story.stem)
def test_the_story_goes_as_written(story: Path, engine: sa.Engine) -> None:
    as_written(engine, story)


def test_the_acceptance_stories_go_together_in_one_country(engine: sa.Engine) -> None:
    assert len(PACKAGED) == 3
    as_written(engine, *PACKAGED)
