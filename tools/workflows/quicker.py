"""Runs of the templates that take seconds, and leave on the page what a whole run leaves."""

from __future__ import annotations

from pathlib import Path

from tools.host.browser import Frontend
from tools.host.comfy_host import ComfyHost
from tools.workflows.graph import defaults

QUICKER = Path(__file__).with_name("quicker.js").read_text(encoding="utf-8")
SETTINGS = "FICEInversionSettings"


def run_quicker(
    host: ComfyHost, frontend: Frontend, *, steps: int, candidates: int, preview_every: int = 5
) -> None:
    """From now on what Run queues takes fewer steps; no widget on the page changes.

    Args:
        host: the host of the page.
        frontend: the page.
        steps: of each inversion.
        candidates: looks of the start search, for each group of layers.
        preview_every: steps between two previews, where the template does not say.
    """
    fewer = {"steps": steps, "start_candidates": candidates}
    settings = {**defaults(host, SETTINGS), **fewer, "preview_every": preview_every}
    of_others = {
        SETTINGS: fewer,
        "FICEEditGrid": {"steps": steps},
        "FICELatentWalk": {"frames": 4},
    }
    frontend.page.evaluate(QUICKER, [settings, of_others])
