"""Where something is to be found: URLs, identifiers, mail addresses, paths and pictures. Only their form is judged.

Sources: publiccode.yml standard 0.7 (`schema.core`); where it is silent, the behaviour of italia/publiccode-parser-go.
Whether anything answers at an address, and whether a video host speaks oEmbed, is not asked: there is no network here.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from yaml.nodes import Node

from workflows.publiccode.report import Findings, Place, shorten
from workflows.publiccode.shapes import Check, text_of

_NOT_IN_A_URL = re.compile(r'[\s<>"\\]')
_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")


def _address(written: str) -> SplitResult | None:
    """An absolute address with a host, taken apart; None if it is malformed."""
    if len(written) > 2_000 or _NOT_IN_A_URL.search(written):
        return None
    try:
        parts = urlsplit(written)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    return parts if parts.hostname and _HOST.fullmatch(parts.hostname) else None


def web_address(found: Findings, place: Place, node: Node) -> None:
    """A well-formed http or https URL. Whether anything answers there is not asked."""
    written = text_of(found, place, node)
    parts = None if written is None else _address(written)
    if written is not None and (parts is None or parts.scheme not in ("http", "https")):
        found.wrong(
            place,
            f"URL「{shorten(written)}」が正しくありません。",
            "https:// で始まる URL を書いてください。",
        )
    elif parts:
        _warn_of_credentials(found, place, parts)


def repository_address(found: Findings, place: Place, node: Node) -> None:
    """The URL of a repository: http(s) preferred, another protocol (git, ssh, svn) accepted with a warning."""
    written = text_of(found, place, node)
    if written is None:
        return
    parts = _address(written)
    if parts is None or parts.scheme not in ("http", "https", "git", "ssh", "git+ssh", "svn", "svn+ssh"):
        found.wrong(
            place,
            f"URL「{shorten(written)}」が正しくありません。",
            "https:// で始まるリポジトリの URL を書いてください。",
        )
    elif parts.scheme not in ("http", "https"):
        found.doubt(
            place,
            f"「{parts.scheme}:」の URL は誰もが開けるとは限りません。",
            "認証なしで開ける https:// の URL にしてください。",
        )
    else:
        _warn_of_credentials(found, place, parts)


def _warn_of_credentials(found: Findings, place: Place, parts: SplitResult) -> None:
    if "@" in parts.netloc:
        found.doubt(
            place,
            "URL に利用者名やパスワードが含まれています。",
            "「@」までを取り除き、漏れた認証情報は無効にしてください。",
        )


def identifier(found: Findings, place: Place, node: Node) -> None:
    """A URI that identifies: a URN, or an absolute address of any scheme."""
    written = text_of(found, place, node)
    if written is not None and not _URN.fullmatch(written) and not ((p := _address(written)) and p.scheme):
        found.wrong(
            place,
            f"URI「{shorten(written)}」が正しくありません。",
            "https:// で始まる URL か、urn: で始まる識別子を書いてください。",
        )


def email_address(found: Findings, place: Place, node: Node) -> None:
    written = text_of(found, place, node)
    if written is not None and (len(written) > 254 or not _EMAIL.fullmatch(written)):
        found.wrong(
            place,
            "メールアドレスの形が正しくありません。",
            "名前@ドメイン の形（例 contact@example.jp）で書いてください。",
        )


def relative_path(found: Findings, place: Place, node: Node) -> str | None:
    """A path from the root of the repository, or a web address; the path it names."""
    written = text_of(found, place, node)
    if written is None:
        return None
    if "://" in written:
        parts = _address(written)
        if parts and parts.scheme in ("http", "https"):
            return parts.path
    elif not written.startswith(("/", "file:")) and ".." not in written.split("/"):
        return written
    found.wrong(
        place,
        f"場所「{shorten(written)}」は使えません。",
        "リポジトリの根元からの相対パスか、https:// の URL を書いてください。",
    )
    return None


def path(found: Findings, place: Place, node: Node) -> None:
    relative_path(found, place, node)


def picture(formats: Sequence[str]) -> Check:
    """A picture in the repository, by path or URL, of one of the formats (told by its ending)."""

    def check(found: Findings, place: Place, node: Node) -> None:
        where = relative_path(found, place, node)
        ending = PurePosixPath(where).suffix.lower() if where else ""
        if where and not ending:
            found.doubt(
                place,
                "画像の形式が名前から分かりません。",
                f"{'・'.join(formats)} で終わる名前にしてください。",
            )
        elif where and ending not in formats:
            found.wrong(
                place,
                f"画像の形式「{shorten(ending)}」は使えません。",
                f"{'・'.join(formats)} のどれかにしてください。",
            )

    return check
