"""Candidate initialisation: try random codes before the first gradient step. Not part of FICE.

Colour is a local minimum for CLIP's gradient. Replacing the texture codes by those of a random
person, a hundred times, and starting from the one that CLIP likes best gets over it; pose and
identity stay, since their codes are not touched.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.layer_groups import GroupName, LayerGroups
from ..base.out_of_memory import is_out_of_memory, release
from ..base.shapes import check_shape
from ..base.ties import bar
from ..base.types import Synthesizer
from ..guidance.terms import Candidate, WeightedTerm
from .device_queue import look_every
from .drawn_codes import DrawnCodes, chosen


@dataclass(frozen=True)
class StartSearch:
    """How many random codes are tried, and where.

    Attributes:
        candidates: random codes per pass; 0 keeps the start as it is, as FICE does.
        passes: the layer groups that each pass replaces. A pass starts from the winner of the pass
            before, so colour and cut need not be right in the same draw.
        truncation_psi: how far the random codes may lie from the mean code.
        chunk: images that are looked at together, which bounds the memory. Larger ones gain
            nothing on a CPU: their feature maps leave its caches.
    """

    candidates: int = 0
    passes: tuple[tuple[GroupName, ...], ...] = (("texture",),)
    truncation_psi: float = 1.0
    chunk: int = 4

    @property
    def looks(self) -> int:
        """How often a search for one image draws pictures: once per chunk, after the first look."""
        if not self.candidates:
            return 0
        return 1 + len(self.passes) * -(-self.candidates // self.chunk)


@dataclass(frozen=True, eq=False)
class Start:
    """Where an optimisation starts.

    Attributes:
        ws: `[B, num_ws, w_dim]`.
        drawn: the z of those of its codes that were drawn; None if nothing was.
    """

    ws: Tensor
    drawn: DrawnCodes | None = None

    def only(self, rows: slice) -> Start:
        """The starts of some images of the batch."""
        return Start(self.ws[rows], self.drawn and self.drawn.only(rows))


@dataclass(frozen=True, eq=False)
class StartChoice:
    """The start that was found.

    Attributes:
        ws: `[B, num_ws, w_dim]`.
        drawn: the z of those of its codes that were drawn.
        score: weighted loss of each image there, `[B]`.
        initial_score: the same of the W+ that came in, never smaller, `[B]`.
    """

    ws: Tensor
    drawn: DrawnCodes
    score: Tensor
    initial_score: Tensor


def search_start(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    search: StartSearch,
    seed: int,
) -> StartChoice:
    """Picks the best of `start_ws` and many variants of it, for each image by itself.

    All images of a batch try the same random codes, so an image finds the same start alone.

    Args:
        synthesizer: the generator.
        start_ws: `[B, num_ws, w_dim]`.
        terms: what is wanted, bound to targets for B images.
        search: how many, and where.
        seed: of the random codes.

    Raises:
        ShapeError: if `start_ws` is not a W+ of this generator.
    """
    return deque(search_steps(synthesizer, start_ws, terms, search, seed), maxlen=1).pop()


def search_steps(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    search: StartSearch,
    seed: int,
) -> Iterator[StartChoice]:
    """As `search_start`, and yields the best start so far, first `start_ws` itself.

    Raises:
        ShapeError: if `start_ws` is not a W+ of this generator.
    """
    check_shape(start_ws, ("B", synthesizer.num_ws, synthesizer.w_dim), "start_ws")
    groups = LayerGroups.of(synthesizer, synthesizer.num_ws)
    random = torch.Generator().manual_seed(seed)
    initial = _score(synthesizer, start_ws, terms)
    nothing = DrawnCodes.none(start_ws, synthesizer, search.truncation_psi)
    choice = StartChoice(start_ws, nothing, initial, initial)
    yield choice
    at_once = search.chunk
    for names in search.passes if search.candidates else ():
        z = torch.randn(search.candidates, synthesizer.z_dim, generator=random).to(start_ws)
        replaced = groups.indices(*names)
        layers = chosen([layer in replaced for layer in range(synthesizer.num_ws)], start_ws)
        change = _Change(names, layers, search.truncation_psi)
        # A batch is looked at code by code, as the targets of its terms belong to its images; a
        # single image takes `chunk` codes at once, and its targets hold for all of them.
        for some in z.split(search.chunk if len(start_ws) == 1 else 1):
            choice, at_once = _looked(synthesizer, choice, some, terms, change, at_once)
            yield choice


@dataclass(frozen=True, eq=False)
class _Change:
    """What the codes of a pass replace.

    Attributes:
        names: the layer groups.
        layers: whether each layer is replaced, `[num_ws]`.
        psi: how far the codes may lie from the mean code.
    """

    names: tuple[GroupName, ...]
    layers: Tensor
    psi: float


def _looked(
    synthesizer: Synthesizer,
    choice: StartChoice,
    z: Tensor,
    terms: Sequence[WeightedTerm],
    change: _Change,
    at_once: int,
) -> tuple[StartChoice, int]:
    """The choice after looking at `z`, and how many fit at once: half where memory ends."""
    first = 0
    while first < len(z):
        some = z[first : first + at_once]
        try:
            choice = _look(synthesizer, choice, some, terms, change)
        except RuntimeError as error:
            if len(some) == 1 or not is_out_of_memory(error):
                raise
        else:
            first += len(some)
            continue
        release(z.device)
        at_once = len(some) // 2
        logging.warning("%s is out of memory; searching with %d at once.", z.device, at_once)
    return choice, at_once


def _look(
    synthesizer: Synthesizer,
    choice: StartChoice,
    z: Tensor,
    terms: Sequence[WeightedTerm],
    change: _Change,
) -> StartChoice:
    variants = _variants(synthesizer, choice.ws, z, change.layers, change.psi)
    if len(choice.ws) == 1:
        kept, score = _promising(synthesizer, variants, terms, choice.score)
        z, variants = z[kept], variants[kept]
    else:
        score = _score(synthesizer, variants, terms)
    return _best(choice, variants, score, z, change.names)


@torch.no_grad()
def _variants(
    synthesizer: Synthesizer, ws: Tensor, z: Tensor, layers: Tensor, psi: float
) -> Tensor:
    """`ws` with the code of each `z` `[K, z_dim]` in `layers`: K variants, or as many as `ws`.

    `layers` tells of each whether it is replaced, `[num_ws]`.
    """
    return torch.where(layers[:, None], synthesizer.sample_w(z, truncation_psi=psi)[:, None], ws)


@torch.no_grad()
def _score(synthesizer: Synthesizer, ws: Tensor, terms: Sequence[WeightedTerm]) -> Tensor:
    candidate = Candidate(ws, synthesizer.synthesize(ws))
    return torch.stack([weighted.weight * weighted.term(candidate) for weighted in terms]).sum(0)


@torch.no_grad()
def _promising(
    synthesizer: Synthesizer, ws: Tensor, terms: Sequence[WeightedTerm], bound: Tensor
) -> tuple[Tensor, Tensor]:
    """Which variants of one image may be better than `bound` `[1]`, and their scores.

    No term is negative, so a variant whose first terms already add up to more than the best score
    so far need not be shown to the networks of the others. Most variants end at CLIP. (Of terms
    with a negative weight, none may be left.) A GPU looks at all of them: it would be waited for.
    """
    image = synthesizer.synthesize(ws)
    score = ws.new_zeros(len(ws))
    candidate = Candidate(ws, image)
    left = torch.arange(len(ws), device=ws.device)
    for index, weighted in enumerate(terms):
        score = score + weighted.weight * weighted.term(candidate)
        if look_every(ws.device) > 1 or any(later.weight < 0 for later in terms[index + 1 :]):
            continue
        kept = (score < bar(bound)).nonzero()[:, 0]
        if len(kept) < len(score):
            ws, image, score, left = ws[kept], image[kept], score[kept], left[kept]
            candidate = Candidate(ws, image)
        if not len(score):
            break
    return left, score


def _best(
    choice: StartChoice, ws: Tensor, score: Tensor, z: Tensor, names: tuple[GroupName, ...]
) -> StartChoice:
    """The choice after looking at `ws`, which is one variant per image or many of one image."""
    if len(choice.ws) > 1:
        return _better(choice, ws, score, z, names)
    # One after another and where they are: which one wins, nobody needs to know before the end.
    for one in zip(ws.split(1), score.split(1), z.split(1), strict=True) if len(score) else ():
        choice = _better(choice, *one, names)
    return choice


def _better(
    choice: StartChoice, ws: Tensor, score: Tensor, z: Tensor, names: tuple[GroupName, ...]
) -> StartChoice:
    """The choice after looking at one variant of each image.

    Ties go to what was there first, so that rounding does not decide; NaN never wins.
    """
    better = score < bar(choice.score)
    return StartChoice(
        ws=torch.where(better[:, None, None], ws, choice.ws),
        drawn=choice.drawn.with_z(z, names).where(better, choice.drawn),
        score=torch.where(better, score, choice.score),
        initial_score=choice.initial_score,
    )
