"""How often Python looks at numbers that a device computes.

A GPU works through a queue while Python goes ahead of it. Each look at a number waits until the
queue is empty, so looks in every step would leave it idle between steps. A CPU computes at once, so
there a look costs nothing.
"""

from __future__ import annotations

import torch

STEPS_AHEAD = 10


def look_every(device: torch.device) -> int:
    """Steps from one look to the next."""
    return 1 if device.type == "cpu" else STEPS_AHEAD
