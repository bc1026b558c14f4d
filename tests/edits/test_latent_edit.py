from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.errors import PairingError, ShapeError
from fice.base.layer_groups import LayerGroups
from fice.edits import EVERYTHING, GroupStrengths, apply_edit, latent_edit


@pytest.fixture
def generator(tiny_models):
    return tiny_models.generator


def ws(seed, batch=1):
    return torch.randn(batch, 6, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_applied_where_it_was_made(generator, mode):
    edit = latent_edit(ws(0), ws(1), generator, text="red")
    again = apply_edit(ws(0), edit, generator, mode=mode, groups=EVERYTHING)
    torch.testing.assert_close(again, ws(1))
    assert torch.equal(apply_edit(ws(0), edit, generator, mode=mode, strength=0.0), ws(0))


def test_added_to_others(generator):
    edit = latent_edit(ws(0), ws(1), generator)
    others = ws(2, batch=3)
    added = apply_edit(others, edit, generator, mode="add", strength=0.5, groups=EVERYTHING)
    torch.testing.assert_close(added, others + 0.5 * (ws(1) - ws(0)))


def test_in_place_of_what_others_wear(generator):
    edit = latent_edit(ws(0), ws(1), generator)
    others = ws(2, batch=3)
    worn = apply_edit(others, edit, generator)
    layers = LayerGroups.by_resolution(6)
    garment = list(layers.indices("shape", "texture"))
    torch.testing.assert_close(worn[:, garment], ws(1)[:, garment].expand(3, -1, -1))
    assert torch.equal(worn[:, list(layers.pose)], others[:, list(layers.pose)])


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_groups_use_the_layers_of_the_generator(generator, mode):
    edit = latent_edit(ws(0), ws(1), generator)
    groups = GroupStrengths(pose=0.0, shape=0.0, texture=1.0)
    changed = (apply_edit(ws(2), edit, generator, mode=mode, groups=groups) != ws(2)).any(2)[0]
    assert changed.tolist() == [False, False, False, True, True, True]


def test_another_generator(generator):
    edit = latent_edit(ws(0), ws(1), generator, text="a red dress")
    other = replace(edit, generator="other")
    with pytest.raises(PairingError, match=r"'a red dress' was made with .*fingerprint other"):
        apply_edit(ws(2), other, generator)
    with pytest.raises(PairingError, match="5 layers of 8"):
        apply_edit(ws(2), replace(edit, delta=torch.zeros(5, 8)), generator)


def test_one_image_at_a_time(generator):
    with pytest.raises(ShapeError, match="one image at a time"):
        latent_edit(ws(0, 2), ws(1, 2), generator)
