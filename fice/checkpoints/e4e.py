"""e4e and pSp encoders from their authors' files and FICE's (formats section 1.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..networks.encoders.e4e import IMAGE_SIDE, E4eConfig, E4eEncoder
from ..networks.layers import freeze
from .build_for import build_for
from .reader import Checkpoint
from .state import load_state
from .tensors import entries, state_dict, sub_state

# Name of the class in the file -> whether its heads predict differences to the first code.
RESIDUAL_ENCODERS = {"Encoder4Editing": True, "GradualStyleEncoder": False}

# Maps of the decoder that have the proportions of its images, in the names of both its layouts.
DECODER_MAPS = tuple(
    f"decoder.{name}"
    for name in (
        "input.input",
        "noises.noise_0",
        "synthesis.b4.const",
        "synthesis.b4.conv1.noise_const",
    )
)


def is_e4e(state: Mapping[str, object]) -> bool:
    """Whether `state` has the layout of an e4e or pSp encoder, without its prefix."""
    return {"input_layer.0.weight", "latlayer2.weight", "styles.0.linear.weight"} <= state.keys()


def encoder_state(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The tensors of the encoder in `checkpoint`, without its decoder and its prefix."""
    state = state_dict(checkpoint, "state_dict")
    bare = {key: value for key, value in state.items() if not key.startswith("decoder.")}
    return sub_state(state, "encoder.") or bare


def e4e_from_checkpoint(checkpoint: Checkpoint) -> E4eEncoder:
    """The frozen encoder of a file for which `is_e4e` holds.

    Raises:
        CheckpointError: if it is a variant that is not supported, or tensors do not fit.
    """
    config, state = e4e_weights(checkpoint)
    encoder = build_for(state, checkpoint.name, lambda: E4eEncoder(config))
    return freeze(load_state(encoder, state, checkpoint.name))


def e4e_weights(checkpoint: Checkpoint) -> tuple[E4eConfig, dict[str, Tensor]]:
    """Architecture and complete state dict of a file for which `is_e4e` holds.

    Raises:
        CheckpointError: if it is a variant that is not supported.
    """
    state = encoder_state(checkpoint)
    residual, size = _is_residual(checkpoint), _image_size(checkpoint)
    config = build_for(
        state, checkpoint.name, lambda: e4e_config(state, residual=residual, image_size=size)
    )
    return config, {**state, "latent_avg": _latent_avg(checkpoint, config)}


def e4e_config(
    state: Mapping[str, Tensor],
    *,
    residual: bool = True,
    image_size: tuple[int, int] = (IMAGE_SIDE, IMAGE_SIDE),
) -> E4eConfig:
    """Architecture of `state`, read from its keys and shapes, and of what they do not show."""
    widths = [
        state[f"body.{index}.res_layer.3.weight"].shape[0]
        for index in range(_count(state, r"body\.(\d+)\."))
    ]
    return E4eConfig(
        num_ws=_count(state, r"styles\.(\d+)\."),
        stages=tuple((width, len(list(units))) for width, units in groupby(widths)),
        input_width=state["input_layer.0.weight"].shape[0],
        residual=residual,
        image_size=image_size,
        # Rectangles are StyleGAN-Human's alone.
        resize="area" if image_size[0] == image_size[1] else "bilinear",
    )


def _image_size(checkpoint: Checkpoint) -> tuple[int, int]:
    """Height and width that the encoder looks at: 256 pixels, in the proportions of its decoder.

    An encoder without its decoder is taken to look at squares, as all but StyleGAN-Human's do.
    """
    state = state_dict(checkpoint, "state_dict")
    sides = next((tuple(state[name].shape[-2:]) for name in DECODER_MAPS if name in state), ())
    if len(sides) != 2 or min(sides) < 1:
        return (IMAGE_SIDE, IMAGE_SIDE)
    height, width = (max(1, round(IMAGE_SIDE * side / max(sides))) for side in sides)
    return height, width


def _is_residual(checkpoint: Checkpoint) -> bool:
    # Files without options are FICE's or official e4e's: pSp has always written its own.
    options = entries(entries(checkpoint.content).get("opts"))
    found = options.get("encoder_type", "Encoder4Editing")
    encoder = found if isinstance(found, str) else type(found).__name__
    if encoder not in RESIDUAL_ENCODERS:
        known = ", ".join(RESIDUAL_ENCODERS)
        raise CheckpointError(
            f"{checkpoint.path.name} holds a {encoder[:40]}; supported are {known}."
        )
    return RESIDUAL_ENCODERS[encoder]


def _latent_avg(checkpoint: Checkpoint, config: E4eConfig) -> Tensor:
    """What is added to all predictions, `[1, num_ws, w_dim]`, from any of its three shapes."""
    top = entries(checkpoint.content)
    if entries(top.get("opts")).get("start_from_latent_avg") is False:
        return torch.zeros(1, config.num_ws, config.w_dim)
    average = top.get("latent_avg", entries(top.get("state_dict")).get("latent_avg"))
    if not isinstance(average, Tensor):
        raise CheckpointError(
            f"{checkpoint.path.name} has no latent_avg, the mean code that the "
            "encoder's predictions are relative to."
        )
    shapes = ((config.w_dim,), (config.num_ws, config.w_dim), (1, config.num_ws, config.w_dim))
    if tuple(average.shape) not in shapes:
        raise CheckpointError(
            f"{checkpoint.path.name}: latent_avg has shape {list(average.shape)}, expected one of "
            f"{', '.join(str(list(shape)) for shape in shapes)}."
        )
    return average.expand(1, config.num_ws, config.w_dim)


def _count(state: Mapping[str, object], pattern: str) -> int:
    return len({match[1] for key in state if (match := re.match(pattern, key))})
