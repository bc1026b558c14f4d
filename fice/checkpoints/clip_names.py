"""Architecture of a CLIP model from its name in open_clip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from ..base.errors import CheckpointError
from ..networks.perceptors.clip_model import OPENAI_MEAN, OPENAI_STD, ClipConfig

SUPPORTED_FIELDS = {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text"}

Channels = tuple[float, ...]


def open_clip_config(model_name: str) -> ClipConfig:
    """Architecture of open_clip's model `model_name`.

    Raises:
        CheckpointError: if there is no such model, or parts of it would have to be fetched.
    """
    import open_clip

    if model_name not in open_clip.list_models():
        raise CheckpointError(
            f"open_clip has no model {model_name!r}. Examples: RN50, ViT-B-16, ViT-B-32-quickgelu."
        )
    fields = cast("dict[str, object]", open_clip.get_model_config(model_name))
    unsupported = sorted(fields.keys() - SUPPORTED_FIELDS)
    if unsupported:
        raise CheckpointError(
            f"{model_name} is a variant of CLIP that is not supported ({', '.join(unsupported)}). "
            "Examples of others: RN50, ViT-B-16."
        )
    mean, std = _normalisation(model_name)
    return ClipConfig(
        embed_dim=cast("int", fields["embed_dim"]),
        vision_cfg=_offline(cast("Mapping[str, object]", fields["vision_cfg"])),
        text_cfg=dict(cast("Mapping[str, object]", fields["text_cfg"])),
        quick_gelu=bool(fields.get("quick_gelu", False)),
        custom_text=bool(fields.get("custom_text", False)),
        image_mean=mean,
        image_std=std,
    )


def names_that_fit(layout: ClipConfig) -> list[str]:
    """open_clip's names of the models whose tensors have the shapes of `layout`."""
    import open_clip

    wanted, names = _sizes(layout), open_clip.list_models()
    return [name for name in names if (known := _plain(name)) and _sizes(known) == wanted]


def activations(names: Iterable[str]) -> set[bool]:
    """Whether the published weights of these names were trained with QuickGELU, True or False.

    Empty where none are published.
    """
    import open_clip

    found: set[bool] = set()
    for name in names:
        for tag in open_clip.list_pretrained_tags_by_model(name):
            weights = cast("Mapping[str, object]", open_clip.get_pretrained_cfg(name, tag))
            # Older open_clip (2.24) tells it by the names only; all of OpenAI's weights are.
            by_name = tag == "openai" or name.endswith("-quickgelu")
            found.add(bool(weights.get("quick_gelu", by_name)))
    return found


def _plain(name: str) -> ClipConfig | None:
    """The model `name`, None where it is a variant of CLIP that is not supported."""
    try:
        return open_clip_config(name)
    except CheckpointError:
        return None


def _sizes(config: ClipConfig) -> tuple[object, ...]:
    """What of `config` shows in the shapes of the tensors, with the defaults of open_clip."""
    vision, text = config.vision_cfg, config.text_cfg
    layers = vision.get("layers", 12)
    blocks = tuple(cast("Sequence[int]", layers)) if isinstance(layers, (list, tuple)) else layers
    trunk = vision.get("timm_model_name")
    patch = None if isinstance(blocks, tuple) else vision.get("patch_size", 16)
    return (
        *(config.embed_dim, config.custom_text, config.image_size, trunk),
        *(blocks, vision.get("width", 768), patch),
        *(text.get("layers", 12), text.get("width", 512)),
        *(config.vocab_size, config.context_length),
    )


def _offline(vision: Mapping[str, object]) -> dict[str, object]:
    """`vision` without the wish to download a part of it."""
    return {**vision, **({"timm_model_pretrained": False} if "timm_model_name" in vision else {})}


def _normalisation(model_name: str) -> tuple[Channels, Channels]:
    """Mean and deviation of the images that open_clip's weights of this name were trained on.

    Where its weights differ in that (ViT-L-14), OpenAI's numbers are taken.
    """
    import open_clip

    found: set[tuple[Channels, Channels]] = set()
    for tag in open_clip.list_pretrained_tags_by_model(model_name):
        weights = cast("Mapping[str, Channels]", open_clip.get_pretrained_cfg(model_name, tag))
        found.add((weights.get("mean", OPENAI_MEAN), weights.get("std", OPENAI_STD)))
    return found.pop() if len(found) == 1 else (OPENAI_MEAN, OPENAI_STD)
