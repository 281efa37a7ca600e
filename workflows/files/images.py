"""Pictures: written anew from their points, so that neither the place they were taken nor anything behind them is left."""

import io
import warnings
from typing import Any

from PIL import Image, ImageOps

from workflows.files.kinds import BROKEN, Cleaned, not_this

MOST_POINTS = 60_000_000
"""Width times height: more than any phone takes, and 240 MB once unpacked."""
KINDS = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "WEBP": "webp"}
SHOWS = frozenset({"icc_profile", "transparency"})
"""What a picture looks otherwise without; everything else that it says beside its points is left out."""
SAYS_NOTHING = SHOWS | {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform", "progressive", "progression",
    "gamma", "chromaticity", "srgb", "interlace", "background", "loop", "duration", "timestamp", "mpoffset", "mp",
}  # fmt: skip
ORIENTATION = 0x0112


def cleaned(data: bytes) -> Cleaned:
    """The picture without EXIF, XMP, comments and embedded thumbnails; turned as its EXIF said. A JPEG that need not be
    turned keeps its quality. Refused `invalid` where it moves, is too large, or is no picture."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_POINTS
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > MOST_POINTS:
            raise Image.DecompressionBombError
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
            raise not_this("動く画像は受け取りません。一枚の画像として保存し直してください。")
        picture.load()
        said = picture.info.keys() - SAYS_NOTHING
        turned = picture.getexif().get(ORIENTATION, 1) != 1
        return Cleaned(KINDS[picture.format or ""], _written(picture, turned), ("place",) if said else ())
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise not_this(
            "画像の縦横が大きすぎます（6,000 万画素まで）。小さくして保存し直してください。"
        ) from None
    except (OSError, SyntaxError, ValueError, KeyError, EOFError):
        raise not_this(BROKEN) from None


def _written(picture: Image.Image, turned: bool) -> bytes:
    keeps: dict[str, Any] = {name: value for name, value in picture.info.items() if name in SHOWS}
    out, kind = io.BytesIO(), picture.format
    shown = ImageOps.exif_transpose(picture) if turned else picture
    shown.info.clear()
    shown.info.update(keeps)
    if kind == "PNG":
        shown.save(out, "PNG", exif=b"", **keeps)
    elif kind == "WEBP":
        shown.save(
            out, "WEBP", quality=90, exif=b"", xmp=b"", icc_profile=keeps.get("icc_profile", b"") or b""
        )
    else:
        as_before = kind == "JPEG" and not turned
        shown.save(
            out, "JPEG", quality="keep" if as_before else 92, icc_profile=keeps.get("icc_profile"), exif=b""
        )
    return out.getvalue()
