"""What a template has to fit on, and what its nodes take up after a run."""

from __future__ import annotations

from tools.workflows.scene import Box, Placed, Size

WINDOW: Size = (1600, 1000)
"""Of the browser, in pixels: a common laptop."""
PAGE: Box = (70, 84, 1518, 908)
"""What the frontend leaves of it for a graph: without side bar, tabs and the Run button."""

PICTURE: Size = (200, 236)
WORDS: Size = (76, 72)
WARNING: Size = (136, 116)
BOTH: Size = (352, 314)
MORE_WORDS: Size = (118, 78)
ROOM: dict[str, Size] = {
    **dict.fromkeys(("PreviewImage", "MaskPreview", "SaveImage", "SaveAnimatedWEBP"), PICTURE),
    **dict.fromkeys(
        ("FICEGenerate", "FICEEditGrid", "FICEEditStrength", "FICEBlendWPlus"), PICTURE
    ),
    **dict.fromkeys(("FICEApplyEdit", "FICELatentWalk"), PICTURE),
    **dict.fromkeys(("FICEClipGuidedInversion", "FICEEdit"), BOTH),
    **dict.fromkeys(("FICEStitch", "FICECropToFrame"), WORDS),
    "FICEInvertImage": WARNING,
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
    if placed.silent:
        return MORE_WORDS
    return ROOM.get(placed.kind, (0, 0))
