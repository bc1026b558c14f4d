"""Learning from a generator's own pictures how people stand in them."""

from __future__ import annotations

from statistics import median

import torch
from torch import Tensor

from ..base.types import Perceptor, Regions, Synthesizer
from .people import person_boxes
from .placement import STANDARD, Placement

PICTURES = 8
TRUNCATION_PSI = 0.7  # ordinary people say more about the framing than rare ones
FEWEST = 3


def learn_placement(
    synthesizer: Synthesizer, segmenter: Perceptor[Regions], *, seed: int = 0
) -> Placement:
    """Draws a few random people and measures where they stand.

    Args:
        synthesizer: the generator.
        segmenter: sees its people.
        seed: of the random people.

    Returns:
        The median placement; `STANDARD` if hardly any picture shows a person with a head.
    """
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(PICTURES, synthesizer.z_dim, generator=random).to(synthesizer.w_avg)
    with torch.no_grad():
        w = synthesizer.sample_w(z, truncation_psi=TRUNCATION_PSI)
        ws = w.unsqueeze(1).expand(-1, synthesizer.num_ws, -1)
        # One after another: a large generator takes much memory for eight pictures at once.
        pictures = (synthesizer.synthesize(one).clamp(0.0, 1.0) for one in ws.split(1))
        return measure_placement(*(segmenter(picture) for picture in pictures))


def measure_placement(*seen: Regions) -> Placement:
    """The median placement of the people in framed pictures; see `learn_placement`.

    Args:
        seen: what a segmenter sees in them, in batches of any size.
    """
    tops: list[float] = []
    bottoms: list[float] = []
    sides: list[float] = []
    heads: list[float] = []
    each = (batch.only(slice(i, i + 1)) for batch in seen for i in range(len(batch.head)))
    for one in each:
        head, (height, width) = one.head, one.head.shape[-2:]
        boxes = person_boxes(1.0 - one.background)
        if boxes and head_side(head) > 0:
            left, top, right, bottom = boxes[0]
            tops.append(top / height)
            bottoms.append(bottom / height)
            sides.append(min(left, width - right) / width)
            heads.append(head_side(head))
    if len(heads) < FEWEST:
        return STANDARD
    return Placement(median(tops), median(bottoms), median(heads), min(sides))


def head_side(head: Tensor) -> float:
    """Side of a square with the area of a head `[1, 1, h, w]`, as a fraction of the height.

    Hair makes heads taller or wider; their area varies least.
    """
    return float((head > 0.5).sum()) ** 0.5 / head.shape[-2]
