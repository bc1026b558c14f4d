"""`Photo` to a file of any format that can be written, with sentences on what that cannot hold."""

from __future__ import annotations

import io
import struct
import zlib
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
PNG_HEADER = 33  # bytes: the signature and the chunk IHDR
INCH = 0.0254  # metres


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
        ImageError: if the suffix is not a format that can be written.
        FiceError: if the system does not let us write there.
    """
    path = check_suffix(Path(path))
    kind = FORMATS[path.suffix.lower()]
    bits = photo.bits if kind in WITH_SIXTEEN_BITS else 8
    keeps_alpha = photo.alpha is not None and kind in WITH_ALPHA
    values = _values(photo, image, bits, keeps_alpha=keeps_alpha)
    try:
        content = _encode(values, photo, kind)
    except (OSError, ValueError, cv2.error) as error:
        raise ImageError(f"{path.name} cannot be written as {kind}: {error}.") from None
    write_whole(path, content)
    return _not_held(photo, kind, bits)


def _values(photo: Photo, image: Tensor, bits: int, *, keeps_alpha: bool) -> NDArray[Any]:
    """`[H, W, 3]`, or 4 with alpha, in 8 or 16 bits."""
    image = image.detach().to("cpu", torch.float32)
    if photo.alpha is not None:
        image = torch.cat([image, photo.alpha]) if keeps_alpha else on_white(image, photo.alpha)
    top, kind = ((1 << bits) - 1), np.uint8 if bits == 8 else np.uint16
    levels = (image.clamp(0.0, 1.0) * top).round().numpy().astype(kind)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def _encode(values: NDArray[Any], photo: Photo, kind: str) -> bytes:
    if kind == "PNG":
        content = _by_cv2(values, ".png")
        return content[:PNG_HEADER] + _png_chunks(photo) + content[PNG_HEADER:]
    if values.dtype == np.uint16:
        return _by_cv2(values, ".tif")
    settings = dict(OPTIONS[kind])
    if photo.dpi is not None and kind != "WebP":
        settings["dpi"] = photo.dpi
    if kind != "BMP":
        settings |= {"icc_profile": photo.icc or None, "exif": photo.exif}
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind, **settings)
    return file.getvalue()


def _by_cv2(values: NDArray[Any], suffix: str) -> bytes:
    order = [2, 1, 0, *range(3, values.shape[2])]
    _, encoded = cv2.imencode(suffix, np.ascontiguousarray(values[..., order]))
    return encoded.tobytes()


def _png_chunks(photo: Photo) -> bytes:
    """Profile, EXIF and resolution as the chunks that follow the header."""
    chunks = b""
    if photo.icc:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(photo.icc))
    if photo.dpi is not None:
        across, down = (round(dots / INCH) for dots in photo.dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if photo.exif:
        chunks += _chunk(b"eXIf", photo.exif.removeprefix(b"Exif\0\0"))
    return chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _not_held(photo: Photo, kind: str, bits: int) -> list[str]:
    better = "write PNG to keep"
    has_notes = kind not in ("BMP", "TIFF") or (kind == "TIFF" and bits == 8)
    lacking = (
        (kind == "JPEG", f"JPEG changes every pixel a little; {better} the rest of the photo."),
        (bits < photo.bits, f"{kind} has 8 bits per value, the photo 16; {better} them."),
        (
            photo.is_transparent and kind not in WITH_ALPHA,
            f"{kind} is written without transparency, on white; {better} it.",
        ),
        (
            bool(photo.icc or photo.exif) and not has_notes,
            f"{kind} of {bits} bits is written without colour profile and EXIF; {better} them.",
        ),
    )
    return [sentence for holds, sentence in lacking if holds]
