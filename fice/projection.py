"""Bringing the picture of a generator closer to a photo: by its W+, then by its weights.

Pixels are compared at several sizes instead of by LPIPS, whose network the shipped models have not.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .checkpoints.native import fingerprint_state
from .errors import DivergedError
from .framing import Misfit
from .inversion import InversionConfig, invert
from .shapes import check_shape
from .types import Candidate, InversionStep, LatentEncoder, Synthesizer, WeightedTerm

GeneratorT = TypeVar("GeneratorT", bound=nn.Module)

SCALES = 4  # the photo itself and three halvings: coarse ones guide where fine ones do not agree
REFINE = InversionConfig(steps=100, learning_rate=0.02, schedule="warmup_cosine")
"""From the encoder's W+, which is near already."""

FROM_MEAN = InversionConfig(steps=300, learning_rate=0.05, schedule="warmup_cosine", whiten=True)
"""From the mean figure, in units of w_std so that common directions are easy to take."""

UNEXPLAINED_MOST = 0.35  # see `unexplained`


def pyramid_error(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error averaged over `SCALES` sizes, `[B]`.

    Args:
        image: `[B, 3, H, W]`.
        target: likewise, or `[1, 3, H, W]`.
    """
    error = torch.zeros(len(image), device=image.device)
    difference = image - target
    for scale in range(SCALES):
        if scale and min(difference.shape[-2:]) >= 2:
            difference = F.avg_pool2d(difference, 2)
        error = error + difference.square().flatten(1).mean(1)
    return error / SCALES


@dataclass(frozen=True, eq=False)
class PyramidTerm:
    """Loss term of `pyramid_error`.

    Attributes:
        target: the photo, `[B, 3, H, W]` at the size of the generator.
        name: key in reports.
    """

    target: Tensor
    name: str = "photo"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return pyramid_error(candidate.image, self.target)


def mean_ws(synthesizer: Synthesizer) -> Tensor:
    """W+ of the mean figure, `[1, num_ws, w_dim]`."""
    return synthesizer.w_avg.repeat(1, synthesizer.num_ws, 1)


def project(
    synthesizer: Synthesizer, photo: Tensor, start_ws: Tensor, config: InversionConfig
) -> Iterator[InversionStep]:
    """Moves W+ until the generator draws `photo`; see `fice.inversion.invert`.

    Args:
        synthesizer: the generator.
        photo: `[B, 3, H, W]` in [0, 1], at its size.
        start_ws: `[B, num_ws, w_dim]`.
        config: `REFINE`, `FROM_MEAN`, or other numbers.
    """
    check_shape(photo, (len(start_ws), 3, *synthesizer.resolution), "photo", "Resize it first.")
    return invert(synthesizer, start_ws, [WeightedTerm(PyramidTerm(photo), 1.0)], config)


def unexplained(photo: Tensor, reconstruction: Tensor, mean_figure: Tensor) -> Tensor:
    """How much of what sets a photo apart from the mean figure is not drawn, `[B]`.

    The absolute error of the reconstruction over that of the mean figure: 0 is the photo itself, 1
    says that any other picture would have done as well. Measured against the generator's own mean
    it needs no figure from other generators. Above `UNEXPLAINED_MOST` a photo is not of its world:
    with the demo networks, held-out figures lie between 0.16 and 0.26, badly framed or upside-down
    ones and other pictures between 0.37 and 0.93.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        reconstruction: of its W+.
        mean_figure: of `mean_ws`, `[1, 3, H, W]`.
    """
    error, worst = (
        (one.clamp(0.0, 1.0) - photo).abs().flatten(1).mean(1)
        for one in (reconstruction, mean_figure)
    )
    return error / worst.clamp(min=1e-6)


def misfit(synthesizer: Synthesizer, encoder: LatentEncoder) -> Misfit:
    """Tells how badly generator and encoder know a picture, for `fice.framing.fit_size`."""
    with torch.no_grad():
        mean_figure = synthesizer.synthesize(mean_ws(synthesizer))

    def measured(crops: Tensor) -> Tensor:
        with torch.no_grad():
            drawn = synthesizer.synthesize(encoder(crops))
            return unexplained(crops, drawn, mean_figure)

    return measured


@dataclass(frozen=True)
class TuningConfig:
    """Numbers of `tune`.

    Attributes:
        steps: Adam steps.
        learning_rate: of the weights; 3e-4 in the paper.
        keep_weight: how much other people must stay as they are (the paper's locality term).
        reach: how far from the pivot those other people lie, 1 is all the way to a random one.
        seed: of the other people.
    """

    steps: int = 100
    learning_rate: float = 3e-4
    keep_weight: float = 0.1
    reach: float = 0.3
    seed: int = 0


def tune(
    generator: GeneratorT, ws: Tensor, photo: Tensor, config: TuningConfig
) -> Iterator[tuple[Tensor, GeneratorT]]:
    """Pivotal tuning (Roich et al. 2021): the weights learn to draw `photo` at the pivot `ws`.

    The generator that comes in is not changed; noise maps and the mapping network stay as they are.

    Args:
        generator: a `Synthesizer` with a `synthesis` network.
        ws: the pivots, `[B, num_ws, w_dim]`; one generator is tuned for all of them.
        photo: `[B, 3, H, W]` in [0, 1], at its size.
        config: numbers of the run.

    Yields:
        The images of the step, `[B, 3, H, W]`, and the generator so far, `config.steps` times. Its
        fingerprint is of its own only after the last step.

    Raises:
        DivergedError: if the loss is no longer finite.
    """
    with torch.inference_mode(False):
        tuned = copy.deepcopy(generator)
        learnt = [p.requires_grad_(True) for p in tuned.get_submodule("synthesis").parameters()]
        adam = torch.optim.Adam(learnt, config.learning_rate)
        pivot, target = ws.detach().clone(), photo.detach().clone()
    random = torch.Generator().manual_seed(config.seed)
    for index in range(config.steps):
        with torch.inference_mode(False), torch.enable_grad():
            image = _draw(tuned, pivot)
            loss = pyramid_error(image, target).sum()
            if config.keep_weight:
                other = _neighbour(generator, pivot, config.reach, random)
                with torch.no_grad():
                    wanted = _draw(generator, other)
                loss = loss + config.keep_weight * pyramid_error(_draw(tuned, other), wanted).sum()
            if not bool(loss.isfinite()):
                raise DivergedError(
                    f"Tuning step {index} gave NaN or infinity; try fewer steps, or none."
                )
            adam.zero_grad(set_to_none=True)
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            adam.step()
        if index + 1 == config.steps:
            tuned.requires_grad_(False)
            vars(tuned)["fingerprint"] = fingerprint_state(tuned.state_dict())
        yield image.detach(), tuned


def _draw(generator: nn.Module, ws: Tensor) -> Tensor:
    return cast("Synthesizer", generator).synthesize(ws)


def _neighbour(generator: nn.Module, ws: Tensor, reach: float, random: torch.Generator) -> Tensor:
    """W+ on the way from the pivot to a random person, `[1, num_ws, w_dim]`."""
    synthesizer = cast("Synthesizer", generator)
    with torch.no_grad():
        z = torch.randn(1, synthesizer.z_dim, generator=random).to(ws)
        w = synthesizer.sample_w(z)
        return torch.lerp(ws[:1], w.unsqueeze(1).expand_as(ws[:1]), reach)
