"""CLIP-guided inversion: a start is searched, then moved towards the wish."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor

from ..base.types import Synthesizer
from ..guidance.source import Source
from ..guidance.wish import Wish
from ..inversion import (
    BestSteps,
    InversionStep,
    Recipe,
    Start,
    StartChoice,
    choose_by,
    concatenated,
    invert,
    joined,
    require_finite,
    search_steps,
    start_objective,
    step_objective,
)
from .memory import free_bytes, images_at_once, peak_bytes
from .out_of_memory import fits, in_groups, too_large, what_fits

OnSearch: TypeAlias = Callable[[], object]
OnStep: TypeAlias = Callable[[InversionStep], object]
T = TypeVar("T")


class Until(Protocol):
    """Passes the steps of a run on, and may end it early: whoever looks on can stop it."""

    def __call__(self, steps: Iterator[T], /) -> Iterator[T]:
        """All of `steps`, or the first of them, or none."""
        ...


def to_the_end(steps: Iterator[T], /) -> Iterator[T]:
    """Passes all steps on."""
    return steps


@dataclass(frozen=True)
class Onlooker:
    """Who looks on while an inversion runs.

    Attributes:
        on_search: called after each look of the start search, `recipe.start.looks` times per photo.
        on_step: called after each step.
        until: may end search and steps early. If it ends them before the first step, the start is
            drawn once, so that there is always a result.
    """

    on_search: OnSearch | None = None
    on_step: OnStep | None = None
    until: Until = to_the_end


@dataclass(frozen=True, eq=False)
class Inverted:
    """What an inversion leaves behind.

    Attributes:
        start_ws: the W+ that the steps started from, `[B, num_ws, w_dim]`.
        chosen: the step that is returned, of each image.
        losses: weighted loss of each term, `[steps, B]` each; a run that ended early repeats its
            last.
        images_at_once: images of the largest group.
    """

    start_ws: Tensor
    chosen: BestSteps
    losses: Mapping[str, Tensor]
    images_at_once: int

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(next(iter(self.losses.values()), ()))

    def only(self, rows: Sequence[int]) -> Inverted:
        """What is left of some images, in the order of `rows`."""
        index = list(rows)
        losses = {name: loss[:, index] for name, loss in self.losses.items()}
        return replace(
            self, start_ws=self.start_ws[index], chosen=self.chosen.only(index), losses=losses
        )


def clip_guided_inversion(
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    onlooker: Onlooker | None = None,
    limits: Limits | None = None,
    idle: Sequence[bool] = (),
) -> Inverted:
    """Searches a start near `source.ws` and moves it towards `wish`: the stage of FICE.

    Args:
        source: the photos.
        wish: what is asked for.
        synthesizer: the generator.
        recipe: all numbers.
        seeds: of the start search and of the views that CLIP sees, one per photo.
        onlooker: is told of search and steps, and may end them.
        limits: of time and memory; None is what the device has left, and no limit of time.
        idle: which photos are left as they are; empty = none. They cost no step, and the others
            are what they would be without them.

    Where the device runs out of memory, fewer images are taken at once, then less is kept of each;
    `onlooker` is then told of the steps of a group anew.

    Raises:
        FiceError: if nothing is left to aim at.
        TooLargeError: if not even one image fits into memory.
        DivergedError: if the numbers are no longer finite.
    """
    if idle and all(idle):
        return left_alone(source.ws, synthesizer)
    if any(idle):
        busy = [index for index, rests in enumerate(idle) if not rests]
        run = clip_guided_inversion(
            source.only(busy),
            wish.only(busy),
            synthesizer,
            recipe,
            [seeds[index] for index in busy],
            onlooker=onlooker,
            limits=limits,
        )
        return _among(run, busy, source.ws, synthesizer)
    started = time.perf_counter()
    limits, onlooker = limits or Limits(), onlooker or Onlooker()
    count, deadline = len(source.ws), limits.deadline(started)
    parts: list[Inverted] = []
    order: list[int] = []
    # Photos whose texts are about other layers move other codes, so they take turns.
    for own, rows in _alike(recipe, wish, count).items():
        part = _alike_inverted(
            source if len(rows) == count else source.only(rows),
            wish if len(rows) == count else wish.only(rows),
            synthesizer,
            own,
            [seeds[row] for row in rows],
            onlooker,
            limits.memory,
            deadline,
        )
        parts.append(part)
        order += rows
    whole = parts[0] if len(parts) == 1 else _joined(parts)
    return whole if order == sorted(order) else whole.only(_inverse(order))


def _alike(recipe: Recipe, wish: Wish, count: int) -> dict[Recipe, list[int]]:
    """The images that are edited by the same numbers, with these."""
    rows: dict[Recipe, list[int]] = {}
    for index in range(count):
        rows.setdefault(recipe.for_words(wish.groups_of(index)), []).append(index)
    return rows


def _inverse(order: Sequence[int]) -> list[int]:
    """Where each image went."""
    return sorted(range(len(order)), key=order.__getitem__)


def _alike_inverted(
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    recipe: Recipe,
    seeds: Sequence[int],
    onlooker: Onlooker,
    memory: int | None,
    deadline: float | None,
) -> Inverted:
    """The stage for photos that move the same codes."""
    start = choose_start(source, wish, synthesizer, recipe, seeds, onlooker)
    device = source.ws.device

    def taken(rows: slice, run: _Run) -> Inverted:
        return run.take(start.only(rows), source.only(rows), wish.only(rows), seeds[rows])

    def part(rows: slice, recompute: bool) -> Inverted:
        less = recipe.recomputed() if recompute else recipe
        return taken(rows, _Run(synthesizer, less, onlooker, deadline))

    def trial(rows: slice, recompute: bool) -> int:
        short = recipe.recomputed() if recompute else recipe
        run = _Run(synthesizer, short.in_steps(2), Onlooker())

        def call() -> None:
            taken(rows, run)

        return peak_bytes(call)

    def few_views(views: int) -> int:
        short = replace(recipe.recomputed().in_steps(1), crops=views)
        run = _Run(synthesizer, short, Onlooker())
        return peak_bytes(lambda: taken(slice(0, 1), run))

    def advice() -> str:
        return what_fits(recipe.crops, few_views, device)

    count = at_once = len(source.ws)
    if count > 1:
        free = free_bytes(device) if memory is None else memory
        (each,) = in_groups(trial, 1, 1, device, advice)
        at_once = images_at_once(each, count, free)
    groups = in_groups(part, count, at_once, device, advice)
    return groups[0] if len(groups) == 1 else _joined(groups)


@dataclass(frozen=True)
class Limits:
    """What an inversion may take.

    Attributes:
        seconds: of search and steps together, after which no further step is taken; 0 = no limit.
        memory: bytes; None = what the device has left. Images that do not fit together are taken
            in groups.
    """

    seconds: float = 0.0
    memory: int | None = None

    def deadline(self, started: float) -> float | None:
        """When the time is over, of a run that began at `started`."""
        return started + self.seconds if self.seconds else None


def choose_start(
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    recipe: Recipe,
    seeds: Sequence[int],
    onlooker: Onlooker,
) -> Start:
    """Where the steps start from: the encoder's W+, or a better one near it."""
    if not recipe.start.candidates:
        return Start(source.ws)
    starts: list[Start] = []
    # One by one: a single image tries many codes at once and skips those that cannot win.
    for index, seed in enumerate(seeds):
        rows = slice(index, index + 1)
        one = source.only(rows)
        terms = start_objective(recipe, one, wish.only(rows), synthesizer)
        search = search_steps(synthesizer, one.ws, terms, recipe.start, seed)
        start = fits(lambda search=search, ws=one.ws: _found(search, ws, onlooker), one.ws.device)
        if start is None:
            raise too_large(one.ws.device, "Not even one picture of the start search fits")
        starts.append(start)
    drawn = [one.drawn for one in starts if one.drawn is not None]
    ws = torch.cat([one.ws for one in starts])
    # A search that was ended before its first look knows no z; the steps then go through W+ alone.
    return Start(ws, concatenated(drawn) if len(drawn) == len(starts) else None)


