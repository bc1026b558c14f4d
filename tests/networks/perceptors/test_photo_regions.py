"""The segmenter for photos, with weights that know nothing."""

from __future__ import annotations

import pytest
import torch

from fice.base.errors import ShapeError
from fice.checkpoints import load_segmenter, save_module
from fice.checkpoints.built_in import PHOTOS, built_in_segmenters
from fice.networks.layers import freeze
from fice.networks.perceptors.photo_regions import (
    PHOTO_CLASSES,
    PhotoRegions,
    PhotoRegionsConfig,
    shown_size,
)

TINY = PhotoRegionsConfig(widths=(4, 6, 8, 8, 12), attentions=1, heads=3, size=(96, 64))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return freeze(PhotoRegions(TINY))


@pytest.mark.parametrize("size", [(96, 64), (51, 33), (30, 200), (1, 3)])
def test_photos_of_any_size(network, size):
    seen = network(torch.rand(2, 3, *size))
    whole = seen.background + seen.body + seen.head
    assert whole.shape == (2, 1, *size)
    assert torch.allclose(whole, torch.ones_like(whole), atol=1e-5)
    assert (seen.garment <= seen.body + 1e-6).all()


def test_a_photo_is_shown_at_the_size_of_the_training(network):
    """So a large photo costs no more than a small one, and people keep their proportions."""
    assert shown_size((830, 550), (384, 256)) == (384, 256)
    assert shown_size((4000, 6000), (384, 256)) == (256, 384)
    assert shown_size((256, 256), (384, 256)) == (320, 320)


def test_left_and_right_are_alike(network):
    image = torch.rand(1, 3, 96, 64)
    seen, mirrored = (network.probabilities(one) for one in (image, image.flip(-1)))
    assert torch.allclose(seen, mirrored.flip(-1), atol=1e-5)


def test_garments_are_what_was_asked_for():
    torch.manual_seed(0)
    both = PhotoRegions(TINY, ("upper", "lower"))
    upper = PhotoRegions(TINY, ("upper",))
    upper.load_state_dict(both.state_dict())
    photo = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        classes = freeze(upper).probabilities(photo)
        at = {name: classes[:, [index]] for index, name in enumerate(PHOTO_CLASSES)}
        garment = freeze(upper)(photo).garment
        assert torch.allclose(garment, at["upper"] + at["outerwear"], atol=1e-6)
        wider = freeze(both)(photo).garment
        assert torch.allclose(wider, garment + at["lower"], atol=1e-6)


def test_gradients_reach_the_photo(network):
    photo = torch.rand(1, 3, 64, 48, requires_grad=True)
    network(photo).garment.sum().backward()
    assert photo.grad.abs().sum() > 0


def test_only_photos(network):
    with pytest.raises(ShapeError):
        network(torch.rand(3, 64, 48))


def test_through_a_file(network, tmp_path):
    path = tmp_path / "photos.safetensors"
    save_module(path, "photo_regions", network)
    photo = torch.rand(1, 3, 64, 48)
    loaded = load_segmenter(path, ("lower",))
    assert torch.equal(loaded(photo).head, network(photo).head)
    assert not torch.equal(loaded(photo).garment, network(photo).garment)


def test_names_are_offered_where_the_weights_are(tmp_path):
    assert built_in_segmenters(tmp_path) == {}
    path = tmp_path / "photo_regions.safetensors"
    path.touch()
    assert built_in_segmenters(tmp_path) == {PHOTOS: path}


def test_the_built_in_weights():
    path = built_in_segmenters()[PHOTOS]
    assert path.stat().st_size <= 8_000_000
    assert isinstance(load_segmenter(PHOTOS), PhotoRegions)
