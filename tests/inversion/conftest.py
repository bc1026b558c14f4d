"""A generator small enough to reason about: its picture is linear in its codes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from fice.base.layer_groups import LayerGroups


@dataclass
class Toy:
    """Pixel (0, layer, d) shows element d of the code of that layer, in all three channels."""

    num_ws: int = 6
    w_dim: int = 4
    z_dim: int = 4
    fingerprint: str = "toy"
    layer_groups: LayerGroups | None = None

    @property
    def resolution(self):
        return (self.num_ws, self.w_dim)

    @property
    def w_avg(self):
        return torch.zeros(self.w_dim)

    @property
    def w_std(self):
        return torch.tensor([1.0, 2.0, 0.5, 1.0])

    def synthesize(self, ws, *, recompute=False):
        del recompute
        return ws.unsqueeze(1).expand(-1, 3, -1, -1) * 0.5 + 0.5

    def sample_w(self, z, *, truncation_psi=1.0):
        return z * truncation_psi


@pytest.fixture
def toy():
    return Toy()
