from __future__ import annotations

import pytest
import torch

from fice.base.errors import ShapeError
from fice.base.layer_groups import LayerGroups
from fice.edits import GroupStrengths, blend_ws, edit_strength

LAYERS = LayerGroups(pose=range(2), shape=range(2, 4), texture=range(4, 6))


def ws(seed, batch=2):
    return torch.randn(batch, 6, 8, generator=torch.Generator().manual_seed(seed))


def test_ends_are_exact():
    assert torch.equal(blend_ws(ws(0), ws(1), 0.0), ws(0))
    assert torch.equal(blend_ws(ws(0), ws(1), 1.0), ws(1))


@pytest.mark.parametrize("strength", [-0.5, 0.3, 0.5, 1.7])
def test_formula(strength):
    expected = ws(0) + strength * (ws(1) - ws(0))
    torch.testing.assert_close(edit_strength(ws(0), ws(1), strength), expected)


def test_groups():
    groups = GroupStrengths(pose=0.0, shape=1.0, texture=0.5)
    mixed = blend_ws(ws(0), ws(1), 1.0, groups, LAYERS)
    assert torch.equal(mixed[:, :2], ws(0)[:, :2])
    assert torch.equal(mixed[:, 2:4], ws(1)[:, 2:4])
    torch.testing.assert_close(mixed[:, 4:], (ws(0) + ws(1))[:, 4:] / 2)


def test_one_for_all():
    assert blend_ws(ws(0, 1), ws(1, 3), 0.5).shape == (3, 6, 8)
    assert blend_ws(ws(0, 3), ws(1, 1), 0.5).shape == (3, 6, 8)


def test_other_generators_are_refused():
    with pytest.raises(ShapeError, match="one generator"):
        blend_ws(ws(0), torch.zeros(2, 5, 8), 0.5)
    with pytest.raises(ShapeError):
        blend_ws(ws(0, 2), ws(1, 3), 0.5)
