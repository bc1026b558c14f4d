"""FICE from photo and words to the edited photo, as a list of stages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from ..base.errors import FiceError
from ..base.frame import Frame
from ..base.types import BodyChart, Region, Regions, Rows, Synthesizer, map_each
from ..guidance.constraints import Constraint
from ..guidance.guides import Guide
from ..guidance.source import Source
from ..inversion import TUNED, Recipe
from ..reports.figures import (
    Report,
    change_figures,
    clip_figures,
    numbers,
    reconstruction_figures,
    text_figures,
    word_figures,
)
from ..stitching.compositing import Stitched
from ..stitching.seams import DEFAULT_SEAM, PAPER_SEAM
from ..words import Bank
from .frames import Framing, choose_frames, crop_each, others_left, remarks_on
from .guard import doubts_about, spare
from .invert import Inverted, Limits, Onlooker, OnSearch, OnStep, clip_guided_inversion
from .look import look
from .models import ModelSet
from .photo import as_batch, take_mask
from .stitch import stitch
from .wording import Understood, hear_texts, understand

MAX_SEED = (1 << 64) - 1


@dataclass(frozen=True, eq=False)
class EditResult:
    """An edited photo and how it came about; all tensors lie where the photo does.

    Attributes:
        image: the result at the size of the photo, `[B, 3, H, W]` in [0, 1].
        mask: where it may differ from the photo, `[B, 1, H, W]`; where it is 0, the result is the
            photo bit for bit.
        generated: the whole picture of the final W+, at the size of the generator, in [0, 1].
        reconstruction: the picture of the encoder's W+, likewise.
        ws: the final W+, `[B, num_ws, w_dim]`.
        start_ws: the W+ that the optimisation started from.
        encoder_ws: the encoder's W+ of the photo.
        regions: what the segmenter saw in the framed part, at the size of the generator.
        chart: what the body chart network saw in it.
        losses: weighted loss of each term, `[steps, B]` each.
        frames: which part of each photo the generator saw.
        report: figures of the edit, ready for JSON; lists have an entry per image.
    """

    image: Tensor
    mask: Tensor
    generated: Tensor
    reconstruction: Tensor
    ws: Tensor
    start_ws: Tensor
    encoder_ws: Tensor
    regions: Regions
    chart: BodyChart
    losses: Mapping[str, Tensor]
    frames: tuple[Frame, ...]
    report: Report


def edit(  # noqa: PLR0913 - the one call that offers everything
    image: Tensor,
    text: str | Sequence[str],
    *,
    models: ModelSet,
    recipe: Recipe = TUNED,
    seed: int | Sequence[int] = 0,
    region: Region | None = None,
    mask: Tensor | None = None,
    frame: Framing = "auto",
    seam: str | None = None,
    negative_text: str = "",
    guides: Sequence[Guide] = (),
    constraints: Sequence[Constraint] = (),
    on_search: OnSearch | None = None,
    on_step: OnStep | None = None,
    memory: int | None = None,
    anyway: bool = False,
    bank: Bank | None = None,
) -> EditResult:
    """Edits the garment on `image` as `text` says.

    Args:
        image: `[B, 3, H, W]` or `[3, H, W]` in [0, 1], of any size and proportions; on any device.
        text: one for all images, one per image, or several for one image, which is then framed and
            looked at once and gives one result each; what it leaves open is completed as
            `recipe.complete` says.
        models: the networks; the edit is computed where they are, see `ModelSet.to`.
        recipe: all numbers, and what becomes of that which the text leaves open; `PAPER` is FICE
            as published.
        seed: of the start search and of the views that CLIP sees. Result number i takes `seed + i`;
            a sequence gives each its own.
        region: what comes from the generated picture: the `garment` only, or all but the `head`,
            as in the paper; None is what the recipe says.
        mask: what may change, painted in white; all else is kept, while W+ moves and in the result.
            Takes the place of `region`; `[B, 1, H, W]`, `[1, H, W]` or `[H, W]` in [0, 1]. Several
            masks for one image give one result each.
        frame: which part of the photo the generator sees; see `Framing`.
        seam: how the new garment meets the photo, one of `fice.stitching.seams.SEAM_METHODS`; None
            is the paper's for the region `head`, and else `DEFAULT_SEAM`.
        negative_text: what the picture should not look like.
        guides: more wishes about the picture, see `fice.guidance.guides`.
        constraints: wishes about W+, see `fice.guidance.constraints`.
        on_search: called after each look of the start search, `recipe.start.looks` times per image.
        on_step: called after each step, e.g. to show progress; what it raises ends the edit.
        memory: bytes that the optimisation may take, None = what the device has left. Images that
            do not fit together are optimised in groups; each gets the same result in any group,
            unless the recipe has patience, which ends with the last image of a group.
        anyway: edit photos that the models do not know, see `fice.pipeline.guard`.
        bank: the words that are understood, see `fice.words.load_bank`; None is the built-in table.

    Photos of a batch that show nobody, or what the models do not know, come back as they were; the
    report's `warnings` name them.

    Raises:
        NobodyError: if nobody is in any photo.
        ImageError: if the models do not know the photo, no garment is found, or photo, frame and
            mask do not belong together.
        TextError: if a text cannot be used.
        DivergedError: if the optimisation fails.
    """
    started = time.perf_counter()
    chosen = recipe.region if region is None else region
    seam = seam or (PAPER_SEAM if chosen == "head" and mask is None else DEFAULT_SEAM)
    # A host may call in inference mode, in which nothing could be optimised.
    with torch.inference_mode(False):
        shown = as_batch(image, models.generator)
        results = _results(shown, text, mask)
        photo = shown.expand(results, -1, -1, -1)
        seeds = seeds_of(seed, results)
        painted = None if mask is None else take_mask(mask, photo)
        texts = hear_texts(text, negative_text, models.clip, results, recipe.complete, bank)
        frames = choose_frames(shown, frame, models)
        source = look(crop_each(shown, frames), models)
        seen = _Seen.of(source, models.generator)
        doubts = doubts_about(source, seen.reconstruction, models.generator, frames)
        frames = spare(frames, doubts, anyway=anyway)
        told = [*others_left(frames), *(one.sentence for one in doubts), *remarks_on(frames)]
        if len(shown) < results:  # each result of one photo starts from the same look
            rows = [0] * results
            frames, source, seen = frames * results, source.only(rows), seen.only(rows)
        if painted is not None:
            source = replace(source, painted=crop_each(painted, frames))
        understood = understand(texts, models.clip, source.image)
        wish = replace(understood.wish, guides=guides, constraints=constraints)
        run = clip_guided_inversion(
            source,
            wish,
            models.generator,
            recipe,
            seeds,
            onlooker=Onlooker(on_search, on_step),
            limits=Limits(memory=memory),
            idle=[one.untouched for one in frames],
        )
        generated = run.chosen.image.clamp(0.0, 1.0)
        stitched = stitch(
            photo,
            generated,
            seen.photo,
            models.segmenter,
            frames,
            region=chosen,
            painted=painted,
            seam=seam,
        )
        report = {
            **text_figures(text, negative_text, models.clip),
            **understood.left_out(),
            **_figures(photo, stitched, seen, run, understood, frames),
            "warnings": told,
            "models": models.name,
            "generator": models.generator.fingerprint,
            "frames": [list(one.box) for one in frames],
            "seam": seam,
            "seed": seeds[0],
            "seeds": list(seeds),
            "images_at_once": run.images_at_once,
            "seconds": round(time.perf_counter() - started, 3),
        }
    back = partial(torch.Tensor.to, device=image.device)
    return EditResult(
        image=back(stitched.image),
        mask=back(stitched.mask),
        generated=back(generated),
        reconstruction=back(seen.reconstruction),
        ws=back(run.chosen.ws),
        start_ws=back(run.start_ws),
        encoder_ws=back(source.ws),
        regions=map_each(seen.regions, back),
        chart=map_each(seen.chart, back),
        losses={name: back(loss) for name, loss in run.losses.items()},
        frames=frames,
        report=report,
    )


def _results(photo: Tensor, text: str | Sequence[str], mask: Tensor | None) -> int:
    """How many photos come out: those of the batch, or one per text or mask of a single photo."""
    if len(photo) > 1:
        return len(photo)
    texts = 1 if isinstance(text, str) else len(text)
    return max(texts, len(mask) if mask is not None and mask.dim() == 4 else 1)


def seeds_of(seed: int | Sequence[int], images: int) -> tuple[int, ...]:
    """The seed of each image: image number i takes `seed + i`, or its own of a sequence.

    Raises:
        FiceError: if a seed is out of range, or there is not one per image.
    """
    given = [seed] if isinstance(seed, int) else list(seed)
    for one in given:
        if not 0 <= one <= MAX_SEED:
            raise FiceError(f"The seed {one} is out of range: take a number from 0 to {MAX_SEED}.")
    if isinstance(seed, int):
        return tuple((seed + index) & MAX_SEED for index in range(images))
    if len(given) != images:
        raise FiceError(f"There are {len(given)} seeds for {images} images; give one, or one each.")
    return tuple(given)


@dataclass(frozen=True, eq=False)
class _Seen:
    """The framed photo, what the generator makes of it, and what was seen in it."""

    photo: Tensor
    reconstruction: Tensor
    regions: Regions
    chart: BodyChart

    @classmethod
    def of(cls, source: Source, synthesizer: Synthesizer) -> _Seen:
        assert source.image is not None
        assert source.regions is not None
        assert source.chart is not None
        with torch.no_grad():
            reconstruction = synthesizer.synthesize(source.ws).clamp(0.0, 1.0)
        return cls(source.image, reconstruction, source.regions.seen, source.chart.seen)

    def only(self, rows: Rows) -> _Seen:
        """Those of some photos of the batch."""
        return _Seen(
            self.photo[rows],
            self.reconstruction[rows],
            self.regions.only(rows),
            self.chart.only(rows),
        )


def _figures(
    photo: Tensor,
    stitched: Stitched,
    seen: _Seen,
    run: Inverted,
    understood: Understood,
    frames: Sequence[Frame],
) -> Report:
    edited = crop_each(stitched.image, frames)
    return {
        "steps": run.steps,
        "chosen_step": run.chosen.index.tolist(),
        "loss": numbers(run.chosen.total),
        **word_figures(understood.said, understood.gauges(edited)),
        **clip_figures(understood.wish, seen.photo, edited, run.chosen.image.clamp(0.0, 1.0)),
        **reconstruction_figures(seen.photo, seen.reconstruction),
        **change_figures(photo, stitched.image, stitched.mask),
    }
