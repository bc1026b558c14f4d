"""CLIP in the layout of transformers: its tensors by OpenAI's names, and its description.

So are the files of openai/clip-vit-*, of FashionCLIP and of many of LAION's; those of ComfyUI's
`clip_vision` and `text_encoders` folders hold one half each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath
from ..networks.perceptors.clip_model import OPENAI_MEAN, OPENAI_STD, ClipConfig
from .clip_layout import openai_clip_config
from .description import CONFIG_FILE, PROCESSOR_FILE, Description, read_json
from .tensors import entries, sub_state

Half = Literal["image", "text"]

# What every file of a half has, whatever stands in front of it.
HALVES: Mapping[Half, str] = {
    "image": "vision_model.embeddings.class_embedding",
    "text": "text_model.embeddings.token_embedding.weight",
}
PROJECTIONS: Mapping[Half, str] = {
    "image": "visual_projection.weight",
    "text": "text_projection.weight",
}
MODEL_TYPE = "clip"

IMAGE_TOWER, TEXT_TOWER = "visual.transformer", "transformer"
TOWERS = {"vision_model": IMAGE_TOWER, "text_model": TEXT_TOWER}
LAYER_PARTS = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "self_attn": "attn",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
NAMES = {
    "logit_scale": "logit_scale",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",  # so spelt by transformers
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
}
TRANSPOSED = {
    "text_projection.weight": "text_projection",
    "visual_projection.weight": "visual.proj",
}
QUERY_KEY_VALUE = ("q_proj", "k_proj", "v_proj")

LOGIT_SCALE = math.log(1 / 0.07)  # as at birth; no guide uses it, and halves come without

# What a `config.json` leaves out where it is as in transformers' `CLIPConfig`.
IMAGE_HEADS, TEXT_HEADS = 12, 8
DEFAULT_ACTIVATION = "quick_gelu"
HEADS = range(1, 257)
QUICK: Mapping[str, bool] = {"quick_gelu": True, "gelu": False}
NORM_EPS = 1e-5  # of every published CLIP, and the only one that open_clip builds


def halves_in(names: Iterable[str]) -> set[Half]:
    """Which halves of a CLIP in the layout of transformers have tensors of these names."""
    found = list(names)
    return {half for half, name in HALVES.items() if any(_ends(key, name) for key in found)}


def without_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a CLIP or half of one, without what stands in front of all their names.

    The host's own files have such prefixes, e.g. `text_encoders.clip_l.transformer.`.
    """
    prefixes = {
        key.removesuffix(name) for key in state for name in HALVES.values() if _ends(key, name)
    }
    if len(prefixes) != 1:
        return dict(state)
    prefix = prefixes.pop()
    return sub_state(state, prefix)


def missing_from(state: Mapping[str, Tensor]) -> list[str]:
    """What a CLIP as a guide needs and `state` lacks, in words."""
    there = halves_in(state)
    absent = [f"its {half} half" for half in HALVES if half not in there]
    return absent + [
        f"the projection of its {half} half ({name})"
        for half, name in PROJECTIONS.items()
        if half in there and name not in state
    ]


