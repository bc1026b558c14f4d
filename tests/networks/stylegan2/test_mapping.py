from __future__ import annotations

import pytest
import torch

from fice.base.errors import ShapeError
from fice.networks.stylegan2 import GeneratorConfig, MappingNetwork


def _mapping(**changes):
    torch.manual_seed(0)
    config = GeneratorConfig(
        **{"z_dim": 6, "w_dim": 8, "resolution": 16, "channels": {4: 4, 8: 4, 16: 4}, **changes}
    )
    mapping = MappingNetwork(config)
    mapping.w_avg.copy_(torch.randn(8))
    return mapping


def test_the_same_w_in_every_layer():
    ws = _mapping()(torch.randn(2, 6))
    assert ws.shape == (2, 6, 8)
    assert torch.equal(ws, ws[:, :1].expand_as(ws))


def test_z_is_normalised_so_its_length_does_not_matter():
    mapping, z = _mapping(), torch.randn(2, 6)
    torch.testing.assert_close(mapping.to_w(z), mapping.to_w(5 * z))


def test_psi_0_is_the_mean_and_the_cutoff_limits_it():
    mapping, z = _mapping(), torch.randn(2, 6)
    ws = mapping(z, truncation_psi=0.0, truncation_cutoff=4)
    torch.testing.assert_close(ws[:, :4], mapping.w_avg.expand(2, 4, 8))
    torch.testing.assert_close(ws[:, 4:], mapping(z)[:, 4:])


def test_hidden_width_and_depth_are_free():
    mapping = _mapping(mapping_dim=12, num_mapping_layers=3)
    assert [p.shape for n, p in mapping.named_parameters() if n.endswith("weight")] == [
        (12, 6),
        (12, 12),
        (8, 12),
    ]


def test_no_class_is_a_label_of_zeros():
    mapping, z = _mapping(c_dim=3), torch.randn(2, 6)
    torch.testing.assert_close(mapping.to_w(z), mapping.to_w(z, torch.zeros(2, 3)))
    assert not torch.allclose(mapping.to_w(z), mapping.to_w(z, torch.eye(3)[:2]))


def test_wrong_shapes_are_named():
    with pytest.raises(ShapeError, match=r"z has shape \[2, 7\], expected \[B, 6\]"):
        _mapping()(torch.randn(2, 7))
    with pytest.raises(ShapeError, match=r"c has shape \[1, 3\], expected \[2, 3\]"):
        _mapping(c_dim=3)(torch.randn(2, 6), torch.zeros(1, 3))
