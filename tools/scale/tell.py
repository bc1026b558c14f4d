"""What was measured in few figures, and as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fice.lab.bench.store import add_figures, read_figures

from .job import BLOCKS, START
from .pictures import compare
from .plot import line_plot
from .ways import WAYS

PLOT = Path("docs/pictures/scale.svg")
BESIDE = ("loop 1", "loop 8", "process")
"""To which the others are held, each on the blocks that both have."""


def tell(path: Path, work: Path, plot: Path = PLOT) -> None:
    """Puts the key `told` into the figures, and writes the plot."""
    figures = read_figures(path)
    ways = {way: told for way in WAYS if (told := _told(way, figures))}
    for way, told in ways.items():
        told["cpu_ratio_to"] = {
            other: ratio
            for other in BESIDE
            if other != way and (ratio := _ratio(way, other, figures)) is not None
        }
    for way in WAYS:
        if way != "process" and (found := _compared(way, work)):
            ways[way] = {**ways.get(way, {}), "pictures_beside_process": found}
    add_figures(path, "told", ways)
    lines = {way: _by_rows(way, figures) for way in ways if _blocks(way, figures)}
    if lines:
        plot.write_text(line_plot(lines, "edits", "CPU seconds, starts included"))


def _compared(way: str, work: Path) -> dict[str, object] | None:
    """Of all blocks, or of the start if that is all there is."""
    out = work / "out"
    return compare(out / "process", out / way) or compare(
        out / f"process-{START}", out / f"{way}-{START}"
    )


def _told(way: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    blocks = _blocks(way, figures)
    if not blocks:
        return {}
    edits = sum(one["edits"] for one in blocks)
    kinds = {kind for one in blocks for kind in one["memory_bytes"]}
    told: dict[str, Any] = {
        "edits": edits,
        "wall_seconds_per_edit": round(sum(one["wall_seconds"] for one in blocks) / edits, 3),
        "cpu_seconds_per_edit_with_starts": round(_cpu(blocks) / edits, 3),
        "most_memory_mb": {
            kind: max(one["memory_bytes"].get(kind, 0) for one in blocks) / 1e6
            for kind in sorted(kinds)
        },
    }
    if START in _done(way, figures):
        each = _each(way, figures, blocks)
        told["cpu_seconds_per_edit"] = round(each, 3)
        told["cpu_seconds_of_a_start"] = round(_start(way, figures, each), 2)
        told["edits_per_core_and_hour"] = round(3600 / each)
    return told


def _ratio(way: str, other: str, figures: Mapping[str, Any]) -> float | None:
    """CPU seconds of an edit, without starts, on the blocks that both ways have."""
    own, others = _done(way, figures), _done(other, figures)
    both = sorted((own.keys() & others.keys()) - {START})
    if not both or START not in own or START not in others:
        return None
    of_way = _each(way, figures, [own[block] for block in both])
    of_other = _each(other, figures, [others[block] for block in both])
    return round(of_way / of_other, 3)


def _each(way: str, figures: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> float:
    """CPU seconds of one edit: of a block, less those of a start."""
    start = figures[f"{way} | {START}"]
    more = sum(one["edits"] - start["edits"] for one in blocks)
    return (_cpu(blocks) - len(blocks) * start["cpu_seconds"]) / more


def _start(way: str, figures: Mapping[str, Any], each: float) -> float:
    start = figures[f"{way} | {START}"]
    return start["cpu_seconds"] - start["edits"] * each


def _cpu(blocks: Sequence[Mapping[str, Any]]) -> float:
    return sum(one["cpu_seconds"] for one in blocks)


def _by_rows(way: str, figures: Mapping[str, Any]) -> list[tuple[float, float]]:
    """How much was taken after each block."""
    points, edits, cpu = [(0.0, 0.0)], 0, 0.0
    for one in _blocks(way, figures):
        edits, cpu = edits + one["edits"], cpu + one["cpu_seconds"]
        points.append((float(edits), cpu))
    return points


def _blocks(way: str, figures: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    done = _done(way, figures)
    return [done[str(block)] for block in range(1, BLOCKS + 1) if str(block) in done]


def _done(way: str, figures: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    start = f"{way} | "
    return {key.removeprefix(start): figures[key] for key in figures if key.startswith(start)}
