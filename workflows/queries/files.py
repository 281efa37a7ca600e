"""A file for who may see what it belongs to: found when its link is made, and looked up again when the link is followed."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from stages.permissions import PUBLIC, Sight
from workflows.queries.asset_page import seen_asset
from workflows.queries.looks import Eyes
from workflows.runtime.actors import Speaker, speaker
from workflows.runtime.refusal import unknown
from workflows.tables.assets import AssetVersion
from workflows.tables.files import Upload
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.people import User


@dataclass(frozen=True, slots=True)
class SeenFile:
    """`of` is what it belongs to: the reference of evidence, or of an asset with its version (`L-0001/2`)."""

    of: str
    upload: Upload


def file_of(eyes: Eyes, of: str) -> SeenFile:
    """The file of evidence, withdrawn or not, or of a version of an asset. Refused `unknown` unless the reader may see that."""
    asset, _, number = of.partition("/")
    if number:
        version = select(AssetVersion.upload_id).where(AssetVersion.asset_id == seen_asset(eyes, asset).id)
        found = eyes.session.exec(version.where(AssetVersion.number == int(number))).first()
    else:
        row = eyes.find(Evidence, ref=of)
        seen = row and eyes.sees(eyes.session.get_one(Idea, row.idea_id), Sight.FULL)
        found = row.upload_id if row and seen else None
    if found is None:
        raise unknown(f"ファイル {of}")
    return SeenFile(of, eyes.session.get_one(Upload, found))


def reader_of(session: Session, user_id: int) -> Speaker:
    """Who a link was made for, with the memberships of today; 0 is the public."""
    email = session.exec(select(User.email).where(col(User.id) == user_id)).first() if user_id else None
    return speaker(session, email) if email else Speaker(PUBLIC)
