"""The names that may occur in a weight file's pickle, and what we make of each.

Measured on NVIDIA's, torch's, detectron2's and CLIP's files (formats, sections 1, 3 and 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor

from ..base.errors import CheckpointError
from .budget import ENTRY_BYTES, Budget
from .file_bytes import FileText, as_bytes
from .pickle_machine import Reducer
from .pickle_values import Global, PickledObject, expect, expect_ints
from .tensor_storage import STORAGE_DTYPES, Storage, check_size, strided

NUMPY_KINDS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"})


@dataclass
class NumpyDtype:
    """A numpy dtype while its byte order is not yet known."""

    code: str

    def build(self, state: object, _budget: Budget) -> object:
        """Reads the byte order, the second item of numpy's state."""
        order = expect(state, tuple)[1]
        if order == ">":
            raise CheckpointError(
                "The file holds big-endian numbers, which are not supported; "
                "save it again on an ordinary (little-endian) machine."
            )
        return self

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Its little-endian dtype.

        Raises:
            CheckpointError: if it is not a plain number.
        """
        if self.code not in NUMPY_KINDS:
            raise CheckpointError(f"The file holds an array of {self.code[:20]!r}, not of numbers.")
        return np.dtype(self.code).newbyteorder("<")


class NumpyArray:
    """A numpy array while its content is not yet known."""

    def build(self, state: object, budget: Budget) -> Tensor:
        """Reads numpy's state: version, shape, dtype, column-major or not, bytes."""
        _, shape, dtype, column_major, raw = expect(state, tuple)
        return _from_bytes(raw, dtype, shape, "F" if column_major else "C", budget)


def _from_bytes(
    raw: object, dtype: object, shape: object, order: Literal["C", "F"], budget: Budget
) -> Tensor:
    """The tensor of an array's bytes in row-major (C) or column-major (F) order."""
    kind, data = expect(dtype, NumpyDtype).dtype, _raw_bytes(raw)
    budget.spend(len(data))
    flat, size = np.frombuffer(data, dtype=kind), expect_ints(shape)
    check_size(size, len(flat))
    return torch.from_numpy(flat.reshape(size, order=order).copy())


def _raw_bytes(raw: object) -> bytes | bytearray:
    """Bytes of an array; Python 2 stored them as text."""
    if isinstance(raw, bytearray):
        return raw
    return raw.encode("latin1") if isinstance(raw, str) else as_bytes(raw)


def _ordered_dict(arguments: tuple[object, ...], budget: Budget) -> object:
    pairs = expect(arguments[0], list) if arguments else []
    budget.spend(len(pairs) * ENTRY_BYTES)
    found: dict[object, object] = {}
    for pair in pairs:
        key, value = pair if isinstance(pair, tuple) else expect(pair, list)
        found[expect(key, str)] = value
    return found


def _collection(arguments: tuple[object, ...], _budget: Budget) -> object:
    return expect(arguments[0], list) if arguments else []


def _encode(arguments: tuple[object, ...], budget: Budget) -> object:
    """`_codecs.encode(text, "latin1")`, how protocol 2 writes bytes."""
    if isinstance(arguments[0], FileText):  # decoded when an array needs it
        budget.spend(arguments[0].count)
        return arguments[0]
    text = expect(arguments[0], str)
    budget.spend(len(text))
    return text.encode("latin1")


def _empty_bytes(arguments: tuple[object, ...], _budget: Budget) -> object:
    if arguments:
        raise CheckpointError("The file is damaged: it asks for made-up bytes.")
    return b""


def _numpy_dtype(arguments: tuple[object, ...], _budget: Budget) -> object:
    return NumpyDtype(expect(arguments[0], str).lstrip("<|="))


def _numpy_scalar(arguments: tuple[object, ...], budget: Budget) -> object:
    dtype, raw = expect(arguments[0], NumpyDtype).dtype, _raw_bytes(arguments[1])
    budget.spend(len(raw))
    return cast("float", np.frombuffer(raw, dtype=dtype, count=1)[0].item())


def _numpy_array(_arguments: tuple[object, ...], _budget: Budget) -> object:
    return NumpyArray()


def _numpy_buffer(arguments: tuple[object, ...], budget: Budget) -> object:
    """An array as protocol 5 writes it: bytes, dtype, shape, order."""
    raw, dtype, shape, order, *axes = arguments
    if order == "K" or any(axis is not None for axis in axes):
        raise CheckpointError("The file holds an array in an unusual memory order; save a copy.")
    return _from_bytes(raw, dtype, shape, "F" if order == "F" else "C", budget)


def _tensor(arguments: tuple[object, ...], _budget: Budget) -> object:
    storage, offset, size, stride = arguments[:4]
    return strided(
        expect(storage, Storage), expect(offset, int), expect_ints(size), expect_ints(stride)
    )


def _parameter(arguments: tuple[object, ...], _budget: Budget) -> object:
    return expect(arguments[0], Tensor)


def _first(arguments: tuple[object, ...], _budget: Budget) -> object:
    return arguments[0] if arguments else None


