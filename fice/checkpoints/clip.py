"""CLIP guides from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath
from ..base.fingerprint import fingerprint_state
from ..networks.layers import freeze
from ..networks.perceptors.clip import OpenClip
from ..networks.perceptors.clip_model import ClipConfig
from .build_for import build_for
from .clip_layout import OPENAI_FACTS, has_openai_precision, is_openai_layout, openai_clip_config
from .clip_names import activations, names_that_fit, open_clip_config
from .clip_transformers import (
    check_one_model,
    described_config,
    halves_in,
    missing_from,
    openai_names,
    without_prefix,
)
from .file_kinds import TRANSFORMERS_CLIP, kind_of_file, wrong_file
from .modules import build_module
from .native import is_native, read_native
from .reader import Checkpoint, read_checkpoint
from .safetensors_file import read_names
from .state import load_state
from .tensors import entries, state_dict, sub_state
from .weight_folder import only_weight_file, weight_files

CLIP_KIND = "clip"
PREFIX = "model."  # of the tensors in a native file
WRAPPERS = ("state_dict",)  # keys under which the tensors may lie


def load_clip(path: StrPath, model_name: str | None = None) -> OpenClip:
    """The frozen CLIP guide in `path`, on the CPU.

    Args:
        path: a native file, one of OpenAI's archives (e.g. RN50x4.pt), weights of a model of
            open_clip, a file in the layout of transformers or its folder, or a folder with a file
            of either half.
        model_name: open_clip's name of the architecture, e.g. `ViT-B-16`. Needed only where the
            tensors do not tell: for shapes of which weights with both activations were published.

    Raises:
        CheckpointError: if the file is missing, damaged or of another kind, or needs a
            `model_name`, or the name is unknown.
    """
    path = Path(path)
    if is_native(path):
        return _native_clip(path)
    checkpoint = read_clip(clip_files(path))
    config, weights = clip_weights(checkpoint, model_name)
    del checkpoint  # which holds the tensors too
    fingerprint = fingerprint_state(weights)
    guide = build_for(weights, path.name, lambda: OpenClip(config, fingerprint))
    load_state(guide.model, weights, path.name)
    return freeze(guide)


def clip_files(path: StrPath) -> list[Path]:
    """The file or files that hold the CLIP model `path`, which may be a folder.

    Raises:
        CheckpointError: if a folder holds no weight file, or more than one that is no pair.
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    files = weight_files(path)
    return files if _is_pair(files) else [only_weight_file(path)]


def read_clip(files: Sequence[StrPath]) -> Checkpoint:
    """The content of one file, or of the two that hold a half each.

    Raises:
        CheckpointError: if one is missing, damaged or unsafe.
    """
    found = [read_checkpoint(file) for file in files]
    if len(found) == 1:
        return found[0]
    halves = [without_prefix(state_dict(half, *WRAPPERS)) for half in found]
    return replace(found[0], content={key: half[key] for half in halves for key in half})


def _is_pair(files: Sequence[Path]) -> bool:
    """Whether `files` are two `.safetensors` that hold one half of a CLIP each."""
    if len(files) != 2:
        return False
    try:
        one, other = (halves_in(read_names(file)) for file in files)
    except (OSError, CheckpointError):
        return False
    return len(one) == len(other) == 1 and one != other


def clip_weights(
    checkpoint: Checkpoint, model_name: str | None = None
) -> tuple[ClipConfig, dict[str, Tensor]]:
    """Architecture and state dict of a CLIP model in another format than ours.

    Raises:
        CheckpointError: if it is none, or needs a `model_name`, or the name is unknown or that of
            a model with other shapes.
    """
    state = state_dict(checkpoint, *WRAPPERS)
    described = None
    if is_transformers_clip(checkpoint):
        state = _in_openai_names(checkpoint, state)
        described = build_for(
            state,
            checkpoint.name,
            lambda: described_config(checkpoint.path.parent, checkpoint.name, state),
        )
    elif "logit_scale" not in state and not is_openai_layout(state):
        unknown = (
            f"{checkpoint.name} is not a CLIP model that FICE knows. It reads those of OpenAI, "
            "e.g. RN50x4.pt, of open_clip and of transformers, and files that `fice convert` wrote."
        )
        raise wrong_file(checkpoint, "clip", unknown)
    layout = None
    if is_openai_layout(state):
        layout = build_for(state, checkpoint.name, lambda: openai_clip_config(state))
    if model_name is not None:
        _check_name(layout, model_name, checkpoint.name)
    if described is not None:
        config = described
    elif layout is not None and is_from_openai(checkpoint, state):
        config = layout
    elif model_name is not None:
        config = _named(model_name, checkpoint)
    else:
        config = _deduced(layout, checkpoint)
    # Facts of the archive, and a table of constants that old open_clip versions stored.
    weights = {
        key: value
        for key, value in state.items()
        if key not in OPENAI_FACTS and not key.endswith("position_ids")
    }
    return config, weights


