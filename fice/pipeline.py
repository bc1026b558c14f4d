"""FICE from photo and words to the edited photo, as a list of stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor

from .compositing import Stitched
from .errors import TextError
from .framing import Frame
from .guides import Guide
from .inversion import (
    TUNED,
    BestSteps,
    RandomCrops,
    Recipe,
    Start,
    StartChoice,
    concatenated,
    invert,
    joined,
    search_start,
)
from .memory import free_bytes, images_at_once, peak_bytes
from .models import ModelSet
from .objective import Source, Wish, keep_by, objective
from .photo import (
    Framing,
    Region,
    as_batch,
    choose_frames,
    crop_each,
    stitch,
    take_photo,
)
from .report import (
    Report,
    change_figures,
    clip_figures,
    numbers,
    reconstruction_figures,
    text_figures,
)
from .seams import DEFAULT_SEAM, PAPER_SEAM
from .types import BodyChart, ClipGuide, InversionStep, Regions, Synthesizer, measure

__all__ = [
    "EditResult",
    "Framing",
    "Optimised",
    "Region",
    "as_batch",
    "choose_frames",
    "choose_start",
    "crop_each",
    "edit",
    "look",
    "optimise",
    "read_texts",
    "stitch",
    "take_photo",
]

OnStep: TypeAlias = Callable[[InversionStep], object]


@dataclass(frozen=True, eq=False)
class EditResult:
    """An edited photo and how it came about.

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


@dataclass(frozen=True, eq=False)
class Optimised:
    """What an optimisation leaves behind.

    Attributes:
        chosen: the step that is returned, of each image.
        losses: weighted loss of each term, `[steps, B]` each; a run that ended early repeats its
            last.
        images_at_once: images of the largest group.
    """

    chosen: BestSteps
    losses: Mapping[str, Tensor]
    images_at_once: int


def edit(  # noqa: PLR0913 - the one call that offers everything
    image: Tensor,
    text: str | Sequence[str],
    *,
    models: ModelSet,
    recipe: Recipe = TUNED,
    seed: int = 0,
    region: Region = "garment",
    mask: Tensor | None = None,
    frame: Framing = "auto",
    seam: str | None = None,
    negative_text: str = "",
    guides: Sequence[Guide] = (),
    on_step: OnStep | None = None,
    memory: int | None = None,
) -> EditResult:
    """Edits the garment on `image` as `text` says.

    Args:
        image: `[B, 3, H, W]` or `[3, H, W]` in [0, 1], of any size and proportions.
        text: one for all images, or one per image.
        models: the networks.
        recipe: all numbers; `PAPER` is FICE as published.
        seed: of the start search and of the views that CLIP sees.
        region: what comes from the generated picture: the `garment` only, or all but the `head`,
            as in the paper.
        mask: takes the place of `region`; `[B, 1, H, W]`, `[1, H, W]` or `[H, W]` in [0, 1].
        frame: which part of the photo the generator sees; see `Framing`.
        seam: how the new garment meets the photo, one of `fice.seams.SEAM_METHODS`; None is the
            paper's for the region `head`, and else `DEFAULT_SEAM`.
        negative_text: what the picture should not look like.
        guides: more wishes, see `fice.guides`.
        on_step: called after each step, e.g. to show progress; what it raises ends the edit.
        memory: bytes that the optimisation may take, None = what the device has left. Images that
            do not fit together are optimised in groups; each gets the same result in any group,
            unless the recipe has patience, which ends with the last image of a group.

    Raises:
        ImageError: if no person or no garment is found, or photo, frame and mask do not belong
            together.
        TextError: if a text cannot be used.
        DivergedError: if the optimisation fails.
    """
    started = time.perf_counter()
    if seam is None:
        seam = PAPER_SEAM if region == "head" else DEFAULT_SEAM
    # A host may call in inference mode, in which nothing could be optimised.
    with torch.inference_mode(False):
        photo = as_batch(image, models.generator)
        wish = replace(read_texts(text, negative_text, models.clip, len(photo)), guides=guides)
        frames = choose_frames(photo, frame, models)
        source = look(crop_each(photo, frames), models)
        start = choose_start(source, wish, models.generator, recipe, seed)
        run = optimise(start, source, wish, models.generator, recipe, seed, on_step, memory)
        stitched = stitch(
            photo, run.chosen.image, source, models, frames, region=region, mask=mask, seam=seam
        )
        result = _result(stitched, run, source, start.ws, frames, models.generator)
        report = {
            **text_figures(text, negative_text, models.clip),
            **_figures(photo, source, result, run, wish),
            "models": models.name,
            "generator": models.generator.fingerprint,
            "frames": [list(one.box) for one in frames],
            "seam": seam,
            "seed": seed,
            "images_at_once": run.images_at_once,
            "seconds": round(time.perf_counter() - started, 3),
        }
    return replace(result, report=report)


def read_texts(text: str | Sequence[str], negative_text: str, clip: ClipGuide, images: int) -> Wish:
    """The texts as CLIP features.

    Raises:
        TextError: if there is neither one text nor one per image, or CLIP cannot use one.
    """
    texts = [text] if isinstance(text, str) else list(text)
    if len(texts) not in (1, images):
        raise TextError(f"There are {len(texts)} texts for {images} images; give one, or one each.")
    with torch.no_grad():
        wanted = clip.encode_text(texts)
        unwanted = clip.encode_text([negative_text]) if negative_text.strip() else None
    return Wish(clip, wanted, unwanted)


