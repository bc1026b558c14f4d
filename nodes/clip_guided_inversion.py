"""CLIP-Guided Inversion: moves latent codes until the picture is what the text says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from comfy_api.latest import io

from ..fice.errors import FiceError
from ..fice.inversion import TUNED, LossWeights, Recipe
from ..fice.layer_groups import GROUP_NAMES
from .guidance import Guides, read_wish
from .host import Cancel, HostModel, Progress, normal_tensors, on_device, to_host
from .inversion_inputs import MAX_SEED, MAX_STEPS, held_inputs, network_inputs, seed_input
from .inverting import images_drawn, invert_image
from .loss_plot import plot_losses
from .pairing import require_pair
from .precision import FLOAT32, Precision, precision_input
from .regularize import Constraint
from .watched import Watched
from .wires import (
    ConstraintsWire,
    GuidanceWire,
    LinkedGuide,
    Pose,
    RegionMap,
    WPlus,
    WPlusWire,
    image_out,
)

MAX_WEIGHT = 1000.0
KEEP = {
    "all but the garments, old and new": "outside_both_garments",
    "all but the old garment": "outside_garment",
    "all but the body (FICE)": "outside_body",
}
SCHEDULES = {"warm-up and cosine": "warmup_cosine", "constant (FICE)": "constant"}
MEMORIES = {"long (FICE)": (0.9, 0.999), "short": (0.8, 0.95)}
NORMALISE = {"kept area": "mask", "whole picture (FICE)": "pixels"}


class ClipGuidedInversion(io.ComfyNode):
    """Optimises W+ for a text while photo, pose and regions hold the rest."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEClipGuidedInversion",
            display_name="CLIP-Guided Inversion",
            category="FICE/stages",
            description="Moves the latent codes of a figure until the picture is what the text "
            "says. What is linked holds the rest in place; an input that is not linked leaves its "
            "part free.",
            search_aliases=["text to garment", "edit clothes", "gan inversion", "clip", "fice"],
            inputs=[
                *_wires(),
                *_basics(),
                *_weights(),
                *_locks(),
                *_advanced(),
                *_later(),
            ],
            outputs=[
                io.Image.Output(
                    "generated",
                    display_name="generated",
                    tooltip="The figure in its new garment, at the size of the generator.",
                ),
                WPlusWire.Output(
                    "wplus", display_name="W+", tooltip="Its latent codes, to go on from."
                ),
                io.Image.Output(
                    "loss_plot", display_name="loss plot", tooltip="Each loss over the steps."
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="Figures of the run as JSON; 'Preview as Text' shows them.",
                ),
            ],
        )

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        generator: HostModel,
        clip: HostModel,
        text: str,
        negative_text: str,
        seed: int,
        time_budget: float,
        preview_every: int,
        start: WPlus | None = None,
        pose: Pose | None = None,
        regions: RegionMap | None = None,
        constraints: tuple[Constraint, ...] = (),
        keep_on_cancel: bool = False,
        guidance: tuple[LinkedGuide, ...] = (),
        precision: str = FLOAT32,
        **numbers: Any,  # noqa: ANN401 - the widgets of the recipe
    ) -> io.NodeOutput:
        """Edits one image of the batch after another, each with a seed of its own."""
        if start is not None:
            require_pair(generator, start)
        guides = Guides(start, pose, regions, guidance)
        recipe = recipe_of(
            numbers, own_mask=regions is not None and regions.garment_mask is not None
        )
        with normal_tensors():
            count, model = guides.count, generator.model
            height, width = model.resolution
            device = on_device(generator, clip, *guides.networks, pixels=height * width)
            lowered = Precision.on(device, precision)
            wish = read_wish(clip, text, negative_text, lowered, guidance)
            progress = Progress(count * images_drawn(recipe), preview_every)
            synthesizer = Watched(lowered.generator(model), progress)
            cancel = Cancel(keeps_result=keep_on_cancel)
            edits = [
                invert_image(
                    synthesizer,
                    guides.source(index, model, device, lowered),
                    wish,
                    recipe,
                    constraints,
                    seed=(seed + index) & MAX_SEED,
                    time_budget=time_budget,
                    cancel=cancel,
                )
                for index in range(count)
            ]
            generated = torch.cat([image_out(edit.kept.image) for edit in edits])
            ws = torch.cat([to_host(edit.kept.ws) for edit in edits])
            plots = torch.cat([image_out(plot_losses(edit.curves)) for edit in edits])
        report = {
            "text": text,
            "negative_text": negative_text,
            "ignored_words": list(clip.model.ignored_words(text)),
            "generator": model.fingerprint,
            "precision": lowered.name,
            "images": [edit.report for edit in edits],
        }
        result = (generated, WPlus(ws, model.fingerprint), plots, json.dumps(report, indent=2))
        return io.NodeOutput(*result)


