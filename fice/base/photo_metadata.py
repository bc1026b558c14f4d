"""What a photo file says beside its pixels: colour profile, EXIF, resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from PIL import ExifTags, Image

ORIENTATION = ExifTags.Base.Orientation
# What tells of the photo and not of how its pixels lie in the file; a TIFF has all in one list.
DESCRIPTIVE = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
PARTS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
# The notes of makers hold places in the old file; sizes may be those of the photo lying down.
NOT_CARRIED = {
    ExifTags.Base.MakerNote: "maker note",
    ExifTags.Base.ExifInteroperabilityOffset: "",
    ExifTags.Base.ExifImageWidth: "",
    ExifTags.Base.ExifImageHeight: "",
}
# What Pillow lists beside notes: how the file is made, or what is kept elsewhere.
STRUCTURE = frozenset(
    (
        *("adobe", "adobe_transform", "aspect", "background", "bbox", "blend", "compression"),
        *("default_image", "disposal", "dpi", "duration", "exif", "extension", "icc_profile"),
        *("interlace", "jfif", "jfif_density", "jfif_unit", "jfif_version", "loop", "mp"),
        *("mpoffset", "progression", "progressive", "resolution", "srgb", "timestamp"),
        *("transparency", "version"),
    )
)
TITLES = {"XML:com.adobe.xmp": "XMP", "xmp": "XMP", "photoshop": "IPTC and Photoshop data"}


@dataclass(frozen=True)
class Metadata:
    """See `fice.base.photo.Photo`, and which of the notes in the file are not among them."""

    icc: bytes = b""
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    lost: tuple[str, ...] = ()


def metadata_of(file: Image.Image) -> Metadata:
    """What `file` says of the photo."""
    lost = [TITLES.get(key, key) for key in map(str, file.info) if key not in STRUCTURE]
    icc = cast("bytes", file.info.get("icc_profile") or b"")
    if icc and icc[16:20] != b"RGB ":
        icc = b""
        lost.append("a colour profile that is not of RGB")
    exif, lost_of_exif = _exif(file)
    names = dict.fromkeys((*lost, *lost_of_exif))
    return Metadata(icc, exif, _dpi(file), tuple(names))


def orientation_of(file: Image.Image) -> int:
    """How the photo is to be turned, 1 to 8 as EXIF counts."""
    try:
        found = file.getexif().get(ORIENTATION, 1)
    except Exception:  # whatever a damaged block does to the parser, the pixels may be good
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _exif(file: Image.Image) -> tuple[bytes, list[str]]:
    """The EXIF block to write, and what of the old one is not in it."""
    try:
        return _carried(file.getexif())
    except Exception:  # as above
        return b"", ["EXIF, which is damaged"]


def _carried(found: Image.Exif) -> tuple[bytes, list[str]]:
    kept, lost = Image.Exif(), []
    for tag in DESCRIPTIVE:
        if tag in found:
            kept[tag] = found[tag]
    for part in PARTS:
        entries = {int(tag): value for tag, value in found.get_ifd(part).items()}
        lost += [title for tag, title in NOT_CARRIED.items() if title and tag in entries]
        entries = {tag: value for tag, value in entries.items() if tag not in NOT_CARRIED}
        if entries:
            kept[part] = entries
    return (kept.tobytes() if len(kept) else b""), lost


def _dpi(file: Image.Image) -> tuple[float, float] | None:
    found = file.info.get("dpi")
    if not isinstance(found, tuple) or len(found) != 2:
        return None
    across, down = (float(value) for value in found)
    return (across, down) if across > 1 and down > 1 else None  # 0 and 1 stand for "unknown"
