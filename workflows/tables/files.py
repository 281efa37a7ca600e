"""Files that people handed in: what each is, who handed it in. The contents are in the store, by their digest."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, key, link, long_text, time, unique_index


class Upload(SQLModel, table=True):
    """A file that somebody handed in, checked and stored; of no use until a verb names it. Handing in the same again finds
    the same row, so that a form sent twice says the same."""

    __tablename__ = "upload"
    __table_args__ = (
        check("digest_whole", "length(sha256) = 64"),
        check("size_counted", "size > 0"),
        unique_index("uq_upload_same", "uploaded_by_id", "sha256", "name"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    sha256: str = Field(index=True)
    size: int
    kind: str
    name: str
    taken_off: list[str] = json()
    scanned: bool
    uploaded_by_id: int = link("person")
    uploaded_at: datetime = time()


class LinkCheck(SQLModel, table=True):
    """Whether what a link leads to answered when the clock last asked, and since when that is so."""

    __tablename__ = "link_check"
    __table_args__ = (
        check("unreachable_has_why", "reachable OR why IS NOT NULL"),
        check("since_before", "since <= checked_at"),
    )
    id: int = key()
    url: str = Field(unique=True)
    reachable: bool
    since: datetime = time()
    checked_at: datetime = time(index=True)
    why: str | None = long_text(None)
