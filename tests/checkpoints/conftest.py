"""Writers of generator files in every known format, and a machine-made NVIDIA pickle."""

from __future__ import annotations

import io
import pickle
import re

import pytest
import torch

from fice.checkpoints import save_generator
from fice.networks.stylegan2 import Generator, GeneratorConfig
from tools.weights.weight_files import PersistentObject, nvidia_names, persistent

CONFIG = GeneratorConfig(z_dim=4, w_dim=5, resolution=16, channels={4: 4, 8: 3, 16: 3})


@pytest.fixture
def generator():
    torch.manual_seed(0)
    generator = Generator(CONFIG)
    for name, parameter in generator.named_parameters():
        if name.endswith(("noise_strength", "bias")) and "affine" not in name:
            torch.nn.init.normal_(parameter, std=0.3)  # zero at birth, which would hide mistakes
    generator.mapping.w_avg.normal_()
    return generator.freeze()


@pytest.fixture
def nvidia_modules():
    """The dict class of NVIDIA's pickles, while modules of the names in them exist."""
    with nvidia_names() as easy_dict:
        yield easy_dict


@pytest.fixture
def persistent_object(nvidia_modules):
    """The class whose instances pickle as NVIDIA's networks do."""
    return PersistentObject


def rosinality_state(generator):
    """State dict in rosinality's names and shapes, by the table of formats, section 4."""
    state = {}
    for name, tensor in generator.state_dict().items():
        if name.endswith(("resample_filter", "w_avg")):
            continue
        new, shape = _rosinality_name(name), tensor.shape
        if ".torgb.bias" in name:
            shape = (1, 3, 1, 1)
        elif name.endswith((".torgb.weight", "conv0.weight", "conv1.weight", "b4.const")):
            shape = (1, *shape)
        elif "noise_const" in name:
            shape = (1, 1, *shape)
        elif "noise_strength" in name:
            shape = (1,)
        state[new] = tensor.reshape(shape)
    state["to_rgbs.0.upsample.kernel"] = torch.ones(4, 4)
    state["convs.0.conv.blur.kernel"] = torch.ones(4, 4)
    return state


def _rosinality_name(name):
    if match := re.match(r"mapping\.fc(\d)\.(.*)", name):
        return f"style.{int(match[1]) + 1}.{match[2]}"
    if name.endswith("b4.const"):
        return "input.input"
    height, layer, part = re.match(r"synthesis\.b(\d+)\.(\w+)\.(.*)", name).groups()
    level = int(height).bit_length() - 4  # 8 px is level 0
    if layer == "torgb":
        owner = "to_rgb1" if height == "4" else f"to_rgbs.{level}"
        return f"{owner}.{_rosinality_part(part, bias='bias')}"
    number = 2 * level + int(layer[-1])
    if part == "noise_const":
        return f"noises.noise_{number + 1 if height != '4' else 0}"
    owner = "conv1" if height == "4" else f"convs.{number}"
    return f"{owner}.{_rosinality_part(part, bias='activate.bias')}"


def _rosinality_part(part, bias):
    return {
        "weight": "conv.weight",
        "affine.weight": "conv.modulation.weight",
        "affine.bias": "conv.modulation.bias",
        "noise_strength": "noise.weight",
        "bias": bias,
    }[part]


@pytest.fixture
def writers(nvidia_modules):
    """`format: write(path, generator)` for every format."""

    def fice(path, generator, **kwargs):
        state = generator.state_dict()
        torch.save({"G": state, "G_kwargs": {"synthesis_kwargs": {"conv_clamp": None}}}, path)

    def nvidia(path, generator, protocol=3):
        content = nvidia_modules(
            training_set_kwargs=nvidia_modules(path="x"),
            G=None,
            D=None,
            G_ema=persistent(generator),
            augment_pipe=None,
        )
        path.write_bytes(pickle.dumps(dict(content), protocol=protocol))

    def rosinality(path, generator):
        state = rosinality_state(generator)
        torch.save({"g_ema": state, "latent_avg": generator.w_avg}, path)

    def rosinality_legacy(path, generator):
        content = {"g_ema": rosinality_state(generator), "latent_avg": generator.w_avg}
        torch.save(content, path, _use_new_zipfile_serialization=False)

    def e4e(path, generator):
        decoder = {f"decoder.{k}": v for k, v in rosinality_state(generator).items()}
        encoder = {"encoder.input_layer.0.weight": torch.ones(2)}
        latent_avg = generator.w_avg.expand(6, -1)
        torch.save({"state_dict": encoder | decoder, "latent_avg": latent_avg}, path)

    def fice_e4e(path, generator):
        decoder = {f"decoder.{k}": v for k, v in generator.state_dict().items()}
        torch.save({"state_dict": decoder, "latent_avg": torch.zeros(1, 6, 5)}, path)

    return {
        "native": save_generator,
        "nvidia": nvidia,
        "fice": fice,
        "rosinality": rosinality,
        "rosinality legacy": rosinality_legacy,
        "e4e": e4e,
        "fice e4e": fice_e4e,
    }


@pytest.fixture
def legacy_bytes():
    """The bytes that a pickled storage embeds: torch's serialisation before 1.6."""

    def write(value):
        buffer = io.BytesIO()
        torch.save(value, buffer, _use_new_zipfile_serialization=False)
        return buffer.getvalue()

    return write
