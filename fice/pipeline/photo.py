"""What comes from outside: photos and painted masks of any size, checked before the work starts."""

from __future__ import annotations

from torch import Tensor

from ..base.errors import ImageError, NobodyError
from ..base.images import resize
from ..base.shapes import check_image, check_mask
from ..base.types import Synthesizer

FLAT = 8.0 / 255.0  # a picture whose values differ by less shows nothing
MAX_ASPECT_ERROR = 0.01  # squashing by a hundredth is invisible, and sizes are rarely exact


def as_batch(image: Tensor, synthesizer: Synthesizer) -> Tensor:
    """`image` `[3, H, W]` or `[B, 3, H, W]` as a batch of its own where the generator is.

    Raises:
        ShapeError: if it is not an image.
    """
    batch = check_image(image.unsqueeze(0) if image.dim() == 3 else image)
    return batch.detach().clone().to(synthesizer.w_avg)


def take_photo(image: Tensor, synthesizer: Synthesizer) -> Tensor:
    """As `as_batch`, for an image that the generator sees as a whole: its proportions must fit.

    Raises:
        ImageError: if they do not.
        ShapeError: if it is not an image.
    """
    batch = check_image(image.unsqueeze(0) if image.dim() == 3 else image)
    if not has_proportions(batch, synthesizer):
        height, width = synthesizer.resolution
        raise ImageError(
            f"The photo is {batch.shape[-1]} x {batch.shape[-2]} pixels, the generator draws "
            f"{width} x {height}; crop the photo to these proportions first, e.g. with "
            "'Crop to Generator Frame'."
        )
    return as_batch(batch, synthesizer)


def take_mask(mask: Tensor, photo: Tensor) -> Tensor:
    """What was painted, `[B, 1, H, W]` at the size of the photos.

    Args:
        mask: `[B, 1, H, W]`, `[1, H, W]` or `[H, W]` in [0, 1]; one serves for all photos.
        photo: `[B, 3, H, W]`.

    Raises:
        ImageError: if it selects nothing, or has other proportions than the photo.
    """
    while mask.dim() < photo.dim():
        mask = mask.unsqueeze(0)
    check_proportions(mask, photo)
    if not bool((check_mask(mask) > 0).flatten(1).any(1).all()):
        raise ImageError(
            "Nothing is selected: the mask is black all over. Paint what may change in white, or "
            "leave the mask out."
        )
    resized = resize(mask.to(photo), (photo.shape[-2], photo.shape[-1])).clamp(0.0, 1.0)
    return resized.expand(len(photo), -1, -1, -1)


def check_proportions(mask: Tensor, photo: Tensor) -> None:
    """Checks that a mask `[..., H, W]` has the proportions of a photo `[..., H, W]`.

    Raises:
        ImageError: if it has others.
    """
    aspect = (mask.shape[-1] / mask.shape[-2]) / (photo.shape[-1] / photo.shape[-2])
    if abs(aspect - 1.0) > MAX_ASPECT_ERROR:
        raise ImageError(
            f"The mask is {mask.shape[-1]} x {mask.shape[-2]} pixels, the photo {photo.shape[-1]} "
            f"x {photo.shape[-2]}; paint the mask on the photo itself."
        )


def has_proportions(photo: Tensor, synthesizer: Synthesizer) -> bool:
    """Whether the generator can see all of a photo `[B, 3, H, W]` without squashing it."""
    height, width = synthesizer.resolution
    aspect = (photo.shape[-1] / photo.shape[-2]) / (width / height)
    return abs(aspect - 1.0) <= MAX_ASPECT_ERROR


def check_photo(photo: Tensor) -> Tensor:
    """Returns `photo` `[3, H, W]` if it shows anything; asked before networks are loaded.

    Raises:
        NobodyError: if it is of one colour.
    """
    if bool(is_flat(photo.unsqueeze(0))):
        raise NobodyError("The photo is of one colour and shows nobody; use one with a person.")
    return photo


def is_flat(image: Tensor) -> Tensor:
    """Whether a picture is of one colour, `[B]` bool, of `image` `[B, C, H, W]` in [0, 1]."""
    pixels = image.flatten(2)
    return (pixels.amax(2) - pixels.amin(2)).amax(1) < FLAT
