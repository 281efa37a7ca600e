"""A file that was handed in, named by the verb that makes use of it."""

from typing import Any

from workflows.files.kinds import MEDIA_TYPES
from workflows.runtime.refusal import invalid
from workflows.runtime.work import Work
from workflows.tables.files import Upload


def uploaded(work: Work, ref: str | None) -> Upload | None:
    """The file of a reference that the actor handed in. Refused `invalid`: whoever guesses another's gets nothing."""
    if ref is None:
        return None
    found = work.find(Upload, ref=ref, uploaded_by_id=work.user_id)
    if found is None:
        raise invalid("file", "このファイルは、もう残っていません。もう一度選んでください。")
    return found


def ledger_facts(upload: Upload | None) -> dict[str, Any]:
    """What the ledger says of a file. Its name is not among it: names of files tell of people."""
    if upload is None:
        return {}
    return {"sha256": upload.sha256, "size": upload.size, "type": MEDIA_TYPES[upload.kind]}
