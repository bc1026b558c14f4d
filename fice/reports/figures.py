"""What can be measured about an edit, as numbers for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import torch
from torch import Tensor

from ..base.types import ClipModel
from ..guidance.wish import Wish
from ..stitching.compositing import max_change_outside
from ..words import Completed, Gauge, parse_weights, tell

Report: TypeAlias = dict[str, object]
"""Ready for JSON; lists have an entry per image."""

DIGITS = 6
OF_ALL = ("ignored_words", "warnings")  # lists without an entry per image


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


def word_figures(said: Sequence[Completed], gauges: Sequence[Gauge]) -> Report:
    """What was understood of each text, and how well each edit listened, see `fice.words.gauge`.

    The guide read before and after, so this is no evidence from outside.
    """
    return {
        "wishes": [one.wish.text for one in said],
        "understood": [tell(one) for one in said],
        "named": [dict(one.named) for one in said],
        "named_right": [rounded(one.named_share) for one in gauges],
        "unnamed_kept": [rounded(one.kept_share) for one in gauges],
        "invented": [list(one.invented) for one in gauges],
        "read_before": [dict(one.before) for one in gauges],
        "read_after": [dict(one.after) for one in gauges],
    }


def of_image(report: Report, index: int, count: int) -> Report:
    """The figures of one image of a batch, as if it had been edited alone.

    Args:
        report: of `count` images.
        index: which of them.
        count: how many there are.
    """
    mine = slice(index, index + 1)
    own: Report = {
        name: value[mine] if isinstance(value, list) and len(value) == count else value
        for name, value in report.items()
        if name not in OF_ALL
    }
    said = " ".join(cast("list[str]", own["texts"])) + f" {report['negative_text']}"
    ignored = cast("list[str]", report["ignored_words"])
    own["ignored_words"] = [word for word in ignored if word in said]
    own["warnings"] = report["warnings"]
    own["seed"] = cast("list[int]", own["seeds"])[0]
    own["seconds"] = round(cast("float", report["seconds"]) / count, 3)
    return own


def rounded(value: float | None) -> float | None:
    """`value` for reading."""
    return None if value is None else round(value, DIGITS)


def numbers(values: Tensor) -> list[float]:
    """`values` `[B]` rounded for reading."""
    return [round(value, DIGITS) for value in values.tolist()]
