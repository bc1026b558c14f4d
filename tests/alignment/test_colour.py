from __future__ import annotations

import pytest
import torch

from fice.alignment import measure_cast, without_cast
from fice.alignment.oklab import from_oklab, to_oklab


def scene(seed=0, size=120):
    source = torch.Generator().manual_seed(seed)
    patches = torch.rand(1, 3, 12, 12, generator=source) * 0.7 + 0.1
    patches = 0.7 * patches.mean(1, keepdim=True) + 0.3 * patches  # as photos are, mostly grey
    return torch.nn.functional.interpolate(patches, (size, size), mode="nearest")


def warm(image):
    """A warmer white balance and a little more exposure."""
    return (image * torch.tensor([1.12, 1.02, 0.9]).view(1, 3, 1, 1)).clamp(0, 1)


def everywhere(image):
    return torch.ones_like(image[:, :1])


def test_oklab_there_and_back():
    colours = torch.rand(3, 500, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(from_oklab(to_oklab(colours)), colours, atol=1e-4)


def test_white_is_light_and_has_no_colour():
    white = to_oklab(torch.ones(3, 1))
    assert white.flatten().tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)


@pytest.mark.parametrize("model", ["global", "local"])
def test_a_cast_is_undone(model):
    photo = scene()
    cast = measure_cast(photo, warm(photo), everywhere(photo), model)
    assert cast.delta > 2.5
    assert cast.left < 0.35 * cast.delta
    assert float((without_cast(warm(photo), cast) - photo).abs().mean()) < 0.01


def test_an_intended_colour_does_not_count_as_a_cast():
    photo = scene()
    edited = photo.clone()
    edited[..., 40:80, 40:80] = torch.tensor([0.8, 0.1, 0.1]).view(3, 1, 1)
    cast = measure_cast(photo, edited, everywhere(photo))
    assert cast.delta < 0.5
    assert float((without_cast(edited, cast) - edited).abs().max()) < 0.02


def test_no_cast_changes_nothing():
    photo = scene()
    cast = measure_cast(photo, photo, everywhere(photo))
    assert cast.delta == pytest.approx(0.0, abs=1e-6)
    assert float((without_cast(photo, cast) - photo).abs().max()) < 2e-3


def test_nothing_to_compare():
    photo = scene()
    cast = measure_cast(photo, warm(photo), torch.zeros_like(photo[:, :1]))
    assert cast.delta == 0.0


def test_a_local_cast_needs_the_local_model():
    photo = scene(size=240)
    slope = torch.linspace(0.85, 1.15, 240).view(1, 1, 1, 240)
    edited = (photo * slope).clamp(0, 1)
    left = {}
    for model in ("global", "local"):
        cast = measure_cast(photo, edited, everywhere(photo), model)
        left[model] = float((without_cast(edited, cast) - photo).abs().mean())
    assert left["local"] < 0.6 * left["global"]
