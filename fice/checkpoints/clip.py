"""CLIP guides from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath
from ..base.fingerprint import fingerprint_state
from ..networks.layers import freeze
from ..networks.perceptors.clip import OpenClipGuide
from ..networks.perceptors.clip_model import ClipConfig
from .build_for import build_for
from .clip_layout import OPENAI_FACTS, is_openai_layout, openai_clip_config
from .clip_names import open_clip_config
from .modules import build_module
from .native import is_native, read_native
from .reader import Checkpoint, read_checkpoint
from .state import load_state
from .tensors import state_dict, sub_state

CLIP_KIND = "clip"
PREFIX = "model."  # of the tensors in a native file


def load_clip(path: StrPath, model_name: str | None = None) -> OpenClipGuide:
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
    path = Path(path)
    if is_native(path):
        return _native_clip(path)
    config, weights = clip_weights(read_checkpoint(path), model_name)
    fingerprint = fingerprint_state(weights)
    guide = build_for(weights, path.name, lambda: OpenClipGuide(config, fingerprint))
    load_state(guide.model, weights, path.name)
    return freeze(guide)


def clip_weights(
    checkpoint: Checkpoint, model_name: str | None = None
) -> tuple[ClipConfig, dict[str, Tensor]]:
    """Architecture and state dict of a CLIP model in another format than ours.

    Raises:
        CheckpointError: if it is none, or needs a `model_name`, or the name is unknown.
    """
    state = state_dict(checkpoint, "state_dict")
    if is_openai_layout(state) and _is_from_openai(checkpoint, state):
        config = build_for(state, checkpoint.name, lambda: openai_clip_config(state))
    else:
        config = open_clip_config(model_name or _ask_for_name(state, checkpoint.name))
    # Facts of the archive, and a table of constants that old open_clip versions stored.
    weights = {
        key: value
        for key, value in state.items()
        if key not in OPENAI_FACTS and not key.endswith("position_ids")
    }
    return config, weights


def _native_clip(path: Path) -> OpenClipGuide:
    checkpoint = read_native(path, CLIP_KIND)
    # Of the names that other formats have too, so that a converted model stays the same one.
    fingerprint = fingerprint_state(sub_state(checkpoint.state, PREFIX))

    def build(config: ClipConfig) -> OpenClipGuide:
        return OpenClipGuide(config, fingerprint)

    guide = build_module(checkpoint, path.name, build, ClipConfig)
    return freeze(load_state(guide, checkpoint.state, path.name))


def _is_from_openai(checkpoint: Checkpoint, state: Mapping[str, Tensor]) -> bool:
    # Nobody else published CLIP as TorchScript; a state dict taken from it still has the facts.
    return checkpoint.container == "torchscript" or state.keys() >= set(OPENAI_FACTS)


def _ask_for_name(state: Mapping[str, Tensor], name: str) -> NoReturn:
    if "logit_scale" not in state:
        raise CheckpointError(f"{name} is no CLIP model.")
    raise CheckpointError(
        f"{name} does not say which CLIP model it is. Give open_clip's name of it, e.g. ViT-B-16, "
        "or ViT-B-16-quickgelu for weights of OpenAI, DFN or MetaCLIP."
    )
