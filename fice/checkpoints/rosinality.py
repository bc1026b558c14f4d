"""rosinality's stylegan2-pytorch `.pt`, also inside of e4e and pSp files (formats, section 4).

Only names and singleton dimensions differ from NVIDIA's: nothing is flipped or rescaled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from fice.checkpoints.generator_weights import (
    GeneratorFormat,
    GeneratorWeights,
    entries,
    tensors,
)
from fice.checkpoints.reader import Checkpoint
from fice.errors import CheckpointError
from fice.stylegan2 import MappingNetwork, config_from_state, latent_statistics
from fice.stylegan2.upfirdn import binomial_filter

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
    layer, _, part = name.partition(".")
    if layer in ("convs", "to_rgbs", "style", "noises"):
        index, _, part = part.partition(".")
        layer = f"{layer}.{index}"
    if layer.startswith("style."):
        return f"mapping.fc{int(layer[6:]) - STYLE_LAYER_OFFSET}.{part}"
    if layer.startswith("noises.noise_"):
        number = int(layer.removeprefix("noises.noise_"))
        return f"{_conv('convs', number - 1) if number else 'synthesis.b4.conv1'}.noise_const"
    if name == "input.input":
        return "synthesis.b4.const"
    if part not in LAYER_PARTS:
        raise CheckpointError(f"the generator has a tensor {name[:60]} that is not known here.")
    return f"{_layer(layer)}.{LAYER_PARTS[part]}"


def _layer(layer: str) -> str:
    """NVIDIA's name of a layer."""
    if layer == "conv1":
        return "synthesis.b4.conv1"
    if layer == "to_rgb1":
        return "synthesis.b4.torgb"
    kind, _, index = layer.partition(".")
    if kind not in ("convs", "to_rgbs") or not index.isdigit():
        raise CheckpointError(f"the generator has a layer {layer[:60]} that is not known here.")
    return _conv(kind, int(index))


def _conv(kind: str, index: int) -> str:
    """Layer `index` of the list `convs` (two per resolution) or `to_rgbs`, which start at 8."""
    if kind == "to_rgbs":
        return f"synthesis.b{8 << index}.torgb"
    return f"synthesis.b{8 << index // 2}.conv{index % 2}"


def _without_singletons(name: str, tensor: Tensor) -> Tensor:
    """`tensor` in NVIDIA's shape."""
    if name.endswith("noise_strength"):
        return tensor.reshape(())
    if name.endswith("noise_const"):
        return tensor.reshape(tensor.shape[-2:])
    if name.endswith(("const", ".weight")) and tensor.ndim in (4, 5) and len(tensor) == 1:
        return tensor[0]
    return tensor.flatten() if name.endswith(".bias") else tensor


def _with_w_avg(state: dict[str, Tensor], latent_avg: object) -> GeneratorWeights:
    if isinstance(latent_avg, Tensor):
        w_dim = latent_avg.shape[-1] if latent_avg.ndim else 0
        w_avg = latent_avg.float().reshape(-1, w_dim)[0] if latent_avg.numel() else latent_avg
        state["mapping.w_avg"] = w_avg
        return GeneratorWeights(config_from_state(state, None), state)
    config = config_from_state(state, None)
    with torch.inference_mode(False):
        mapping = MappingNetwork(config)
        layers = {k.removeprefix("mapping."): v for k, v in state.items() if k.startswith("map")}
        mapping.load_state_dict(layers, strict=False)
    state["mapping.w_avg"] = latent_statistics(mapping)[0]
    return GeneratorWeights(config, state)


def _detect(checkpoint: Checkpoint) -> bool:
    return DETECT_KEY in entries(checkpoint.content, "g_ema")


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    content = entries(checkpoint.content)
    return rosinality_weights(entries(content, "g_ema"), content.get("latent_avg"))


ROSINALITY = GeneratorFormat("rosinality .pt", _detect, _read)
