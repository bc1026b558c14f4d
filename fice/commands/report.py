"""The report of an edit, as JSON and as a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast


def write_json(path: Path, report: dict[str, object]) -> None:
    """Writes `report` as a file.

    Raises:
        FiceError: if the system does not let us write there.
    """
    from ..base.files import write_whole

    write_whole(path, f"{as_json(report)}\n".encode())


def as_json(report: dict[str, object]) -> str:
    """`report` as text, indented for people."""
    return json.dumps(report, indent=2, ensure_ascii=False)


def told(report: dict[str, object]) -> list[str]:
    """What was understood of the text of the first image, and how well the edit listened."""
    understood = cast("list[str]", report["understood"])
    if not understood:
        return []
    kept = cast("list[float | None]", report["unnamed_kept"])[0]
    invented = cast("list[list[str]]", report["invented"])[0]
    found = f"As CLIP reads it, {kept:.0%} of what the text leaves open stayed" if kept else ""
    more = f"; not asked for: {', '.join(invented)}" if invented else ""
    return [understood[0], *([f"{found}{more}."] if found else [])]


def summary(report: dict[str, object]) -> str:
    """The figures of the first image in a sentence."""
    before, after, outside = (
        _first(report[key]) for key in ("clip_before", "clip_after", "max_change_outside")
    )
    ignored = report["ignored_words"]
    words = (
        f", ignored: {', '.join(map(str, ignored))}"
        if isinstance(ignored, list) and ignored
        else ""
    )
    return (
        f"CLIP {before:.3f} -> {after:.3f}, change outside the mask {outside:g}, "
        f"{report['seconds']} s{words}"
    )


def _first(values: object) -> float:
    return float(values[0]) if isinstance(values, list) else float("nan")