def is_transformers_clip(checkpoint: Checkpoint) -> bool:
    """Whether the file is a CLIP, or half of one, in the layout of transformers."""
    return kind_of_file(checkpoint) in TRANSFORMERS_CLIP


def _in_openai_names(checkpoint: Checkpoint, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A CLIP in the layout of transformers, by OpenAI's names.

    Raises:
        CheckpointError: if it is not whole, saying what is missing.
    """
    bare = without_prefix(state)
    kind, missing = kind_of_file(checkpoint), missing_from(bare)
    if kind and missing:
        raise CheckpointError(
            f"{checkpoint.name} is {kind.what}, but as a guide it lacks {' and '.join(missing)}. "
            "Use a file that holds a whole CLIP, or put the files of the two halves of one model "
            "into a folder of their own and convert that: `fice convert FOLDER OUT.safetensors`."
        )
    weights = build_for(bare, checkpoint.name, lambda: openai_names(bare))
    check_one_model(weights, checkpoint.name)
    return weights


def _check_name(layout: ClipConfig | None, model_name: str, name: str) -> None:
    """Refuses the name of another model than that of the shapes `layout`."""
    open_clip_config(model_name)  # knows it, or says so
    fitting = [] if layout is None else names_that_fit(layout)
    if fitting and model_name not in fitting:
        raise CheckpointError(
            f"{name} is not {model_name}: its tensors have the shapes of {' or '.join(fitting)}. "
            "Give that name, or none."
        )


def _named(model_name: str, checkpoint: Checkpoint) -> ClipConfig:
    """The model of that name, with the activation of all weights that were published of it."""
    config = open_clip_config(model_name)
    always_quick = activations([model_name]) == {True} and not _is_own_training(checkpoint)
    return replace(config, quick_gelu=config.quick_gelu or always_quick)


def _deduced(layout: ClipConfig | None, checkpoint: Checkpoint) -> ClipConfig:
    """The only model of the shapes `layout` with the only activation of its published weights."""
    names = [] if layout is None else names_that_fit(layout)
    if not names:
        raise _ask_for_name(["NAME"], checkpoint.name)
    first, *others = (replace(open_clip_config(name), quick_gelu=False) for name in names)
    own = _is_own_training(checkpoint)
    quick = {open_clip_config(name).quick_gelu for name in names} if own else activations(names)
    if any(other != first for other in others) or len(quick) != 1:
        raise _ask_for_name(names, checkpoint.name)
    return replace(first, quick_gelu=quick.pop())


def _is_own_training(checkpoint: Checkpoint) -> bool:
    """Whether open_clip's training wrote the file, so that it is none of the published ones."""
    return {"state_dict", "epoch"} <= entries(checkpoint.content).keys()


def _native_clip(path: Path) -> OpenClip:
    checkpoint = read_native(path, CLIP_KIND)
    # Of the names that other formats have too, so that a converted model stays the same one.
    fingerprint = fingerprint_state(sub_state(checkpoint.state, PREFIX))

    def build(config: ClipConfig) -> OpenClip:
        return OpenClip(config, fingerprint)

    guide = build_module(checkpoint, path.name, build, ClipConfig)
    return freeze(load_state(guide, checkpoint.state, path.name))


def is_from_openai(checkpoint: Checkpoint, state: Mapping[str, Tensor]) -> bool:
    """Whether the weights are OpenAI's own, all of which were trained with QuickGELU."""
    # Nobody else published CLIP as TorchScript; a state dict taken from it still has the facts, or
    # at least the values.
    return (
        checkpoint.container == "torchscript"
        or state.keys() >= set(OPENAI_FACTS)
        or (not _is_own_training(checkpoint) and has_openai_precision(state))
    )


def _ask_for_name(names: Sequence[str], name: str) -> CheckpointError:
    known = "" if names == ["NAME"] else f" (it may be {' or '.join(names)})"
    return CheckpointError(
        f"{name} does not say which CLIP model it is{known}. Give open_clip's name of it, e.g. "
        "ViT-B-16, or ViT-B-16-quickgelu for weights of OpenAI, DFN or MetaCLIP: "
        f"`fice convert {name} OUT.safetensors --clip-model {names[0]}` writes a file that needs "
        "no name."
    )
