"""SegFormer human parsers from a folder as Hugging Face lays it out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from ..base.errors import CheckpointError
from ..base.files import StrPath, folder_name
from ..base.types import JsonValue
from ..networks.layers import freeze
from ..networks.perceptors.segformer import ALL_GARMENTS, Garment, SegFormer, SegFormerInput
from .build_for import build_for
from .description import CONFIG_FILE, PROCESSOR_FILE, Description, read_json
from .native import NativeCheckpoint
from .reader import read_checkpoint
from .state import check_finite
from .tensors import entries, state_dict
from .weight_folder import OLD_WEIGHTS_FILE, WEIGHTS_FILE

BLOCKS = range(1, 9)
SIDES = range(32, 2049)  # of the images, in pixels
NUMBERS: Mapping[str, range] = {"decoder_hidden_size": range(1, 4097)}
NUMBERS_PER_BLOCK: Mapping[str, range] = {
    "depths": range(1, 65),
    "hidden_sizes": range(1, 4097),
    "mlp_ratios": range(1, 65),
    "num_attention_heads": range(1, 257),
    "patch_sizes": range(1, 65),
    "sr_ratios": range(1, 65),
    "strides": range(1, 33),
}
"""What describes the network, and from where to where it goes: a few times the largest known."""


def segformer_folder(path: StrPath) -> Path | None:
    """The folder of the SegFormer that `path` is, or is a file of; None if it is none.

    Raises:
        CheckpointError: if `path` is a folder whose `config.json` cannot be read.
    """
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    try:
        config = read_json(folder / CONFIG_FILE)
    except CheckpointError:
        if path.is_dir():
            raise
        return None  # a file beside somebody else's `config.json`
    return folder if config.get("model_type") == "segformer" else None


def segformer_from_folder(
    folder: StrPath, garments: Collection[Garment] = ALL_GARMENTS
) -> SegFormer:
    """The frozen human parser in `folder`, on the CPU.

    Args:
        folder: with `config.json`, `model.safetensors` and, unless the input is 512 by 512 pixels,
            `preprocessor_config.json`.
        garments: what counts as the garment.

    Raises:
        CheckpointError: if a file is missing or damaged, transformers is not installed, or the
            network is not a human parser.
    """
    folder = Path(folder)
    name = f"{WEIGHTS_FILE} in {folder.name}"

    def read() -> dict[str, Tensor]:
        return state_dict(read_checkpoint(segformer_weights(folder)))

    return _segformer(segformer_config(folder), garments, read, name)


def segformer_weights(folder: StrPath) -> Path:
    """The file of the weights in `folder`.

    Raises:
        CheckpointError: if it is missing.
    """
    found = [Path(folder, name) for name in (WEIGHTS_FILE, OLD_WEIGHTS_FILE)]
    there = next((path for path in found if path.is_file()), None)
    if there is None:
        raise CheckpointError(f"There is no {WEIGHTS_FILE} in {folder_name(Path(folder))}.")
    return there


def segformer_config(folder: StrPath) -> dict[str, JsonValue]:
    """What a native file has to say of the SegFormer in `folder`: `network` and `input`.

    Raises:
        CheckpointError: if a description is there that cannot be read.
    """
    folder = Path(folder)
    network, expected = read_json(folder / CONFIG_FILE), read_json(folder / PROCESSOR_FILE)
    return cast("dict[str, JsonValue]", {"network": dict(network), "input": dict(expected)})


def segformer_from_native(
    checkpoint: NativeCheckpoint, name: str, garments: Collection[Garment] = ALL_GARMENTS
) -> SegFormer:
    """The frozen human parser in a native file `name`, see `segformer_from_folder`.

    Raises:
        CheckpointError: as there.
    """
    return _segformer(checkpoint.config, garments, lambda: checkpoint.state, name)


def _segformer(
    config: Mapping[str, object],
    garments: Collection[Garment],
    read: Callable[[], dict[str, Tensor]],
    name: str,
) -> SegFormer:
    description = Description(name, entries(config.get("network")))
    labels, arguments = _labels(description), _arguments(description)
    expected = _expected_input(Description(name, entries(config.get("input"))))
    network = _network({**arguments, "num_labels": len(labels)}, read, name)
    return freeze(SegFormer(network, labels, expected, garments))


def _labels(network: Description) -> list[str]:
    """Names of the classes, by their numbers."""
    found = entries(network.values.get("id2label"))
    if not found or sorted(found) != sorted(str(number) for number in range(len(found))):
        raise network.damaged("id2label does not number the classes")
    labels = [found[str(number)] for number in range(len(found))]
    names = [label for label in labels if isinstance(label, str)]
    if len(names) != len(labels):
        raise network.damaged("id2label does not name the classes")
    return names


def _network(
    arguments: Mapping[str, object], read: Callable[[], dict[str, Tensor]], name: str
) -> nn.Module:
    try:
        transformers: Any = importlib.import_module("transformers")
    except ImportError:
        raise CheckpointError(
            "SegFormer needs the package transformers: pip install transformers."
        ) from None
    state = read()
    check_finite(state, name)

    def build() -> tuple[nn.Module, Mapping[str, Collection[str]]]:
        # Not by the constructor: transformers renames tensors of files from older versions.
        return transformers.SegformerForSemanticSegmentation.from_pretrained(
            None,
            config=transformers.SegformerConfig(**arguments),
            state_dict=state,
            output_loading_info=True,
        )

    network, report = build_for(state, name, build)
    missing = sorted(report["missing_keys"])
    if missing:
        raise CheckpointError(f"{name} lacks {len(missing)} tensors, e.g. {missing[0]}.")
    return network.float()


def _arguments(description: Description) -> dict[str, Any]:
    """The numbers that transformers builds the network from, and nothing else of the file."""
    blocks = description.number("num_encoder_blocks", BLOCKS, 4)
    given = description.values
    arguments: dict[str, Any] = {"num_encoder_blocks": blocks}
    for key, bounds in NUMBERS.items():
        if key in given:
            arguments[key] = description.number(key, bounds, 0)
    for key, bounds in NUMBERS_PER_BLOCK.items():
        if key in given:
            arguments[key] = description.numbers(key, bounds, blocks)
    if "layer_norm_eps" in given:
        (arguments["layer_norm_eps"],) = Description(
            description.name, {"layer_norm_eps": [given["layer_norm_eps"]]}
        ).decimals("layer_norm_eps", (0.0,))
    if (
        given.get("hidden_act", "gelu") != "gelu"
        or given.get("reshape_last_stage", True) is not True
    ):
        raise description.damaged("hidden_act or reshape_last_stage is not as in any human parser")
    return arguments


def _expected_input(processor: Description) -> SegFormerInput:
    default = SegFormerInput()
    size = processor.values.get("size", {})
    if isinstance(size, int):  # as old versions wrote it
        size = {"height": size, "width": size}
    sides = Description(processor.name, entries(size))
    return SegFormerInput(
        size=(
            sides.number("height", SIDES, default.size[0]),
            sides.number("width", SIDES, default.size[1]),
        ),
        mean=processor.decimals("image_mean", default.mean),
        std=processor.decimals("image_std", default.std),
    )
