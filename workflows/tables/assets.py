"""The library: prompts, applications, datasets, quality rules, manuals, usage rules, in versions."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, key, link, long_text, one_of, time, together, unique_where

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
    __table_args__ = (one_of("kind", ASSET_KINDS), together("retired_whole", "retired_at", "retired_by_id"))
    id: int = key()
    ref: str = Field(unique=True)
    kind: str
    idea_id: int | None = link("idea", optional=True)
    org_id: int = link("organization")
    forked_from_id: int | None = link("asset", optional=True)
    current_version: int = 1
    published_at: datetime = time()
    retired_at: datetime | None = time(None)
    retired_by_id: int | None = link("person", optional=True)


class AssetVersion(SQLModel, table=True):
    __tablename__ = "asset_version"
    __table_args__ = (
        check("has_content", "body_md <> '' OR url IS NOT NULL OR upload_id IS NOT NULL"),
        unique_where("uq_asset_version_once", "id IS NOT NULL", "asset_id", "number"),
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
