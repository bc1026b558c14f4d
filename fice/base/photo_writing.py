"""`Photo` to a file of any format that can be written, with sentences on what that cannot hold."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .errors import ImageError
from .files import StrPath, write_whole
from .images import JPEG_QUALITY, check_suffix
from .photo import Photo, on_white
from .photo_metadata import PREFIX, exif_for_tiff

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
WITH_SIXTEEN_BITS = ("PNG", "TIFF")
WITH_ALPHA = ("PNG", "TIFF", "WebP")
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": JPEG_QUALITY},
    "WebP": {"lossless": True, "exact": True},  # exact: colours under transparency as well
    "TIFF": {"compression": "tiff_lzw"},
    "BMP": {},
}
LONGEST_SIDE = {"WebP": 16383, "JPEG": 65500}
LONGEST_JPEG_EXIF = 65000  # bytes; a segment has at most 65533, with its prefix
BETTER = "write PNG to keep"
PNG_HEADER = 33  # bytes: the signature and the chunk IHDR
INCH = 0.0254  # metres


def check_target(path: StrPath, photo: Photo) -> None:
    """Checks that `photo` can be written to `path`; ask before a long computation.

    Raises:
        ImageError: if the suffix is not a format that can be written, or the format cannot hold a
            photo as large.
    """
    path = check_suffix(path)
    kind, longest = FORMATS[path.suffix.lower()], max(photo.image.shape[-2:])
    if longest > LONGEST_SIDE.get(kind, longest):
        raise ImageError(
            f"{path.name} cannot be written: {kind} has at most {LONGEST_SIDE[kind]} pixels per "
            f"side, the photo has {longest}. Write PNG instead."
        )


def write_photo(path: StrPath, photo: Photo, image: Tensor) -> list[str]:
    """Writes `image` as the new colours of `photo`; an old file is replaced at once.

    Depth, transparency, colour profile, EXIF and resolution are those of `photo`, as far as the
    format of the suffix has them.

    Args:
        path: of the new file.
        photo: what was read.
        image: `[3, H, W]` in [0, 1]; see `Photo.with_edit`.

    Returns:
        A sentence on each thing that the file cannot hold, for the one who asked for it.

    Raises:
        ImageError: as `check_target`.
        FiceError: if the system does not let us write there.
    """
    check_target(path, photo)
    path = Path(path)
    kind = FORMATS[path.suffix.lower()]
    bits = photo.bits if kind in WITH_SIXTEEN_BITS else 8
    keeps_alpha = photo.alpha is not None and kind in WITH_ALPHA
    values = _values(photo, image, bits, keeps_alpha=keeps_alpha)
    notes = _Notes.of(photo, kind, bits)
    write_whole(path, _encode(values, notes, kind))
    return [*_not_held(photo, kind, bits), *notes.told]


@dataclass(frozen=True, eq=False)
class _Notes:
    """What of a photo is written beside its pixels, in the form of a format."""

    icc: bytes = b""
    exif: bytes | Image.Exif = b""
    dpi: tuple[float, float] | None = None
    told: tuple[str, ...] = ()

    @classmethod
    def of(cls, photo: Photo, kind: str, bits: int) -> _Notes:
        if kind == "BMP" or (kind == "TIFF" and bits == 16):
            lost = photo.icc or photo.exif
            what = (
                f"{kind} of {bits} bits is written without colour profile and EXIF; {BETTER} them."
            )
            return cls(dpi=photo.dpi, told=(what,) if lost else ())
        exif, told = photo.exif, ()
        if kind == "JPEG" and len(exif) > LONGEST_JPEG_EXIF:
            exif, told = b"", (f"The EXIF is too long for JPEG and is not written; {BETTER} it.",)
        if kind == "TIFF" and exif:
            exif, lacking = exif_for_tiff(exif)
            told = tuple(f"TIFF is written without {what}; {BETTER} it." for what in lacking)
        return cls(photo.icc, exif, photo.dpi, told)


def _values(photo: Photo, image: Tensor, bits: int, *, keeps_alpha: bool) -> NDArray[Any]:
    """`[H, W, 3]`, or 4 with alpha, in 8 or 16 bits."""
    image = image.detach().to("cpu", torch.float32)
    if photo.alpha is not None:
        image = torch.cat([image, photo.alpha]) if keeps_alpha else on_white(image, photo.alpha)
    top, kind = ((1 << bits) - 1), np.uint8 if bits == 8 else np.uint16
    levels = (image.clamp(0.0, 1.0) * top).round().numpy().astype(kind)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def _encode(values: NDArray[Any], notes: _Notes, kind: str) -> bytes:
    if kind == "PNG":
        content = _by_cv2(values, ".png")
        return content[:PNG_HEADER] + _png_chunks(notes) + content[PNG_HEADER:]
    if values.dtype == np.uint16:
        return _by_cv2(values, ".tif")
    settings = dict(OPTIONS[kind])
    if notes.dpi is not None:
        settings["dpi"] = notes.dpi
    if notes.icc:
        settings["icc_profile"] = notes.icc
    if notes.exif:
        settings["exif"] = PREFIX + notes.exif if isinstance(notes.exif, bytes) else notes.exif
    if kind == "TIFF" and notes.exif:
        settings["compression"] = "raw"  # libtiff does not take the lists within EXIF from Pillow
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind, **settings)
    return file.getvalue()


def _by_cv2(values: NDArray[Any], suffix: str) -> bytes:
    order = [2, 1, 0, *range(3, values.shape[2])]
    _, encoded = cv2.imencode(suffix, np.ascontiguousarray(values[..., order]))
    return encoded.tobytes()


def _png_chunks(notes: _Notes) -> bytes:
    """Profile, resolution and EXIF as the chunks that follow the header."""
    chunks = b""
    if notes.icc:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(notes.icc))
    if notes.dpi is not None:
        across, down = (round(dots / INCH) for dots in notes.dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if isinstance(notes.exif, bytes) and notes.exif:
        chunks += _chunk(b"eXIf", notes.exif)
    return chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _not_held(photo: Photo, kind: str, bits: int) -> list[str]:
    lacking = (
        (kind == "JPEG", f"JPEG changes every pixel a little; {BETTER} the rest of the photo."),
        (bits < photo.bits, f"{kind} has 8 bits per value, the photo 16; {BETTER} them."),
        (
            photo.is_transparent and kind not in WITH_ALPHA,
            f"{kind} is written without transparency, on white; {BETTER} it.",
        ),
    )
    return [sentence for holds, sentence in lacking if holds]
