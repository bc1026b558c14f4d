"""Whether an edit did what the text names and no more, as the guide reads it: for any data set.

The guide judges its own work, so this is no evidence from outside; it is there where no judge can
read attributes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ....words import gauge, hear, load_bank, questions, read_garment
from .look import Look
from .metric import Measure, Metric, Values

METRICS: Mapping[str, Metric] = {
    "read_named": Metric(
        "named, by the guide",
        "higher",
        "Share of what the text names that the guide of the edit reads off the result.",
    ),
    "read_kept": Metric(
        "kept, by the guide", "higher", "Share of the rest that it reads as it did before."
    ),
    "read_invented": Metric(
        "invented, by the guide",
        "lower",
        "Share of the rest that it reads as neither before nor, for a pattern, plain.",
    ),
}


@torch.no_grad()
def measure_words(look: Look) -> Mapping[str, Values]:
    """See `METRICS`."""
    bank = load_bank()
    asked = questions(look.models.clip, bank)
    before = read_garment(asked, look.photo)
    after = read_garment(asked, look.outcome.image)
    columns: dict[str, list[float | None]] = {name: [] for name in METRICS}
    for case, old, new in zip(look.cases, before, after, strict=True):
        heard = hear(case.text, bank)
        named = {**heard.implied, **{name: one.value for name, one in heard.named.items()}}
        seen = gauge(named, old, new, bank)
        others = len(seen.kept)
        columns["read_named"].append(seen.named_share)
        columns["read_kept"].append(seen.kept_share)
        columns["read_invented"].append(len(seen.invented) / others if others else None)
    return columns


WORDS = Measure(METRICS, measure_words)
