"""What a template has to fit on, and what its nodes take up after a run."""

from __future__ import annotations

from tools.workflows.scene import Box, Placed, Size

WINDOW: Size = (1600, 1000)
"""Of the browser, in pixels: a common laptop."""
PAGE: Box = (70, 84, 1518, 908)
"""What the frontend leaves of it for a graph: without side bar, tabs and the Run button."""

PICTURE = 200
TEXT = 60
ROOM: dict[str, Size] = {
    "PreviewImage": (PICTURE, PICTURE),
    "MaskPreview": (PICTURE, PICTURE),
    "SaveImage": (PICTURE, PICTURE),
    "SaveAnimatedWEBP": (PICTURE, PICTURE),
    "FICEClipGuidedInversion": (PICTURE + TEXT, PICTURE + TEXT),
    "FICEEdit": (PICTURE + TEXT, PICTURE + TEXT),
    "FICEEditGrid": (PICTURE, PICTURE),
    "FICEGenerate": (PICTURE, PICTURE),
    "FICEEditStrength": (PICTURE, PICTURE),
    "FICEBlendWPlus": (PICTURE, PICTURE),
    "FICEApplyEdit": (PICTURE, PICTURE),
    "FICELatentWalk": (PICTURE, PICTURE),
    "FICEStitch": (TEXT, TEXT),
}
"""What a run adds to a node below its widgets, in the classic and in the Vue view."""

COLOURS = {
    "photo": "#3f789e",
    "seen": "#8A8",
    "wish": "#a1309b",
    "result": "#b58b2a",
    "more": "#88A",
}
"""Of the frontend's own palette of groups, by the first word of a caption's kind."""


AS_WRITTEN = {"LoadImage", "CLIPTextEncode"}
"""Whose picture or text stretches with the node: as tall as the scene says."""


def room(placed: Placed) -> Size:
    """What a run adds to a node."""
    classic, vue = ROOM.get(placed.kind, (0, 0))
    less = PICTURE - placed.picture if placed.picture else 0
    return classic - less, vue - less
