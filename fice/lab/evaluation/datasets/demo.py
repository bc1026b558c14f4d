"""The demo world's held-out split: figures and texts that no network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ....demo.showcase import figure
from ....demo.world.attributes import Attributes
from ....demo.world.captions import caption
from ....demo.world.factors import decode, draw_z
from ...demo.cases import FIRST_FIGURE, draw_case
from ..case import Asked, Case

SIZE = 128  # pixels of a figure
# Real pictures are of other figures than the cases: edits of the same ones would be too close.
FIRST_REAL = FIRST_FIGURE + 1_000_000
CASES = 10_000  # as many as anyone asks for; the generator of cases has no end


@dataclass(frozen=True)
class DemoCases:
    """Drawn figures with texts that ask for one to three other attributes.

    Attributes:
        name: in reports.
        fingerprint: another number is another way of drawing cases.
    """

    name: str = "demo"
    fingerprint: str = "demo-1"

    def state(self, index: int) -> str:
        """A figure is drawn by its number, in the way that the fingerprint names."""
        return f"{self.fingerprint} {index}"

    def __len__(self) -> int:
        """Number of cases."""
        return CASES

    def ids(self) -> Sequence[str]:
        """The id of each case."""
        return [_name(index) for index in range(CASES)]

    def asked(self, index: int) -> Asked:
        """What the case `index` is asked for."""
        return self.case(index)

    def problem(self, index: int) -> str:
        """Empty: every figure can be drawn."""
        del index
        return ""

    def case(self, index: int) -> Case:
        """The case `index`, see `fice.lab.demo.cases.draw_case`."""
        drawn = draw_case(index)
        worn = Attributes.of(decode(draw_z(drawn.figure_seed)))
        rng = np.random.default_rng([78, index])
        said = caption(worn, rng, frozenset(drawn.targets), explicit=True)
        image = figure(drawn.figure_seed, SIZE)
        return Case(_name(index), drawn.text, said, dict(drawn.targets), image=image)

    def real(self, index: int) -> Tensor:
        """A figure that is no case."""
        return figure(FIRST_REAL + index, SIZE)


def _name(index: int) -> str:
    return f"{index:05d}"
