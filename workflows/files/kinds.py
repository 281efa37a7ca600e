"""What a file is, by its content and never by its name; refused is what nobody could check, or what runs.

Called in a process of its own (apart.py), for whatever a file makes the libraries do.
"""

from dataclasses import dataclass

from workflows.runtime.refusal import Refused, invalid

LARGEST = 20_000_000
"""Bytes of a file."""
ENCRYPTED = (
    "パスワードの付いたファイルは受け取りません。中身のウイルスを確かめられず、パスワードを後から送っても"
    "盗み見を防げないためです（いわゆる PPAP。国の機関も 2020 年にやめました）。"
    "パスワードや制限を外して、付け直してください。見られる人は、この画面が絞ります。"
)
ACCEPTED = "PDF、画像（PNG・JPEG・WebP）、Excel・Word・PowerPoint（xlsx・docx・pptx）、CSV、テキスト"
BROKEN = (
    "このファイルは開けません。壊れているか、中身と種類が合っていません。もとのソフトで保存し直してください。"
)
ARCHIVE = "圧縮したファイルは受け取りません。中のファイルを、一つずつ付けてください。"
PROGRAM = "プログラムのファイルは受け取りません。リポジトリに置いて、そのリンクを付けてください。"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "csv": "text/csv",
    "txt": "text/plain",
}
"""Every kind that is accepted -> as what it is handed out. The keys are the endings of the names."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED_BY_START: tuple[tuple[bytes, int, str], ...] = (
    (b"MZ", 0, PROGRAM),
    (b"\x7fELF", 0, PROGRAM),
    (b"\xca\xfe\xba\xbe", 0, PROGRAM),
    (b"\xfe\xed\xfa", 0, PROGRAM),
    (b"\xcf\xfa\xed\xfe", 0, PROGRAM),
    (b"#!", 0, PROGRAM),
    (b"Rar!", 0, ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", 0, ARCHIVE),
    (b"\x1f\x8b", 0, ARCHIVE),
    (b"BZh", 0, ARCHIVE),
    (b"\xfd7zXZ", 0, ARCHIVE),
    (b"\x28\xb5\x2f\xfd", 0, ARCHIVE),
    (b"MSCF", 0, ARCHIVE),
    (b"PK", 0, ARCHIVE),
    (b"-lh", 2, ARCHIVE),
    (b"ustar", 257, ARCHIVE),
)
"""Bytes, where they stand, and why it is refused. Only for a sentence that helps: whatever is not known is refused too."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it may be stored: its kind (a key of MEDIA_TYPES), and what was taken off: author, place."""

    kind: str
    data: bytes
    taken_off: tuple[str, ...] = ()


def not_this(sentence: str) -> Refused:
    return invalid("file", sentence)


def insist_on_size(size: int) -> None:
    """Refused where there is nothing in it, or too much."""
    if not size:
        raise not_this("ファイルが空（0 バイト）です。中身を確かめて、選び直してください。")
    if size > LARGEST:
        sentence = "20 MB を超えるファイルは付けられません。分けるか、画像を小さくして保存し直してください。"
        raise Refused("too_large", sentence, {"file": sentence})


def cleaned(name: str, data: bytes) -> Cleaned:
    """The file, checked and without what names its author or place. `name` only tells CSV from text. Refused `invalid`
    with a sentence of its own for whatever is not ACCEPTED."""
    from workflows.files import images, office, pdfs, texts

    insist_on_size(len(data))
    if data.startswith(b"%PDF-"):
        return pdfs.cleaned(data)
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or (data[:4], data[8:12]) == (
        b"RIFF",
        b"WEBP",
    ):
        return images.cleaned(data)
    if data.startswith(b"PK\x03\x04"):
        return office.cleaned(data)
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise not_this(ENCRYPTED)
        raise not_this(
            "古い形式の Office ファイルは受け取りません。xlsx・docx・pptx か PDF で保存し直してください。"
        )
    for start, at, sentence in REFUSED_BY_START:
        if data[at : at + len(start)] == start:
            raise not_this(sentence)
    return texts.cleaned(name, data)
