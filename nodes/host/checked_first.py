"""Looks at photo and mask of FICE Edit before any network is loaded."""

from __future__ import annotations

import json
from typing import Any

import torch
from comfy_api.latest import io
from comfy_execution.graph_utils import GraphBuilder
from torch import Tensor

from ...fice.base.errors import NobodyError
from ...fice.pipeline.photo import check_proportions, is_flat
from .told import tell
from .wires import MAX_PHOTO_SIDE, batched, check_image_in, check_mask_in

Link = list[Any]
NODE_ID = "_FICECheckedFirst"
RESULTS = ("first", "second", "third", "fourth")


class CheckedFirst(io.ComfyNode):
    """Unfolds into a graph that was built for it, if photo and mask can be used.

    FICE Edit hands its photo and mask on as links and does not see them; this node between it and
    its stages does. Nobody meets it on the canvas, so its id has no part in saved workflows.
    """

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host knows of the node."""
        return io.Schema(
            node_id=NODE_ID,
            display_name="FICE Edit, checked first",
            category="internal",
            description="A part of FICE Edit.",
            is_input_list=True,  # so that lists of photos are looked at once, and handed on whole
            is_dev_only=True,
            enable_expand=True,
            inputs=[
                io.Image.Input("image"),
                io.Mask.Input("mask", optional=True),
                io.String.Input("graph"),
                io.String.Input("results"),
            ],
            outputs=[io.AnyType.Output(name) for name in RESULTS],
        )

    @classmethod
    def execute(
        cls,
        image: list[Tensor],
        graph: list[str],
        results: list[str],
        mask: list[Tensor] | None = None,
    ) -> io.NodeOutput:
        """Checks each photo with its mask.

        Raises:
            ImageError: if one cannot be used.
        """
        masks = mask or [None]
        for index, photo in enumerate(image):
            _check(photo, masks[min(index, len(masks) - 1)])
        return io.NodeOutput(*json.loads(results[0]), expand=json.loads(graph[0]))


def checked_first(
    graph: GraphBuilder, results: list[Link], image: Link, mask: Link | None
) -> io.NodeOutput:
    """What a node returns that unfolds into `graph`, which runs only if photo and mask are good.

    Args:
        graph: of the work.
        results: what comes out of it, at most four links.
        image: where the photo comes from.
        mask: where the mask comes from, if there is one.
    """
    outer = GraphBuilder()
    inputs = {"image": image} if mask is None else {"image": image, "mask": mask}
    gate = outer.node(
        NODE_ID,
        graph=json.dumps(graph.finalize()),
        results=json.dumps(results),
        **inputs,
    )
    return io.NodeOutput(*map(gate.out, range(len(results))), expand=outer.finalize())


def _check(photo: Tensor, mask: Tensor | None) -> None:
    """Refuses a photo or a mask, host IMAGE and MASK, that no network has to be loaded for.

    Raises:
        ImageError: saying what is wrong.
    """
    check_image_in(photo, largest=MAX_PHOTO_SIDE)
    if all(bool(is_flat(one.movedim(-1, 1))) for one in photo.split(1)):
        raise NobodyError("The photo is of one colour and shows nobody; use one with a person.")
    if mask is None:
        return
    check_mask_in(mask)
    masks = mask.reshape(-1, *mask.shape[-2:])
    check_proportions(masks, photo.movedim(-1, 1))
    if len(photo) > 1:
        batched(masks, len(photo), "The mask")
    if bool(torch.all(masks == 1.0)):
        tell("The mask is white all over, so all of the photo may change.")
