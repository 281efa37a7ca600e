"""What a file is, is told by its content; what nobody can check, or what runs, is refused; who made it is taken off."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from PIL import Image

from tests import papers
from workflows.files import kinds
from workflows.files.apart import cleaned_apart
from workflows.files.kinds import cleaned
from workflows.files.names import tidy
from workflows.runtime.refusal import Refused

PPAP = "PPAP"
SECRET = pikepdf.Encryption(owner="o", user="u")
OWNER_ONLY = pikepdf.Encryption(owner="o", user="", allow=pikepdf.Permissions(print_highres=False))


def script(made: Any) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def script_of_a_page(made: Any) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)
    made.pages[0].obj.Annots = pikepdf.Array([link])


def file_inside(made: Any) -> None:
    made.attachments["a.exe"] = b"MZ"


def signed(made: Any) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array([]))


HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
TAR = b"a.txt".ljust(257, b"\0") + b"ustar" + b"\0" * 250
MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"

REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.pdf", lambda: b"", "0 バイト"),
    "html": ("a.html", lambda: HTML, "ウェブページ"),
    "html called text": ("a.txt", lambda: HTML, "ウェブページ"),
    "html behind a mark of order": ("a.csv", lambda: "\ufeff 一,二\n<script>".encode(), "ウェブページ"),
    "svg": ("a.svg", lambda: SVG, "ウェブページ"),
    "svg called png": ("a.png", lambda: SVG, "ウェブページ"),
    "script of a shell": ("a.txt", lambda: b"#!/bin/sh\n", "プログラム"),
    "batch": ("a.bat", lambda: b"del /s *\r\n", ".csv か .txt"),
    "program of Windows": ("a.exe", lambda: b"MZ\x90\0", "プログラム"),
    "program called pdf": ("a.pdf", lambda: b"\x7fELF\x02", "プログラム"),
    "zip": ("a.zip", lambda: papers.zipped({"a.txt": "x"}), "圧縮"),
    "empty zip": ("a.zip", lambda: papers.zipped({}), "圧縮"),
    "encrypted zip": ("a.zip", lambda: papers.encrypted(papers.zipped({"a.txt": "x"})), PPAP),
    "jar": ("a.jar", lambda: papers.zipped({"META-INF/MANIFEST.MF": "x"}), "圧縮"),
    "gzip": ("a.csv", lambda: gzip.compress(b"a,b"), "圧縮"),
    "rar": ("a.rar", lambda: b"Rar!\x1a\x07\x01\0", "圧縮"),
    "7z": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\x04", "圧縮"),
    "lzh": ("a.lzh", lambda: b"\x1e\x14-lh5-\0", "圧縮"),
    "tar": ("a.tar", lambda: TAR, "圧縮"),
    "old office": ("a.xls", lambda: papers.OLD_OFFICE, "古い形式"),
    "encrypted office": ("a.xlsx", lambda: papers.ENCRYPTED_OFFICE, PPAP),
    "encrypted parts": ("a.xlsx", lambda: papers.encrypted(papers.office()), PPAP),
    "macros": ("a.xlsm", lambda: papers.office("xlsx", content_type=MACRO), "マクロ"),
    "macros called xlsx": ("a.xlsx", lambda: papers.office("xlsx", {"xl/vbaProject.bin": b"x"}), "マクロ"),
    "embedded program": ("a.docx", lambda: papers.office("docx", {"word/media/a.png": b"MZ"}), "マクロ"),
    "embedded zip": (
        "a.docx",
        lambda: papers.office("docx", {"word/x.docx": papers.zipped({"a": "b"})}),
        "圧縮",
    ),
    "remote template": (
        "a.docx",
        lambda: papers.office("docx", {"word/_rels/settings.xml.rels": papers.relation("attachedTemplate")}),
        "外のファイル",
    ),
    "entities that grow": (
        "a.xlsx",
        lambda: papers.office("xlsx", {"docProps/core.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'}),
        "開けません",
    ),
    "way out": ("a.xlsx", lambda: papers.office("xlsx", {"../../etc/cron.d/x": "x"}), "開けません"),
    "zip bomb": ("a.xlsx", papers.bomb, "大きくなりすぎ"),
    "broken zip": ("a.xlsx", lambda: papers.office()[:300], "開けません"),
    "locked pdf": ("a.pdf", lambda: papers.pdf(SECRET), PPAP),
    "pdf locked against printing": ("a.pdf", lambda: papers.pdf(OWNER_ONLY), PPAP),
    "pdf with a script": ("a.pdf", lambda: papers.pdf(change=script), "プログラム"),
    "pdf that starts a program": ("a.pdf", lambda: papers.pdf(change=script_of_a_page), "プログラム"),
    "pdf with a file inside": ("a.pdf", lambda: papers.pdf(change=file_inside), "別のファイル"),
    "broken pdf": ("a.pdf", lambda: b"%PDF-1.7\n" + b"x" * 300, "開けません"),
    "signed pdf with something behind it": (
        "a.pdf",
        lambda: papers.pdf(change=signed) + papers.zipped({"a": "b"}),
        "開けません",
    ),
    "moving picture": ("a.png", papers.moving, "動く画像"),
    "huge picture": ("a.png", papers.huge_picture, "大きすぎます"),
    "broken picture": ("a.jpg", lambda: papers.picture()[:200], "開けません"),
    "gif": ("a.gif", lambda: b"GIF89a\x01\0\x01\0\0\0\0;", "この種類"),
    "utf-16": ("a.csv", lambda: "\ufeff件数".encode("utf-16-le"), "UTF-16"),
    "noise": ("a.txt", lambda: bytes(range(256)), "この種類"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_a_sentence_of_its_own(case: str) -> None:
    name, make, word = REFUSED[case]
    with pytest.raises(Refused) as refused:
        cleaned(name, make())
    assert refused.value.reason == "invalid"
    assert word in refused.value.errors["file"]


def test_twenty_megabytes_and_no_byte_more(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = b"a" * kinds.LARGEST
    assert cleaned("a.txt", whole).data == whole
    with pytest.raises(Refused) as refused:
        cleaned("a.txt", whole + b"a")
    assert refused.value.reason == "too_large"


@pytest.mark.parametrize("kind", ["xlsx", "docx", "pptx"])
def test_a_document_loses_who_made_it_and_nothing_else(kind: str) -> None:
    before = papers.office(
        kind, {"word/embeddings/chart.xlsx": papers.office("xlsx")} if kind == "docx" else {}
    )
    found = cleaned("whatever.bin", before)
    assert (found.kind, found.taken_off) == (kind, ("author",))
    with zipfile.ZipFile(io.BytesIO(found.data)) as after, zipfile.ZipFile(io.BytesIO(before)) as was:
        assert after.namelist() == was.namelist()
        said = b"".join(after.read(n) for n in after.namelist() if not n.endswith(".xlsx"))
        core = after.read("docProps/core.xml").decode()
    assert papers.SOMEBODY.encode() not in said
    assert "調査" in core
    assert 'xsi:type="dcterms:W3CDTF"' in core
    assert "xmlns:dcterms=" in core
    assert cleaned("again", found.data).data == found.data


def test_a_pdf_loses_who_made_it_and_what_stands_behind_it() -> None:
    found = cleaned("a.pdf", papers.pdf() + papers.zipped({"hidden.exe": "MZ"}))
    assert (found.kind, found.taken_off) == ("pdf", ("author",))
    assert b"hidden.exe" not in found.data
    with pikepdf.open(io.BytesIO(found.data)) as pdf:
        assert len(pdf.pages) == 1
        assert "/Author" not in pdf.docinfo
        assert "/Metadata" not in pdf.Root


def test_a_signed_pdf_stays_byte_for_byte() -> None:
    before = papers.pdf(change=signed)
    assert cleaned("a.pdf", before) == kinds.Cleaned("pdf", before)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_where_it_was_taken_and_what_stands_behind_it(kind: str) -> None:
    found = cleaned("a.jpg", papers.picture(kind) + papers.zipped({"hidden.exe": "MZ"}))
    assert found.kind == {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[kind]
    assert found.taken_off == ("place",)
    assert b"SOMEBODY" not in found.data
    assert b"hidden.exe" not in found.data
    with Image.open(io.BytesIO(found.data)) as after:
        assert after.size == (20, 10)
        assert not after.getexif()
        red, _, _ = after.convert("RGB").getpixel((2, 5))  # type: ignore[misc]
        assert red > 150


def test_a_picture_is_turned_as_its_camera_said() -> None:
    found = cleaned("a.jpg", papers.picture(orientation=6))
    with Image.open(io.BytesIO(found.data)) as after:
        assert after.size == (10, 20)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "﻿団体,件数\n風見市,10\n".encode()),
        ("a.csv", "団体,件数\r\n風見市,10\r\n".encode("cp932")),
        ("メモ.TXT", "a < b のとき".encode()),
    ],
)
def test_texts_as_offices_write_them_stay_as_they_are(name: str, data: bytes) -> None:
    assert cleaned(name, data).data == data


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("報告.pdf", "報告.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\x\\報告.PDF", "報告.pdf"),
        ("見積\u202efdp.exe", "見積fdp.pdf"),
        ("a\x00\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('a";b.pdf', "a__b.pdf"),
        ("\u200b.pdf", "資料.pdf"),
        ("..", "資料.pdf"),
        ("", "資料.pdf"),
        ("長" * 400 + ".pdf", "長" * 120 + ".pdf"),
    ],
)
def test_a_name_neither_leads_away_nor_misleads(sent: str, kept: str) -> None:
    assert tidy(sent, "pdf") == kept


def test_what_a_file_does_to_its_reader_it_does_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    data = papers.picture()
    assert cleaned_apart("a.jpg", data) == cleaned("a.jpg", data)
    with pytest.raises(Refused, match="圧縮"):
        cleaned_apart("a.zip", papers.zipped({"a": "b"}))
    monkeypatch.setattr("workflows.files.apart.SECONDS", 0.001)
    with pytest.raises(Refused, match="開けません"):
        cleaned_apart("a.jpg", data)
