"""The runs of a prompt's test cases, as they were pasted and checked. For members: what they hold is as their organizations wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select

from workflows.prompt_cases import all_held
from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed, latest_first
from workflows.tables.assets import Asset, AssetRun
from workflows.tables.people import Organization


@dataclass(frozen=True, slots=True)
class Run:
    """`results` are {kind, about, held}, as they were found when it was recorded."""

    org: str
    version: int
    case: int
    model: str
    output: str
    results: Sequence[dict[str, Any]]
    run_at: datetime

    @property
    def held(self) -> bool:
        """Everything expected was there."""
        return all_held(self.results)


def _statement(asset: Asset, *conditions: Any) -> Any:
    columns: list[Any] = [
        Organization.name, AssetRun.version, AssetRun.case_number, AssetRun.model, AssetRun.output, AssetRun.results,
        AssetRun.run_at,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Organization, col(Organization.id) == AssetRun.org_id)
        .where(AssetRun.asset_id == asset.id, *conditions)
    )


def latest_runs(eyes: Eyes, asset: Asset) -> dict[int, Run]:
    """The latest run of each case of the version that is published now. One statement."""
    latest = (
        select(func.max(AssetRun.id))
        .where(AssetRun.asset_id == asset.id, AssetRun.version == asset.current_version)
        .group_by(col(AssetRun.case_number))
    )
    rows = eyes.session.execute(_statement(asset, col(AssetRun.id).in_(latest))).all()
    return {run.case: run for run in (Run(*row) for row in rows)}


def runs_of(eyes: Eyes, asset: Asset, after: str | None) -> Listed[Run]:
    """A page of all runs, the latest first. One statement. Refused `invalid` for a key that no page gave."""
    listed = latest_first(eyes.session, _statement(asset), col(AssetRun.id), after)
    return Listed([Run(*row[:-1]) for row in listed.rows], listed.after)
