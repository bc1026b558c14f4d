"""Our generator against the outputs of NVIDIA's (and StyleGAN-Human's) own code.

Each case holds random weights in NVIDIA's names and what the original made of them in float32;
where a weight file of the same generator is also tested, the weights are taken from that.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fice.checkpoints import load_generator
from fice.networks.stylegan2 import Generator, config_from_state, generator_from_state

DATA = Path(__file__).parent / "data"
WEIGHT_FILES = {
    "sg2_64_skip": "generator_64_fice_format.pt",
    "sghuman_64x32_rect": "sghuman_64x32_rect.pkl",
}
WITHOUT_BLOCKS = {"sg2_64_skip"}  # the file does not hold them
CASES = ["sg2_32_skip", "sg2_64_skip", "sg2_32_resnet", "sg2_32_cond", "sghuman_64x32_rect"]

IMAGE_TOLERANCE = 1e-4  # of images in [-6, 6]; measured: 6e-6
W_TOLERANCE = 1e-5  # measured: 0
GRADIENT_TOLERANCE = 1e-5  # of the largest gradient; measured: 9e-7


class Case:
    def __init__(self, name: str) -> None:
        tensors = load_file(DATA / f"{name}.safetensors")
        self.io = {key[3:]: t for key, t in tensors.items() if key.startswith("io.")}
        self.generator = self._generator(name, tensors)

    def _generator(self, name: str, tensors: dict[str, torch.Tensor]) -> Generator:
        if name in WEIGHT_FILES:
            return load_generator(DATA / WEIGHT_FILES[name]).freeze()
        kwargs = json.loads((DATA / f"{name}.json").read_text())["G_kwargs"]
        state = {key[3:]: t for key, t in tensors.items() if key.startswith("sd.")}
        clamp = kwargs["synthesis_kwargs"]["conv_clamp"]
        return generator_from_state(state, config_from_state(state, clamp))


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return Case(request.param)


def _error(actual, expected, record_property, name):
    assert actual.shape == expected.shape
    error = (actual - expected).abs().max().item()
    record_property(name, error)
    return error


@pytest.mark.parametrize(
    ("name", "truncation"),
    [
        ("w", {}),
        ("w_psi0.7", {"truncation_psi": 0.7}),
        ("w_psi0.7_cutoff4", {"truncation_psi": 0.7, "truncation_cutoff": 4}),
    ],
)
def test_mapping(case, name, truncation, record_property):
    ws = case.generator.mapping(case.io["z"], case.io.get("c"), **truncation)
    assert _error(ws, case.io[name], record_property, name) <= W_TOLERANCE


@pytest.mark.parametrize(
    ("ws", "noise_mode", "image"),
    [
        ("wplus", "const", "img_wplus_const"),
        ("wplus", "none", "img_wplus_none"),
        ("w", "const", "img_w_const"),
        ("w_psi0.7", "const", "img_psi0.7_const"),
    ],
)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_images(case, ws, noise_mode, image, memory_format, record_property):
    synthesis = case.generator.synthesis.to(memory_format=memory_format)
    actual = synthesis(case.io[ws], noise_mode=noise_mode)
    assert _error(actual, case.io[image], record_property, image) <= IMAGE_TOLERANCE


def test_gradient_of_ws(case, record_property):
    ws = case.io["wplus"].clone().requires_grad_()
    (case.generator.synthesis(ws) * case.io["grad_probe"]).sum().backward()
    expected = case.io["grad_wplus"]
    error = _error(ws.grad / expected.abs().max(), expected / expected.abs().max(),
                   record_property, "grad_wplus")  # fmt: skip
    assert error <= GRADIENT_TOLERANCE


@pytest.mark.parametrize("name", [name for name in CASES if name not in WITHOUT_BLOCKS])
def test_block_outputs(name, record_property):
    case = Case(name)
    synthesis = case.generator.synthesis
    heights = sorted({int(key[1:].split(".")[0]) for key in case.io if key.endswith(".x")})
    assert heights == sorted(case.generator.config.channels)
    outputs = {}
    handles = [
        synthesis.block(height).register_forward_hook(
            lambda _m, _a, output, height=height: outputs.__setitem__(height, output)
        )
        for height in heights
    ]
    synthesis(case.io["wplus"][:1])
    for handle in handles:
        handle.remove()
    for height in heights:
        x, image = outputs[height]
        error = _error(x, case.io[f"b{height}.x"], record_property, f"b{height}.x")
        assert error <= IMAGE_TOLERANCE
        if f"b{height}.img" in case.io:
            error = _error(image, case.io[f"b{height}.img"], record_property, f"b{height}.img")
            assert error <= IMAGE_TOLERANCE
