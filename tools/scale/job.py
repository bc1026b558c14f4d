"""The job that is measured: 25 drawn figures with 20 texts each, in five blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fice.base.images import write_image
from fice.demo.showcase import figure

SIDE = 256
FIRST_SEED = 10_900_001  # outside the range that the networks were trained on
PHOTOS_OF_BLOCK, BLOCKS = 5, 5
TEXTS = (
    *("a red striped shirt", "a yellow turtleneck sweater", "a dark blue dress"),
    *("a green dress with dots", "a black v-neck t-shirt", "a blue tank top"),
    *("a purple and white checked shirt", "a red long sleeve shirt with white stripes"),
    *("a white t-shirt", "an orange sweater", "a green long sleeve shirt", "a red dress"),
    *("a grey turtleneck sweater", "a brown dress with long sleeves", "a pink tank top"),
    *("a blue and white striped dress", "a yellow dress with black dots", "a black dress"),
    *("a green checked shirt", "a white v-neck sweater"),
)
RECIPE, STEPS = "fast", 2
START = "start"


def write_job(work: Path) -> None:
    """Draws the figures, and writes a table for each block, unless they are there."""
    for number in range(PHOTOS_OF_BLOCK * BLOCKS):
        path = work / _photo(number)
        if not path.exists():  # written again it would be another photo
            write_image(path, figure(FIRST_SEED + number, SIDE))
    for block in range(1, BLOCKS + 1):
        first = (block - 1) * PHOTOS_OF_BLOCK
        _write_table(work, str(block), range(first, first + PHOTOS_OF_BLOCK))
    _write_table(work, START, range(2))


def table(work: Path, block: str) -> Path:
    """The table of a block, or of `start`."""
    return work / f"block-{block}.csv"


def photos(work: Path, block: str) -> list[Path]:
    """The photos of a block."""
    return [work / name for name in table(work, block).read_text().split()[1:]]


def texts(block: str) -> tuple[str, ...]:
    """The texts that each photo of a block gets."""
    return TEXTS[:4] if block == START else TEXTS


def _photo(number: int) -> str:
    return f"photos/figure-{number + 1:02}.png"


def _write_table(work: Path, block: str, numbers: Sequence[int]) -> None:
    lines = ["photo", *(_photo(one) for one in numbers)]
    table(work, block).write_text("\n".join(lines) + "\n")
