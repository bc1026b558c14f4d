"""Parts of weight files as other programs write them, for tests and measurements."""

from __future__ import annotations

import sys
import types
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


class PersistentObject:
    """Pickles as NVIDIA's networks do, and would run code if it were really unpickled."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta

    def __reduce__(self) -> tuple[Any, ...]:
        function = sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj
        return function, (self.meta,)


@contextmanager
def nvidia_names() -> Iterator[type[dict]]:
    """Modules of the names that NVIDIA's pickles call for, to write (never to read) such files."""
    persistence = types.ModuleType("torch_utils.persistence")
    persistence._reconstruct_persistent_obj = PersistentObject
    PersistentObject.__module__ = "torch_utils.persistence"
    PersistentObject.__qualname__ = "_reconstruct_persistent_obj"
    util = types.ModuleType("dnnlib.util")
    util.EasyDict = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})
    names = {
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": persistence,
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": util,
    }
    sys.modules.update(names)
    try:
        yield util.EasyDict
    finally:
        for name in names:
            del sys.modules[name]


def persistent(module: nn.Module) -> PersistentObject:
    """`module` as NVIDIA's persistence stores it."""
    state = {
        "training": False,
        "_parameters": OrderedDict(module._parameters),
        "_buffers": OrderedDict({k: v for k, v in module._buffers.items() if v is not None}),
        "_non_persistent_buffers_set": set(module._non_persistent_buffers_set),
        "_modules": OrderedDict(
            (name, persistent(child)) for name, child in module._modules.items() if child
        ),
    }
    if hasattr(module, "conv_clamp"):
        state["conv_clamp"] = module.conv_clamp
    if hasattr(module, "bias_gain"):
        state["bias_gain"] = module.bias_gain
    return PersistentObject(
        {
            "type": "class",
            "version": 6,
            "module_src": "raise SystemExit('the source in the file was run')",
            "class_name": type(module).__name__,
            "state": state,
        }
    )


class Scripted(nn.Module):
    """A part of a network that computes nothing, as TorchScript wants one."""

    def forward(self, x: Tensor) -> Tensor:
        """Hands on what comes in."""
        return x


def modules_of(state: Mapping[str, Tensor]) -> Scripted:
    """A network without a purpose that holds `state` under its names, to be scripted and saved."""
    root = Scripted()
    for name, value in state.items():
        owner, _, last = name.rpartition(".")
        grown(root, owner).register_buffer(last, value)
    return root


def grown(root: nn.Module, path: str) -> nn.Module:
    """The part of `root` at `path`, made if it is not there."""
    part = root
    for name in filter(None, path.split(".")):
        if name not in part._modules:
            part.add_module(name, Scripted())
        part = part._modules[name]
    return part
