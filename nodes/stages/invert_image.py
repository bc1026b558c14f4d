"""Invert Image: the latent codes that draw a photo."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor, nn

from ...fice.base.errors import ImageError
from ...fice.base.images import resize
from ...fice.base.layer_groups import mean_ws
from ...fice.framing.misfit import UNEXPLAINED_MOST, unexplained
from ...fice.inversion import InversionConfig
from ...fice.inversion.projection import FROM_MEAN, REFINE, project
from ...fice.inversion.tuning import TuningConfig, tune
from ...fice.pipeline.guard import MEASURED
from ...fice.pipeline.photo import take_photo
from ..host.models import HostModel, adopt, normal_tensors, on_device, to_host, travels_on
from ..host.pairing import require_encoder
from ..host.progress import Progress, Work
from ..host.told import tell
from ..host.wires import EncoderWire, GeneratorWire, WPlus, WPlusWire, image_in, image_out
from .inversion_cache import key_of, recall, remember

MAX_STEPS = 5000
ENCODER, MEAN = "encoder", "mean figure"


class InvertImage(io.ComfyNode):
    """Finds the W+ of a photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEInvertImage",
            display_name="Invert Image",
            category="FICE/stages",
            description="Finds the latent codes with which the generator draws the photo best: the "
            "start of an edit.",
            search_aliases=["gan inversion", "encode image", "e4e", "projector", "pti", "fice"],
            inputs=[
                io.Image.Input("image", tooltip="The photo of one person."),
                GeneratorWire.Input("generator", tooltip="From Load StyleGAN2 or Load Model Set."),
                EncoderWire.Input(
                    "encoder",
                    optional=True,
                    tooltip="The encoder of that generator, from the same model set. Unlinked: "
                    "the search begins at the mean figure.",
                ),
                io.Int.Input(
                    "refine_steps",
                    display_name="refine steps",
                    default=0,
                    min=0,
                    max=MAX_STEPS,
                    tooltip="Gradient steps after the encoder that bring the picture closer to the "
                    "photo. 0 is FICE's way and leaves W+ easier to edit.",
                ),
                io.Int.Input(
                    "preview_every",
                    display_name="preview every",
                    default=10,
                    min=0,
                    max=1000,
                    tooltip="Steps between two live previews, 0 for none.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "start_from",
                    display_name="start from",
                    options=[ENCODER, MEAN],
                    default=ENCODER,
                    tooltip="encoder: what it predicts. mean figure: no prediction; needs a few "
                    "hundred refine_steps.",
                    advanced=True,
                ),
                io.Int.Input(
                    "tune_steps",
                    display_name="tune steps",
                    default=0,
                    min=0,
                    max=MAX_STEPS,
                    tooltip="Pivotal tuning: steps in which a copy of the generator learns to draw "
                    "this photo at its W+. Use its generator output afterwards; one photo only.",
                    advanced=True,
                ),
            ],
            outputs=[
                WPlusWire.Output(
                    "wplus", display_name="W+", tooltip="The start of CLIP-Guided Inversion."
                ),
                io.Image.Output(
                    "reconstruction",
                    display_name="reconstruction",
                    tooltip="The photo as the generator draws it; far off means that the generator "
                    "does not know such photos.",
                ),
                GeneratorWire.Output(
                    "tuned",
                    display_name="generator",
                    tooltip="The tuned generator, or the one that came in; for all that uses W+.",
                ),
                io.Float.Output(
                    "reconstruction_error",
                    display_name="reconstruction error",
                    tooltip="Mean absolute error of the reconstruction, of the worst image; 0 is "
                    "the photo itself, 1 black for white.",
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="Errors, seconds, and a warning if the photo does not fit the "
                    "generator, as JSON.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        generator: HostModel,
        refine_steps: int,
        preview_every: int,
        encoder: HostModel | None = None,
        start_from: str = ENCODER,
        tune_steps: int = 0,
    ) -> io.NodeOutput:
        """Inverts one photo after another."""
        started = time.perf_counter()
        predicts = start_from == ENCODER and encoder is not None
        if predicts:
            require_encoder(generator, encoder)
        elif refine_steps == 0:
            raise ImageError(
                "Without an encoder there is only the mean figure; link the encoder of this "
                "generator, or set refine_steps to a few hundred."
            )
        with normal_tensors():
            model = generator.model
            height, width = model.resolution
            learning = refine_steps + tune_steps > 0
            device = on_device(
                generator, *([encoder] if predicts else []), pixels=height * width * learning
            )
            photo = resize(take_photo(image_in(image), model), model.resolution)
            if tune_steps and len(photo) > 1:
                raise ImageError(
                    f"Pivotal tuning fits a generator to one photo, the batch has {len(photo)}; "
                    "pick one with 'Get Image from Batch'."
                )
            Work().part("Finding the figure in the generator…")
            progress = Progress(max(refine_steps, 1) * len(photo) + tune_steps, preview_every)
            way = _Way(generator, encoder if predicts else None, refine_steps, progress)
            found = [way.invert(one) for one in photo.split(1)]
            ws = torch.cat([one.ws for one in found])
            if tune_steps:
                generator = _tuned(generator, ws.to(device), photo, tune_steps, progress)
            drawn = torch.cat(
                [generator.model.synthesize(w.to(device)).clamp(0.0, 1.0) for w in ws.split(1)]
            )
            figures = _figures(photo, drawn, model)
        report = {
            **figures,
            "cached": [one.cached for one in found],
            "generator": generator.model.fingerprint,
            "seconds": round(time.perf_counter() - started, 3),
        }
        tell(figures["warning"])
        if warning := figures["warning"]:
            logging.warning("Invert Image: %s", warning)
        result = (WPlus(ws, generator.model.fingerprint), image_out(drawn), generator)
        worst = max(figures["reconstruction_error"])
        return io.NodeOutput(*result, worst, json.dumps(report, indent=2))


@dataclass(frozen=True)
class _Found:
    """W+ of a photo, and whether it was known before."""

    ws: Tensor
    cached: bool


@dataclass(frozen=True)
class _Way:
    """How photos become W+; without an encoder from the mean figure."""

    generator: HostModel
    encoder: HostModel | None
    steps: int
    progress: Progress

    def invert(self, photo: Tensor) -> _Found:
        encoder = None if self.encoder is None else self.encoder.model
        key = key_of(photo, self.generator.model, encoder, self._numbers() if self.steps else None)
        known = recall(key, travels_on())
        if known is not None:
            return _Found(known, cached=True)
        start = mean_ws(self.generator.model) if encoder is None else encoder(photo)
        ws = to_host(self._refined(photo, start))
        remember(key, ws)
        return _Found(ws, cached=False)

    def _refined(self, photo: Tensor, ws: Tensor) -> Tensor:
        """`ws` after the steps towards `photo`."""
        if self.steps:
            config = self._numbers()
            for step in project(self.generator.model, photo, ws, config):
                self.progress.step(step.image[0])
                ws = step.ws
        return ws

    def _numbers(self) -> InversionConfig:
        return replace(FROM_MEAN if self.encoder is None else REFINE, steps=self.steps)


def _tuned(
    generator: HostModel, ws: Tensor, photo: Tensor, steps: int, progress: Progress
) -> HostModel[nn.Module]:
    numbers = TuningConfig(steps=steps)
    tuned = tune(generator.model, ws, photo, numbers, lambda images: progress.step(images[0]))
    return adopt(tuned, f"{generator.name}, tuned")


def _figures(photo: Tensor, drawn: Tensor, model: nn.Module) -> dict[str, Any]:
    """Error of each reconstruction, and what it says of the photo."""
    error = (drawn - photo).abs().flatten(1).mean(1)
    missing = unexplained(photo, drawn, model.synthesize(mean_ws(model)))
    return {
        "reconstruction_error": [round(value, 6) for value in error.tolist()],
        "unexplained": [round(value, 4) for value in missing.tolist()],
        # Of other generators it was never measured what is usual.
        "warning": _warning(missing.tolist()) if model.fingerprint in MEASURED else "",
    }


def _warning(missing: list[float]) -> str:
    strange = [index for index, share in enumerate(missing) if share > UNEXPLAINED_MOST]
    if not strange:
        return ""
    which = "The photo" if len(missing) == 1 else f"Photo {strange} of the batch"
    return (
        f"{which} does not fit the generator: {max(missing):.0%} of what sets it apart from the "
        "mean figure is not drawn. Look at the reconstruction; frame the person with 'Crop to "
        "Generator Frame', or use a generator of such photos."
    )
