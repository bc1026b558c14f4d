"""More wishes on the command line: further texts, a change of text, pictures."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from .options import some_text

if TYPE_CHECKING:
    from ..guidance.guides import Guide

WeightedText = tuple[str, float]


def add_guides(parser: argparse.ArgumentParser) -> None:
    """The options; each may be given several times."""
    group = parser.add_argument_group(
        "more wishes", "Each counts as much as the text of the edit (1), or as WEIGHT says."
    )
    texts = {
        "--also": "one more text, e.g. 'long sleeves:0.5'",
        "--avoid": "one more thing that it should not be",
    }
    for name, words in texts.items():
        group.add_argument(
            name,
            type=weighted_text,
            action="append",
            default=[],
            metavar="TEXT[:WEIGHT]",
            help=words,
        )
    group.add_argument(
        "--direction",
        nargs=2,
        type=some_text,
        action="append",
        default=[],
        metavar=("SOURCE", "TARGET"),
        help="change the photo as the first text changes to the second, and not otherwise",
    )
    group.add_argument(
        "--like",
        type=Path,
        action="append",
        default=[],
        metavar="PICTURE",
        help="a picture to look like",
    )


def weighted_text(words: str) -> WeightedText:
    """`TEXT:WEIGHT` or a text of weight 1; a colon that no number follows belongs to the text."""
    text, colon, tail = words.rpartition(":")
    try:
        weight = float(tail) if colon else 1.0
    except ValueError:
        text, weight = words, 1.0
    text = (text if colon else words).strip()
    if not text:
        raise argparse.ArgumentTypeError(f"{words!r} has no text; write e.g. 'long sleeves:0.5'")
    if not 0.0 <= weight < math.inf:  # written so that NaN fails
        raise argparse.ArgumentTypeError(f"the weight of {words!r} is not a number of at least 0")
    return text, weight


def read_guides(options: argparse.Namespace) -> tuple[Guide, ...]:
    """The wishes, in the order in which help lists their options.

    Raises:
        ImageError: if a picture cannot be read.
    """
    from ..base.images import read_image
    from ..guidance.guides import DirectionGuide, PictureGuide, TextGuide

    return (
        *(TextGuide(text, weight) for text, weight in options.also),
        *(TextGuide(text, weight, away=True) for text, weight in options.avoid),
        *(DirectionGuide(source, target) for source, target in options.direction),
        *(PictureGuide(read_image(path).unsqueeze(0)) for path in options.like),
    )
