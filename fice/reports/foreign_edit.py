"""What a foreign editor did to a photo besides what it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ..alignment import Cast
from .figures import DIGITS, Report, rounded

PLACED = ("shift_x", "shift_y", "zoom", "stretch", "rotation", "confidence")
GREY_LEVEL = 1.5 / 255  # more than one grey level; less is the rounding of files


def placed_figures(images: Sequence[Mapping[str, object]]) -> Report:
    """Where an editor put what the photo shows, as lists; see `Transform.figures`.

    Args:
        images: the figures of each alignment. What not all of them have is left out.
    """
    found: Report = {}
    for name in PLACED:
        values = [one.get(name) for one in images]
        told = [rounded(float(value)) for value in values if isinstance(value, int | float)]
        if told and len(told) == len(images):
            found[f"editor_{name}"] = told
    return found


def cast_figures(casts: Sequence[Cast]) -> Report:
    """ΔE of each cast where nothing was to change, and of what a correction leaves of it."""
    return {
        "editor_cast": [round(cast.delta, DIGITS) for cast in casts],
        "editor_cast_left": [round(cast.left, DIGITS) for cast in casts],
    }


def outside_figures(photo: Tensor, aligned: Tensor, edited: Tensor, mask: Tensor) -> Report:
    """How many pixels outside the mask differ from the photo by more than a grey level.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        aligned: what the editor gave back, laid on the photo, likewise: *before*.
        edited: the finished photo, likewise: *after*.
        mask: what was to change, `[B, 1, H, W]`.
    """
    outside = mask == 0
    return {
        "outside_pixels": _counts(outside),
        "outside_changed_before": _counts(outside & _differs(photo, aligned)),
        "outside_changed_after": _counts(outside & _differs(photo, edited)),
    }


def _differs(photo: Tensor, other: Tensor) -> Tensor:
    return (other - photo).abs().amax(1, keepdim=True) > GREY_LEVEL


def _counts(where: Tensor) -> list[int]:
    return where.flatten(1).sum(1).tolist()
