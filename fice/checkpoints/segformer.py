"""SegFormer human parsers from a folder as Hugging Face lays it out."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from ..base.errors import CheckpointError, FiceError
from ..base.files import StrPath, folder_name, read_text
from ..base.types import JsonValue
from ..networks.layers import freeze
from ..networks.perceptors.segformer import ALL_GARMENTS, Garment, SegFormer, SegFormerInput
from .build_for import build_for
from .native import NativeCheckpoint
from .reader import read_checkpoint
from .state import check_finite
from .tensors import entries, state_dict

CONFIG_FILE = "config.json"
PROCESSOR_FILE = "preprocessor_config.json"
WEIGHTS_FILE = "model.safetensors"
OLD_WEIGHTS_FILE = "pytorch_model.bin"  # as transformers wrote it before

MAX_JSON_BYTES = 1 << 20  # of a description; the longest known takes 2 KB
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
        config = _read_json(folder / CONFIG_FILE)
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
            network is no human parser.
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
    network, expected = _read_json(folder / CONFIG_FILE), _read_json(folder / PROCESSOR_FILE)
    return cast("dict[str, JsonValue]", {"network": dict(network), "input": dict(expected)})


def segformer_from_native(
    checkpoint: NativeCheckpoint, name: str, garments: Collection[Garment] = ALL_GARMENTS
) -> SegFormer:
    """The frozen human parser in a native file `name`, see `segformer_from_folder`.

    Raises:
        CheckpointError: as there.
    """
    return _segformer(checkpoint.config, garments, lambda: checkpoint.state, name)


@dataclass(frozen=True)
class _Description:
    """What the descriptions beside the weights in the file `name` say, checked number by number."""

    name: str
    values: Mapping[str, object]

    def damaged(self, what: str) -> CheckpointError:
        """What to raise if `what` is not as it has to be."""
        return CheckpointError(
            f"The {CONFIG_FILE} or {PROCESSOR_FILE} of {self.name} is damaged: {what}; get it "
            "again."
        )

    def number(self, key: str, bounds: range, default: int) -> int:
        """A whole number within `bounds`."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value not in bounds:
            raise self.damaged(f"{key} is {_short(value)}, expected {_from_to(bounds)}")
        return value

    def numbers(self, key: str, bounds: range, count: int) -> list[int]:
        """`count` whole numbers within `bounds`."""
        value = self.values.get(key)
        found = cast("list[object]", value) if isinstance(value, list) else []
        if len(found) != count:
            raise self.damaged(f"{key} is {_short(value)}, expected {count} numbers")
        values = _Description(self.name, {f"{key}[{i}]": part for i, part in enumerate(found)})
        return [values.number(name, bounds, 0) for name in values.values]

    def decimals(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many finite numbers as `default` has."""
        value = self.values.get(key, default)
        found = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
        decimals = tuple(float(part) for part in found if isinstance(part, (int, float)))
        if len(found) != len(default) or len(decimals) != len(default):
            raise self.damaged(f"{key} is {_short(value)}, expected {len(default)} numbers")
        if not all(math.isfinite(part) for part in decimals):
            raise self.damaged(f"{key} is {_short(value)}, which are no finite numbers")
        return decimals


def _segformer(
    config: Mapping[str, object],
    garments: Collection[Garment],
    read: Callable[[], dict[str, Tensor]],
    name: str,
) -> SegFormer:
    description = _Description(name, entries(config.get("network")))
    labels, arguments = _labels(description), _arguments(description)
    expected = _expected_input(_Description(name, entries(config.get("input"))))
    network = _network({**arguments, "num_labels": len(labels)}, read, name)
    return freeze(SegFormer(network, labels, expected, garments))


def _labels(network: _Description) -> list[str]:
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


def _arguments(description: _Description) -> dict[str, Any]:
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
        (arguments["layer_norm_eps"],) = _Description(
            description.name, {"layer_norm_eps": [given["layer_norm_eps"]]}
        ).decimals("layer_norm_eps", (0.0,))
    if (
        given.get("hidden_act", "gelu") != "gelu"
        or given.get("reshape_last_stage", True) is not True
    ):
        raise description.damaged("hidden_act or reshape_last_stage is not as in any human parser")
    return arguments


def _expected_input(processor: _Description) -> SegFormerInput:
    default = SegFormerInput()
    size = processor.values.get("size", {})
    if isinstance(size, int):  # as old versions wrote it
        size = {"height": size, "width": size}
    sides = _Description(processor.name, entries(size))
    return SegFormerInput(
        size=(
            sides.number("height", SIDES, default.size[0]),
            sides.number("width", SIDES, default.size[1]),
        ),
        mean=processor.decimals("image_mean", default.mean),
        std=processor.decimals("image_std", default.std),
    )


def _short(value: object) -> str:
    return repr(value)[:40] if isinstance(value, (int, float, str, list)) else type(value).__name__


def _from_to(bounds: range) -> str:
    return f"a whole number from {bounds[0]} to {bounds[-1]}"


def _read_json(path: Path) -> Mapping[str, object]:
    """The JSON object in `path`; empty if there is no such file, or no file of this kind."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:
            return {}
        return entries(json.loads(read_text(path)))
    except FiceError as error:
        raise CheckpointError(str(error)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}. Get it again.") from None
