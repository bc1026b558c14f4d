"""Reading the one matrix of small numbers in a MATLAB file (level 5) without SciPy.

Source: "MAT-File Format", The MathWorks, chapter on level 5 files.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ImageError
from ...base.files import StrPath

HEADER = 128  # bytes of text and version
COMPRESSED, MATRIX = 15, 14
UINT8 = 2


def read_labels(path: StrPath) -> NDArray[np.uint8]:
    """The matrix of bytes in a file, `[h, w]`.

    Raises:
        ImageError: if it is no such file.
    """
    try:
        kind, content = _element(Path(path).read_bytes()[HEADER:])[:2]
        if kind == COMPRESSED:
            kind, content = _element(zlib.decompress(content))[:2]
        if kind != MATRIX:
            raise ValueError(kind)
        _, rest = _after(content)  # its class and flags
        shape, rest = _after(rest)
        _, rest = _after(rest)  # its name
        stored, values, _ = _element(rest)
        if stored != UINT8:
            raise ValueError(stored)
        rows, columns = struct.unpack("<2i", shape)
        return np.frombuffer(values, np.uint8).reshape(columns, rows).T.copy()
    except (OSError, ValueError, struct.error, zlib.error) as error:
        raise ImageError(
            f"{Path(path).name} is not a MATLAB file with one matrix of bytes: {error}."
        ) from None


def _after(data: bytes) -> tuple[bytes, bytes]:
    """Content of the first element, and what follows it."""
    _, content, end = _element(data)
    return content, data[end:]


def _element(data: bytes) -> tuple[int, bytes, int]:
    """Type and content of the first element, and where the next begins."""
    kind, size = struct.unpack_from("<2I", data)
    if kind >> 16:  # a small element: its size in the upper half, its content in its tag
        return kind & 0xFFFF, data[4 : 4 + (kind >> 16)], 8
    return kind, data[8 : 8 + size], 8 + size + -size % 8
