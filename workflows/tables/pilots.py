"""Pilots: plan, updates, KPIs and what was measured."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from stages.lifecycle import STAGE_KEYS
from workflows.tables.columns import (
    check,
    json,
    key,
    link,
    long_text,
    one_of,
    time,
    together,
    unique_index,
    unique_where,
)

KPI_TYPES = (
    "time_saved",
    "accuracy",
    "answer_rate",
    "self_resolution",
    "active_user_rate",
    "uses_per_user",
    "satisfaction",
    "cost_per_case",
    "escalation_rate",
    "incident_count",
)


class Pilot(SQLModel, table=True):
    __tablename__ = "pilot"
    __table_args__ = (
        one_of("status", ("planned", "running", "finished", "cancelled")),
        one_of("planned_in", STAGE_KEYS),
        check("ends_after_start", "ends_on >= starts_on"),
        check("cost_counted", "cost_yen >= 0"),
        check("running_has_start", "status IN ('planned', 'cancelled') OR started_at IS NOT NULL"),
        check("finished_has_end", "(status = 'finished') = (finished_at IS NOT NULL)"),
        check("started_is_frozen", "started_at IS NULL OR frozen_at IS NOT NULL"),
        together("frozen_whole", "frozen_at", "frozen_by_id"),
        unique_where("uq_pilot_one_at_a_time", "status IN ('planned', 'running')", "idea_id"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    version: int = 1
    idea_id: int = link("idea")
    planned_in: str
    site_id: int = link("organization")
    vendor_id: int = link("organization")
    starts_on: date
    ends_on: date
    plan_md: str = long_text()
    plan_html: str = long_text()
    stop_rule: str = long_text()
    cost_yen: int
    budget_deadline: date
    status: str = "planned"
    planned_by_id: int = link("person")
    planned_at: datetime = time()
    frozen_at: datetime | None = time(None)
    frozen_by_id: int | None = link("person", optional=True)
    started_at: datetime | None = time(None)
    finished_at: datetime | None = time(None)
    cancelled_at: datetime | None = time(None)
    closing_md: str = long_text("")
    closing_html: str = long_text("")


class PilotUpdate(SQLModel, table=True):
    __tablename__ = "pilot_update"
    __table_args__ = (
        one_of("health", ("green", "amber", "red")),
        check("progress_percent", "progress BETWEEN 0 AND 100"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    pilot_id: int = link("pilot")
    health: str
    progress: int
    summary_md: str = long_text()
    summary_html: str = long_text()
    blockers: list[str] = json(default_factory=list)
    reported_by_id: int = link("person")
    reported_at: datetime = time()


class Kpi(SQLModel, table=True):
    """What a pilot is measured by. Frozen with its pilot; an abandoned one stays and counts as not met."""

    __tablename__ = "kpi"
    __table_args__ = (
        one_of("type", KPI_TYPES),
        one_of("direction", ("up", "down")),
        check("min_n_counts", "min_n >= 1"),
        together("abandoned_whole", "abandoned_at", "abandoned_because"),
        unique_index("uq_kpi_key", "pilot_id", "key"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    pilot_id: int = link("pilot")
    key: str
    type: str
    name: str
    unit: str
    direction: str
    target: float
    min_n: int
    defined_at: datetime = time()
    abandoned_at: datetime | None = time(None)
    abandoned_because: str | None = long_text(None)


class Measurement(SQLModel, table=True):
    """One measuring of a KPI in one arm: successes of n, or mean and sd of n, or the samples themselves."""

    __tablename__ = "measurement"
    __table_args__ = (
        one_of("arm", ("baseline", "pilot")),
        check("period_in_order", "period_to >= period_from"),
        check("n_counts", "n >= 1"),
        check("successes_within_n", "successes IS NULL OR (successes >= 0 AND successes <= n)"),
        check("sd_not_negative", "sd IS NULL OR sd >= 0"),
        check("one_shape", "(successes IS NULL) <> (mean IS NULL) AND (mean IS NULL) = (sd IS NULL)"),
        together("voided_whole", "voided_at", "void_because"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    kpi_id: int = link("kpi")
    visit_id: int = link("visit")
    arm: str
    period_from: date
    period_to: date
    method: str = long_text()
    successes: int | None = None
    n: int
    mean: float | None = None
    sd: float | None = None
    samples: list[float] | None = json(None)
    org_id: int = link("organization")
    measured_by_id: int = link("person")
    recorded_at: datetime = time()
    voided_at: datetime | None = time(None)
    void_because: str | None = long_text(None)