def recipe_of(numbers: dict[str, Any], *, own_mask: bool = False) -> Recipe:
    """The recipe that the widgets describe; what no widget says is as in `TUNED`.

    Args:
        numbers: value of each widget; one that is left out is as in `TUNED`.
        own_mask: the artist has said what may change, so all else is kept.

    Raises:
        FiceError: if every layer group is locked.
    """
    numbers = {**DEFAULTS, **numbers}
    locked = {name for name in GROUP_NAMES if numbers[f"lock_{name}"]}
    if locked == set(GROUP_NAMES):
        raise FiceError("All three layer groups are locked, so nothing could change; unlock one.")
    return replace(
        TUNED,
        inversion=replace(
            TUNED.inversion,
            steps=numbers["steps"],
            learning_rate=numbers["learning_rate"],
            betas=MEMORIES[numbers["adam_memory"]],
            schedule=SCHEDULES[numbers["schedule"]],
            whiten=numbers["whiten"],
            shared_rate=numbers["shared_rate"],
            moving=tuple(name for name in GROUP_NAMES if name not in locked),
            z_learning_rate=numbers["z_learning_rate"],
        ),
        weights=LossWeights(
            clip=numbers["clip_weight"],
            image=numbers["image_weight"],
            body_shape=numbers["body_shape_weight"],
            head_shape=numbers["head_shape_weight"],
            w_delta=0.0,  # W+ Regularize says how much
            start_prior=numbers["start_prior_weight"],
        ),
        start=replace(
            TUNED.start,
            candidates=numbers["start_candidates"],
            passes=tuple(p for p in TUNED.start.passes if not locked.intersection(p)),
        ),
        crops=numbers["clip_views"],
        keep_best=numbers["keep_best"],
        keep="outside_garment" if own_mask else KEEP[numbers["keep"]],
        image_normalise=NORMALISE[numbers["image_loss_over"]],
        patience=numbers["patience"],
        shape_every=numbers["shape_every"],
        least_pose_overlap=numbers["least_pose_overlap"],
    )


def widgets_of(recipe: Recipe) -> dict[str, Any]:
    """The widgets that describe `recipe`: the inverse of `recipe_of`."""
    weights = recipe.weights
    return {
        "steps": recipe.inversion.steps,
        "learning_rate": recipe.inversion.learning_rate,
        "clip_weight": weights.clip,
        "image_weight": weights.image,
        "body_shape_weight": weights.body_shape,
        "head_shape_weight": weights.head_shape,
        **{f"lock_{name}": name not in recipe.inversion.moving for name in GROUP_NAMES},
        "start_candidates": recipe.start.candidates,
        "clip_views": recipe.crops,
        "schedule": _name_of(recipe.inversion.schedule, SCHEDULES),
        "keep": _name_of(recipe.keep, KEEP),
        "image_loss_over": _name_of(recipe.image_normalise, NORMALISE),
        "keep_best": recipe.keep_best,
        "start_prior_weight": weights.start_prior,
        "patience": recipe.patience,
        "whiten": recipe.inversion.whiten,
        "shape_every": recipe.shape_every,
        "z_learning_rate": recipe.inversion.z_learning_rate,
        "least_pose_overlap": recipe.least_pose_overlap,
        "shared_rate": recipe.inversion.shared_rate,
        "adam_memory": _name_of(recipe.inversion.betas, MEMORIES),
    }