def openai_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`state`, a whole CLIP, in OpenAI's names: what is not known keeps its own.

    Raises:
        KeyError: if an attention lacks one of its matrices.
    """
    weights = {"logit_scale": torch.tensor(LOGIT_SCALE)}
    for name, tensor in state.items():
        if name in TRANSPOSED:
            weights[TRANSPOSED[name]] = tensor.t()
        elif name.endswith(".position_ids"):
            continue  # a table of constants that old versions stored
        elif match := re.fullmatch(r"(.*self_attn)\.([qkv])_proj\.(weight|bias)", name):
            if match[2] == "q":
                parts = [state[f"{match[1]}.{part}.{match[3]}"] for part in QUERY_KEY_VALUE]
                weights[f"{_layer(match[1])}.in_proj_{match[3]}"] = torch.cat(parts)
        else:
            weights[NAMES.get(name) or _layer(name)] = tensor
    return weights


def check_one_model(weights: Mapping[str, Tensor], name: str) -> None:
    """Refuses two halves whose features differ in size.

    Args:
        weights: both, in OpenAI's names.
        name: of what holds them, for messages.

    Raises:
        CheckpointError: if they are not halves of one model.
    """
    image, text = (weights[key].shape[-1] for key in ("visual.proj", "text_projection"))
    if image != text:
        raise CheckpointError(
            f"{name}: the image half gives {image} numbers and the text half {text}, so they are "
            "halves of two models. Use two of one."
        )


def described_config(
    folder: StrPath, name: str, weights: Mapping[str, Tensor]
) -> ClipConfig | None:
    """The architecture that the `config.json` in `folder` gives; None if it is of another network.

    Args:
        folder: where the file lies.
        name: of the file, for messages.
        weights: its tensors, in OpenAI's names.

    Raises:
        CheckpointError: if a description is damaged, or is that of a variant that is not supported.
    """
    processor = _read_beside(folder, PROCESSOR_FILE)
    return config_from(_read_beside(folder, CONFIG_FILE), processor, name, weights)


def config_from(
    config: Mapping[str, object],
    processor: Mapping[str, object],
    name: str,
    weights: Mapping[str, Tensor],
) -> ClipConfig | None:
    """The architecture that descriptions give; None if they are of another network.

    Args:
        config: what transformers writes as `config.json`.
        processor: what it writes as `preprocessor_config.json`.
        name: of what they describe, for messages.
        weights: its tensors, in OpenAI's names.

    Raises:
        CheckpointError: as `described_config` does.
    """
    image, text = _tower(config, "vision_config"), _tower(config, "text_config")
    image_width, text_width = _width(weights, IMAGE_TOWER), _width(weights, TEXT_TOWER)
    widths = (image.get("hidden_size", image_width), text.get("hidden_size", text_width))
    if config.get("model_type") != MODEL_TYPE or widths != (image_width, text_width):
        return None
    quick = {_is_quick(Description(name, tower)) for tower in (image, text)}
    if len(quick) != 1:
        raise CheckpointError(
            f"{name} was trained with another activation in either half, which is not supported."
        )
    layout = openai_clip_config(weights)
    heads = _heads(Description(name, image), image_width, IMAGE_HEADS)
    colours = Description(name, processor)
    return replace(
        layout,
        vision_cfg={
            **layout.vision_cfg,
            "head_width": image_width // heads,
            **_mlp_ratio(weights, IMAGE_TOWER),
        },
        text_cfg={
            **layout.text_cfg,
            "heads": _heads(Description(name, text), text_width, TEXT_HEADS),
            **_mlp_ratio(weights, TEXT_TOWER),
        },
        quick_gelu=quick.pop(),
        image_mean=colours.decimals("image_mean", OPENAI_MEAN),
        image_std=colours.decimals("image_std", OPENAI_STD),
    )


def _read_beside(folder: StrPath, file: str) -> Mapping[str, object]:
    """The description `file`, empty where there is none that can be read: it may be anybody's."""
    try:
        return read_json(Path(folder, file))
    except CheckpointError:
        return {}


def _tower(config: Mapping[str, object], key: str) -> Mapping[str, object]:
    """What describes one half; old files say it twice, and the second counts."""
    return {**entries(config.get(key)), **entries(config.get(f"{key}_dict"))}


def _is_quick(tower: Description) -> bool:
    """Whether a half was trained with QuickGELU; also checks what cannot be chosen."""
    activation = tower.values.get("hidden_act", DEFAULT_ACTIVATION)
    if not isinstance(activation, str) or activation not in QUICK:
        raise tower.damaged(f"hidden_act is none of {', '.join(QUICK)}")
    (eps,) = Description(
        tower.name, {"layer_norm_eps": [tower.values.get("layer_norm_eps", NORM_EPS)]}
    ).decimals("layer_norm_eps", (NORM_EPS,))
    if eps != NORM_EPS:
        raise tower.damaged(f"layer_norm_eps is {eps}, expected {NORM_EPS}")
    return QUICK[activation]


def _heads(tower: Description, width: int, default: int) -> int:
    heads = tower.number("num_attention_heads", HEADS, default)
    if width % heads:
        raise tower.damaged(f"{heads} heads do not divide a width of {width}")
    return heads


def _width(weights: Mapping[str, Tensor], tower: str) -> int:
    return weights[f"{tower}.resblocks.0.ln_1.weight"].shape[0]


def _mlp_ratio(weights: Mapping[str, Tensor], tower: str) -> dict[str, object]:
    """How open_clip has to be told the width of the hidden layers, if it is not four times."""
    hidden, width = weights[f"{tower}.resblocks.0.mlp.c_fc.weight"].shape
    # It cuts off the decimals of the product, so half a channel more is safe.
    return {} if hidden == 4 * width else {"mlp_ratio": (hidden + 0.5) / width}


def _layer(name: str) -> str:
    """OpenAI's name of a tensor, or of the part that it belongs to, of a layer of a tower."""
    match = re.match(r"(vision_model|text_model)\.encoder\.layers\.(\d+)\.(.*)", name, re.ASCII)
    if match is None:
        return name
    tower, number, part = match.groups()
    for theirs, openais in LAYER_PARTS.items():
        if part == theirs or part.startswith(f"{theirs}."):
            part = openais + part.removeprefix(theirs)
            break
    return f"{TOWERS[tower]}.resblocks.{number}.{part}"


def _ends(key: str, name: str) -> bool:
    return key == name or key.endswith(f".{name}")
