"""All metrics of single edits."""

from __future__ import annotations

from collections.abc import Mapping

from .attributes import ATTRIBUTES
from .identity import IDENTITY
from .kept import KEPT
from .look import Look
from .metric import Metric, Values
from .pose import POSE
from .text_match import TEXT_MATCH
from .words import WORDS

__all__ = ["MEASURES", "METRICS", "Look", "Metric", "Values", "measure_all"]

MEASURES = (ATTRIBUTES, WORDS, TEXT_MATCH, POSE, KEPT, IDENTITY)

METRICS: Mapping[str, Metric] = {
    name: metric for one in MEASURES for name, metric in one.metrics.items()
}
"""By the name of their column, in the order of tables."""


def measure_all(look: Look) -> dict[str, Values]:
    """Every metric that the judges at hand allow, one list per column."""
    return {name: values for one in MEASURES for name, values in one.measure(look).items()}
