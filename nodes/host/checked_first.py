"""Looks at photo and mask of FICE Edit before any network is loaded."""

from __future__ import annotations

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
NETWORKS = ("generator", "encoder", "clip", "densepose", "segmenter")


class CheckedFirst(io.ComfyNode):
    """Asks for networks, and hands them on, only if photo and mask can be used.

    FICE Edit hands its photo and mask on as links and does not see them; this node between the
    loader and the stages does. The loader is a lazy input: it runs when this node asks for it. Text
    and seed do not pass through here, or another text would look at the photo again. Nobody meets
    the node on the canvas, so its id has no part in saved workflows.
    """

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host knows of the node."""
        return io.Schema(
            node_id=NODE_ID,
            display_name="FICE Edit, checked first",
            category="internal",
            description="A part of FICE Edit.",
            is_input_list=True,  # so that lists of photos are looked at once
            is_dev_only=True,
            inputs=[
                io.Image.Input("image"),
                io.Mask.Input("mask", optional=True),
                *(io.AnyType.Input(name, lazy=True) for name in NETWORKS),
            ],
            outputs=[io.AnyType.Output(name) for name in NETWORKS],
        )

    @classmethod
    def check_lazy_status(
        cls, image: list[Tensor], mask: list[Tensor] | None = None, **networks: object
    ) -> list[str]:
        """Checks each photo with its mask; all networks are needed then.

        Raises:
            ImageError: if one cannot be used.
        """
        del networks
        masks = mask or [None]
        for index, photo in enumerate(image):
            _check(photo, masks[min(index, len(masks) - 1)])
        return list(NETWORKS)

    @classmethod
    def execute(
        cls, image: list[Tensor], mask: list[Tensor] | None = None, **networks: list[object]
    ) -> io.NodeOutput:
        """Hands the networks on."""
        del image, mask
        return io.NodeOutput(*(networks[name][0] for name in NETWORKS))


def checked_first(graph: GraphBuilder, models: Any, image: Link, mask: Link | None) -> list[Link]:  # noqa: ANN401 - the host's own kind of node
    """The networks that the node `models` loads, in the order of `NETWORKS`, in `graph`.

    They are loaded only if photo and mask are good.

    Args:
        graph: to add to.
        models: the loader.
        image: where the photo comes from.
        mask: where the mask comes from, if there is one.
    """
    inputs = {"image": image} if mask is None else {"image": image, "mask": mask}
    loaded = {name: models.out(index) for index, name in enumerate(NETWORKS)}
    gate = graph.node(NODE_ID, **inputs, **loaded)
    return [gate.out(index) for index in range(len(NETWORKS))]


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
