"""A figure with a blue head and a green body, and a segmenter that only trusts framed figures."""

from __future__ import annotations

import pytest
import torch

from fice.base.errors import ImageError
from fice.base.frame import overlap
from fice.base.types import Regions
from fice.framing import Placement, crop, find_people, find_person

SIZE = (32, 32)
AS_DRAWN = Placement(top=0.125, bottom=1.0, head=0.25)


def figure(side):
    """Head and body from an eighth below the upper edge to the lower edge, on grey."""
    picture = torch.full((3, side, side), 0.5)
    unit = side // 8
    picture[:, unit : 3 * unit, 3 * unit : 5 * unit] = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    picture[:, 3 * unit :, 2 * unit : 6 * unit] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    return picture


def photo(height, width, *placed):
    """Figures (left, top, side) on a grey photo with noise."""
    source = torch.Generator().manual_seed(0)
    picture = 0.45 + 0.1 * torch.rand(1, 3, height, width, generator=source)
    for left, top, side in placed:
        picture[0, :, top : top + side, left : left + side] = figure(side)
    return picture


class ColourSegmenter:
    """Sees colours where they are, and half a ghost of a person wherever there is none."""

    def __init__(self):
        self.crops = 0

    def __call__(self, image):
        assert image.shape[-2:] == SIZE
        self.crops += len(image)
        red, green, blue = image.unbind(1)
        logits = 8 * torch.stack([0.3 + 0 * red, green - red, blue - red], 1)
        logits[:, 1, 10:, 6:26] += 2.0
        background, garment, head = logits.softmax(1).split(1, 1)
        return Regions(background, garment, garment, head)


@pytest.mark.parametrize(
    ("size", "placed"),
    [
        ((200, 150), (30, 50, 64)),
        ((200, 150), (0, 0, 48)),
        ((150, 230), (141, 61, 88)),
        ((96, 96), (0, 0, 96)),
        ((64, 90), (13, 0, 64)),
    ],
)
def test_finds_the_figure(size, placed):
    left, top, side = placed
    frame = find_person(photo(*size, placed), ColourSegmenter(), SIZE, AS_DRAWN)
    assert overlap(frame.box, (left, top, left + side, top + side)) > 0.85


def test_crop_of_a_frame_looks_like_the_figure():
    big = photo(211, 160, (37, 81, 80))
    part = crop(big, find_person(big, ColourSegmenter(), SIZE, AS_DRAWN))
    assert (part - torch.nn.functional.avg_pool2d(figure(64), 2)).abs().mean() < 0.08


def test_everybody_is_found():
    people = ((5, 20, 64), (100, 90, 80))
    found = find_people(photo(200, 200, *people), ColourSegmenter(), SIZE, AS_DRAWN)
    assert len(found) == 2
    for left, top, side in people:
        box = (left, top, left + side, top + side)
        assert max(overlap(one.frame.box, box) for one in found) > 0.85
    assert found[0].score >= found[1].score


def test_nobody_is_made_up():
    assert find_people(photo(150, 120), ColourSegmenter(), SIZE, AS_DRAWN) == ()
    with pytest.raises(ImageError, match=r"Nobody was found in the photo\. .*closer to them"):
        find_person(photo(150, 120), ColourSegmenter(), SIZE, AS_DRAWN)


def test_one_who_stands_on_the_head_is_not_framed():
    upside_down = photo(120, 120, (20, 20, 64)).flip(-2)
    assert find_people(upside_down, ColourSegmenter(), SIZE, AS_DRAWN) == ()


def test_work_does_not_grow_with_the_photo():
    counts = []
    for scale in (1, 3):
        segmenter = ColourSegmenter()
        find_people(photo(160 * scale, 120 * scale), segmenter, SIZE)
        counts.append(segmenter.crops)
    assert counts[1] <= 2.5 * counts[0]
    assert counts[1] < 400


def test_tiny_photo():
    assert find_people(photo(1, 3), ColourSegmenter(), SIZE) == ()


def test_a_segmenter_without_heads_finds_nobody():
    segmenter = ColourSegmenter()
    segmenter.sees_heads = False
    with pytest.raises(ImageError, match="knows clothes only and sees no heads"):
        find_people(photo(96, 96, (0, 0, 96)), segmenter, SIZE, AS_DRAWN)
