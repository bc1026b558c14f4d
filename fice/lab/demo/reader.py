"""The attribute reader: a small CNN that judges edits and guides nothing.

It is trained apart from everything that takes part in an edit, on renders and on the generator's
pictures, so that what it reads off an edited picture is independent of CLIP.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from ...base.shapes import check_image
from ...demo.world.attributes import NECKLINES, SLEEVES
from ...demo.world.patterns import PATTERN_NAMES
from ...networks.layers import ResidualBlock, down_block

READER_CLASSES: dict[str, tuple[str, ...]] = {
    "sleeve": SLEEVES,
    "pattern": PATTERN_NAMES,
    "neckline": NECKLINES,
}


@dataclass(frozen=True)
class ReaderConfig:
    """Architecture of an `AttributeReader`.

    Attributes:
        widths: channels after each halving of the resolution.
        cells: side of the grid of features that the answers are read from.
        hidden: width of the layer before the answers.
    """

    widths: tuple[int, ...] = (16, 24, 40, 64)
    cells: int = 8
    hidden: int = 96


class AttributeReader(nn.Module):
    """Reads sleeve, pattern and neckline off a picture of 128 px."""

    def __init__(self, config: ReaderConfig) -> None:
        """Builds the untrained network."""
        super().__init__()
        self.config = config
        channels = (3, *config.widths)
        blocks = [down_block(a, b) for a, b in pairwise(channels)]
        self.trunk = nn.Sequential(*blocks, ResidualBlock(config.widths[-1]))
        features = config.widths[-1] * config.cells**2
        self.drop = nn.Dropout(0.2)
        self.hidden = nn.Sequential(nn.Linear(features, config.hidden), nn.SiLU())
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(config.hidden, len(classes))
                for name, classes in READER_CLASSES.items()
            }
        )

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits per attribute, `[B, classes]`, of `image` `[B, 3, 128, 128]` in [0, 1]."""
        hidden = self.features(image)
        return {name: head(hidden) for name, head in self.heads.items()}

    def features(self, image: Tensor) -> Tensor:
        """Features `[B, hidden]` that the answers are read from."""
        cells = self.trunk(check_image(image) * 2 - 1).flatten(1)
        return self.hidden(self.drop(cells))
