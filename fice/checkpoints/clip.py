"""CLIP guides from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from torch import Tensor

from fice.checkpoints.clip_layout import OPENAI_FACTS, is_openai_layout, openai_clip_config
from fice.checkpoints.modules import build_module
from fice.checkpoints.native import fingerprint_state, is_native, read_native
from fice.checkpoints.reader import read_checkpoint
from fice.checkpoints.state import load_state
from fice.checkpoints.tensors import state_dict
from fice.checkpoints.uninitialised import Uninitialised
from fice.errors import CheckpointError
from fice.layers import freeze
from fice.perceptors.clip import OpenClipGuide
from fice.perceptors.clip_model import ClipConfig

CLIP_KIND = "clip"


def load_clip(path: Path, model_name: str | None = None) -> OpenClipGuide:
    """The frozen CLIP guide in `path`, on the CPU.

    Args:
        path: a native file, one of OpenAI's archives (e.g. RN50x4.pt), or weights of a model of
            open_clip.
        model_name: open_clip's name of the architecture, e.g. `ViT-B-16`. Native files and
            OpenAI's archives do not need it; open_clip's weights do, as they do not tell which
            activation they were trained with.

    Raises:
        CheckpointError: if the file is missing, damaged or of another kind, or needs a
            `model_name`, or the name is unknown.
    """
    if is_native(path):
        return _native_clip(path)
    state = state_dict(read_checkpoint(path), "state_dict")
    config = _config_of(state, model_name, path.name)
    # Facts of the archive, and a table of constants that old open_clip versions stored.
    weights = {
        key: value
        for key, value in state.items()
        if key not in OPENAI_FACTS and not key.endswith("position_ids")
    }
    with Uninitialised():
        guide = OpenClipGuide(config, fingerprint_state(weights))
    load_state(guide.model, weights, path.name)
    return freeze(guide)


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
    config = cast("dict[str, object]", open_clip.get_model_config(model_name))
    vision = dict(cast("Mapping[str, object]", config["vision_cfg"]))
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False  # True would download
    unsupported = config.keys() - {
        "embed_dim",
        "vision_cfg",
        "text_cfg",
        "quick_gelu",
        "custom_text",
    }
    if unsupported:
        raise CheckpointError(
            f"{model_name} is a variant of CLIP that is not supported "
            f"({', '.join(sorted(unsupported))}). Examples of others: RN50, ViT-B-16."
        )
    return ClipConfig(
        embed_dim=cast("int", config["embed_dim"]),
        vision_cfg=vision,
        text_cfg=dict(cast("Mapping[str, object]", config["text_cfg"])),
        quick_gelu=bool(config.get("quick_gelu", False)),
        custom_text=bool(config.get("custom_text", False)),
    )


def _native_clip(path: Path) -> OpenClipGuide:
    checkpoint = read_native(path, CLIP_KIND)

    def build(config: ClipConfig) -> OpenClipGuide:
        return OpenClipGuide(config, checkpoint.fingerprint)

    guide = build_module(checkpoint, build, ClipConfig)
    return freeze(load_state(guide, checkpoint.state, path.name))


def _config_of(state: Mapping[str, Tensor], model_name: str | None, name: str) -> ClipConfig:
    if is_openai_layout(state) and state.keys() >= set(OPENAI_FACTS):
        return openai_clip_config(state)
    if model_name is None:
        if is_openai_layout(state) or "visual.conv1.weight" in state or "logit_scale" in state:
            raise CheckpointError(
                f"{name} does not say which CLIP model it is. Give open_clip's name of it, e.g. "
                "ViT-B-16, or ViT-B-16-quickgelu for weights of OpenAI, DFN or MetaCLIP."
            )
        raise CheckpointError(f"{name} is no CLIP model.")
    return open_clip_config(model_name)
