"""Weights that other packs of the host have put on disk: found by their names, not opened.

A name tells where a file lies, and means the same on another machine: it is relative to the models
folder (`RMBG/segformer_clothes/model.safetensors`), or starts with the folder of a pack
(`custom_nodes/<pack>/...`), so a saved workflow holds no path of one machine.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from ..base.files import StrPath

Part = Literal["generator", "encoder", "clip", "chart", "segmenter"]
"""What a network does in an edit."""

ANY = "*"
TEXT_ENCODERS = "text_encoders"
CUSTOM_NODES = "custom_nodes"
CONTROLNET_AUX = "comfyui_controlnet_aux"
CONTROLNET_AUX_FILES = f"{CONTROLNET_AUX}/ckpts"
CONTROLNET_AUX_VARIABLE = "AUX_ANNOTATOR_CKPTS_PATH"
CONTROLNET_AUX_SETTING = re.compile(r"^\s*annotator_ckpts_path\s*:\s*[\"']?(.+?)[\"']?\s*$", re.M)
MAX_SETTINGS_BYTES = 1 << 16

SEGFORMER_FILES = ("model.safetensors", "pytorch_model.bin")
"""What the weights in the folder of a SegFormer are called, the preferred ones first."""

SUFFIXES = frozenset({".safetensors", ".pt", ".pth", ".pkl", ".bin", ".torchscript"})
TRAINING = ("optimizer.", "scheduler.", "rng_state", "training_args.", "scaler.")
OTHER_TEXTS_AND_LOOKS = re.compile(r"t5|siglip|sigclip|dino|llava|llama|qwen|gemma|mistral")
"""Encoders of texts and pictures that are no CLIP, beside which CLIPs lie."""


@dataclass(frozen=True)
class HostFolders:
    """The folders of a host in which packs keep files.

    Attributes:
        models: its models folder.
        custom_nodes: where its packs lie.
        more: by the name of a folder of `models`, others that the host counts to it.
    """

    models: Path
    custom_nodes: Sequence[Path] = ()
    more: Mapping[str, Sequence[Path]] = field(default_factory=dict[str, Sequence[Path]])


# Patterns of names, in lower case, a folder at a time: nothing else is looked into.
BELOW_MODELS: Mapping[Part, tuple[str, ...]] = {
    "generator": ("stylegan/*", "stylegan/*/*"),
    "clip": (
        *("clip_vision/*", "clip_vision/*/*"),
        *("text_encoders/*clip*", "text_encoders/vit-*"),
    ),
    "chart": ("*/densepose/model_final_*.pkl", "*/*/densepose/model_final_*.pkl"),
    "segmenter": tuple(
        f"{folder}/{name}"
        for folder in ("rmbg/segformer_*", "segformer?b*")
        for name in SEGFORMER_FILES
    ),
}
BELOW_CUSTOM_NODES: Mapping[Part, tuple[str, ...]] = {
    "chart": (
        "*/densepose/model_final_*.pkl",
        *(
            f"*/{folder}/densepose/model_final_*.pkl"
            for folder in ("ckpt*", "checkpoint*", "model*", "weight*", "pretrained*")
        ),
    ),
}
BELOW_CONTROLNET_AUX: Mapping[Part, tuple[str, ...]] = {
    "chart": tuple(
        f"{author}/densepose-torchscript*/densepose_*.torchscript"
        for author in ("layernorm", "hr16")
    ),
}

PARTS_ELSEWHERE = BELOW_MODELS.keys() | BELOW_CUSTOM_NODES.keys() | BELOW_CONTROLNET_AUX.keys()
"""The parts of which packs are known that keep files."""


def found_elsewhere(part: Part, folders: HostFolders) -> dict[str, Path]:
    """Files of other packs that may be the `part` of an edit: portable names, and where they lie.

    Only directories are read; whether a file is what its name promises shows when it is loaded.
    """
    found: dict[str, Path] = {}
    for name, path in _all(part, folders):
        if is_weights(name) and not (part == "clip" and OTHER_TEXTS_AND_LOOKS.search(name.lower())):
            found.setdefault(name, path)
    return {name: found[name] for name in sorted(found) if not _has_a_better_twin(name, found)}


def is_weights(name: str) -> bool:
    """Whether a file called `name` may hold a network, and not the state of a training."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    return Path(last).suffix in SUFFIXES and not last.startswith(TRAINING)


def controlnet_aux_folder(custom_nodes: Sequence[StrPath]) -> Path | None:
    """Where comfyui_controlnet_aux keeps its files, which its user may have moved."""
    if moved := os.environ.get(CONTROLNET_AUX_VARIABLE):
        return Path(moved)
    packs = (
        path for place in custom_nodes for path in _folders_called(Path(place), CONTROLNET_AUX)
    )
    for pack in packs:
        return pack / _setting(pack / "config.yaml")
    return None


def _all(part: Part, folders: HostFolders) -> Iterator[tuple[str, Path]]:
    """Names and paths; those that the host prefers are found first."""
    more = {**folders.more, TEXT_ENCODERS: _text_encoders(folders)}
    for pattern in BELOW_MODELS.get(part, ()):
        yield from _matching(folders.models, pattern, "")
        first, _, rest = pattern.partition("/")
        for folder, places in more.items():
            if first != ANY and fnmatchcase(folder.lower(), first):
                for place in places:
                    yield from _matching(place, rest, f"{folder}/")
    for pattern in BELOW_CUSTOM_NODES.get(part, ()):
        for place in folders.custom_nodes:
            yield from _matching(place, pattern, f"{CUSTOM_NODES}/")
    moved = controlnet_aux_folder(folders.custom_nodes)
    for pattern in BELOW_CONTROLNET_AUX.get(part, ()) if moved else ():
        yield from _matching(moved, pattern, f"{CUSTOM_NODES}/{CONTROLNET_AUX_FILES}/")


def _text_encoders(folders: HostFolders) -> Sequence[Path]:
    """Where they may lie besides their folder; the host still looks into the one of its past."""
    return (*folders.more.get(TEXT_ENCODERS, ()), folders.models / "clip")


def _matching(folder: Path | None, pattern: str, prefix: str) -> Iterator[tuple[str, Path]]:
    """Files below `folder` whose names match, folder by folder and in whatever case."""
    if folder is None:
        return
    first, _, rest = pattern.partition("/")
    for entry in _entries(folder):
        if entry.name.startswith(".") or not fnmatchcase(entry.name.lower(), first):
            continue
        if rest and entry.is_dir():
            yield from _matching(Path(entry.path), rest, f"{prefix}{entry.name}/")
        elif not rest and entry.is_file():
            yield f"{prefix}{entry.name}", Path(entry.path)


def _entries(folder: StrPath) -> list[os.DirEntry[str]]:
    """What lies in `folder`; nothing where it is missing or closed to us."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _folders_called(place: StrPath, name: str) -> list[Path]:
    return [Path(entry.path) for entry in _entries(place) if entry.name.lower() == name]


def _setting(file: Path) -> str:
    """What `config.yaml` of comfyui_controlnet_aux says, relative to its folder."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if file.stat().st_size <= MAX_SETTINGS_BYTES:
            found = CONTROLNET_AUX_SETTING.search(file.read_text(encoding="utf-8"))
            return found[1] if found else "ckpts"
    return "ckpts"


def _has_a_better_twin(name: str, found: Mapping[str, Path]) -> bool:
    """Whether the same weights lie beside it in a safer container."""
    folder, _, last = name.rpartition("/")
    best, *others = SEGFORMER_FILES
    return last in others and f"{folder}/{best}" in found
