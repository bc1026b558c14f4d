"""Which seam brings what with it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from fice.base.frame import Frame
from fice.base.types import Regions
from fice.pipeline.stitch import stitch
from fice.stitching.seams import DEFAULT_SEAM

SIZE = 64


class _Striped(nn.Module):
    """Cloth is blue, skin is red, all else is wall."""

    resolution = (SIZE, SIZE)

    def forward(self, image: Tensor) -> Regions:
        """Regions by the strongest colour."""
        garment = (image.argmax(1, keepdim=True) == 2).float()
        skin = (image.argmax(1, keepdim=True) == 0).float()
        nothing = torch.zeros_like(garment)
        return Regions(1 - garment - skin, garment + skin, garment, nothing)


def _picture(sleeve: int, skin: tuple[float, float, float]) -> Tensor:
    image = torch.tensor([0.3, 0.6, 0.4]).view(1, 3, 1, 1).repeat(1, 1, SIZE, SIZE)
    image[..., 12:56, 20:44] = torch.tensor(skin).view(3, 1, 1)
    image[..., 12:sleeve, 20:44] = torch.tensor([0.1, 0.2, 0.8]).view(3, 1, 1)
    return image


def test_colour_match_also_matches_what_is_bared() -> None:
    photo = _picture(44, (0.8, 0.6, 0.5))
    generated = _picture(28, (0.9, 0.4, 0.6))
    frames = (Frame.whole((SIZE, SIZE), (SIZE, SIZE)),)
    bared = (slice(None), slice(None), slice(34, 40), slice(26, 38))
    errors = {}
    for seam in (DEFAULT_SEAM, "alpha"):
        done = stitch(photo, generated, photo, _Striped(), frames, seam=seam)
        wanted = torch.tensor([0.8, 0.6, 0.5]).view(1, 3, 1, 1)
        errors[seam] = (done.image[bared] - wanted).abs().max().item()
    assert errors[DEFAULT_SEAM] < 0.03
    assert errors["alpha"] > 0.1  # as FICE does it: the generated picture as it is


def test_a_frame_that_shows_nobody_stays() -> None:
    photo, generated = _picture(44, (0.8, 0.6, 0.5)), _picture(28, (0.9, 0.4, 0.6))
    whole = Frame.whole((SIZE, SIZE), (SIZE, SIZE))
    frames = (whole, replace(whole, untouched=True))
    both = torch.cat([photo, photo]), torch.cat([generated, generated])
    done = stitch(*both, both[0], _Striped(), frames)
    assert torch.equal(done.image[1], photo[0])
    assert not torch.equal(done.image[0], photo[0])
