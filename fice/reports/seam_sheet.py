"""All seam methods side by side, to choose by looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..base.images import Pixels, to_pixels
from ..stitching.seams import SEAM_METHODS, join, seam_gradient
from .sheets import Row, contact_sheet, mask_picture


@dataclass(frozen=True, eq=False)
class SeamCase:
    """Two pictures that are to be joined.

    Attributes:
        name: caption.
        photo: `[3, H, W]` in [0, 1].
        generated: as `photo`.
        mask: `[1, H, W]` in [0, 1].
    """

    name: str
    photo: Tensor
    generated: Tensor
    mask: Tensor


def seam_sheet(cases: Sequence[SeamCase], cell: int = 256) -> Pixels:
    """A row per case: photo, mask, generated picture, and the result of each method.

    The caption gives `seam_gradient` of each method, 1 for a seam as smooth as the photo.
    """
    columns = ("photo", "mask", "generated", *SEAM_METHODS)
    return contact_sheet(columns, [_row(case) for case in cases], cell)


def _row(case: SeamCase) -> Row:
    photo, generated, mask = (one.unsqueeze(0) for one in (case.photo, case.generated, case.mask))
    results = {name: join(photo, generated, mask, name).image for name in SEAM_METHODS}
    figures = "  ".join(
        f"{name} {seam_gradient(image, photo, mask).item():.2f}" for name, image in results.items()
    )
    pictures = [
        to_pixels(case.photo),
        mask_picture(case.photo, case.mask),
        to_pixels(case.generated),
        *(to_pixels(image[0]) for image in results.values()),
    ]
    return Row(f"{case.name}:  {figures}", pictures)
