"""A device that cannot cheat: torch's `meta`, which has no numbers, and what asks it for some.

Meta tensors have shapes and dtypes but no values, so whatever reads a value fails there. This mode
answers instead, with numbers that it makes up, and writes down who asked: each such question is a
wait on a GPU, where Python goes ahead of a queue. Tensors of the CPU beside those of the device are
refused as a GPU refuses them.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

FAR = torch.device("meta")
LIBRARY = str(Path(__file__).parents[2] / "fice") + os.sep
# Old releases of it (2.24) pick the end of a text by indices that lie on the CPU. A GPU takes those
# and pays with a copy, so that is a wait and no error; in our own code it stays an error.
FOREIGN = os.sep + "open_clip" + os.sep
aten = torch.ops.aten

# Operators whose result has a size that only the values tell.
SIZED_BY_VALUES = {
    aten.nonzero.default,
    aten.masked_select.default,
    aten.index.Tensor,
    aten.unique_consecutive.default,
    aten._unique2.default,
}
COPIES = {aten._to_copy.default, aten.copy_.default}


class MixedDevicesError(RuntimeError):
    """A tensor of the CPU met one of the device."""


class FarDevice:
    """Counts who waits for the device while it is entered: `where` to `how often`.

    `where` is `module.function` of the library; see `waits`. Some of those who ask need an answer
    that leads on, `answers`: what all of their numbers are, or those of one question after another.
    """

    def __init__(self, answers: Mapping[str, float | Iterator[float]] | None = None) -> None:
        self._answers = answers or {}
        self.waits: Counter[str] = Counter()
        self._modes = (_Indexing(self), _Answering(self))
        self._named = False

    def __enter__(self) -> FarDevice:
        self._named = not hasattr(torch, FAR.type)
        if self._named:
            # Old releases of torch (2.5) ask for it before they recompute; all GPUs have theirs.
            setattr(torch, FAR.type, SimpleNamespace())
        for mode in self._modes:
            mode.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(*what)
        if self._named:
            delattr(torch, FAR.type)

    def note(self) -> None:
        """Writes down who of the library asks."""
        self.waits[_caller()] += 1

    def values_of(self, like: Tensor) -> Tensor:
        """Numbers for who asks, `like` on the CPU."""
        self.note()
        known = self._answers.get(_caller())
        if known is None:
            return _made_up(like)
        value = next(known) if isinstance(known, Iterator) else known
        return torch.full(like.shape, value).to(like.dtype)


class _Indexing(TorchFunctionMode):
    """Sees what never reaches the operators: an index made of a list is copied to the device."""

    def __init__(self, far: FarDevice) -> None:
        super().__init__()
        self._far = far

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (Tensor.__getitem__, Tensor.__setitem__) and _is_far(args[0]):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            if any(isinstance(one, (list, range)) for one in index):
                self._far.note()
        if func is torch.tensor and torch.device((kwargs or {}).get("device") or "cpu") == FAR:
            self._far.note()
        return func(*args, **(kwargs or {}))


class _Answering(TorchDispatchMode):
    """Answers what a device without numbers cannot."""

    def __init__(self, far: FarDevice) -> None:
        super().__init__()
        self._far = far

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        far = [one for one in tensors if _is_far(one)]
        if func in COPIES:
            return self._copied(func, args, kwargs)
        if not far:
            return _checked(func(*args, **kwargs))
        if func is aten._local_scalar_dense.default:
            return self._far.values_of(args[0]).reshape(-1)[0].item()
        if func is aten.equal.default:
            self._far.note()
            return True
        if func in SIZED_BY_VALUES and _needs_values(func, args):
            self._far.note()
            return _all_selected(func, args)
        near = [one for one in tensors if not _is_far(one) and one.dim() > 0]
        if near and func is aten.index.Tensor and _is_far(args[0]) and _is_foreign():
            self._far.note()
            there = [None if one is None else one.to(FAR) for one in args[1]]
            return _checked(func(args[0], there))
        if near:
            raise MixedDevicesError(f"{func} of {_caller()} got a tensor of the CPU as well.")
        made = func(*args, **kwargs)
        return _checked(made)

    def _copied(self, func, args, kwargs):
        if func is aten.copy_.default:
            here, there = args[0], args[1]
            if _is_far(there) and not _is_far(here):
                return here.copy_(self._far.values_of(there))
            if _is_far(here) and not _is_far(there) and there.dim():
                self._far.note()
            return func(*args, **kwargs)
        source = args[0]
        target = torch.device(kwargs.get("device") or source.device)
        if _is_far(source) == (target == FAR):
            return _checked(func(*args, **kwargs))
        if target == FAR:
            self._far.note()
            return _checked(func(*args, **kwargs))
        return self._far.values_of(source).to(kwargs.get("dtype") or source.dtype)


def _checked(made):
    for one in tree_leaves(made):
        if isinstance(one, Tensor) and _is_far(one) and one.dtype == torch.float64:
            raise MixedDevicesError(f"{_caller()} computes in double precision.")
    return made


def _needs_values(func, args) -> bool:
    if func is not aten.index.Tensor:
        return True
    return any(one is not None and one.dtype in (torch.bool, torch.uint8) for one in args[1])


def _all_selected(func, args):
    if func is aten.nonzero.default:
        (source,) = args
        full = torch.ones(source.shape).nonzero()
        return full.to(FAR)
    if func is aten.index.Tensor:
        indices = [
            None if one is None else torch.ones(one.shape).nonzero(as_tuple=True)[0].to(FAR)
            for one in args[1]
        ]
        return aten.index.Tensor(args[0], indices)
    raise NotImplementedError(f"{func} has no made-up answer.")


def _made_up(like: Tensor) -> Tensor:
    """Values as a person in the middle of a photo would give: 1 in the middle, 0 around."""
    values = torch.zeros(like.shape, dtype=torch.float32)
    if like.dtype == torch.bool:
        values = torch.ones(like.shape)
    elif like.dim() >= 2:
        rows, columns = like.shape[-2:]
        values[..., rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4] = 1.0
    else:
        values = values + 0.5 if like.is_floating_point() else values
    return values.to(like.dtype)


def _is_far(tensor: Tensor) -> bool:
    return tensor.device.type == "meta"


def _is_foreign() -> bool:
    """Whether open_clip asks by itself, and no function of the library that it called."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(LIBRARY):
            return False
        if FOREIGN in file:
            return True
        frame = frame.f_back
    return False


def _caller() -> str:
    """The innermost function of the library that is running."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(LIBRARY):
            module = file.removeprefix(LIBRARY).removesuffix(".py").replace(os.sep, ".")
            return f"{module}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "test"
