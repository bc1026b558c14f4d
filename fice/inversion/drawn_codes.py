"""Which codes of a W+ were drawn at random, and the z that each came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.layer_groups import GROUP_NAMES, GroupName, LayerGroups
from ..base.types import Synthesizer


@dataclass(frozen=True, eq=False)
class DrawnCodes:
    """The z behind the codes of a W+, per layer group in the order of `GROUP_NAMES`.

    A code whose z is known can be moved in Z: through the mapping network it stays among the codes
    that the generator was trained on, which W+ is mostly not.

    Attributes:
        z: `[B, 3, z_dim]`, zeros where nothing was drawn.
        drawn: `[B, 3]` bool, whether all layers of a group carry the code of its z.
        truncation_psi: how the codes are mapped.
    """

    z: Tensor
    drawn: Tensor
    truncation_psi: float = 1.0

    @staticmethod
    def none(ws: Tensor, synthesizer: Synthesizer, truncation_psi: float = 1.0) -> DrawnCodes:
        """Those of a `ws` `[B, num_ws, w_dim]` that nothing was drawn for."""
        z = ws.new_zeros(len(ws), len(GROUP_NAMES), synthesizer.z_dim)
        return DrawnCodes(z, torch.zeros_like(z[..., 0], dtype=torch.bool), truncation_psi)

    def only(self, rows: slice | Tensor) -> DrawnCodes:
        """Those of some images of the batch."""
        return DrawnCodes(self.z[rows], self.drawn[rows], self.truncation_psi)

    def within(self, names: Collection[GroupName]) -> DrawnCodes:
        """Those of the groups `names`; the others count as not drawn."""
        return replace(self, drawn=self.drawn & _among(names, self.z))

    def with_z(self, z: Tensor, names: Collection[GroupName]) -> DrawnCodes:
        """The same after the codes of the groups `names` were drawn from `z` `[B, z_dim]`."""
        among = _among(names, z)
        return DrawnCodes(
            z=torch.where(among[:, None], z[:, None], self.z),
            drawn=self.drawn | among,
            truncation_psi=self.truncation_psi,
        )

    def where(self, mask: Tensor, other: DrawnCodes) -> DrawnCodes:
        """These for the images where `mask` `[B]` is true, `other` for the rest."""
        return DrawnCodes(
            z=torch.where(mask[:, None, None], self.z, other.z),
            drawn=torch.where(mask[:, None], self.drawn, other.drawn),
            truncation_psi=self.truncation_psi,
        )

    def put_into(
        self, ws: Tensor, z: Tensor, synthesizer: Synthesizer, groups: LayerGroups
    ) -> Tensor:
        """`ws` `[B, num_ws, w_dim]` with the codes of `z` `[B, 3, z_dim]` where drawn."""
        codes = synthesizer.sample_w(z.flatten(0, 1), truncation_psi=self.truncation_psi)
        codes = codes.unflatten(0, z.shape[:2])
        drawn = _per_layer(self.drawn.unsqueeze(2), groups)
        return torch.where(drawn, _per_layer(codes, groups), ws)


def _per_layer(values: Tensor, groups: LayerGroups) -> Tensor:
    """Values of the groups `[B, 3, N]` for each of their layers, `[B, num_ws, N]`.

    Not by an index: a GPU would wait for its copy in every step.
    """
    counts = [len(groups.indices(name)) for name in GROUP_NAMES]
    parts = values.split(1, dim=1)
    return torch.cat([x.expand(-1, n, -1) for x, n in zip(parts, counts, strict=True)], 1)


def _among(names: Collection[GroupName], like: Tensor) -> Tensor:
    """Whether each group is one of `names`, `[3]`."""
    return chosen([name in names for name in GROUP_NAMES], like)


def chosen(which: Sequence[bool], like: Tensor) -> Tensor:
    """`which` where `like` is, written there: a copy from here would be waited for."""
    made = torch.zeros(len(which), dtype=torch.bool, device=like.device)
    for index, one in enumerate(which):
        made[index] = one
    return made


def concatenated(parts: list[DrawnCodes]) -> DrawnCodes:
    """Those of several batches as one."""
    return DrawnCodes(
        z=torch.cat([part.z for part in parts]),
        drawn=torch.cat([part.drawn for part in parts]),
        truncation_psi=parts[0].truncation_psi,
    )
