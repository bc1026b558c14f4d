"""Rendering many figures into memory-mapped arrays, in resumable chunks."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import DTypeLike

from ...base.files import StrPath, read_text
from .arrays import ByteArray, CodeArray, FloatArray
from .attributes import ATTRIBUTE_COLUMNS, Attributes
from .factors import FACTOR_DIM, FACTOR_NAMES, decode, draw_z
from .figure import Figure
from .renderer import Renderer

HELD_OUT_SEED: Final = 10_000_000
"""Seeds from here on are for evaluation only."""
CHUNK: Final = 1000
_VERSION: Final = 1
_META: Final = "meta.json"


@dataclass(frozen=True)
class Dataset:
    """The arrays of a data set folder, memory-mapped; row i belongs to seed `first_seed` + i."""

    images: ByteArray
    """RGB, uint8 [N, H, W, 3]."""
    regions: ByteArray
    """uint8 [N, H, W], see `Figure.regions`."""
    chart_i: ByteArray
    """uint8 [N, H, W], DensePose part ids."""
    chart_uv: ByteArray
    """uint8 [N, 2, H/2, W/2], u and v times 255 of every second pixel (rows and columns 0, 2, ...).

    The part that these values belong to is `chart_i[:, ::2, ::2]`.
    """
    factors: FloatArray
    """float32 [N, FACTOR_DIM]."""
    attributes: CodeArray
    """int8 [N, K], columns as in `ATTRIBUTE_COLUMNS`."""


@dataclass(frozen=True)
class _Chunk:
    folder: Path
    first_seed: int
    start: int
    stop: int
    size: int

    @property
    def marker(self) -> Path:
        return self.folder / "done" / f"{self.start:09d}"


def _layout(count: int, size: int) -> dict[str, tuple[tuple[int, ...], DTypeLike]]:
    return {
        "images": ((count, size, size, 3), np.uint8),
        "regions": ((count, size, size), np.uint8),
        "chart_i": ((count, size, size), np.uint8),
        "chart_uv": ((count, 2, size // 2, size // 2), np.uint8),
        "factors": ((count, FACTOR_DIM), np.float32),
        "attributes": ((count, len(ATTRIBUTE_COLUMNS)), np.int8),
    }


def _open(folder: Path, *, write: bool) -> Dataset:
    mode = "r+" if write else "r"
    names = _layout(1, 2)
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode=mode) for name in names}
    return Dataset(**arrays)


def open_dataset(folder: StrPath) -> Dataset:
    """Opens a finished or unfinished data set for reading; unfinished rows are zero."""
    return _open(Path(folder), write=False)


def half_chart(figure: Figure) -> ByteArray:
    """The chart's coordinates as stored: uint8 [2, H/2, W/2].

    Pixels are picked, not averaged: averaging would mix coordinates of different parts.
    """
    uv = np.stack([figure.chart_u[::2, ::2], figure.chart_v[::2, ::2]])
    return np.round(uv * 255.0).astype(np.uint8)


def _render_row(data: Dataset, row: int, seed: int, renderer: Renderer) -> None:
    factors = decode(draw_z(seed))
    figure = renderer.render(factors)
    data.images[row] = figure.image
    data.regions[row] = figure.regions
    data.chart_i[row] = figure.chart_i
    data.chart_uv[row] = half_chart(figure)
    data.factors[row] = factors.vector
    data.attributes[row] = Attributes.of(factors).codes()


def render_figures(first_seed: int, count: int, size: int = 128) -> Dataset:
    """Renders the figures of consecutive seeds in memory."""
    arrays = {name: np.zeros(shape, dtype) for name, (shape, dtype) in _layout(count, size).items()}
    data = Dataset(**arrays)
    renderer = Renderer(size)
    for row in range(count):
        _render_row(data, row, first_seed + row, renderer)
    return data


def _render_chunk(chunk: _Chunk) -> int:
    """Renders one chunk and marks it done.

    Returns:
        How many figures it holds.
    """
    cv2.setNumThreads(1)
    renderer = Renderer(chunk.size)
    data = _open(chunk.folder, write=True)
    for row in range(chunk.start, chunk.stop):
        _render_row(data, row, chunk.first_seed + row, renderer)
    for array in (data.images, data.regions, data.chart_i, data.chart_uv, data.factors):
        if isinstance(array, np.memmap):
            array.flush()
    if isinstance(data.attributes, np.memmap):
        data.attributes.flush()
    chunk.marker.touch()
    return chunk.stop - chunk.start


def _prepare(folder: Path, first_seed: int, count: int, size: int, chunk: int) -> None:
    """Creates the arrays, or checks that those present are of the same data set."""
    meta = {
        "version": _VERSION,
        "first_seed": first_seed,
        "count": count,
        "size": size,
        # The done markers mean chunks of this length.
        "chunk": chunk,
    }
    path = folder / _META
    if path.exists():
        present = json.loads(read_text(path))
        differing = {k: present.get(k) for k, v in meta.items() if present.get(k) != v}
        if differing:
            raise ValueError(f"{folder} holds another data set: {differing}, asked for {meta}")
        return
    (folder / "done").mkdir(parents=True, exist_ok=True)
    for name, (shape, dtype) in _layout(count, size).items():
        np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
    words = {"attribute_columns": ATTRIBUTE_COLUMNS, "factor_names": FACTOR_NAMES}
    # Written last: its presence says that all arrays exist.
    path.write_text(json.dumps({**meta, **words}, indent=1), encoding="utf-8")


def render_dataset(
    out_dir: StrPath,
    first_seed: int,
    count: int,
    size: int = 128,
    processes: int = 1,
    chunk_size: int = CHUNK,
) -> None:
    """Renders the figures of consecutive seeds; continues where an earlier call stopped.

    Args:
        out_dir: Folder of the data set; created.
        first_seed: Seed of row 0.
        count: Number of figures.
        size: Side of the pictures in pixels, even.
        processes: Worker processes; 1 renders in this process.
        chunk_size: Figures per resumable unit.

    Raises:
        ValueError: If training and held-out seeds would mix, sizes are unusable, or the folder
            holds another data set.
    """
    if first_seed < 0 or count < 1 or size % 2 or chunk_size < 1:
        raise ValueError(f"cannot render seed {first_seed}, count {count}, size {size}")
    if first_seed < HELD_OUT_SEED < first_seed + count:
        raise ValueError(f"training seeds must stay below the held-out ones ({HELD_OUT_SEED})")
    folder = Path(out_dir)
    _prepare(folder, first_seed, count, size, chunk_size)
    chunks = [
        _Chunk(folder, first_seed, start, min(start + chunk_size, count), size)
        for start in range(0, count, chunk_size)
    ]
    todo = [chunk for chunk in chunks if not chunk.marker.exists()]
    done = count - sum(c.stop - c.start for c in todo)
    began = time.monotonic()
    fresh = 0
    if processes == 1:
        results = map(_render_chunk, todo)
        for rendered in results:
            fresh += rendered
            _report(done + fresh, count, fresh, time.monotonic() - began)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for rendered in pool.imap_unordered(_render_chunk, todo):
            fresh += rendered
            _report(done + fresh, count, fresh, time.monotonic() - began)


def _report(done: int, count: int, fresh: int, seconds: float) -> None:
    rate = fresh / max(seconds, 1e-6)
    sys.stdout.write(f"{done}/{count} figures, {rate:.0f} per second\n")
    sys.stdout.flush()


def main() -> None:
    """Command line entry: `python -m fice.demo.world.dataset --out DIR --count N`."""
    parser = argparse.ArgumentParser(description="Render figures of the demo world.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    render_dataset(given.out, given.first_seed, given.count, given.size, given.processes)


if __name__ == "__main__":
    main()
