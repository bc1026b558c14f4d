"""Rendered figures as training batches, optionally mixed with the generator's own pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...base.files import StrPath
from ...demo.world.arrays import ByteArray
from ...demo.world.attributes import ATTRIBUTE_COLUMNS, Attributes
from ...demo.world.dataset import Dataset, open_dataset, render_figures

ATTRIBUTE_CLASSES: dict[str, tuple[str, ...]] = {
    name: ATTRIBUTE_COLUMNS[name] for name in ("colour", "sleeve", "pattern", "neckline")
}
"""The attributes that an edit may name, with their classes."""

_COLUMN_ORDER = tuple(ATTRIBUTE_COLUMNS)


@dataclass(frozen=True)
class FigureData:
    """Figures of a data set folder.

    Attributes:
        arrays: the memory-mapped arrays, row i = figure i.
        factors: `[N, F]` float32.
        attributes: of each figure.
        label_table: `[N, 4]` int64 classes of `ATTRIBUTE_CLASSES`, -1 = ambiguous.
        patterned: indices of the figures whose garment is not plain.
        samples: the generator's pictures of the first M figures, `[M, H, W, 3]` uint8, or None.
        sample_share: share of a batch that `mixed_images` takes from `samples`.
    """

    arrays: Dataset
    factors: Tensor
    attributes: list[Attributes] = field(repr=False)
    label_table: Tensor
    patterned: Tensor
    samples: ByteArray | None = None
    sample_share: float = 0.5

    @staticmethod
    def load(folder: StrPath, samples: StrPath | None = None) -> FigureData:
        """Opens a finished data set; `samples` is a `.npy` file aligned with its first rows."""
        pictures = None if samples is None else np.load(samples, mmap_mode="r")
        return FigureData.of(open_dataset(folder), pictures)

    @staticmethod
    def render(first_seed: int, count: int) -> FigureData:
        """Renders the figures of consecutive seeds at 128 px, in memory."""
        return FigureData.of(render_figures(first_seed, count))

    @staticmethod
    def of(arrays: Dataset, samples: ByteArray | None = None) -> FigureData:
        """Figures of `arrays`, with the tables that training needs."""
        codes = np.asarray(arrays.attributes)
        columns = [_COLUMN_ORDER.index(name) for name in ATTRIBUTE_CLASSES]
        solid = ATTRIBUTE_COLUMNS["pattern"].index("solid")
        patterned = np.flatnonzero(codes[:, _COLUMN_ORDER.index("pattern")] > solid)
        return FigureData(
            arrays=arrays,
            factors=torch.from_numpy(np.array(arrays.factors)),
            attributes=[Attributes.from_codes(row) for row in codes],
            label_table=torch.from_numpy(codes[:, columns].astype(np.int64)),
            patterned=torch.from_numpy(patterned),
            samples=samples,
        )

    def __len__(self) -> int:
        """Number of figures."""
        return len(self.factors)

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Random figures, `[count]`; `sample_share` of them with a sample if there are any."""
        indices = torch.randint(0, len(self), (count,), generator=random)
        if self.samples is None:
            return indices
        sampled = round(count * self.sample_share)
        indices[:sampled] = torch.randint(0, len(self.samples), (sampled,), generator=random)
        return indices[torch.randperm(count, generator=random)]

    def images(self, indices: Tensor) -> Tensor:
        """Renders `[B, 3, H, W]` in [0, 1]."""
        return to_unit_range(_rows(self.arrays.images, indices))

    def mixed_images(self, indices: Tensor, random: torch.Generator) -> Tensor:
        """Renders, or for a share of the batch the generator's pictures of the same figures."""
        if self.samples is None:
            return self.images(indices)
        count = round(len(indices) * self.sample_share)
        order = torch.randperm(len(indices), generator=random)
        order = order[indices[order] < len(self.samples)]
        sampled = torch.zeros(len(indices), dtype=torch.bool)
        sampled[order[:count]] = True
        pixels = torch.empty((len(indices), *self.samples.shape[1:]), dtype=torch.uint8)
        pixels[sampled] = _rows(self.samples, indices[sampled])
        pixels[~sampled] = _rows(self.arrays.images, indices[~sampled])
        return to_unit_range(pixels)

    def regions(self, indices: Tensor) -> Tensor:
        """Region classes `[B, H, W]` uint8."""
        return _rows(self.arrays.regions, indices)

    def parts(self, indices: Tensor) -> Tensor:
        """DensePose parts `[B, H/2, W/2]` int64."""
        return _rows(self.arrays.chart_i, indices)[:, ::2, ::2].long()

    def coordinates(self, indices: Tensor) -> Tensor:
        """Coordinates u and v on the parts, `[B, 2, H/2, W/2]` in [0, 1]."""
        return _rows(self.arrays.chart_uv, indices).float() / 255

    def labels(self, name: str, indices: Tensor) -> Tensor:
        """Classes of attribute `name`, `[B]` int64, -1 = ambiguous."""
        return self.label_table[indices, list(ATTRIBUTE_CLASSES).index(name)]


def to_unit_range(images: Tensor) -> Tensor:
    """uint8 `[B, H, W, 3]` to float32 `[B, 3, H, W]` in [0, 1], channels last in memory."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def _rows(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], indices: Tensor) -> Tensor:
    return torch.from_numpy(array[indices.numpy()])
