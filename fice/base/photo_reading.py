"""Photo files to `Photo`: what cannot be kept is refused or told, never dropped in silence."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from .errors import ImageError
from .files import StrPath, absent
from .photo import Photo
from .photo_metadata import Metadata, metadata_of, orientation_of

Levels: TypeAlias = NDArray[np.generic]

MAX_PIXELS = 1 << 30
GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N", "F")
WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
DEEP = (*GREY, "RGB", "RGBA", "RGBX")  # modes whose values `cv2` has in full
CONVERTIBLE = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
SEVERAL_SHOWN_AS_ONE = ("MPO",)  # a phone's photo with its depth or brightness in a second picture
THUMBNAIL, BITS_PER_SAMPLE = 254, 258  # tags of TIFF
PNG_DEPTH = 24  # place in the file
IS_GREY = "The photo is grey; the edited photo is in colour."
UNREADABLE = "is not an image that can be read; save it as PNG or JPEG."


@dataclass(frozen=True, eq=False)
class _Stored:
    """Values as they are stored: `[H, W, C]` with C 1 to 4, upright, red first."""

    values: Levels
    notes: tuple[str, ...] = ()


def read_photo(path: StrPath) -> Photo:
    """Reads a photo with all that its file says of it, upright as its EXIF says.

    Raises:
        ImageError: if the file is missing, is not an image, or holds what cannot be kept: several
            pictures, or values that are no colours in [0, 1].
    """
    path = Path(path)
    content = _content(path)
    with _opened(content) as file:
        if file is not None:
            _check_size(path, file)
            _check_single(path, file)
        stored = _stored(path, content, file)
        metadata = Metadata() if file is None else metadata_of(file)
    planes = torch.from_numpy(_unit(path, np.ascontiguousarray(stored.values.transpose(2, 0, 1))))
    return Photo(
        image=planes.expand(3, -1, -1).clone() if len(planes) == 1 else planes[:3],
        alpha=planes[3:] if len(planes) == 4 else None,
        bits=8 if stored.values.dtype == np.uint8 else 16,
        icc=metadata.icc,
        exif=metadata.exif,
        dpi=metadata.dpi,
        not_kept=(*stored.notes, *_lost(metadata)),
    )


def _content(path: Path) -> bytes:
    """The bytes of a file; `cv2` itself cannot open every path that the system can."""
    if not path.is_file():
        raise ImageError(absent("image", path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    if not content:
        raise ImageError(f"{path.name} is empty.")
    return content


@contextlib.contextmanager
def _opened(content: bytes) -> Generator[Image.Image | None, None, None]:
    """The file for Pillow; None if that does not know it, as colours in floating point."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, for what `cv2` reads too
    try:
        file = Image.open(io.BytesIO(content))
    except (OSError, SyntaxError, ValueError):
        yield None
        return
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's on damaged notes; what is lost is told here
        yield file


def _check_size(path: Path, file: Image.Image) -> None:
    if file.width * file.height > MAX_PIXELS:
        raise ImageError(
            f"{path.name} is {file.width} x {file.height} pixels, at most {MAX_PIXELS} in all are "
            "possible; make it smaller."
        )


def _check_single(path: Path, file: Image.Image) -> None:
    count = int(getattr(file, "n_frames", 1))
    if count == 1 or file.format in SEVERAL_SHOWN_AS_ONE:
        return
    if file.format == "TIFF":
        count = sum(not _is_thumbnail(file, index) for index in range(count))
        file.seek(0)
    if count > 1:
        raise ImageError(
            f"{path.name} holds {count} pictures, one is needed; save the one you want as PNG."
        )


def _is_thumbnail(file: Image.Image, index: int) -> bool:
    file.seek(index)
    return index > 0 and bool(_tag(file, THUMBNAIL) & 1)


def _tag(file: Image.Image, tag: int) -> int:
    """The largest value of a tag of TIFF, or 0."""
    found = getattr(file, "tag_v2", {}).get(tag, 0)
    return max(found) if isinstance(found, tuple) else int(found)


