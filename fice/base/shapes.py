"""Shape checks as statements, with errors that carry both shapes."""

from __future__ import annotations

from torch import Tensor

from .errors import ShapeError


def check_shape(
    tensor: Tensor, expected: tuple[int | str, ...], what: str, hint: str = ""
) -> Tensor:
    """Returns `tensor` if its shape fits `expected`, where a string stands for any size.

    Raises:
        ShapeError: naming `what`, the actual and the expected shape, and `hint`.
    """
    actual = tuple(tensor.shape)
    fits = len(actual) == len(expected) and all(
        isinstance(want, str) or size == want for size, want in zip(actual, expected, strict=True)
    )
    if not fits:
        raise ShapeError(what, actual, expected, hint)
    return tensor


def check_image(image: Tensor, what: str = "image") -> Tensor:
    """Returns `image` if it is `[B, 3, H, W]`."""
    return check_shape(image, ("B", 3, "H", "W"), what, "Images are RGB, channels first.")


def check_mask(mask: Tensor, what: str = "mask") -> Tensor:
    """Returns `mask` if it is `[B, 1, H, W]`."""
    return check_shape(mask, ("B", 1, "H", "W"), what)