def _found(search: Iterator[StartChoice], ws: Tensor, onlooker: Onlooker) -> Start:
    """The last choice of `search`, or `ws` if `onlooker` ends it before the first."""
    start = Start(ws)
    for choice in onlooker.until(search):
        start = Start(choice.ws, choice.drawn)
        if onlooker.on_search is not None:
            onlooker.on_search()
    return start


@dataclass(frozen=True)
class _Run:
    """How the steps of a group of images are taken."""

    synthesizer: Synthesizer
    recipe: Recipe
    onlooker: Onlooker
    deadline: float | None = None

    def take(self, start: Start, source: Source, wish: Wish, seeds: Sequence[int]) -> Inverted:
        terms = step_objective(self.recipe, source, wish, self.synthesizer, seeds)
        chosen: BestSteps | None = None
        last: InversionStep | None = None
        history: list[Mapping[str, Tensor]] = []
        for until, steps in ((self.onlooker.until, self.recipe.inversion.steps), (to_the_end, 1)):
            if chosen is not None:
                break
            config = self.recipe.in_steps(steps).inversion
            run = invert(self.synthesizer, start.ws, terms, config, start.drawn)
            for step, best in _within(choose_by(self.recipe, until(run), source), self.deadline):
                chosen, last = best, step
                history.append(step.losses)
                if self.onlooker.on_step is not None:
                    self.onlooker.on_step(step)
        assert chosen is not None, "a run has at least one step"
        assert last is not None
        # A run that ended early may have done so before `invert` looked at its last step.
        require_finite(last, chosen)
        # Not in the loop: each look at a number would wait for the GPU.
        losses = {name: torch.stack([past[name] for past in history]).cpu() for name in history[0]}
        return Inverted(start.ws, chosen, losses, len(start.ws))


