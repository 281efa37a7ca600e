"""Story 01 with a stand-in GitHub instead of snapshots: what the story says of the repository is shown there and looked at."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

import workflows
import workflows.registry
from app.stand_in import StandIn, StandInRefused
from tests.forges.asking import asking
from tests.forges.emulated import TOKEN, Emulated, seed
from workflows.runtime.scenario import play, read_scenarios
from workflows.tables.repositories import Snapshot

STORY = next((Path(workflows.__file__).parent / "stories").glob("01-*.yaml"))
AFTER = Path(__file__).parents[1] / "forges" / "stories" / "01-after-the-flag.yaml"


def test_archived_after_the_flag_suspended_and_restored(
    engine: sa.Engine, emulate: Callable[[Mapping[str, Any]], Emulated]
) -> None:
    forge = emulate(seed())
    steps = read_scenarios([(path.name, path.read_bytes()) for path in (STORY, AFTER)])
    played = list(play(engine, steps, StandIn(forge.url, TOKEN, asking(forge, engine))))
    assert len(played) == len(steps)
    with Session(engine) as session:
        shots = session.exec(select(Snapshot).order_by(col(Snapshot.id))).all()
    assert {shot.source for shot in shots} == {"sync"}
    assert [bool(shot.facts.get("archived")) for shot in shots[-4:]] == [False, True, False, False]
    assert shots[-1].facts["gone"] is True
    assert shots[3].facts["commits_by_contributor"] == {"dev-a": 120, "dev-b": 64, "dev-c": 31}


@pytest.mark.parametrize(
    "url", ["https://api.github.com", "http://10.0.0.1:4001", "http://localhost.example.jp"]
)
def test_no_story_writes_to_a_server_elsewhere(url: str) -> None:
    with pytest.raises(StandInRefused, match="この計算機の中"):
        StandIn(url, TOKEN, None)  # type: ignore[arg-type]
