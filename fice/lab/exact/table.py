"""The benchmark's rows as figures and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from .bench import LIMITS, Row

METHODS = ("ours", "as it came", "pasted through a mask", "ECC without a mask, pasted")


def summary(rows: Sequence[Row]) -> Row:
    """Medians and quantiles of all that was measured."""
    kinds = list(dict.fromkeys(cast("str", row["kind"]) for row in rows))
    return {
        "pairs": len(rows),
        "alignment": {kind: _errors(_of(rows, kind)) for kind in kinds if kind != "wrong"},
        "without_warp": _errors([row for row in rows if row["kind"] not in ("warped", "wrong")]),
        "confidence": _confidence(rows),
        "methods": {name: _method(rows, name) for name in METHODS},
        "overlap_of_what_was_taken": _quantiles(_numbers(rows, "overlap"), low=True),
        "cpu_seconds": {
            name: _quantiles(_numbers(rows, f"{name}_cpu_seconds")) for name in ("align", "take")
        },
    }


def table(figures: Row) -> str:
    """`summary` for a page of the docs."""
    alignment = cast("dict[str, dict[str, float]]", figures["alignment"])
    lines = ["| pairs | number | error, median | 95 % | worst |", "|---|---|---|---|---|"]
    alignment = {
        **alignment,
        "all without a warp": cast("dict[str, float]", figures["without_warp"]),
    }
    for kind, one in alignment.items():
        lines.append(
            f"| {kind} | {one['pairs']} | {one['median']} | {one['p95']} | {one['most']} |"
        )
    lines += [
        "",
        "| way | error, median | outside changed, % | garment ΔE, median | ΔE 2 or less | "
        "seam, median | seam, 95 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in cast("dict[str, dict[str, float]]", figures["methods"]).items():
        lines.append(
            f"| {name} | {one['error']} | {one['outside_changed']} | {one['garment_delta']} | "
            f"{one['garment_delta_to_2']} % | {one['seam']} | {one['seam_p95']} |"
        )
    return "\n".join(lines)


def _of(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind]


def _errors(rows: Sequence[Row]) -> dict[str, float]:
    errors = _numbers(rows, "error")
    return {"pairs": len(errors), **_quantiles(errors)}


def _numbers(rows: Sequence[Row], name: str) -> list[float]:
    return [cast("float", row[name]) for row in rows if name in row]


def _quantiles(values: Sequence[float], *, low: bool = False) -> dict[str, float]:
    if not values:
        return {}
    far, end = (0.05, min(values)) if low else (0.95, max(values))
    return {
        "median": round(float(np.median(values)), 3),
        "p05" if low else "p95": round(float(np.quantile(values, far)), 3),
        "least" if low else "most": round(end, 3),
    }


def _confidence(rows: Sequence[Row]) -> dict[str, float]:
    """How many failures were said, and how many good ones were doubted."""
    failed = [row for row in rows if cast("float", row["error"]) > LIMITS["failed"]]
    good = [row for row in rows if cast("float", row["error"]) <= LIMITS["failed"]]
    said, doubted = (
        [row for row in some if cast("float", row["confidence"]) < LIMITS["sure"]]
        for some in (failed, good)
    )
    return {"failed": len(failed), "said": len(said), "good": len(good), "doubted": len(doubted)}


def _method(rows: Sequence[Row], name: str) -> dict[str, float]:
    found: list[dict[str, float]] = []
    for row in rows:
        methods = cast("dict[str, dict[str, float]]", row.get("methods", {}))
        if name in methods:
            found.append({"error": cast("float", row["error"]), **methods[name]})
    if not found:
        return {}

    def middle(figure: str) -> float:
        return round(float(np.median([one[figure] for one in found])), 3)

    near = np.mean([one["garment_delta"] <= 2.0 for one in found])
    return {
        "pairs": len(found),
        **{
            figure: middle(figure)
            for figure in ("error", "outside_changed", "garment_delta", "seam")
        },
        "garment_delta_to_2": round(100 * float(near), 1),
        "seam_p95": round(float(np.quantile([one["seam"] for one in found], 0.95)), 3),
        "max_change_outside": max(one["max_change_outside"] for one in found),
    }
