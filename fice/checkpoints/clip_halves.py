"""A CLIP guide made of two halves that another program has in memory, not of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ..base.fingerprint import fingerprint_state
from ..networks.layers import freeze
from ..networks.perceptors.clip import OpenClip
from ..networks.perceptors.clip_model import OPENAI_MEAN, OPENAI_STD
from .build_for import build_for
from .clip_layout import openai_clip_config
from .clip_transformers import MODEL_TYPE, check_one_model, config_from, openai_names
from .state import load_state


@dataclass(frozen=True)
class ClipHalf:
    """One half of a CLIP model.

    Attributes:
        state: its tensors in the layout of transformers, the projection among them. Those that are
            not float32 are converted, so that the half itself is left as it was.
        heads: of its attention.
        activation: as transformers calls it: `quick_gelu` or `gelu`.
    """

    state: Mapping[str, Tensor]
    heads: int
    activation: str


def clip_of_halves(
    image: ClipHalf,
    text: ClipHalf,
    name: str,
    *,
    image_mean: tuple[float, ...] = OPENAI_MEAN,
    image_std: tuple[float, ...] = OPENAI_STD,
) -> OpenClip:
    """The frozen CLIP guide of two halves, on the CPU, with copies of their tensors.

    Args:
        image: `vision_model.*` and `visual_projection.weight`.
        text: `text_model.*` and `text_projection.weight`.
        name: of the two, for messages.
        image_mean: mean per channel that the images are normalised with.
        image_std: deviation per channel that the images are normalised with.

    Raises:
        CheckpointError: if they are not halves of one model, or it is a variant of CLIP that is
            not supported.
    """
    tensors = {**image.state, **text.state}
    copies = {key: tensor.detach().to("cpu", copy=True) for key, tensor in tensors.items()}
    weights = build_for(copies, name, lambda: openai_names(copies))
    check_one_model(weights, name)
    config = {
        "model_type": MODEL_TYPE,
        "vision_config": _described(image),
        "text_config": _described(text),
    }
    colours = {"image_mean": image_mean, "image_std": image_std}

    def build() -> OpenClip:
        described = config_from(config, colours, name, weights) or openai_clip_config(weights)
        return OpenClip(described, fingerprint)

    fingerprint = fingerprint_state(weights)
    guide = build_for(weights, name, build)
    load_state(guide.model, weights, name)
    return freeze(guide)


def _described(half: ClipHalf) -> dict[str, object]:
    return {"num_attention_heads": half.heads, "hidden_act": half.activation}
