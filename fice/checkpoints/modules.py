"""Networks in native files: each is built from one frozen dataclass, its `config`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn

from ..base.errors import CheckpointError
from ..base.files import StrPath
from ..networks.layers import freeze
from .build_for import build_for
from .native import NativeCheckpoint, read_native, save_native
from .state import load_state

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class ConfiguredModule(Protocol):
    """A network that remembers the frozen dataclass it was built from."""

    config: DataclassInstance

    def state_dict(self) -> Mapping[str, Tensor]:
        """Its tensors."""
        ...


ModuleT = TypeVar("ModuleT", bound=nn.Module)
ConfigT = TypeVar("ConfigT")


def save_module(
    path: StrPath,
    kind: str,
    module: nn.Module,
    *,
    dtype: torch.dtype = torch.float32,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes a network that has a `config` as a native file of `kind`.

    Args:
        path: the file to write.
        kind: which network it is, e.g. `compact_chart`.
        module: the network.
        dtype: what floating tensors are stored as.
        metadata: further metadata, e.g. a licence.
    """
    config = dataclasses.asdict(cast("ConfiguredModule", module).config)
    save_native(path, kind, config, module.state_dict(), dtype=dtype, metadata=metadata)


def load_module(
    path: StrPath, kind: str, build: Callable[[ConfigT], ModuleT], config_class: type[ConfigT]
) -> ModuleT:
    """The frozen network in the native file `path`.

    Args:
        path: the file.
        kind: which network it has to be.
        build: makes the network from its config.
        config_class: dataclass of the config.

    Raises:
        CheckpointError: if the file is missing, damaged, of another kind, or if config and tensors
            do not fit together.
    """
    path = Path(path)
    checkpoint = read_native(path, kind)
    module = build_module(checkpoint, path.name, build, config_class)
    return freeze(load_state(module, checkpoint.state, path.name))


def build_module(
    checkpoint: NativeCheckpoint,
    name: str,
    build: Callable[[ConfigT], ModuleT],
    config_class: type[ConfigT],
) -> ModuleT:
    """The network of `checkpoint`, the content of the file `name`, without its weights.

    Raises:
        CheckpointError: if its config does not fit `config_class`, or its size its tensors.
    """
    try:
        config = config_class(**_as_arguments(checkpoint.config))
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"The config of this {checkpoint.kind} does not fit this version of the pack: {error}."
        ) from None
    return build_for(checkpoint.state, name, lambda: build(config))


def _as_arguments(config: Mapping[str, object]) -> dict[str, Any]:
    """JSON has no tuples, but a frozen config holds no lists."""
    return {key: _as_tuple(value) for key, value in config.items()}


def _as_tuple(value: object) -> object:
    if isinstance(value, list):
        return tuple(_as_tuple(part) for part in cast("list[object]", value))
    return value
