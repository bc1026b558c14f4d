"""Distances between sets of pictures: KID and CMMD on the features of any network.

Both are maximum mean discrepancies, unbiased: KID with a cubic kernel (arXiv 1801.01401), CMMD with
a Gaussian one of width 10 on unit vectors, times 1000 (arXiv 2401.09603; the biased estimate there
is larger by a constant of the number of pictures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from ..demo.metrics import cubic_kernel
from .bootstrap import Floats, Interval, interval

SCALE = 1000.0
CMMD_WIDTH = 10.0
FEWEST_FOR_KID = 200  # below that its spread is larger than the differences of good methods

Kernel = Callable[[Tensor, Tensor], Tensor]


def gaussian_kernel(one: Tensor, other: Tensor) -> Tensor:
    """`exp(-|a - b|² / (2 · 10²))` of features `[N, E]` and `[M, E]` scaled to unit length."""
    one, other = (torch.nn.functional.normalize(x.double(), dim=1) for x in (one, other))
    return torch.exp(-torch.cdist(one, other).square() / (2 * CMMD_WIDTH**2))


KERNELS: Mapping[str, Kernel] = {"kid": cubic_kernel, "cmmd": gaussian_kernel}


def set_distance(kernel: Kernel, edited: Tensor, real: Tensor) -> Interval | None:
    """Unbiased squared MMD times 1000 with an interval over the edited pictures.

    The real pictures are held fixed. A case that a resample holds twice is never compared with
    itself, which would count as likeness.

    Args:
        kernel: of two sets of features.
        edited: features `[N, E]` of the edited pictures, N > 1.
        real: features `[M, E]` of real ones, M > 1.
    """
    parts = _Parts(kernel, edited, real)
    return interval(parts.distance, len(edited))


def set_difference(kernel: Kernel, one: Tensor, other: Tensor, real: Tensor) -> Interval | None:
    """The distance of `one` less that of `other`, features `[N, E]` of the same cases."""
    ours, theirs = _Parts(kernel, one, real), _Parts(kernel, other, real)
    return interval(lambda counts: ours.distance(counts) - theirs.distance(counts), len(one))


class _Parts:
    """The three means of an MMD, for any counts of the edited pictures."""

    def __init__(self, kernel: Kernel, edited: Tensor, real: Tensor) -> None:
        among = kernel(edited, edited)
        self._among: Floats = (among - torch.diag(among.diagonal())).numpy()
        self._across: Floats = kernel(edited, real).mean(1).numpy()
        own = kernel(real, real)
        count = len(real)
        self._real = ((own.sum() - own.diagonal().sum()) / (count * (count - 1))).item()

    def distance(self, counts: Floats) -> Floats:
        """Distances `[R]` of resamples with `counts` `[R, N]`."""
        total = counts.sum(1)
        # Pairs of two different cases only.
        pairs = total**2 - np.square(counts).sum(1)
        with np.errstate(invalid="ignore"):  # a resample of a single case has no pairs
            among = np.einsum("rn,rn->r", counts @ self._among, counts) / pairs
        across = counts @ self._across / total
        return SCALE * (among + self._real - 2 * across)
