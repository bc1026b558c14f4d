"""StyleGAN-Human's latent directions as saved edits, against its own code (sghuman_edit.json)."""

from pathlib import Path

import pytest
import torch

from fice.checkpoints.rosinality import rosinality_weights
from fice.edits import EVERYTHING, apply_edit, import_direction, load_edit, save_edit
from fice.networks.stylegan2 import generator_that_takes

DIRECTIONS = Path(__file__).parent / "data" / "sghuman_latent_direction"
ATTRIBUTES = ("upper_length", "bottom_length")
STRENGTHS = {"full": 1.0, "half": 0.5}


@pytest.fixture(scope="module")
def case(read_case):
    return read_case("sghuman_edit")


@pytest.fixture(scope="module")
def generator(case, recipe):
    """Height 1024 with few channels; the noise is by recipe, as it would be most of the file."""
    _, tensors = case
    state = {k.removeprefix("sd."): v for k, v in tensors.items() if k.startswith("sd.")}
    heights = [4] + [8 << i // 2 for i in range(16)]
    shapes = {f"noises.noise_{i}": (1, 1, h, h // 2) for i, h in enumerate(heights)}
    noises = recipe.recipe_state(shapes, "sghuman_edit", unit=".")
    weights = rosinality_weights({**state, **noises}, tensors["io.mean_latent"])
    built = generator_that_takes(weights.state, weights.config, fingerprint="0123456789abcdef")
    return built.freeze()


@pytest.fixture(params=ATTRIBUTES)
def attribute(request):
    return request.param


@pytest.fixture
def edit(attribute, generator, tmp_path):
    """A direction as it comes back from its file."""
    made = import_direction(DIRECTIONS / f"sefa_{attribute}.pt", generator)
    save_edit(tmp_path / "edit.safetensors", made)
    return load_edit(tmp_path / "edit.safetensors")


def starts(tensors):
    """The codes before the edit, as they are and drawn to the mean as the authors do."""
    ws, mean = tensors["io.ws"], tensors["io.mean_latent"]
    return {"psi1": ws, "psi0.8": mean + 0.8 * (ws - mean)}


@pytest.mark.parametrize("psi", ["psi1", "psi0.8"])
@pytest.mark.parametrize("strength", STRENGTHS)
def test_codes(case, generator, attribute, edit, psi, strength, absolute_error):
    _, tensors = case
    start = starts(tensors)[psi]
    amount = STRENGTHS[strength]
    ws = apply_edit(start, edit, generator, mode="add", strength=amount, groups=EVERYTHING)
    expected = tensors[f"io.{attribute}.{psi}.sefa.{strength}.ws"]
    assert absolute_error(ws, expected, "W+") < 1e-6
    moved = (ws != start).any(2)[0].nonzero().flatten().tolist()
    assert moved == [4, 5, 6, 7]


@pytest.mark.parametrize("psi", ["psi1", "psi0.8"])
@torch.no_grad()
def test_images(case, generator, attribute, edit, psi, absolute_error):
    _, tensors = case
    start = starts(tensors)[psi]
    ws = apply_edit(start, edit, generator, mode="add", groups=EVERYTHING)
    image = (generator.synthesize(ws) * 2 - 1)[:, :, 8::32, 8::32]
    expected = tensors[f"io.{attribute}.{psi}.sefa.image"]
    assert absolute_error(image, expected, "image") < 1e-4


def test_delta_is_the_vector_of_the_file(generator, attribute, edit):
    """Bit for bit: 2 · 5 · v, not rounded to half precision."""
    vector = torch.load(DIRECTIONS / f"sefa_{attribute}.pt", map_location="cpu")[0]
    assert torch.equal(edit.delta[4:8], (2 * 5.0 * vector).expand(4, -1))
    assert not edit.delta[:4].any()
    assert not edit.delta[8:].any()
    assert edit.generator == generator.fingerprint
