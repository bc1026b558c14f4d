"""Image files and 8-bit pixels to tensors `[3, H, W]` in [0, 1] and back."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from .errors import ImageError
from .files import StrPath, write_whole
from .photo_reading import read_photo
from .sampling import averaging_matrix, resizing_matrix, sampled

Pixels: TypeAlias = NDArray[np.uint8]

WRITABLE = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
JPEG_QUALITY = 95
# Devices whose `interpolate` has it in every torch we take, and means of sizes that do not divide.
WITH_ANTIALIASING = ("cpu", "cuda")
BRIGHTNESS = (0.299, 0.587, 0.114)  # of red, green and blue, as television has it


def to_float(pixels: Pixels) -> Tensor:
    """`[H, W, 3]` or `[B, H, W, 3]` bytes as `[3, H, W]` or `[B, 3, H, W]` in [0, 1]."""
    return torch.from_numpy(pixels.astype(np.float32)).movedim(-1, -3) / 255.0


def to_pixels(image: Tensor) -> Pixels:
    """The inverse of `to_float`, exact for what came from bytes; values are clamped and rounded."""
    levels = (image.detach().float().clamp(0.0, 1.0) * 255.0).round()
    return levels.to("cpu", torch.uint8).movedim(-3, -1).contiguous().numpy()


def read_image(path: StrPath) -> Tensor:
    """Reads a photo as RGB, upright as its EXIF says.

    Grey images become RGB, transparent ones lie on white; `read_photo` keeps more of the file.

    Returns:
        `[3, H, W]` float32 in [0, 1]; 16 bits are kept.

    Raises:
        ImageError: if the file is missing, is not an image, or cannot be read without a loss.
    """
    return read_photo(path).seen


def read_mask(path: StrPath) -> Tensor:
    """Reads a mask, `[1, H, W]` in [0, 1]: the alpha channel if it has one, else its brightness.

    Raises:
        ImageError: if the file is missing, is not an image, or cannot be read without a loss.
    """
    photo = read_photo(path)
    if photo.alpha is not None and photo.is_transparent:
        return photo.alpha
    top = (1 << photo.bits) - 1
    # Rounded to what the file can say, so that the darkest colours still count as black.
    levels = (photo.image * torch.tensor(BRIGHTNESS).view(3, 1, 1)).sum(0, keepdim=True)
    return (levels * top).round() / top


def check_suffix(path: StrPath) -> Path:
    """`path` if an image can be written there; ask before a long computation.

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
    """Writes `image` `[3, H, W]` with 8 bits per value in the format of the suffix.

    An old file is replaced at once; `write_photo` writes more than colours.

    Raises:
        ImageError: if the suffix is not a format that can be written.
    """
    path = check_suffix(path)
    write_whole(path, encode_image(to_pixels(image), path.suffix))


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """`[B, C, H, W]` at `size` (height, width): averaged when smaller, bilinear when larger."""
    if tuple(image.shape[-2:]) == size:
        return image
    return _antialiased(image, size, "bilinear")


def resample(image: Tensor, size: tuple[int, int]) -> Tensor:
    """A copy of photos `[B, C, H, W]` at `size`: averaged when smaller, cubic when larger."""
    if tuple(image.shape[-2:]) == size:
        return image.clone()
    # A cubic kernel overshoots at edges.
    return _antialiased(image, size, "bicubic").clamp_(0.0, 1.0)


def averaged(image: Tensor, size: tuple[int, int]) -> Tensor:
    """`[B, C, H, W]` at `size`, each pixel the mean of all that it touches: `area`."""
    if image.device.type in WITH_ANTIALIASING:
        return F.interpolate(image, size, mode="area")
    like = image.dtype, image.device
    rows, columns = (averaging_matrix(image.shape[2 + i], size[i], *like) for i in (0, 1))
    return sampled(image, rows, columns)


def _antialiased(
    image: Tensor, size: tuple[int, int], mode: Literal["bilinear", "bicubic"]
) -> Tensor:
    if image.device.type in WITH_ANTIALIASING:
        return F.interpolate(image, size, mode=mode, align_corners=False, antialias=True)
    like, cubic = (image.dtype, image.device), mode == "bicubic"
    rows = resizing_matrix(image.shape[-2], size[0], *like, cubic=cubic)
    return sampled(image, rows, resizing_matrix(image.shape[-1], size[1], *like, cubic=cubic))
