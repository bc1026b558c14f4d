"""How much of an edit, per layer group: the widgets that several nodes share."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.layer_groups import LayerGroups
from ...fice.edits import GroupStrengths, blend_ws
from ..host.models import HostModel, on_device, to_host
from ..host.progress import Progress
from ..host.wires import WPlus, batched, image_out

STRONGEST = 4.0
GROUPS = {
    "pose": "pose, framing and face (coarse layers)",
    "shape": "the cut of the garment (middle layers)",
    "texture": "colour and pattern (fine layers)",
}


def group_inputs(*, pose: float = 1.0) -> list[io.Input]:
    """A factor per layer group, that of the pose with a default of its own."""
    return [
        io.Float.Input(
            f"{name}_strength",
            display_name=f"{name} strength",
            default=pose if name == "pose" else 1.0,
            min=-STRONGEST,
            max=STRONGEST,
            step=0.05,
            tooltip=f"Factor for {text}; 0 leaves them as they were.",
        )
        for name, text in GROUPS.items()
    ]


def strength_input(name: str, default: float, tooltip: str) -> io.Input:
    """How much in all."""
    return io.Float.Input(
        name, default=default, min=-STRONGEST, max=STRONGEST, step=0.05, tooltip=tooltip
    )


def blended(a: Tensor, b: Tensor, amount: float, groups: GroupStrengths, model: object) -> Tensor:
    """From `a` to `b`, `[B, num_ws, w_dim]` each; a single one serves for all of the other."""
    count = max(len(a), len(b))
    a, b = batched(a, count, "The first W+"), batched(b, count, "The second W+")
    return blend_ws(a, b, amount, groups, LayerGroups.of(model, a.shape[1]))


def drawn(generator: HostModel, ws: Tensor) -> io.NodeOutput:
    """The pictures of `ws`, one after another, which bounds the memory; and `ws` itself.

    Call it inside `normal_tensors`.
    """
    device = on_device(generator)
    progress = Progress(len(ws), 1)
    images: list[Tensor] = []
    for one in ws.split(1):
        image = generator.model.synthesize(one.to(device))
        progress.step(image[0])
        images.append(image_out(image))
    return io.NodeOutput(torch.cat(images), WPlus(to_host(ws), generator.model.fingerprint))