def _path(arguments: tuple[object, ...], _budget: Budget) -> object:
    return arguments


def _persistent_object(arguments: tuple[object, ...], budget: Budget) -> object:
    """NVIDIA's pickled network: `meta` carries source code (ignored), class name and attributes."""
    meta = expect(arguments[0], dict)
    name = expect(meta["class_name"], str)
    return PickledObject(Global("", name)).build(meta["state"], budget)


def _reconstructed(arguments: tuple[object, ...], _budget: Budget) -> object:
    return PickledObject(expect(arguments[0], Global))


def _table(entries: dict[str, Reducer]) -> dict[Global, Reducer]:
    """Reducers by full name; `numpy.core` and `__builtin__` under their newer names, too."""
    renamed = {
        name.replace("numpy.core", "numpy._core").replace("__builtin__", "builtins"): reducer
        for name, reducer in entries.items()
    }
    return {_named(name): reducer for name, reducer in (entries | renamed).items()}


def _named(full_name: str) -> Global:
    module, _, name = full_name.rpartition(".")
    return Global(module, name)


STORAGE_NAMES = frozenset(Global("torch", name) for name in STORAGE_DTYPES)

# Classes of which a file may hold an instance or the name, without meaning to us.
INERT_NAMES = frozenset(
    _named(name)
    for name in (
        "argparse.Namespace",
        "builtins.object",
        "__builtin__.object",
        "numpy.ndarray",
        "torch.float16",
        "torch.bfloat16",
        "torch.float32",
        "torch.float64",
        "torch.int64",
    )
)

ALLOWED_NAMES = STORAGE_NAMES | INERT_NAMES

TENSOR_REDUCERS: dict[Global, Reducer] = _table(
    {
        "collections.OrderedDict": _ordered_dict,
        "torch._utils._rebuild_parameter": _parameter,
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch.Size": _first,
        "torch.device": _first,
    }
)

NUMPY_REDUCERS: dict[Global, Reducer] = _table(
    {
        "_codecs.encode": _encode,
        "__builtin__.bytes": _empty_bytes,
        "numpy.dtype": _numpy_dtype,
        "numpy.core.multiarray._reconstruct": _numpy_array,
        "numpy.core.multiarray.scalar": _numpy_scalar,
        "numpy.core.numeric._frombuffer": _numpy_buffer,
    }
)

PLAIN_REDUCERS: dict[Global, Reducer] = _table(
    {
        "__builtin__.set": _collection,
        "__builtin__.frozenset": _collection,
        "copy_reg._reconstructor": _reconstructed,
        "copyreg._reconstructor": _reconstructed,
        **{
            f"{module}.{name}": _path
            for module in ("pathlib", "pathlib._local")  # the latter in Python 3.13
            for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
        },
    }
)

NVIDIA_REDUCERS: dict[Global, Reducer] = _table(
    {
        "dnnlib.util.EasyDict": _ordered_dict,
        "torch_utils.persistence._reconstruct_persistent_obj": _persistent_object,
    }
)

SCRIPT_LISTS = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")
SCRIPT_REDUCERS: dict[Global, Reducer] = _table(
    {f"torch.jit._pickle.{name}": _first for name in (*SCRIPT_LISTS, "restore_type_tag")}
)

SAFE_REDUCERS = TENSOR_REDUCERS | NUMPY_REDUCERS | PLAIN_REDUCERS


def check_name(found: Global) -> None:
    """Accepts the names of storages and of classes without meaning to us.

    Raises:
        CheckpointError: naming everything else.
    """
    if found in ALLOWED_NAMES:
        return
    if found.module.startswith("dnnlib.tflib"):
        raise CheckpointError(
            "This is a TensorFlow StyleGAN pickle. Use the PyTorch version of the file, of "
            "StyleGAN-Human v2 instead of v1 (`fice models get stylegan-human-1024`), or convert "
            "a StyleGAN2 with `legacy.py` of NVIDIA's stylegan2-ada-pytorch."
        )
    raise CheckpointError(
        f"The file asks for {found} when it is opened. That is not part of a weight file, so it "
        "was refused and nothing was run. Get the file from a source you trust."
    )


def check_script_name(found: Global) -> None:
    """As `check_name`, and accepts the classes that a TorchScript archive defines itself."""
    if not found.module.startswith("__torch__."):
        check_name(found)


def parameter_storage(persistent_id: object) -> tuple[torch.dtype, str, int]:
    """Dtype, key and number of elements of torch's persistent id of a storage.

    Raises:
        CheckpointError: if it is no such id, or of a storage that is itself a view.
    """
    tag, kind, key, _location, numel, *view = cast("Iterable[object]", expect(persistent_id, tuple))
    name = expect(kind, Global)
    if tag != "storage" or name not in STORAGE_NAMES or any(part is not None for part in view):
        raise CheckpointError(f"The file holds a kind of tensor that is not supported ({name}).")
    return STORAGE_DTYPES[name.name], expect(key, str), expect(numel, int)
