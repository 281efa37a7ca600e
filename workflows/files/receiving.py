"""A file handed in: scanned, opened apart, cleaned, stored under its hash. What no verb then names is swept away (sweeping.py)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from workflows.files import names
from workflows.files.apart import cleaned_apart
from workflows.files.kinds import Cleaned, insist_on_size
from workflows.files.scanner import Scanner
from workflows.files.stores import Store, digest_of
from workflows.runtime.actors import speaker
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import take_turns, writing
from workflows.tables.assets import AssetVersion
from workflows.tables.files import Upload
from workflows.tables.ideas import Evidence

MOST_WAITING = 20
"""Files of one person that no verb has named yet: who is refused again and again sends the same file, not another."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where contents are kept, and who looks at them first; without a scanner nobody does."""

    store: Store
    scanner: Scanner | None = None


def turn_of(digest: str) -> int:
    """The key by which storing and sweeping one content take turns: neither sees the half of the other."""
    return int(digest[:15], 16)


def unnamed() -> tuple[object, ...]:
    """The conditions under which an upload is of no use to anything."""
    return (
        ~select(Evidence.id).where(Evidence.upload_id == Upload.id).exists(),
        ~select(AssetVersion.id).where(AssetVersion.upload_id == Upload.id).exists(),
    )


def receive(engine: Engine, files: Files, as_: str, sent_name: str, data: bytes, now: datetime) -> str:
    """The reference by which the same person's verb can name the file.

    Refused `invalid` or `too_large` (see kinds.cleaned and the scanner), `too_many` with MOST_WAITING files that no verb
    has named. Raises NotNow where scanner or store do not answer. Handing in the same again gives the same reference.
    """
    insist_on_size(len(data))
    if files.scanner:
        files.scanner.insist_on_clean(data)
    found = cleaned_apart(sent_name, data)
    digest, name = digest_of(found.data), names.tidy(sent_name, found.kind)
    with writing(engine) as session:
        # What is swept away and what is stored again take turns: a row never loses its content to a sweep that began before.
        take_turns(session, turn_of(digest))
        who = speaker(session, as_).user_id
        if who is None:
            raise Refused("not_permitted", "ファイルを渡せるのは、登録された利用者だけです。")
        same = select(Upload).where(
            Upload.uploaded_by_id == who, Upload.sha256 == digest, Upload.name == name
        )
        upload = session.exec(same).first()
        if upload is None:
            _insist_on_room(session, who)
            upload = _upload(found, name, digest, who, files.scanner is not None)
        upload.uploaded_at, upload.scanned = now, files.scanner is not None
        session.add(upload)
        session.flush()
        files.store.put(digest, found.data)
        return upload.ref


def _upload(found: Cleaned, name: str, digest: str, who: int, scanned: bool) -> Upload:
    return Upload(
        ref=f"F-{secrets.token_urlsafe(12)}",
        sha256=digest,
        size=len(found.data),
        kind=found.kind,
        name=name,
        taken_off=list(found.taken_off),
        scanned=scanned,
        uploaded_by_id=who,
    )


def _insist_on_room(session: Session, who: int) -> None:
    waiting = session.exec(
        select(func.count(col(Upload.id))).where(Upload.uploaded_by_id == who, *unnamed())  # type: ignore[arg-type]
    ).one()
    if waiting >= MOST_WAITING:
        sentence = f"付けられずに残っているファイルが {MOST_WAITING} 個あります。一日たつと消えます。それまで待つか、渡したものから付けてください。"
        raise Refused("too_many", sentence, {"file": sentence})
