"""Reports that travel between nodes as JSON text."""

from __future__ import annotations

import json
from typing import Any

from ...fice.base.errors import FiceError


def read_report(text: str | None, source: str = "CLIP-Guided Inversion") -> dict[str, Any]:
    """What a report of the node `source` says; nothing if there is none.

    Raises:
        FiceError: if the text is not such a report.
    """
    if text is None or not text.strip():
        return {}
    try:
        report = json.loads(text)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise FiceError(
            f"The report is not one of ours: link the output 'report' of {source}, or leave the "
            "input unlinked."
        )
    return report
