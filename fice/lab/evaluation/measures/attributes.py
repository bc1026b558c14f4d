"""Whether the garment became what the text names, read by judges that guide nothing."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ...demo.cases import EDITABLE
from ...demo.reading import read_attributes
from .look import Look
from .metric import Measure, Metric, Values

METRICS: Mapping[str, Metric] = {
    "success": Metric(
        "attributes", "higher", "Share of the attributes named by the text that came out."
    ),
    "success_all": Metric("all attributes", "higher", "Whether all of them came out."),
    **{
        f"success_{name}": Metric(name, "higher", f"Whether the {name} came out, where named.")
        for name in EDITABLE
    },
    "unnamed_kept": Metric(
        "unnamed kept",
        "higher",
        "Share of the attributes that the text does not name and that still read as before.",
    ),
    "invented": Metric(
        "invented",
        "lower",
        "Share of the attributes that the text does not name and that read as neither before nor, "
        "for a pattern, plain.",
    ),
}


@torch.no_grad()
def measure_attributes(look: Look) -> Mapping[str, Values]:
    """See `METRICS`; nothing outside the demo world."""
    reader = look.judges.reader
    if reader is None or not any(case.wanted for case in look.cases):
        return {}
    before = read_attributes(look.photo, look.before.garment, reader)
    after = read_attributes(look.outcome.image, look.after.garment, reader)
    columns: dict[str, Values] = {name: [] for name in METRICS}
    for case, old, new in zip(look.cases, before, after, strict=True):
        row = attribute_row(case.wanted, old, new)
        for name, values in columns.items():
            values.append(row.get(name))
    return columns


def attribute_row(
    wanted: Mapping[str, str], before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> dict[str, float]:
    """The metrics of one edit that apply to it.

    Args:
        wanted: attributes that the text names.
        before: what is read off the photo.
        after: what is read off the result.
    """
    named = {name: float(after[name] == value) for name, value in wanted.items()}
    unnamed = [float(after[name] == before[name]) for name in EDITABLE if name not in wanted]
    row = {f"success_{name}": value for name, value in named.items()}
    if named:
        row["success"] = sum(named.values()) / len(named)
        row["success_all"] = min(named.values())
    if unnamed:
        row["unnamed_kept"] = sum(unnamed) / len(unnamed)
        changed = [name for name in EDITABLE if name not in wanted and after[name] != before[name]]
        invented = [name for name in changed if after[name] != "solid"]
        row["invented"] = len(invented) / len(unnamed)
    return row


ATTRIBUTES = Measure(METRICS, measure_attributes)
