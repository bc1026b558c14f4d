"""Segmenters from files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..base.files import StrPath
from ..networks.layers import freeze
from ..networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from ..networks.perceptors.deeplab import DeepLab
from ..networks.perceptors.photo_regions import PhotoRegions, PhotoRegionsConfig
from ..networks.perceptors.segformer import ALL_GARMENTS, Garment, SegFormer
from ..networks.uninitialised import Uninitialised
from .built_in import built_in_segmenters
from .file_kinds import wrong_file
from .modules import load_module
from .native import native_kind, read_native
from .reader import read_checkpoint
from .segformer import segformer_folder, segformer_from_folder, segformer_from_native
from .state import load_state
from .tensors import state_dict, sub_state

COMPACT_REGIONS_KIND = "compact_regions"
PHOTO_REGIONS_KIND = "photo_regions"
DEEPLAB_KIND = "deeplab"
SEGFORMER_KIND = "segformer"
PREFIX = "model."
NETWORK = ("backbone.", "classifier.")


def load_segmenter(
    path: StrPath, garments: Collection[Garment] = ALL_GARMENTS
) -> CompactRegions | DeepLab | PhotoRegions | SegFormer:
    """The frozen segmenter in `path`, on the CPU.

    Args:
        path: a native file, FICE's segmentator.pt (its tensors in any container), the folder of a
            SegFormer human parser, or its `model.safetensors`; or a name of `built_in_segmenters`.
        garments: what counts as the garment for a human parser, ours for photos included; others
            tell no kinds apart.

    Raises:
        CheckpointError: if the file is missing, damaged or of another kind.
    """
    path = built_in_segmenters().get(str(path), Path(path))
    kind = native_kind(path)
    if kind == SEGFORMER_KIND:
        return segformer_from_native(read_native(path, SEGFORMER_KIND), path.name, garments)
    if kind == DEEPLAB_KIND:
        return _deeplab(read_native(path, DEEPLAB_KIND).state, path.name)
    if kind == PHOTO_REGIONS_KIND:
        build = partial(PhotoRegions, garments=garments)
        return load_module(path, PHOTO_REGIONS_KIND, build, PhotoRegionsConfig)
    if kind is not None:
        return load_module(path, COMPACT_REGIONS_KIND, CompactRegions, CompactRegionsConfig)
    if path.exists() and (folder := segformer_folder(path)):
        return segformer_from_folder(folder, garments)
    checkpoint = read_checkpoint(path)
    state = state_dict(checkpoint, "state", "state_dict")
    if not is_deeplab(state):
        unknown = (
            f"{path.name} is not a garment segmenter that FICE knows. It reads SegFormers of "
            "clothes (`fice models get segformer-b3-clothes`), FICE's segmentator.pt, and files "
            "that `fice convert` wrote."
        )
        raise wrong_file(checkpoint, "segmenter", unknown)
    del checkpoint  # which holds the tensors too
    return _deeplab(state, path.name)


def is_deeplab(state: Mapping[str, object]) -> bool:
    """Whether `state` has the layout of torchvision's DeepLabV3, with or without a prefix."""
    names = {key.removeprefix(PREFIX) for key in state}
    return {"backbone.conv1.weight", "classifier.0.project.0.weight"} <= names


def deeplab_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a DeepLab in `state`.

    What else a file has, an auxiliary head or the weights of a loss, only helped the training.
    """
    network = sub_state(state, PREFIX) or state
    return {f"{PREFIX}{key}": value for key, value in network.items() if key.startswith(NETWORK)}


def _deeplab(state: Mapping[str, Tensor], name: str) -> DeepLab:
    with Uninitialised(), torch.device("meta"):  # the tensors of the file become its own
        empty = DeepLab()
    return freeze(load_state(empty, deeplab_weights(state), name))
