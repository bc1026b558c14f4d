"""Image files and 8-bit pixels to tensors `[3, H, W]` in [0, 1] and back."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from .errors import ImageError
from .files import StrPath, write_whole

Pixels: TypeAlias = NDArray[np.uint8]
Decoded: TypeAlias = NDArray[np.generic]

WRITABLE = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
JPEG_QUALITY = 95


def to_float(pixels: Pixels) -> Tensor:
    """`[H, W, 3]` or `[B, H, W, 3]` bytes as `[3, H, W]` or `[B, 3, H, W]` in [0, 1]."""
    return torch.from_numpy(pixels.astype(np.float32)).movedim(-1, -3) / 255.0


def to_pixels(image: Tensor) -> Pixels:
    """The inverse of `to_float`, exact for what came from bytes; values are clamped and rounded."""
    levels = (image.detach().float().clamp(0.0, 1.0) * 255.0).round()
    return levels.to("cpu", torch.uint8).movedim(-3, -1).contiguous().numpy()


def read_image(path: StrPath) -> Tensor:
    """Reads a photo as RGB, upright as its EXIF says.

    Grey images become RGB, transparent ones lie on white, 16 bits become 8.

    Returns:
        `[3, H, W]` float32 in [0, 1].

    Raises:
        ImageError: if the file is missing or not an image.
    """
    path = Path(path)
    content = _read(path)
    raw = _decode(path, content)
    if _has_alpha(raw):
        return to_float(_on_white(_unit(raw)))
    # Only the plain colour mode turns the picture upright, widens grey and narrows 16 bits.
    colour = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return to_float(np.ascontiguousarray(np.asarray(colour, np.uint8)[..., ::-1]))


def read_mask(path: StrPath) -> Tensor:
    """Reads a mask, `[1, H, W]` in [0, 1]: the alpha channel if it has one, else its brightness.

    Raises:
        ImageError: if the file is missing or not an image.
    """
    path = Path(path)
    content = _read(path)
    raw = _decode(path, content)
    if _has_alpha(raw) and (alpha := _unit(raw)[..., 3]).min() < 1.0:
        levels = alpha
    else:
        grey = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
        levels = np.asarray(grey, np.float32) / 255.0
    return torch.from_numpy(levels).unsqueeze(0)


def check_suffix(path: StrPath) -> Path:
    """Returns `path` if an image can be written there; ask before a long computation.

    Raises:
        ImageError: if its suffix is not a format that can be written.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITABLE:
        raise ImageError(
            f"{path.name} cannot be written as an image; end its name in {', '.join(WRITABLE)}."
        )
    return path


def encode_image(pixels: Pixels, suffix: str = ".png") -> bytes:
    """`[H, W, 3]` RGB bytes as the content of a file with `suffix`, one of `WRITABLE`."""
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if suffix.lower().startswith(".jp") else []
    _, encoded = cv2.imencode(suffix.lower(), np.ascontiguousarray(pixels[..., ::-1]), options)
    return encoded.tobytes()


def write_image(path: StrPath, image: Tensor) -> None:
    """Writes `image` `[3, H, W]` in the format of the suffix; an old file is replaced at once.

    Raises:
        ImageError: if the suffix is not a format that can be written.
    """
    path = Path(path)
    write_whole(check_suffix(path), encode_image(to_pixels(image), path.suffix))


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """`[B, C, H, W]` at `size` (height, width): averaged when smaller, bilinear when larger."""
    if tuple(image.shape[-2:]) == size:
        return image
    return F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)


def resample(image: Tensor, size: tuple[int, int]) -> Tensor:
    """A copy of photos `[B, C, H, W]` at `size`: averaged when smaller, cubic when larger."""
    if tuple(image.shape[-2:]) == size:
        return image.clone()
    # A cubic kernel overshoots at edges.
    return F.interpolate(image, size, mode="bicubic", align_corners=False, antialias=True).clamp_(
        0.0, 1.0
    )


def _read(path: Path) -> Pixels:
    """The bytes of a file; cv2 itself cannot open every path that the system can."""
    if not path.is_file():
        raise ImageError(f"There is no image {path.name} in {path.parent}.")
    content = np.fromfile(path, np.uint8)
    if content.size == 0:
        raise ImageError(f"{path.name} is empty.")
    return content


def _decode(path: Path, content: Pixels) -> Decoded:
    """The stored values: blue first, with alpha and depth as they are."""
    raw = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise ImageError(f"{path.name} is not an image that can be read; save it as PNG or JPEG.")
    return np.asarray(raw)


def _has_alpha(raw: Decoded) -> bool:
    return raw.ndim == 3 and raw.shape[2] == 4


def _unit(raw: Decoded) -> NDArray[np.float32]:
    """Stored values in [0, 1], of whatever depth."""
    top = np.iinfo(str(raw.dtype)).max if np.issubdtype(raw.dtype, np.integer) else 1.0
    return np.divide(raw, top, dtype=np.float32)


def _on_white(bgra: NDArray[np.float32]) -> Pixels:
    colour, alpha = bgra[..., 2::-1], bgra[..., 3:]
    return np.rint((colour * alpha + 1.0 - alpha) * 255.0).astype(np.uint8)
