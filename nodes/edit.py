"""FICE Edit: the whole edit in one node."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from comfy_execution.graph_utils import GraphBuilder

from ..fice.base.errors import TextError
from ..fice.guidance.weights import LossWeights
from ..fice.inversion import RECIPES
from ..fice.stitching.seams import DEFAULT_SEAM, PAPER_SEAM
from .frame.crop_to_frame import IF_NEEDED, PADDINGS
from .host.checked_first import checked_first
from .host.precision import FLOAT32, precision_input
from .load.model_set import find_model_set, model_set_input
from .load.weights import problem
from .stages.inversion_inputs import (
    anyway_input,
    empty_text,
    preview_input,
    seed_input,
    settings_input,
)
from .stages.invert_image import ENCODER
from .stages.recipe_widgets import AS_RECIPE, HIDDEN, recipe_input
from .stages.regularize import LAST_LAYER, MODE_OF_WEIGHT
from .stages.stitch import AUTOMATIC, GARMENT, HEAD, HOLES
from .stages.wording import wording_inputs

Link = list[Any]
"""Output of another node, `[id, number]`; behind a bare value the host could cache nothing."""

FRAMING = {
    "frame_from": IF_NEEDED,
    "person": 0,
    "scale": 1.0,
    "left": 0,
    "top": 0,
    "width": 512,
    "height": 512,
    "padding": PADDINGS[0],
}
SEARCHED_FOR = (
    *("dress", "change dress", "dress up", "redress"),
    *("clothes", "change clothes", "swap clothes", "replace clothes", "edit clothes"),
    *("clothes swap", "inpaint clothes", "clothing", "garment", "change garment"),
    *("text to garment", "outfit", "change outfit", "wardrobe", "apparel", "fashion"),
    *("try on", "virtual try-on", "virtual try on", "vton", "shirt", "sweater", "fice"),
)
"""What people type who look for this; the frontend ranks whole phrases first."""
STITCH_MODES = {"garment": GARMENT, "head": HEAD}


class Edit(io.ComfyNode):
    """Image and text in, edited image out.

    It unfolds into the stage nodes, so the host caches each stage: another text does not load the
    models or look at the photo again.
    """

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEEdit",
            display_name="FICE Edit",
            category="FICE",
            description="Changes the garment on a photo by words; head, pose and background stay.",
            search_aliases=list(SEARCHED_FOR),
            enable_expand=True,
            inputs=[
                io.Image.Input(
                    "image",
                    tooltip="The photo, of any size; a person is framed first if need be.",
                    raw_link=True,
                ),
                io.String.Input(
                    "text",
                    multiline=True,
                    default="a red dress with long sleeves",
                    tooltip="What the person should wear.",
                ),
                model_set_input(),
                seed_input(),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What may change instead of the garment that is found, white = change.",
                    raw_link=True,
                ),
                io.String.Input(
                    "negative_text",
                    display_name="negative text",
                    placeholder="what it should not look like",
                    multiline=True,
                    default="",
                    tooltip="What the picture should not look like; may stay empty.",
                    advanced=True,
                ),
                recipe_input(
                    " With fast and paper all but the head is drawn anew, as in FICE.",
                    advanced=True,
                ),
                preview_input(**HIDDEN),
                precision_input(advanced=None, **HIDDEN),
                anyway_input(),
                settings_input(raw_link=True),
                *wording_inputs(),
            ],
            outputs=[
                io.Image.Output("edited", display_name="image", tooltip="The finished photo."),
                io.Image.Output(
                    "generated", display_name="generated", tooltip="The figure before stitching."
                ),
                io.Mask.Output("used_mask", display_name="mask", tooltip="What was replaced."),
                io.String.Output("report", display_name="report", tooltip="Figures as JSON."),
            ],
        )

    @classmethod
    def validate_inputs(cls, model_set: str, text: str | None = None) -> bool | str:
        """Tells before the run that a set or the text is missing."""
        wrong = problem(find_model_set, model_set)
        return wrong if wrong is not True else empty_text(text)

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        image: Link,
        text: str,
        model_set: str,
        seed: int,
        negative_text: str,
        recipe: str,
        preview_every: int,
        mask: Link | None = None,
        precision: str = FLOAT32,
        anyway: bool = False,
        settings: Link | None = None,
        complete: str = AS_RECIPE,
        change: str = AS_RECIPE,
    ) -> io.NodeOutput:
        """Builds the graph of the stages.

        Raises:
            TextError: if the text is empty.
        """
        if (wrong := empty_text(text)) is not True:
            raise TextError(wrong)  # it came over a wire
        graph = GraphBuilder()
        models = graph.node("FICELoadModelSet", model_set=model_set)
        generator, encoder, clip, densepose, segmenter = checked_first(graph, models, image, mask)
        framed = graph.node(
            "FICECropToFrame",
            image=image,
            generator=generator,
            segmenter=segmenter,
            encoder=encoder,
            **FRAMING,
        )
        crop, frame = _outputs(framed, 2)
        pose = graph.node("FICEDensePose", image=crop, densepose=densepose)
        regions = graph.node(
            "FICESegmentGarment",
            image=crop,
            segmenter=segmenter,
            **_linked(mask=mask),
            frame=frame,
        )
        start = graph.node(
            "FICEInvertImage",
            image=crop,
            generator=generator,
            encoder=encoder,
            refine_steps=0,
            preview_every=0,
            start_from=ENCODER,
            tune_steps=0,
        )
        numbers = RECIPES[recipe]
        inversion = graph.node(
            "FICEClipGuidedInversion",
            generator=generator,
            clip=clip,
            start=start.out(0),
            pose=pose.out(0),
            regions=regions.out(0),
            **_constraints(graph, numbers.weights),
            text=text,
            negative_text=negative_text,
            seed=seed,
            time_budget=0.0,
            preview_every=preview_every,
            precision=precision,
            anyway=anyway,
            recipe=recipe,
            complete=complete,
            change=change,
            **_linked(settings=settings),
        )
        region = numbers.region
        stitch = graph.node(
            "FICEStitch",
            original=image,
            generated=inversion.out(0),
            regions=regions.out(0),
            **_linked(mask=mask),
            mode=STITCH_MODES[region],
            feather=AUTOMATIC,
            grow=AUTOMATIC,
            frame=frame,
            seam=PAPER_SEAM if region == "head" and mask is None else DEFAULT_SEAM,
            holes=HOLES[0],
        )
        return io.NodeOutput(
            stitch.out(0),
            inversion.out(0),
            stitch.out(1),
            inversion.out(3),
            expand=graph.finalize(),
        )


def _constraints(graph: GraphBuilder, weights: LossWeights) -> dict[str, Link]:
    """A chain of W+ Regularize for the weights that the inversion node does not have itself."""
    chain: dict[str, Link] = {}
    for name, mode in MODE_OF_WEIGHT.items():
        if weight := getattr(weights, name):
            node = graph.node(
                "FICEWPlusRegularize",
                mode=mode,
                weight=weight,
                first_layer=0,
                last_layer=LAST_LAYER,
                **chain,
            )
            chain = {"constraints": node.out(0)}
    return chain


def _outputs(node: Any, count: int) -> list[Any]:  # noqa: ANN401 - the host's own kind of node
    return [node.out(index) for index in range(count)]


def _linked(**inputs: Link | None) -> dict[str, Link]:
    """The inputs that are linked; one that is None must not be mentioned."""
    return {name: value for name, value in inputs.items() if value is not None}
