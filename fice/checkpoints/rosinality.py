"""rosinality's stylegan2-pytorch `.pt`, also inside of e4e and pSp files (formats, section 4).

Only names and singleton dimensions differ from NVIDIA's: nothing is flipped or rescaled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..networks.stylegan2 import config_from_state, generator_from_state, latent_statistics
from ..networks.stylegan2.upfirdn import binomial_filter
from .generator_weights import GeneratorFormat, GeneratorWeights, tensors
from .reader import Checkpoint
from .tensors import entries

STYLE_LAYER_OFFSET = 1  # `style.0` is the normalisation of z
DETECT_KEY = "conv1.conv.modulation.weight"

# What follows the layer's name, and NVIDIA's name of it.
LAYER_PARTS = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
    "bias": "bias",
}

# Dimensions that NVIDIA's tensors have, by the end of their name.
NDIMS = (
    ("noise_strength", 0),
    ("noise_const", 2),
    ("b4.const", 3),
    ("bias", 1),
    ("conv0.weight", 4),
    ("conv1.weight", 4),
    ("torgb.weight", 4),
)

DERIVED = re.compile(r".*(blur|upsample)\.kernel|to_rgb.*\.conv\.blur.*")  # the fixed FIR filter


def rosinality_weights(found: Mapping[str, object], latent_avg: object) -> GeneratorWeights:
    """Generator weights from rosinality's names.

    Args:
        found: state dict of its `Generator`.
        latent_avg: mean of W, `[w_dim]` or one row per layer; None = estimated from samples.

    Raises:
        CheckpointError: if a name is unknown, or the generator incomplete.
    """
    state: dict[str, Tensor] = {}
    for name, tensor in tensors(found).items():
        if not DERIVED.fullmatch(name):
            renamed = nvidia_name(name)
            state[renamed] = _without_singletons(renamed, tensor)
    for name in [name for name in state if name.endswith("conv1.weight")]:
        height = name.split(".")[1]
        layers = ["", ".conv1"] if height == "b4" else ["", ".conv0", ".conv1"]
        for layer in layers:
            state[f"synthesis.{height}{layer}.resample_filter"] = binomial_filter()
    return _with_w_avg(state, latent_avg)


def nvidia_name(name: str) -> str:
    """NVIDIA's name of the tensor that rosinality calls `name`.

    Raises:
        CheckpointError: if its generator has no such tensor.
    """
    for pattern, rename in NAMES:
        match = pattern.fullmatch(name)
        if match:
            return rename(*match.groups())
    raise CheckpointError(f"the generator has a tensor {name[:60]} that is not known here.")


def _mapping(index: str, part: str) -> str:
    return f"mapping.fc{int(index) - STYLE_LAYER_OFFSET}.{part}"


def _first(kind: str, part: str) -> str:
    layer = "conv1" if kind == "conv1" else "torgb"
    return f"synthesis.b4.{layer}.{LAYER_PARTS[part]}"


def _conv(index: str, part: str) -> str:
    """Convolutions are numbered in pairs, from height 8 on."""
    height, position = 8 << int(index) // 2, int(index) % 2
    return f"synthesis.b{height}.conv{position}.{LAYER_PARTS[part]}"


def _torgb(index: str, part: str) -> str:
    return f"synthesis.b{8 << int(index)}.torgb.{LAYER_PARTS[part]}"


def _noise(index: str) -> str:
    """Noise 0 is that of the first layer, the others are numbered as convolutions."""
    if int(index) == 0:
        return "synthesis.b4.conv1.noise_const"
    number = int(index) - 1
    return f"synthesis.b{8 << number // 2}.conv{number % 2}.noise_const"


_PART = "(" + "|".join(map(re.escape, LAYER_PARTS)) + ")"

# rosinality's names, and how to make NVIDIA's from what is in brackets.
NAMES: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (re.compile(r"style\.(\d{1,2})\.(weight|bias)", re.ASCII), _mapping),
    (re.compile(r"input\.input"), lambda: "synthesis.b4.const"),
    (re.compile(rf"(conv1|to_rgb1)\.{_PART}"), _first),
    (re.compile(rf"convs\.(\d{{1,2}})\.{_PART}", re.ASCII), _conv),
    (re.compile(rf"to_rgbs\.(\d{{1,2}})\.{_PART}", re.ASCII), _torgb),
    (re.compile(r"noises\.noise_(\d{1,2})", re.ASCII), _noise),
)


def _without_singletons(name: str, tensor: Tensor) -> Tensor:
    """`tensor` without the leading (and for a bias, trailing) dimensions of size 1."""
    ndim = next((n for suffix, n in NDIMS if name.endswith(suffix)), tensor.ndim)
    while tensor.ndim > ndim and tensor.shape[0] == 1:
        tensor = tensor[0]
    while tensor.ndim > ndim and tensor.shape[-1] == 1:
        tensor = tensor[..., 0]
    return tensor


def _with_w_avg(state: dict[str, Tensor], latent_avg: object) -> GeneratorWeights:
    if isinstance(latent_avg, Tensor):
        w_avg = latent_avg.float()
        while w_avg.ndim > 1 and len(w_avg):
            w_avg = w_avg[0]
        state["mapping.w_avg"] = w_avg
        return GeneratorWeights(config_from_state(state, None), state)
    config = config_from_state(state, None)
    state["mapping.w_avg"] = torch.zeros(config.w_dim)
    generator = generator_from_state(state, config)
    state["mapping.w_avg"] = latent_statistics(generator.mapping)[0]
    return GeneratorWeights(config, state)


def _detect(checkpoint: Checkpoint) -> bool:
    return DETECT_KEY in entries(entries(checkpoint.content).get("g_ema"))


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    content = entries(checkpoint.content)
    return rosinality_weights(entries(content.get("g_ema")), content.get("latent_avg"))


ROSINALITY = GeneratorFormat("rosinality .pt", _detect, _read)
