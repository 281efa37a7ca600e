"""The library: prompts, applications, datasets, quality rules, manuals, usage rules, in versions."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, key, link, long_text, one_of, time, together, unique_index

ASSET_KINDS = {
    "prompt": "プロンプト",
    "application": "アプリケーション",
    "dataset": "データセット",
    "quality_rule": "品質の決まり",
    "manual": "手引",
    "usage_rules": "利用ルール",
}


class Asset(SQLModel, table=True):
    __tablename__ = "asset"
    __table_args__ = (
        one_of("kind", ASSET_KINDS),
        together("retired_whole", "retired_at", "retired_by_id"),
        check(
            "reason_of_a_retirement",
            "retired_at IS NOT NULL OR (retired_because IS NULL AND succeeded_by_id IS NULL)",
        ),
        check("not_its_own_successor", "succeeded_by_id IS NULL OR succeeded_by_id <> id"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    kind: str
    idea_id: int | None = link("idea", optional=True)
    org_id: int = link("organization")
    forked_from_id: int | None = link("asset", optional=True)
    forked_version: int | None = None
    """Which version of that one was copied; not known of what was forked before this was kept."""
    current_version: int = 1
    published_at: datetime = time()
    retired_at: datetime | None = time(None)
    retired_by_id: int | None = link("person", optional=True)
    retired_because: str | None = long_text(None)
    succeeded_by_id: int | None = link("asset", optional=True)


class AssetVersion(SQLModel, table=True):
    __tablename__ = "asset_version"
    __table_args__ = (
        check("has_content", "body_md <> '' OR url IS NOT NULL OR upload_id IS NOT NULL"),
        unique_index("uq_asset_version_once", "asset_id", "number"),
    )
    id: int = key()
    asset_id: int = link("asset")
    number: int
    title: str
    body_md: str = long_text("")
    body_html: str = long_text("")
    url: str | None = None
    upload_id: int | None = link("upload", optional=True)
    licence: str
    model: str | None = None
    permitted_data_class: str | None = None
    test_cases: list[dict[str, Any]] | None = json(None)
    """Of a prompt: `PromptCase` of workflows/prompt_cases.py."""
    published_by_id: int = link("person")
    published_at: datetime = time()


class AssetUse(SQLModel, table=True):
    __tablename__ = "asset_use"
    __table_args__ = (
        check("minutes_counted", "minutes_saved_per_case IS NULL OR minutes_saved_per_case >= 0"),
    )
    id: int = key()
    asset_id: int = link("asset")
    version: int
    org_id: int = link("organization")
    effect_note: str = long_text("")
    minutes_saved_per_case: float | None = None
    used_by_id: int = link("person")
    used_at: datetime = time()


class AssetRun(SQLModel, table=True):
    """An answer that a prompt's test case brought, pasted by who ran it, and which properties it had."""

    __tablename__ = "asset_run"
    __table_args__ = (check("case_counted", "case_number >= 1"),)
    id: int = key()
    asset_id: int = link("asset")
    version: int
    case_number: int
    org_id: int = link("organization")
    model: str
    output: str = long_text()
    results: list[dict[str, Any]] = json()
    """{kind, about, held} of each expected property, as it was checked then."""
    run_by_id: int = link("person")
    run_at: datetime = time()