def _name_of(value: object, names: Mapping[str, object]) -> str:
    return next(name for name, meant in names.items() if meant == value)


DEFAULTS = widgets_of(TUNED)


def _wires() -> list[io.Input]:
    return [
        *network_inputs(),
        WPlusWire.Input(
            "start",
            optional=True,
            display_name="start W+",
            tooltip="The W+ of the photo, from Invert Image. Unlinked: the mean figure.",
        ),
        *held_inputs(),
        ConstraintsWire.Input(
            "constraints",
            optional=True,
            tooltip="From W+ Regularize. Unlinked: the latent codes are free.",
        ),
    ]


def _basics() -> list[io.Input]:
    return [
        io.String.Input(
            "text",
            multiline=True,
            default="a red dress with long sleeves",
            tooltip="What the person should wear.",
        ),
        io.String.Input(
            "negative_text",
            multiline=True,
            default="",
            tooltip="What the picture should not look like; may stay empty.",
        ),
        seed_input(" Image number i of a batch takes seed + i."),
        io.Int.Input(
            "steps",
            default=DEFAULTS["steps"],
            min=1,
            max=MAX_STEPS,
            tooltip="Gradient steps; FICE takes 501.",
        ),
        io.Float.Input(
            "learning_rate",
            default=DEFAULTS["learning_rate"],
            min=0.0001,
            max=1.0,
            step=0.001,
            round=0.0001,
            tooltip="How far a step goes; FICE takes 0.05. Lower it if the figure falls apart.",
        ),
        io.Float.Input(
            "time_budget",
            default=0.0,
            min=0.0,
            max=3600.0,
            step=1.0,
            tooltip="Stop each image after so many seconds, 0 for no limit.",
        ),
    ]


def _weights() -> list[io.Input]:
    return [
        _weight("clip_weight", "How much the text counts."),
        _weight("image_weight", "How much the pixels outside the garment count; needs regions."),
        _weight("body_shape_weight", "How much pose and figure count; needs pose."),
        _weight("head_shape_weight", "How much the outline of the head counts; needs regions."),
    ]


def _weight(name: str, tooltip: str) -> io.Input:
    return io.Float.Input(
        name, default=DEFAULTS[name], min=0.0, max=MAX_WEIGHT, step=0.1, tooltip=tooltip
    )


def _locks() -> list[io.Input]:
    what = {
        "pose": "pose and framing (coarse layers)",
        "shape": "the cut of the garment (middle layers)",
        "texture": "colour and pattern (fine layers)",
    }
    return [
        io.Boolean.Input(
            f"lock_{name}", default=False, tooltip=f"Leaves the latent codes of {text} as they are."
        )
        for name, text in what.items()
    ]


