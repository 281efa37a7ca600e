"""Files handed out: `…/file` asks who reads and makes a link for them; `/files/<link>` follows it, without a session or a cookie.

The link names the file, the reader, and when it ends; it is signed, holds for a minute, and is used once. When it is followed
the reader's right is looked at again. So what a proxy wrote down, or somebody passed on, opens nothing.
"""

import logging
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Forbidden, NotFound

from app.db import reading, writing
from app.route import hands, house, page
from workflows.files.kinds import MEDIA_TYPES
from workflows.files.not_now import NotNow
from workflows.files.stores import Missing, digest_of
from workflows.queries.files import SeenFile, file_of, reader_of
from workflows.queries.looks import Eyes
from workflows.tables.files import Upload
from workflows.tables.machinery import SaidOnce

log = logging.getLogger("kyoso.files")
LINK_HOLDS = timedelta(seconds=60)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(house().config.secret, salt="kyoso.files")


def link_to(seen: SeenFile) -> str:
    """The address under which its reader may fetch the file once, for a minute."""
    until = (house().now() + LINK_HOLDS).timestamp()
    who = g.signed_in.user_id if g.get("signed_in") else 0
    says = [seen.of, seen.upload.id, who, int(until), secrets.token_urlsafe(9)]
    return url_for("file_link", link=_signer().dumps(says))


@page("/evidence/<ref>/file", reads="evidence.read")
def evidence_file(eyes: Eyes, seen: SeenFile) -> ResponseReturnValue:
    return redirect(link_to(seen), 303)


@page("/library/<asset>/<int:version>/file", reads="asset_file.read")
def asset_file(eyes: Eyes, seen: SeenFile) -> ResponseReturnValue:
    return redirect(link_to(seen), 303)


@hands("/files/<link>")
def file_link(link: str) -> ResponseReturnValue:
    """The file as an attachment. Not found: a link that we did not sign, or whose reader may no longer see it. Forbidden:
    one that has ended, or was used."""
    try:
        of, upload_id, who, until, _ = _signer().loads(link)
    except (BadSignature, ValueError):
        raise NotFound from None
    here = house()
    over = Forbidden(
        gettext("このリンクは、もう使えません。もとの画面で、ファイルの名前をもう一度押してください。")
    )
    if here.now().timestamp() > until:
        raise over
    with reading(here.engine) as session:
        seen = file_of(Eyes(session, reader_of(session, who), here.now()), of)
        if seen.upload.id != upload_id:
            raise NotFound
    if request.method == "GET" and not _first_use(link, of):
        raise over
    return _attachment(seen.upload, _content(seen.upload))


def _first_use(link: str, of: str) -> bool:
    """Whether nobody has followed this link before, whichever process they asked."""
    used = SaidOnce(
        digest=digest_of(link.encode()), kind="file_link", ref=of, version=None, said_at=house().now()
    )
    try:
        with writing(house().engine) as session:
            session.add(used)
    except IntegrityError:
        return False
    return True


def _content(upload: Upload) -> bytes:
    """What was stored, unless it has been changed since."""
    try:
        data = house().files.store.get(upload.sha256)
    except Missing:
        data = b""
    if digest_of(data) != upload.sha256:
        log.error("the stored file %s is missing or was changed", upload.sha256)
        raise NotNow("このファイルは、いま取り出せません。管理する人に知らせてください。")
    return data


def _attachment(upload: Upload, data: bytes) -> Response:
    """Saved, never shown: of a type from our own list, under its name (RFC 6266, 5987), in a sandbox if shown all the same."""
    whole: Any = iter((data,))  # a stream: no page's ETag is made of it
    response = Response(whole, mimetype=MEDIA_TYPES[upload.kind])
    if upload.kind in ("csv", "txt"):
        response.headers["Content-Type"] = MEDIA_TYPES[upload.kind]  # its encoding is the author's
    plain, whole_name = f"file.{upload.kind}", quote(upload.name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{whole_name}"
    response.headers["Content-Length"] = str(len(data))
    response.headers.update(HEADERS)
    return response
