"""The words that a node shows under its widgets, while it works and when it is done.

The frontend draws the host's progress text on the node; inside FICE Edit the stages write on that
node, which keeps what each of them said in this run.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from comfy_execution.progress import get_progress_state
from comfy_execution.utils import get_executing_context
from server import PromptServer

LEAST_PAUSE = 0.3  # seconds between two texts about the same work

_said: dict[str, dict[str, str]] = {}
"""By run and node that shows it: what each node said."""


def tell(*sentences: str) -> None:
    """Shows what came out of the work; empty sentences are left out."""
    where = _where()
    # On one line: only one of the two views of the frontend breaks lines.
    text = " ".join(one for one in sentences if one)
    if where is None or not text:
        return
    prompt, node, shown_on = where
    key = f"{prompt} {shown_on}"
    if key not in _said:
        for old in [one for one in _said if not one.startswith(prompt)]:
            del _said[old]
    lines = _said.setdefault(key, {})
    lines[node] = text
    _show(" ".join(lines.values()), shown_on)


def doing(what: str) -> None:
    """Shows what is being done, where nothing else names it: on the node that unfolded."""
    where = _where()
    if where is not None and not is_on_its_own():
        _show(what, where[2])


def showing(of: str) -> Callable[[int, int], None]:
    """Shows how far a phase is, on the node itself, now and then: `of`, number, how many.

    Args:
        of: what is done, e.g. `Trying garments`.
    """
    last = 0.0

    def show(number: int, count: int) -> None:
        nonlocal last
        where = _where()
        if where is None or (time.monotonic() - last < LEAST_PAUSE and number < count):
            return
        last = time.monotonic()
        _show(f"{of}: {number} of {count}", where[2])

    return show


def is_on_its_own() -> bool:
    """Whether the running node lies in the artist's graph, and not inside another node."""
    where = _where()
    return where is None or where[1] == where[2]


def _where() -> tuple[str, str, str] | None:
    """Run, running node, and the node that shows its words; None outside of a run."""
    context = get_executing_context()
    if context is None:
        return None
    shown_on = get_progress_state().dynprompt.get_display_node_id(context.node_id)
    return context.prompt_id, context.node_id, shown_on


def _show(text: str, node: str) -> None:
    server = PromptServer.instance
    server.send_progress_text(text, node, server.client_id)