def _advanced() -> list[io.Input]:
    return [
        io.Int.Input(
            "start_candidates",
            default=DEFAULTS["start_candidates"],
            min=0,
            max=4096,
            tooltip="Random garments that are tried first; the best is the start. 0 is FICE's way.",
            advanced=True,
        ),
        io.Int.Input(
            "clip_views",
            default=DEFAULTS["clip_views"],
            min=0,
            max=64,
            tooltip="Random crops that CLIP sees in each step; 0 shows all of the picture (FICE).",
            advanced=True,
        ),
        io.Combo.Input(
            "schedule",
            options=list(SCHEDULES),
            default=DEFAULTS["schedule"],
            tooltip="How the learning rate changes over the steps.",
            advanced=True,
        ),
        io.Combo.Input(
            "keep",
            options=list(KEEP),
            default=DEFAULTS["keep"],
            tooltip="The pixels that image_weight holds.",
            advanced=True,
        ),
        io.Combo.Input(
            "image_loss_over",
            options=list(NORMALISE),
            default=DEFAULTS["image_loss_over"],
            tooltip="What the change of pixels is averaged over.",
            advanced=True,
        ),
        io.Boolean.Input(
            "keep_best",
            default=DEFAULTS["keep_best"],
            tooltip="Keep the step with the smallest loss instead of the last (FICE).",
            advanced=True,
        ),
        io.Int.Input(
            "preview_every",
            default=5,
            min=0,
            max=1000,
            tooltip="Steps between two live previews, 0 for none.",
            advanced=True,
        ),
    ]


def _later() -> list[io.Input]:
    """What came after the first workflows were saved: optional, so that those still run."""
    return [
        io.Float.Input(
            "start_prior_weight",
            default=DEFAULTS["start_prior_weight"],
            min=0.0,
            max=MAX_WEIGHT,
            step=0.01,
            tooltip="How much the codes are held near those of the photo; 0 is FICE's way.",
            optional=True,
            advanced=True,
        ),
        io.Int.Input(
            "patience",
            default=DEFAULTS["patience"],
            min=0,
            max=MAX_STEPS,
            tooltip="Stop after so many steps without a gain; 0 takes all steps (FICE).",
            optional=True,
            advanced=True,
        ),
        io.Float.Input(
            "least_pose_overlap",
            default=DEFAULTS["least_pose_overlap"],
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="Stop, and keep an earlier step, when the body parts overlap those of the "
            "photo less than this; 0 never stops (FICE). Needs pose; 0.85 is a fair number.",
            optional=True,
            advanced=True,
        ),
        io.Boolean.Input(
            "keep_on_cancel",
            default=False,
            tooltip="Cancel ends the inversion with the best so far, and the graph goes on; the "
            "rest of a batch stays as it was. Off: Cancel ends everything.",
            optional=True,
            advanced=True,
        ),
        GuidanceWire.Input(
            "guidance",
            optional=True,
            tooltip="More wishes: from Text Guide, Direction Guide or Picture Guide. Unlinked: "
            "the text is all.",
        ),
        io.Boolean.Input(
            "whiten",
            default=DEFAULTS["whiten"],
            tooltip="Measure steps in units of w_std, so that rare directions move as easily as "
            "common ones. Off is FICE's way.",
            optional=True,
            advanced=True,
        ),
        io.Int.Input(
            "shape_every",
            default=DEFAULTS["shape_every"],
            min=1,
            max=100,
            tooltip="Steps between two looks at pose and head; more is faster. 1 looks in each "
            "step (FICE).",
            optional=True,
            advanced=True,
        ),
        io.Float.Input(
            "z_learning_rate",
            default=DEFAULTS["z_learning_rate"],
            min=0.0,
            max=10.0,
            step=0.01,
            tooltip="How far a step goes for the garment that the search found: it is moved "
            "through the mapping network and so stays one the generator knows. 0 moves it like "
            "all else (FICE).",
            optional=True,
            advanced=True,
        ),
        precision_input(),
        io.Float.Input(
            "shared_rate",
            default=DEFAULTS["shared_rate"],
            min=0.0,
            max=10.0,
            step=0.05,
            tooltip="How far all layers go together in a step, as a share of learning_rate, beside "
            "what each goes by itself; the recipe fast takes 0.5. 0 is FICE's way.",
            optional=True,
            advanced=True,
        ),
        io.Combo.Input(
            "adam_memory",
            options=list(MEMORIES),
            default=DEFAULTS["adam_memory"],
            tooltip="How many past steps a step follows. Short suits few, long steps; the recipe "
            "fast takes it.",
            optional=True,
            advanced=True,
        ),
    ]
