"""Architecture of a CLIP model from the tensors of OpenAI's layout (formats section 1.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from ..networks.perceptors.clip_model import ClipConfig

# Integers that OpenAI's archives store beside the weights.
OPENAI_FACTS = ("input_resolution", "context_length", "vocab_size")
HEAD_WIDTH = 64
RESNET_STRIDE = 32


# What OpenAI's code turns to half precision, and what it leaves in single precision.
HALVED = ("conv1.weight", "in_proj_weight", "c_fc.weight", "text_projection", "visual.proj")
KEPT = ("positional_embedding", "token_embedding.weight", "ln_final.weight", "running_var")


def has_openai_precision(state: Mapping[str, Tensor]) -> bool:
    """Whether the matrices hold half-precision numbers and other tensors do not.

    Only OpenAI published such weights. Their values still show it after a conversion to float32.
    """
    halved = [tensor for key, tensor in state.items() if key.endswith(HALVED)]
    kept = [tensor for key, tensor in state.items() if key.endswith(KEPT)]
    return bool(halved) and all(map(_is_half, halved)) and not all(map(_is_half, kept))


def _is_half(tensor: Tensor) -> bool:
    return tensor.dtype == torch.float16 or torch.equal(tensor, tensor.half().to(tensor.dtype))


def is_openai_layout(state: Mapping[str, object]) -> bool:
    """Whether `state` has the tensor names of OpenAI's CLIP, which open_clip shares."""
    return {"text_projection", "visual.conv1.weight", "token_embedding.weight"} <= state.keys()


def openai_clip_config(state: Mapping[str, Tensor]) -> ClipConfig:
    """Architecture of one of OpenAI's own models, all of which were trained with QuickGELU.

    Args:
        state: tensors in OpenAI's layout.
    """
    vocabulary, text_width = state["token_embedding.weight"].shape
    return ClipConfig(
        embed_dim=state["text_projection"].shape[1],
        vision_cfg=_vit(state) if "visual.proj" in state else _resnet(state),
        text_cfg={
            "context_length": state["positional_embedding"].shape[0],
            "vocab_size": vocabulary,
            "width": text_width,
            "heads": text_width // HEAD_WIDTH,
            "layers": _count(state, r"transformer\.resblocks\.(\d+)\."),
        },
        quick_gelu=True,
    )


def _vit(state: Mapping[str, Tensor]) -> dict[str, object]:
    width, _, _, patch = state["visual.conv1.weight"].shape
    return {
        "image_size": patch * _side(state["visual.positional_embedding"]),
        "layers": _count(state, r"visual\.transformer\.resblocks\.(\d+)\."),
        "width": width,
        "head_width": HEAD_WIDTH,
        "patch_size": patch,
    }


def _resnet(state: Mapping[str, Tensor]) -> dict[str, object]:
    return {
        "image_size": RESNET_STRIDE * _side(state["visual.attnpool.positional_embedding"]),
        "layers": tuple(_count(state, rf"visual\.layer{i}\.(\d+)\.") for i in range(1, 5)),
        "width": state["visual.layer1.0.conv1.weight"].shape[0],
    }


def _side(positions: Tensor) -> int:
    """Side of the square grid that `positions` belong to, beside one for the whole image."""
    return round((positions.shape[0] - 1) ** 0.5)


def _count(state: Mapping[str, object], pattern: str) -> int:
    return len({match[1] for key in state if (match := re.match(pattern, key))})
