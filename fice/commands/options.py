"""Options that several commands have, and the values that options take."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..reports.terminal import complain, progress

if TYPE_CHECKING:
    import torch

    from ..inversion import InversionStep, Recipe
    from ..pipeline.models import ModelSet
    from ..words import Bank

RECIPE_NAMES = ("tuned", "paper", "fast")
COMPLETION_NAMES = ("photo", "plain", "free")
CHANGE_NAMES = ("words", "colour", "cut", "all")
# As `fice.pipeline.edit.MAX_SEED`, which would bring torch: wrong usage is told at once.
MAX_SEED = (1 << 64) - 1


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Describes recipe, seed and networks of an edit."""
    parser.add_argument("--recipe", choices=RECIPE_NAMES, default="tuned")
    parser.add_argument("--steps", type=positive, help="instead of those of the recipe")
    parser.add_argument(
        "--recompute",
        action="store_true",
        help="less memory for more time, with the same numbers",
    )
    add_bfloat16(parser)
    add_device(parser)
    parser.add_argument("--seed", type=seed, default=0, help="of all randomness (default: 0)")
    add_models_set(parser)


def add_wording(parser: argparse.ArgumentParser) -> None:
    """Describes how a text is understood, and what it may change."""
    parser.add_argument(
        "--complete",
        choices=COMPLETION_NAMES,
        help="what the text leaves open: as on the photo; the same, but plain; or free, the text "
        "as it is, as FICE does (default: as the recipe does, tuned photo, paper and fast free)",
    )
    parser.add_argument(
        "--change",
        choices=CHANGE_NAMES,
        help="what may change: what the words name, the colour (and pattern) only, the cut only, "
        "or all (default: as the recipe does, tuned words, paper and fast all)",
    )
    parser.add_argument(
        "--words", type=Path, metavar="CSV", help="a table of words of your own, see docs/words.md"
    )


def load_wording(options: argparse.Namespace, recipe: Recipe) -> Recipe:
    """`recipe` with the choices of `add_wording`."""
    complete, change = options.complete or recipe.complete, options.change or recipe.change
    return replace(recipe, complete=complete, change=change)


def load_words(options: argparse.Namespace) -> Bank:
    """The table of words of `add_wording`.

    Raises:
        TextError: if it cannot be read.
    """
    from ..words import load_bank
    from ..words.bank import BUILT_IN

    return load_bank(options.words or BUILT_IN)


def add_models_set(parser: argparse.ArgumentParser) -> None:
    """Describes the option `--models`."""
    parser.add_argument("--models", default="demo", help="`demo` or a folder with five networks")


def add_bfloat16(parser: argparse.ArgumentParser) -> None:
    """Describes the option `--bfloat16`."""
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="less time for almost the same numbers, on processors that have bfloat16",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Describes the option `--device`."""
    parser.add_argument(
        "--device",
        default="auto",
        help="cpu, cuda, cuda:1, mps or xpu (default: auto, a GPU where there is one)",
    )


def load_recipe(options: argparse.Namespace) -> Recipe:
    """The recipe of `add_recipe`."""
    from ..inversion import RECIPES

    recipe = RECIPES[options.recipe]
    steps = options.steps or recipe.inversion.steps
    inversion = replace(recipe.inversion, steps=steps, recompute=options.recompute)
    return replace(recipe, inversion=inversion)


@contextlib.contextmanager
def edit_progress(
    label: str, recipe: Recipe, edits: int = 1
) -> Generator[tuple[Callable[[], object], Callable[[InversionStep], object]], None, None]:
    """Shows search and steps of `edits` edits as one bar; yields what an edit calls on the way."""
    total = edits * (recipe.start.looks + recipe.inversion.steps)
    with progress(label, total) as advance:
        yield lambda: advance(None), lambda step: advance(float(step.total.sum()))


def load_networks(options: argparse.Namespace) -> ModelSet:
    """The networks of `add_recipe`.

    Raises:
        FiceError: if they cannot be used.
    """
    from ..pipeline.models import DEMO, load_models
    from ..pipeline.precision import in_bfloat16

    device = device_of(options)
    if options.models != DEMO:  # sets of full size take minutes
        complain(f"fice: loading the model set {options.models} ...")
    models = load_models(options.models, device=device)
    return in_bfloat16(models) if asks_for_bfloat16(options) else models


def device_of(options: argparse.Namespace) -> torch.device:
    """The device of `add_device`; ask before anything is loaded.

    Raises:
        DeviceError: if this machine does not have it.
    """
    from ..pipeline.devices import find_device

    return find_device(options.device)


def asks_for_bfloat16(options: argparse.Namespace) -> bool:
    """Whether the option was given; says so where it would cost time instead of saving it."""
    if not options.bfloat16:
        return False
    from ..pipeline.precision import has_bfloat16

    device = device_of(options)
    if not has_bfloat16(device):
        named = "processor" if device.type == "cpu" else f"device ({device})"
        complain(
            f"This {named} has no bfloat16 and emulates it, slower than float32; leave out "
            "--bfloat16."
        )
    return True


def count(text: str) -> int:
    """A whole number of at least 0."""
    return _whole(text, 0)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """A whole number that seeds can be."""
    return _whole(text, 0, MAX_SEED)


def seeds(text: str) -> tuple[int, ...]:
    """Seeds with commas between, each once."""
    return tuple(dict.fromkeys(seed(one) for one in text.split(",")))


def some_text(text: str) -> str:
    """A text that is not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the text is empty; write e.g. 'a red dress'")
    return text


def _whole(text: str, smallest: int, largest: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is not None and number >= smallest and (largest is None or number <= largest):
        return number
    wanted = f"of at least {smallest}" if largest is None else f"from {smallest} to {largest}"
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
