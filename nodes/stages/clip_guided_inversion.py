"""CLIP-Guided Inversion: moves latent codes until the picture is what the text says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from comfy_api.latest import io

from ...fice.base.images import to_float
from ...fice.guidance.constraints import Constraint
from ...fice.pipeline.edit import seeds_of
from ...fice.pipeline.wording import hear_texts
from ...fice.reports.figures import text_figures
from ...fice.reports.plots import loss_plot
from ..host.models import HostModel, normal_tensors, on_device, to_host
from ..host.pairing import require_pair
from ..host.precision import FLOAT32, Precision, precision_input
from ..host.progress import Cancel, Progress
from ..host.told import tell
from ..host.watched import Watched
from ..host.wires import (
    ConstraintsWire,
    GuidanceWire,
    LinkedGuide,
    Pose,
    RegionMap,
    WPlus,
    WPlusWire,
    image_out,
)
from .inversion_inputs import (
    anyway_input,
    empty_text,
    held_inputs,
    keep_on_cancel_input,
    network_inputs,
    preview_input,
    seed_input,
    settings_input,
)
from .inversion_settings import Settings
from .inversion_told import told
from .inverting import Edited, images_drawn, invert_image, rest
from .recipe_widgets import (
    ALL_LOCKED,
    AS_RECIPE,
    HIDDEN,
    changed,
    held,
    hidden_inputs,
    lock_inputs,
    recipe_input,
    recipe_of,
)
from .source import LinkedPhoto, check_known, linked_wish
from .wording import worded, wording_inputs


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
                *_numbers(),
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
    def validate_inputs(
        cls,
        text: str | None = None,
        lock_pose: bool = False,
        lock_shape: bool = False,
        lock_texture: bool = False,
    ) -> bool | str:
        """Tells before the run what could never work; a text that is linked comes later."""
        if lock_pose and lock_shape and lock_texture:
            return ALL_LOCKED
        return empty_text(text)

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        generator: HostModel,
        clip: HostModel,
        text: str,
        negative_text: str,
        seed: int,
        time_budget: float,
        preview_every: int = 5,
        start: WPlus | None = None,
        pose: Pose | None = None,
        regions: RegionMap | None = None,
        constraints: tuple[Constraint, ...] = (),
        keep_on_cancel: bool = False,
        guidance: tuple[LinkedGuide, ...] = (),
        precision: str = FLOAT32,
        anyway: bool = False,
        recipe: str = "tuned",
        preservation: float = 1.0,
        settings: Settings | None = None,
        complete: str = AS_RECIPE,
        change: str = AS_RECIPE,
        **numbers: Any,  # noqa: ANN401 - what older workflows say of the recipe
    ) -> io.NodeOutput:
        """Edits one image of the batch after another, each with a seed of its own."""
        if start is not None:
            require_pair(generator, start)
        set_here = changed(numbers)
        here = Settings({}, preview_every, keep_on_cancel, precision, anyway)
        how = here if settings is None else replace(settings, anyway=anyway or settings.anyway)
        numbers_of_run = held(recipe_of({**set_here, **how.numbers}, recipe), preservation)
        numbers_of_run = worded(numbers_of_run, complete, change)
        texts = hear_texts(text, negative_text, clip.model, 1, numbers_of_run.complete)
        photo = LinkedPhoto(start, pose, regions)
        judges = [one.clip for one in guidance if one.clip is not None]
        with normal_tensors():
            count, model = photo.count, generator.model
            height, width = model.resolution
            device = on_device(generator, clip, *photo.networks, *judges, pixels=height * width)
            lowered = Precision.on(device, how.precision)
            asked = linked_wish(clip, texts, lowered, guidance, constraints)
            cancel = Cancel(keeps_result=how.keep_on_cancel)
            sources = [photo.source(index, model, device, lowered) for index in range(count)]
            checked = check_known(sources, model, anyway=how.anyway)
            drawn = checked.idle.count(False) * images_drawn(numbers_of_run)
            synthesizer = Watched(lowered.generator(model), Progress(drawn, how.preview_every))
            edits = [
                rest(model, source, seed=own)
                if idle
                else invert_image(
                    synthesizer,
                    source,
                    asked,
                    numbers_of_run,
                    seed=own,
                    cancel=cancel,
                    time_budget=time_budget,
                )
                for source, own, idle in zip(
                    sources, seeds_of(seed, count), checked.idle, strict=True
                )
            ]
            generated = torch.cat([image_out(edit.run.chosen.image) for edit in edits])
            ws = torch.cat([to_host(edit.run.chosen.ws) for edit in edits])
            plots = image_out(torch.stack([to_float(loss_plot(edit.curves)) for edit in edits]))
        report = {
            "text": text,
            "negative_text": negative_text,
            "ignored_words": _left_out(text, negative_text, clip, edits),
            "generator": model.fingerprint,
            "recipe": recipe,
            "set": {**set_here, **how.numbers},
            "precision": lowered.name,
            "warnings": checked.warnings,
            "images": [edit.report for edit in edits],
        }
        tell(*told(report, set_here))
        result = (generated, WPlus(ws, model.fingerprint), plots, json.dumps(report, indent=2))
        return io.NodeOutput(*result)


def _left_out(text: str, negative_text: str, clip: HostModel, edits: Sequence[Edited]) -> list[str]:
    """The words of the texts that do not count, each once."""
    if not all("ignored_words" in edit.report for edit in edits):
        return cast("list[str]", text_figures(text, negative_text, clip.model)["ignored_words"])
    words = (word for edit in edits for word in edit.report["ignored_words"])
    return list(dict.fromkeys(words))


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
            display_name="negative text",
            placeholder="what it should not look like",
            multiline=True,
            default="",
            tooltip="What the picture should not look like; may stay empty.",
        ),
        seed_input(" Image number i of a batch takes seed + i."),
        *hidden_inputs("steps", "learning_rate"),
        io.Float.Input(
            "time_budget",
            display_name="time budget",
            default=0.0,
            min=0.0,
            max=3600.0,
            step=1.0,
            tooltip="Seconds after which an image is finished with what there is; 0: no limit.",
        ),
    ]


def _numbers() -> list[io.Input]:
    return [
        *hidden_inputs("clip_weight", "image_weight", "body_shape_weight", "head_shape_weight"),
        *lock_inputs(**HIDDEN),
        *hidden_inputs("start_candidates", "clip_views", "schedule", "keep", "image_loss_over"),
        *hidden_inputs("keep_best"),
        preview_input(**HIDDEN),
    ]


def _later() -> list[io.Input]:
    """What came after the first workflows were saved: optional, so that those still run."""
    return [
        *hidden_inputs("start_prior_weight", "patience", "least_pose_overlap"),
        keep_on_cancel_input(optional=True, **HIDDEN),
        GuidanceWire.Input(
            "guidance",
            optional=True,
            tooltip="More wishes: from Text Guide, Direction Guide or Picture Guide. Unlinked: "
            "the text is all.",
        ),
        *hidden_inputs("whiten", "shape_every", "z_learning_rate"),
        precision_input(advanced=None, **HIDDEN),
        *hidden_inputs("shared_rate", "adam_memory"),
        anyway_input(advanced=None, **HIDDEN),
        recipe_input(" How W+ is held is up to W+ Regularize.", optional=True),
        io.Float.Input(
            "preservation",
            default=1.0,
            min=0.0,
            max=10.0,
            step=0.1,
            optional=True,
            tooltip="How strongly pose, head and background are held: 1 is the recipe's own "
            "strength, less gives the text more freedom.",
        ),
        settings_input(),
        *wording_inputs(),
    ]
