"""PDF: opened and written anew, without who made it; nothing inside that is locked, runs, or is another file."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from workflows.files.kinds import BROKEN, ENCRYPTED, Cleaned, not_this

RUNS = frozenset({"/JavaScript", "/Launch", "/ImportData"})
"""Kinds of action that run something (ISO 32000-1, 12.6.4)."""
SIGNED = 1
"""The bit of /SigFlags that says that there is a signature (ISO 32000-1, table 219)."""
DEEPEST = 4


def cleaned(data: bytes) -> Cleaned:
    """The PDF without its document information and XMP; refused `invalid` where it is encrypted, even if only against
    printing, holds files or scripts, or cannot be read. One that is signed stays as it is: a signature holds no longer
    for what has been written anew."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise not_this(ENCRYPTED) from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise not_this(BROKEN) from None
    with pdf:
        if pdf.is_encrypted:
            raise not_this(ENCRYPTED)
        try:
            _insist_on_nothing_inside(pdf)
            if int(pdf.Root.get("/AcroForm", pikepdf.Dictionary()).get("/SigFlags", 0)) & SIGNED:
                return _signed(data)
            named = bool(pdf.trailer.get("/Info")) or "/Metadata" in pdf.Root
            out = io.BytesIO()
            del pdf.docinfo
            with contextlib.suppress(KeyError):
                del pdf.Root["/Metadata"]
            pdf.save(out, deterministic_id=True)
        except (pikepdf.PdfError, ValueError, TypeError, AttributeError, RuntimeError):
            raise not_this(BROKEN) from None
    return Cleaned("pdf", out.getvalue(), ("author",) if named else ())


def _signed(data: bytes) -> Cleaned:
    if not data.rstrip(b"\x00\r\n \t").endswith(b"%%EOF"):
        raise not_this(BROKEN)  # something else stands behind it
    return Cleaned("pdf", data)


def _insist_on_nothing_inside(pdf: pikepdf.Pdf) -> None:
    if not len(pdf.pages):
        raise not_this(BROKEN)
    if len(pdf.attachments):
        raise not_this("PDF の中に別のファイルが入っています。取り出して、一つずつ付けてください。")
    if "/JavaScript" in pdf.Root.get("/Names", pikepdf.Dictionary()) or any(map(_runs, _dictionaries(pdf))):
        raise not_this(
            "PDF の中にプログラムが入っています。「PDF として印刷」などで、中身だけの PDF にしてください。"
        )


def _runs(entry: Any) -> bool:
    return str(entry.get("/S", "")) in RUNS or str(entry.get("/Subtype", "")) == "/FileAttachment"


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary of the document: those with a number of their own, and those written inside them."""
    for thing in pdf.objects:
        yield from _inside(thing, DEEPEST)


def _inside(thing: Any, deeper: int) -> Iterator[Any]:
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        yield thing
        parts = [value for _, value in thing.items()]
    elif isinstance(thing, pikepdf.Array):
        parts = list(thing)
    else:
        return
    for part in parts if deeper else ():
        if isinstance(part, pikepdf.Object) and not part.is_indirect:
            yield from _inside(part, deeper - 1)