def look(image: Tensor, models: ModelSet) -> Source:
    """What the networks see in `image` `[B, 3, H, W]`, which has the size of the generator."""
    with torch.no_grad():
        ws = models.encoder(image)
    return Source(image, ws, measure(models.chart, image), measure(models.segmenter, image))


def choose_start(
    source: Source, wish: Wish, synthesizer: Synthesizer, recipe: Recipe, seed: int
) -> Start:
    """Where the optimisation starts from: the encoder's W+, or a better one near it."""
    if not recipe.start.candidates:
        return Start(source.ws)
    choices: list[StartChoice] = []
    # One by one: a single image tries many codes at once and skips those that cannot win.
    for index in range(len(source.ws)):
        rows = slice(index, index + 1)
        one, wanted = source.only(rows), wish.only(rows)
        terms = objective(recipe.start_weights, one, wanted, synthesizer, recipe=recipe)
        choices.append(search_start(synthesizer, one.ws, terms, recipe.start, seed))
    return Start(
        torch.cat([choice.ws for choice in choices]),
        concatenated([choice.drawn for choice in choices]),
    )


def optimise(
    start: Start,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    recipe: Recipe,
    seed: int = 0,
    on_step: OnStep | None = None,
    memory: int | None = None,
) -> Optimised:
    """Moves `start` towards the wish and keeps the step that the recipe asks for.

    As many images at once as fit into `memory` bytes, see `edit`.
    """

    def run(rows: slice) -> Optimised:
        some = source.only(rows), wish.only(rows)
        return _optimise_group(start.only(rows), *some, synthesizer, recipe, seed, on_step)

    def trial() -> None:
        one = slice(0, 1)
        some = source.only(one), wish.only(one)
        _optimise_group(start.only(one), *some, synthesizer, recipe.in_steps(2), seed)

    count = len(start.ws)
    if count == 1:
        return run(slice(0, 1))
    free = free_bytes(start.ws.device) if memory is None else memory
    size = images_at_once(peak_bytes(trial), count, free)
    return _joined([run(slice(first, first + size)) for first in range(0, count, size)])


def _optimise_group(
    start: Start,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    recipe: Recipe,
    seed: int,
    on_step: OnStep | None = None,
) -> Optimised:
    # One seed for all images, so that an image gives the same result in any batch.
    views = RandomCrops(recipe.crops, (seed,) * len(start.ws)) if recipe.crops else None
    terms = objective(recipe.weights, source, wish, synthesizer, recipe=recipe, views=views)
    steps = invert(synthesizer, start.ws, terms, recipe.inversion, start.drawn)
    chosen: BestSteps | None = None
    history: list[Mapping[str, Tensor]] = []
    for step, best in keep_by(recipe, steps, source):
        chosen = best
        history.append(step.losses)
        if on_step is not None:
            on_step(step)
    assert chosen is not None, "a run has at least one step"
    losses = {name: torch.stack([past[name] for past in history]).cpu() for name in history[0]}
    return Optimised(chosen, losses, len(start.ws))


def _joined(groups: Sequence[Optimised]) -> Optimised:
    steps = max(len(loss) for group in groups for loss in group.losses.values())

    def loss_of(name: str) -> Tensor:
        own = [group.losses[name] for group in groups]
        return torch.cat([torch.cat([x, x[-1:].expand(steps - len(x), -1)]) for x in own], dim=1)

    return Optimised(
        chosen=joined([group.chosen for group in groups]),
        losses={name: loss_of(name) for name in groups[0].losses},
        images_at_once=max(group.images_at_once for group in groups),
    )


def _result(
    stitched: Stitched,
    run: Optimised,
    source: Source,
    start_ws: Tensor,
    frames: tuple[Frame, ...],
    synthesizer: Synthesizer,
) -> EditResult:
    assert source.regions is not None
    assert source.chart is not None
    with torch.no_grad():
        reconstruction = synthesizer.synthesize(source.ws).clamp(0.0, 1.0)
    return EditResult(
        image=stitched.image,
        mask=stitched.mask,
        generated=run.chosen.image.clamp(0.0, 1.0),
        reconstruction=reconstruction,
        ws=run.chosen.ws,
        start_ws=start_ws,
        encoder_ws=source.ws,
        regions=source.regions.seen,
        chart=source.chart.seen,
        losses=run.losses,
        frames=frames,
        report={},
    )


def _figures(
    photo: Tensor, source: Source, result: EditResult, run: Optimised, wish: Wish
) -> Report:
    edited = crop_each(result.image, result.frames)
    return {
        "steps": len(next(iter(run.losses.values()))),
        "chosen_step": run.chosen.index.tolist(),
        "loss": numbers(run.chosen.total),
        **clip_figures(wish, source.image, edited, result.generated),
        **reconstruction_figures(source.image, result.reconstruction),
        **change_figures(photo, result.image, result.mask),
    }
