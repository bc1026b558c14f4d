"""SegFormer human parsers from a folder as Hugging Face lays it out."""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from ..errors import CheckpointError
from ..layers import freeze
from ..perceptors.segformer import ALL_GARMENTS, Garment, SegFormer, SegFormerInput
from .native import JsonValue, NativeCheckpoint
from .tensors import entries

CONFIG_FILE = "config.json"
PROCESSOR_FILE = "preprocessor_config.json"
WEIGHTS_FILE = "model.safetensors"


def segformer_folder(path: Path) -> Path | None:
    """The folder of the SegFormer that `path` is, or is a file of; None if it is none."""
    folder = path if path.is_dir() else path.parent
    return folder if _read_json(folder / CONFIG_FILE).get("model_type") == "segformer" else None


def segformer_from_folder(folder: Path, garments: Collection[Garment] = ALL_GARMENTS) -> SegFormer:
    """The frozen human parser in `folder`, on the CPU.

    Args:
        folder: with `config.json`, `model.safetensors` and, unless the input is 512 by 512 pixels,
            `preprocessor_config.json`.
        garments: what counts as the garment.

    Raises:
        CheckpointError: if a file is missing or damaged, transformers is not installed, or the
            network is no human parser.
    """
    config = segformer_config(folder)
    weights = _Weights(f"{WEIGHTS_FILE} in {folder.name}", folder=folder)
    return _segformer(config, garments, weights)


def segformer_config(folder: Path) -> dict[str, JsonValue]:
    """What a native file has to say of the SegFormer in `folder`: `network` and `input`."""
    network, expected = _read_json(folder / CONFIG_FILE), _read_json(folder / PROCESSOR_FILE)
    return cast("dict[str, JsonValue]", {"network": dict(network), "input": dict(expected)})


def segformer_from_native(
    checkpoint: NativeCheckpoint, name: str, garments: Collection[Garment] = ALL_GARMENTS
) -> SegFormer:
    """The frozen human parser in a native file `name`, see `segformer_from_folder`.

    Raises:
        CheckpointError: as there.
    """
    return _segformer(checkpoint.config, garments, _Weights(name, state=checkpoint.state))


@dataclass(frozen=True)
class _Weights:
    """Where the tensors of a network are: in the folder of `name`, or already in memory."""

    name: str
    folder: Path | None = None
    state: Mapping[str, Tensor] | None = None


def _segformer(
    config: Mapping[str, object], garments: Collection[Garment], weights: _Weights
) -> SegFormer:
    network = entries(config.get("network"))
    labels = cast("Mapping[str, str]", entries(network.get("id2label")))
    try:
        names = [labels[key] for key in sorted(labels, key=int)]
        expected = _expected_input(entries(config.get("input")))
    except (TypeError, ValueError):
        raise CheckpointError(
            f"The {CONFIG_FILE} or {PROCESSOR_FILE} of {weights.name} is damaged; get it again."
        ) from None
    return freeze(SegFormer(_network(network, weights), names, expected, garments))


def _network(config: Mapping[str, object], weights: _Weights) -> nn.Module:
    try:
        transformers: Any = importlib.import_module("transformers")
    except ImportError:
        raise CheckpointError(
            "SegFormer needs the package transformers: pip install transformers."
        ) from None
    if weights.folder and not (weights.folder / WEIGHTS_FILE).is_file():
        raise CheckpointError(f"There is no {WEIGHTS_FILE} in {weights.folder}.")
    source = None if weights.folder is None else str(weights.folder)
    state = None if weights.state is None else dict(weights.state)
    try:
        network, report = transformers.SegformerForSemanticSegmentation.from_pretrained(
            source,
            config=transformers.SegformerConfig.from_dict(dict(config)),
            state_dict=state,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{weights.name} is no readable SegFormer: {error}") from None
    missing = sorted(cast("Collection[str]", report["missing_keys"]))
    if missing:
        raise CheckpointError(f"{weights.name} lacks {len(missing)} tensors, e.g. {missing[0]}.")
    return cast("nn.Module", network).float()


def _expected_input(processor: Mapping[str, object]) -> SegFormerInput:
    default = SegFormerInput()
    size = processor.get("size", {})
    if isinstance(size, int):  # as old versions wrote it
        size = {"height": size, "width": size}
    sides = cast("Mapping[str, int]", entries(size))
    return SegFormerInput(
        size=(sides.get("height", default.size[0]), sides.get("width", default.size[1])),
        mean=tuple(cast("list[float]", processor.get("image_mean", default.mean))),
        std=tuple(cast("list[float]", processor.get("image_std", default.std))),
    )


def _read_json(path: Path) -> Mapping[str, object]:
    try:
        return entries(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
