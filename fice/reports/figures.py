"""What can be measured about an edit, as numbers for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from ..base.types import ClipModel
from ..guidance.text_weights import parse_weights
from ..guidance.wish import Wish
from ..stitching.compositing import max_change_outside

Report: TypeAlias = dict[str, object]
"""Ready for JSON; lists have an entry per image."""

DIGITS = 6


def reconstruction_figures(image: Tensor, reconstruction: Tensor) -> Report:
    """How well the generator could draw the person at all.

    Args:
        image: what it was shown, `[B, 3, h, w]` in [0, 1].
        reconstruction: as `image`; a large error says that the photo is not of its world.
    """
    error = (reconstruction - image).abs().flatten(1).mean(1)
    return {"reconstruction_error": numbers(error)}


def change_figures(photo: Tensor, edited: Tensor, mask: Tensor) -> Report:
    """How much of the photo changed.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        edited: as `photo`.
        mask: `[B, 1, H, W]`.
    """
    return {
        "changed_share": numbers((mask > 0).float().flatten(1).mean(1)),
        # Not rounded: only an exact 0 is a proof.
        "max_change_outside": max_change_outside(photo, edited, mask).tolist(),
    }


def clip_figures(wish: Wish, photo: Tensor, edited: Tensor, generated: Tensor) -> Report:
    """Cosine between the wanted text and each picture.

    The optimisation raised the same number, so it is no evidence that an edit looks right.
    """

    def likeness(image: Tensor) -> list[float]:
        with torch.no_grad():
            features = wish.clip.encode_image(image)
            return numbers(torch.cosine_similarity(features, wish.wanted, dim=1))

    return {
        "clip_before": likeness(photo),
        "clip_generated": likeness(generated),
        "clip_after": likeness(edited),
    }


def text_figures(text: str | Sequence[str], negative_text: str, clip: ClipModel) -> Report:
    """The texts, and the words that CLIP left out, in order, each once."""
    texts = [text] if isinstance(text, str) else list(text)
    read = (parse_weights(one).text for one in (*texts, negative_text) if one)
    ignored = [word for one in read for word in clip.ignored_words(one)]
    return {
        "texts": texts,
        "negative_text": negative_text,
        "ignored_words": list(dict.fromkeys(ignored)),
    }


def numbers(values: Tensor) -> list[float]:
    """`values` `[B]` rounded for reading."""
    return [round(value, DIGITS) for value in values.tolist()]
