"""What a CLIP knows of the figures without being asked during training: zero-shot accuracy."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...demo.world.captions import caption
from ...networks.perceptors.clip import OpenClip
from .data import ATTRIBUTE_CLASSES, FigureData

CANDIDATES = 256  # captions that an image has to find its own among
COMPLETE = frozenset({"colour", "pattern", "sleeve", "neckline", "lower_colour", "lower"})
PROMPTS: dict[str, dict[str, str]] = {
    "sleeve": {
        "sleeveless": "a person wearing a sleeveless top",
        "short": "a person wearing a short sleeve shirt",
        "long": "a person wearing a long sleeve shirt",
    },
    "pattern": {
        "solid": "a person wearing a plain shirt",
        "horizontal stripes": "a person wearing a shirt with horizontal stripes",
        "vertical stripes": "a person wearing a shirt with vertical stripes",
        "checks": "a person wearing a checked shirt",
        "dots": "a person wearing a polka dot shirt",
    },
    "neckline": {
        "round": "a person wearing a round neck shirt",
        "v": "a person wearing a v-neck shirt",
        "turtleneck": "a person wearing a turtleneck shirt",
        "collar": "a person wearing a shirt with a collar",
    },
}


def colour_prompts(names: tuple[str, ...]) -> dict[str, str]:
    """A prompt for each colour name."""
    return {name: f"a person wearing a {name} shirt" for name in names}


@torch.no_grad()
def zero_shot(guide: OpenClip, held_out: FigureData, images: Tensor) -> dict[str, float]:
    """Zero-shot accuracy per attribute and recall at 1 of 256 complete captions.

    Args:
        guide: the CLIP.
        held_out: figures never trained on.
        images: `[N, 3, H, W]` pictures of the first N of them.
    """
    guide.eval()
    indices = torch.arange(len(images))
    features = torch.cat([guide.encode_image(part) for part in images.split(64)])
    prompts = {"colour": colour_prompts(ATTRIBUTE_CLASSES["colour"]), **PROMPTS}
    result: dict[str, float] = {}
    for name, classes in prompts.items():
        texts = guide.encode_text([classes[c] for c in ATTRIBUTE_CLASSES[name]])
        truth = held_out.labels(name, indices)
        guess = (features @ texts.T).argmax(1)
        known = truth >= 0
        result[name] = (guess == truth)[known].float().mean().item()
    rng = np.random.default_rng(5)
    people = held_out.attributes[:CANDIDATES]
    texts = guide.encode_text([caption(person, rng, COMPLETE) for person in people])
    ranks = features[:CANDIDATES] @ texts.T
    own = ranks.diagonal()
    result["recall_at_1"] = (ranks > own[:, None]).sum(1).eq(0).float().mean().item()
    return result
