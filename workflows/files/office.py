"""Excel, Word, PowerPoint (OOXML): a zip that is exactly that, unpacked within bounds, written anew without its authors."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from workflows.files.kinds import ARCHIVE, BROKEN, ENCRYPTED, Cleaned, not_this

MOST_PARTS = 5_000
MOST_UNPACKED = 200_000_000
"""Bytes of all parts: ten times the largest file. Counted as it is unpacked, not as the zip says."""
CONTENT_TYPES, CORE, APP, CUSTOM = (
    "[Content_Types].xml", "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml",
)  # fmt: skip
MAIN = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
}
"""The content type of the main part -> the kind (ECMA-376, part 1, 15.2)."""
RUNS = ("macroenabled", "vbaproject", "vbadata", "activex", "macrosheet", "ms-office.intlmacrosheet")
RUNS_BY_NAME = ("vbaproject.bin", "vbadata.xml", "/activex/", "/macrosheets/", "oleobject", "/customui/")
FETCHES = ("attachedtemplate", "oleobject", "frame", "subdocument")
"""Kinds of relation that open what stands elsewhere as soon as the document is opened."""
NAMES_SOMEBODY = frozenset({"creator", "lastModifiedBy", "Manager", "Company", "HyperlinkBase"})
NO_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
for _prefix, _name in {
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "dcmitype": "http://purl.org/dc/dcmitype/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "vt": "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
}.items():
    Xml.register_namespace(_prefix, _name)  # values such as xsi:type="dcterms:W3CDTF" count on the prefix
MACROS = "マクロなどのプログラムが入っています。マクロのない形式（xlsx・docx・pptx）で保存し直してください。"


def cleaned(data: bytes) -> Cleaned:
    """The document without who made and last saved it, their company, and properties of one's own.

    Refused `invalid`: any other zip, one that is encrypted, with macros or embedded programs, opening something elsewhere,
    or unpacking to more than MOST_UNPACKED bytes.
    """
    parts = dict(_parts(data))
    kind = _kind(parts)
    named = CUSTOM in parts
    for name in (CORE, APP):
        if name in parts:
            parts[name], had = _without_names(parts[name])
            named = named or had
    if CUSTOM in parts:
        parts[CUSTOM] = NO_CUSTOM
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return Cleaned(kind, out.getvalue(), ("author",) if named else ())


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every part, unpacked; what the zip says of sizes is not believed."""
    left, seen = MOST_UNPACKED, set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                raise not_this(ENCRYPTED)
            if CONTENT_TYPES not in packed.namelist():
                raise not_this(ARCHIVE)
            if len(entries) > MOST_PARTS:
                raise _too_much()
            for entry in entries:
                name = entry.filename
                if name in seen or name.startswith("/") or "\\" in name or ".." in name.split("/"):
                    raise not_this(BROKEN)
                seen.add(name)
                if entry.is_dir():
                    continue
                with packed.open(entry) as part:
                    content = part.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _too_much()
                yield name, content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise not_this(BROKEN) from None


def _too_much() -> Exception:
    return not_this("開くと大きくなりすぎるファイルです。画像を減らすか、PDF で保存し直してください。")


def _kind(parts: dict[str, bytes]) -> str:
    """xlsx, docx or pptx by the content type of its one main part."""
    types = [
        (node.get("ContentType") or "").lower()
        for node in _tree(parts[CONTENT_TYPES])
        if node.get("ContentType")
    ]
    names = [f"/{name.lower()}" for name in parts]
    if any(word in kind for kind in types for word in RUNS) or any(
        word in n for n in names for word in RUNS_BY_NAME
    ):
        raise not_this(MACROS)
    for name, content in parts.items():
        if name.lower().endswith(".rels"):
            for node in _tree(content):
                elsewhere = (node.get("TargetMode") or "").lower() == "external"
                if elsewhere and (node.get("Type") or "").lower().endswith(FETCHES):
                    raise not_this(
                        "開くと外のファイルを読みに行く文書です。リンクを解除して保存し直してください。"
                    )
        if content.startswith(b"PK\x03\x04") or content.startswith((b"MZ", b"\xd0\xcf\x11\xe0")):
            _insist_embedded(content)
    found = [MAIN[kind] for kind in types if kind in MAIN]
    if len(found) != 1:
        raise not_this(ARCHIVE)
    return found[0]


def _insist_embedded(content: bytes) -> None:
    """A table behind a chart is itself such a document; anything else that is packed inside is refused."""
    if not content.startswith(b"PK\x03\x04"):
        raise not_this(MACROS)
    inner = dict(_parts(content))
    if any(part.startswith(b"PK\x03\x04") for part in inner.values()):
        raise not_this(ARCHIVE)
    _kind(inner)


def _tree(content: bytes) -> Xml.Element:
    """The XML of a part. OOXML has no document types, and with them no entities that grow."""
    if b"<!DOCTYPE" in content or b"<!\x00D\x00" in content:
        raise not_this(BROKEN)
    try:
        return Xml.fromstring(content)
    except Xml.ParseError:
        raise not_this(BROKEN) from None


def _without_names(content: bytes) -> tuple[bytes, bool]:
    """The properties without who and where; whether there was one."""
    tree = _tree(content)
    named = [node for node in tree if node.tag.rpartition("}")[2] in NAMES_SOMEBODY]
    for node in named:
        tree.remove(node)
    return Xml.tostring(tree, encoding="UTF-8", xml_declaration=True), any(node.text for node in named)