def _within(steps: Iterator[T], deadline: float | None) -> Iterator[T]:
    """`steps` up to the one at which the time is over; there is always a first."""
    for step in steps:
        yield step
        if deadline is not None and time.perf_counter() >= deadline:
            return


def _joined(groups: Sequence[Inverted]) -> Inverted:
    steps = max(group.steps for group in groups)

    def loss_of(name: str) -> Tensor:
        own = [group.losses[name] for group in groups]
        return torch.cat([torch.cat([x, x[-1:].expand(steps - len(x), -1)]) for x in own], dim=1)

    return Inverted(
        start_ws=torch.cat([group.start_ws for group in groups]),
        chosen=joined([group.chosen for group in groups]),
        losses={name: loss_of(name) for name in groups[0].losses},
        images_at_once=max(group.images_at_once for group in groups),
    )


def left_alone(ws: Tensor, synthesizer: Synthesizer, terms: Sequence[str] = ()) -> Inverted:
    """What an inversion of photos that are left as they are would leave behind.

    Args:
        ws: of the photos, `[B, num_ws, w_dim]`.
        synthesizer: draws them.
        terms: names of the losses, all of which are 0.
    """
    with torch.no_grad():
        image = torch.cat([synthesizer.synthesize(one) for one in ws.split(1)])
    none = ws.new_zeros(len(ws))
    best = BestSteps(none.long(), ws, image, dict.fromkeys(terms, none), none)
    return Inverted(ws, best, {name: none[None].cpu() for name in terms}, 0)


def _among(run: Inverted, busy: list[int], ws: Tensor, synthesizer: Synthesizer) -> Inverted:
    """The `run` of the photos number `busy`, with the others of the batch in their places."""
    rest = [index for index in range(len(ws)) if index not in busy]
    still = left_alone(ws[rest], synthesizer, list(run.losses))
    return _joined([run, still]).only(_inverse([*busy, *rest]))