def _stored(path: Path, content: bytes, file: Image.Image | None) -> _Stored:
    if file is None or _is_deep(content, file):
        return _deep(path, content, file)
    return _with_eight_bits(path, file)


def _is_deep(content: bytes, file: Image.Image) -> bool:
    if file.format == "PNG":
        return content[PNG_DEPTH] == 16
    return file.format == "TIFF" and _tag(file, BITS_PER_SAMPLE) > 8


def _with_eight_bits(path: Path, file: Image.Image) -> _Stored:
    mode, has_alpha = file.mode, file.mode in WITH_ALPHA or "transparency" in file.info
    if mode not in CONVERTIBLE:
        raise ImageError(f"{path.name} has colours of the kind {mode}; save it in RGB.")
    try:
        plain = file.convert("RGBA" if has_alpha else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"{path.name} is damaged: {error}. Save it anew.") from None
    notes = _notes_on(mode, file)
    turned = _upright(np.asarray(plain), orientation_of(file))
    return _Stored(turned, notes)


def _notes_on(mode: str, file: Image.Image) -> tuple[str, ...]:
    notes = (
        (mode in GREY, IS_GREY),
        (mode == "CMYK", "The photo is in CMYK; it became RGB, which may shift colours."),
        (mode == "RGBX", "The photo has a channel beyond RGB, which is not kept."),
        (file.format in SEVERAL_SHOWN_AS_ONE, "Of the pictures in the file, the first is kept."),
    )
    return tuple(sentence for holds, sentence in notes if holds)


def _deep(path: Path, content: bytes, file: Image.Image | None) -> _Stored:
    raw = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise ImageError(f"{path.name} {UNREADABLE}")
    values = np.asarray(raw)
    values = values[..., None] if values.ndim == 2 else values
    if file is not None and file.mode not in DEEP:
        raise ImageError(f"{path.name} has deep colours of the kind {file.mode}; save it in RGB.")
    if values.shape[2] not in (1, 3, 4):
        raise ImageError(f"{path.name} has {values.shape[2]} channels; save it in RGB.")
    if values.shape[2] >= 3:
        values = values[..., [2, 1, 0, *range(3, values.shape[2])]]
    notes = [] if values.shape[2] > 1 else [IS_GREY]
    if np.issubdtype(values.dtype, np.floating):
        notes.append("The photo has values in floating point; 16 bits of them are kept.")
    if file is None:
        return _Stored(values, tuple(notes))
    if "transparency" in file.info and values.shape[2] != 4:
        notes.append("The colour that the file declares transparent is not kept so.")
    # `cv2` turns TIFF by itself.
    orientation = 1 if file.format == "TIFF" else orientation_of(file)
    return _Stored(_upright(values, orientation), tuple(notes))


def _upright(values: Levels, orientation: int) -> Levels:
    """`values` turned and mirrored as the orientation of EXIF says."""
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def _unit(path: Path, values: Levels) -> NDArray[np.float32]:
    """`values` in [0, 1]."""
    kind = str(values.dtype)
    if kind in ("uint8", "uint16"):
        return np.divide(values, np.iinfo(kind).max, dtype=np.float32)
    if not np.issubdtype(values.dtype, np.floating):
        raise ImageError(f"{path.name} has values of the kind {kind}; save it with 8 or 16 bits.")
    low, high = float(values.min()), float(values.max())
    if not (low >= 0.0 and high <= 1.0):
        raise ImageError(
            f"{path.name} has values from {low:g} to {high:g}, photos have them from 0 to 1; save "
            "it with 8 or 16 bits."
        )
    return values.astype(np.float32)


def _lost(metadata: Metadata) -> list[str]:
    if not metadata.lost:
        return []
    return [f"Of what the file says of the photo, this is not kept: {', '.join(metadata.lost)}."]
