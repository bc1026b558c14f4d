"""What a photo file says beside its pixels: colour profile, EXIF, resolution."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import cast

from PIL import ExifTags, Image

PREFIX = b"Exif\0\0"
ORIENTATION = ExifTags.Base.Orientation
# A TIFF has what tells of the photo in one list with what tells how its pixels lie.
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
NOT_IN_TIFF = (ExifTags.Base.MakerNote, ExifTags.Base.ExifInteroperabilityOffset)
ENTRY = 12  # bytes
SHORT = 3  # the type of 16-bit numbers

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
MAKER_NOTE = "the maker's note in EXIF"


@dataclass(frozen=True)
class Metadata:
    """See `fice.base.photo.Photo`, and what the file has beside that."""

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
    return Metadata(icc, exif, _dpi(file), tuple(dict.fromkeys((*lost, *lost_of_exif))))


def orientation_of(file: Image.Image) -> int:
    """How the photo is to be turned, 1 to 8 as EXIF counts."""
    try:
        found = file.getexif().get(ORIENTATION, 1)
    except Exception:  # whatever a damaged block does to the parser, the pixels may be good
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def exif_for_tiff(block: bytes) -> tuple[Image.Exif, list[str]]:
    """A block of EXIF as entries that stand among those of a TIFF, and what they lack."""
    found, result = Image.Exif(), Image.Exif()
    found.load(PREFIX + block)
    entries, lost = _descriptive(found)
    # Pillow writes the lists within EXIF into a TIFF only if it has read them itself.
    result.load(entries.tobytes())
    _keep_letters(result)
    return result, lost


def _exif(file: Image.Image) -> tuple[bytes, list[str]]:
    """The block of EXIF without prefix and orientation, and what it lacks."""
    try:
        if file.format == "TIFF":
            entries, lost = _descriptive(file.getexif())
            return (entries.tobytes().removeprefix(PREFIX) if len(entries) else b""), lost
        return upright(cast("bytes", file.info.get("exif") or b"")), []
    except Exception:  # as above
        return b"", ["EXIF, which is damaged"]


def upright(block: bytes) -> bytes:
    """A block of EXIF that says the photo is upright, and has no thumbnail of how it was.

    All else stays in its place, since the notes of makers count on that.

    Raises:
        struct.error: if the block is damaged.
    """
    block = block.removeprefix(PREFIX)
    if not block:
        return b""
    changed, order = bytearray(block), "<" if block[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", changed, 4)
    (count,) = struct.unpack_from(f"{order}H", changed, start)
    end = start + 2 + count * ENTRY
    for place in range(start + 2, end, ENTRY):
        (tag,) = struct.unpack_from(f"{order}H", changed, place)
        if tag == ORIENTATION:
            struct.pack_into(f"{order}HHIHH", changed, place, tag, SHORT, 1, 1, 0)
    struct.pack_into(f"{order}I", changed, end, 0)  # where the list with the thumbnail would begin
    return bytes(changed)


def _descriptive(found: Image.Exif) -> tuple[Image.Exif, list[str]]:
    kept, lost = Image.Exif(), []
    for tag in DESCRIPTIVE:
        if tag in found:
            kept[tag] = found[tag]
    _keep_letters(kept)
    for part in PARTS:
        entries = {int(tag): value for tag, value in found.get_ifd(part).items()}
        lost += [MAKER_NOTE] if ExifTags.Base.MakerNote in entries else []
        entries = {tag: value for tag, value in entries.items() if tag not in NOT_IN_TIFF}
        if entries:
            kept[part] = entries
    return kept, lost


def _keep_letters(entries: Image.Exif) -> None:
    """Texts as bytes: Pillow reads Latin-1, but writes question marks for accents."""
    for tag in DESCRIPTIVE:
        value = entries.get(tag)
        if isinstance(value, str):
            entries[tag] = value.encode("latin-1")


def _dpi(file: Image.Image) -> tuple[float, float] | None:
    found = file.info.get("dpi")
    if not isinstance(found, tuple) or len(found) != 2:
        return None
    across, down = (float(value) for value in found)
    return (across, down) if across > 1 and down > 1 else None  # 0 and 1 stand for "unknown"
