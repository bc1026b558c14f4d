"""What the mapping network consists of: small networks, each for a few latents and few factors.

A fully connected network has to find out that the sleeve does not depend on the hair, and spends
its width on it. Which parameter depends on which latents is known (`fice.demo.world.factors`), so
each part sees only those, and the parts become one network in `mapping_assembly`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from ....demo.world.factor_types import factor_indices
from ....demo.world.factors import latent_indices
from ....networks.stylegan2.linear import EqualizedLinear

DEPTH = 4  # activated layers of a part; with three, colours that switch sharply stay blended


@dataclass(frozen=True)
class Part:
    """One small network of the mapping.

    Attributes:
        name: of its checkpoint and curve.
        latents: names of the latents that it reads.
        factors: names of the factors that it writes.
        width: of its layers.
        known: names of factors that it reads too; parts before it write them.
    """

    name: str
    latents: tuple[str, ...]
    factors: tuple[str, ...]
    width: int
    known: tuple[str, ...] = ()

    @property
    def reads(self) -> list[int]:
        """Its entries of z."""
        return latent_indices(*self.latents)

    @property
    def reads_known(self) -> list[int]:
        """Its entries of the factor vector that other parts have written."""
        return factor_indices(*self.known)

    @property
    def writes(self) -> list[int]:
        """Its entries of the factor vector."""
        return factor_indices(*self.factors)


FIRST = (
    Part(
        "body",
        ("arms", "body"),
        (
            *("upper_directions", "lower_directions", "shoulders_x", "elbows", "wrists", "hands"),
            *("centre_x", "half_widths"),
        ),
        48,
    ),
    Part("head", ("body", "head", "hair_length", "bun"), ("head", "hair", "bun"), 24),
    Part("sleeve", ("sleeve",), ("sleeve", "sleeve_weights"), 16),
    Part("neckline", ("neckline",), ("neckline_weights", "neckline"), 32),
    Part(
        "cloth",
        ("dress", "hem", "looseness", "skirt"),
        ("dress", "hem", "looseness", "skirt"),
        24,
    ),
    Part("garment", ("garment", "garment_shade"), ("garment_rgb",), 76),
    Part("lower", ("lower", "lower_shade"), ("lower_rgb",), 60),
    Part("pattern", ("pattern",), ("pattern_weights",), 30),
    Part(
        "face",
        ("background", "gradient", "skin", "hair", "face"),
        ("background_rgb", "background_gradient", "skin_rgb", "hair_rgb", "lips_rgb", "face"),
        36,
    ),
)
"""Parts that read latents only."""

SECOND = Part(
    "second",
    ("second",),
    ("second_rgb", "pattern_tints"),
    220,
    known=("garment_rgb", "pattern_weights"),
)
"""The pattern's colour has to contrast with the garment's, which must be known first."""


class PartNetwork(nn.Module):
    """`DEPTH` activated layers and a linear one, from what a part reads to what it writes."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        inputs = len(part.reads) + len(part.reads_known)
        widths = [inputs, *[part.width] * DEPTH]
        self.hidden = nn.ModuleList(
            EqualizedLinear(a, b, activate=True) for a, b in pairwise(widths)
        )
        self.out = EqualizedLinear(part.width, len(part.writes))

    def forward(self, x: Tensor) -> Tensor:
        """Maps `[N, inputs]` to standardised factors `[N, outputs]`."""
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)
