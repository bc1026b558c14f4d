"""A photo with all that its file says of it, so that nothing is lost when the edit is written."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as its file has it.

    Attributes:
        image: RGB, upright, `[3, H, W]` float32 in [0, 1]; colours under transparency are kept.
        alpha: opacity, `[1, H, W]` in [0, 1]; None without transparency.
        bits: per value in the file, 8 or 16; values in floating point count as 16.
        icc: its RGB colour profile; empty without one.
        exif: where, when and how it was taken, without orientation; empty without it.
        dpi: pixels per inch to the right and down; None if the file does not say.
        not_kept: sentences on what the file has and a photo here has not.
    """

    image: Tensor
    alpha: Tensor | None = None
    bits: int = 8
    icc: bytes = b""
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    not_kept: tuple[str, ...] = ()

    @property
    def is_transparent(self) -> bool:
        """Whether anything can be seen through it."""
        return self.alpha is not None and bool((self.alpha < 1.0).any())

    @property
    def seen(self) -> Tensor:
        """What people and networks see, `[3, H, W]` in [0, 1]: transparent photos lie on white."""
        return self.image if self.alpha is None else on_white(self.image, self.alpha)

    def with_edit(self, edited: Tensor, mask: Tensor) -> Tensor:
        """The colours to write for an edit of `seen`, `[3, H, W]`.

        Transparency stays as it is, so colours are chosen such that the new ones over white look
        like `edited`.

        Args:
            edited: `[3, H, W]` in [0, 1].
            mask: `[1, H, W]`; where it is 0, the result is `image` bit for bit, and so it is where
                nothing can be seen.
        """
        edited, changed = edited.to(self.image), (mask > 0).to(self.image.device)
        if self.alpha is None:
            return torch.where(changed, edited, self.image)
        visible = self.alpha > 0
        opacity = torch.where(visible, self.alpha, 1.0)
        colours = ((edited - 1.0 + opacity) / opacity).clamp(0.0, 1.0)
        return torch.where(changed & visible, colours, self.image)


def on_white(image: Tensor, alpha: Tensor) -> Tensor:
    """`image` `[3, H, W]` over white by its opacity `[1, H, W]`; exact where that is 0 or 1."""
    return torch.where(alpha < 1.0, image * alpha + (1.0 - alpha), image)
