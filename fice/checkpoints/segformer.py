"""SegFormer human parsers from a folder as Hugging Face lays it out."""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

from torch import nn

from fice.checkpoints.tensors import entries
from fice.errors import CheckpointError
from fice.layers import freeze
from fice.perceptors.segformer import ALL_GARMENTS, Garment, SegFormer, SegFormerInput

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
    config = _read_json(folder / CONFIG_FILE)
    labels = cast("Mapping[str, str]", entries(config.get("id2label")))
    names = [labels[key] for key in sorted(labels, key=int)]
    expected = _expected_input(_read_json(folder / PROCESSOR_FILE))
    return freeze(SegFormer(_network(folder), names, expected, garments))


def _network(folder: Path) -> nn.Module:
    try:
        transformers: Any = importlib.import_module("transformers")
    except ImportError:
        raise CheckpointError(
            "SegFormer needs the package transformers: pip install transformers."
        ) from None
    if not (folder / WEIGHTS_FILE).is_file():
        raise CheckpointError(f"There is no {WEIGHTS_FILE} in {folder}.")
    try:
        network, report = transformers.SegformerForSemanticSegmentation.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder.name} is no readable SegFormer: {error}") from None
    missing = sorted(cast("Collection[str]", report["missing_keys"]))
    if missing:
        raise CheckpointError(
            f"{WEIGHTS_FILE} in {folder.name} lacks {len(missing)} tensors, e.g. {missing[0]}."
        )
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
