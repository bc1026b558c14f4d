"""Methods by the words that name them on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from ....base.errors import FiceError
from ....guidance.losses.image import Normalise
from ....guidance.weights import KeptPixels
from ....inversion import RECIPES
from ....inversion.schedule import Schedule
from .copy_input import CopyInput
from .external import ExternalImages
from .global_directions import GlobalDirections
from .method import Method, Outcome, Task
from .pixels import MaskedPixels
from .recipe import Finish, RecipeMethod
from .styleclip_latent import LatentOptimisation

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "ABLATIONS",
    "COPY_NAME",
    "PAPER_NAME",
    "PEERS",
    "Method",
    "Outcome",
    "Task",
    "open_method",
    "title_of",
    "with_change",
]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "finish": get_args(Finish),
    "keep": get_args(KeptPixels),
    "image_normalise": get_args(Normalise),
    "schedule": get_args(Schedule),
}
SEARCH_WEIGHTS = "start_weights"
EXTERNAL = "external"
PAPER_NAME, COPY_NAME = "paper", "copy"

PEERS: Mapping[str, Method] = {
    COPY_NAME: CopyInput(),
    "pixels": MaskedPixels(),
    "styleclip-latent": LatentOptimisation(),
    "styleclip-global": GlobalDirections(),
}

ABLATIONS: Mapping[str, str] = {
    "minus CLIP": "clip=0",
    "minus pose": "body_shape=0",
    "minus image": "image=0",
    "minus head": "head_shape=0",
    "minus W+ regularisation": "w_delta=0;start_prior=0;w_prior=0",
    "minus stitch": "finish=none",
    "minus start search": "candidates=0",
    "minus steps in Z": "z_learning_rate=0",
    "minus CLIP views": "crops=0",
    "minus both-garments mask": "keep=outside_body",
    "minus mask normalisation": "image_normalise=pixels",
    "minus warm-up and decay": "schedule=constant",
    "minus best step": "keep_best=false",
}
"""A part of a recipe taken away: by what it is called, the changes that take it away."""


def open_method(name: str) -> Method:
    """The method that `name` names.

    Args:
        name: one of `PEERS`, a recipe of `fice.inversion.RECIPES`, or `external:FOLDER`; a peer or
            a recipe may be followed by changes, as in `tuned@body_shape=0;steps=50`.

    Raises:
        FiceError: if it is unknown or a change does not fit.
    """
    base, _, changes = name.partition("@")
    if base.startswith(f"{EXTERNAL}:"):
        return ExternalImages(Path(base.partition(":")[2]))
    if base in RECIPES:
        return _changed(_by_recipe(base), changes, name)
    if base not in PEERS:
        known = ", ".join((*PEERS, *RECIPES, f"{EXTERNAL}:FOLDER"))
        raise FiceError(f"There is no method {base!r}. Known: {known}.")
    return _changed(PEERS[base], changes, name)


def with_change(name: str, change: str) -> str:
    """The method `name` with one more change."""
    return f"{name}{';' if '@' in name else '@'}{change}"


def title_of(name: str) -> str:
    """What the method `name` is, for people."""
    base, _, changes = name.partition("@")
    known = {change: label for label, change in ABLATIONS.items()}
    title = open_method(base).title
    return f"{title}, {known.get(changes, changes)}" if changes else title


def _by_recipe(name: str) -> RecipeMethod:
    if name == PAPER_NAME:
        return RecipeMethod("FICE as published", RECIPES[name], finish="head")
    return RecipeMethod(f"ours ({name})", RECIPES[name])


def _changed(method: Method, changes: str, name: str) -> Method:
    for change in filter(None, changes.split(";")):
        field, _, value = change.partition("=")
        try:
            changed = _with(cast("DataclassInstance", method), field, value)
        except ValueError as error:
            raise FiceError(f"{name}: {change!r} is not a possible change: {error}") from None
        if changed is None:
            raise FiceError(f"{name}: the method has no number called {field!r}.")
        method = cast("Method", changed)
    return method


def _with(value: DataclassInstance, field: str, text: str) -> DataclassInstance | None:
    """A copy with `field`, of itself or of its parts, set to `text`; None if none has it."""
    changed: dict[str, object] = {}
    for one in fields(value):
        present: object = getattr(value, one.name)
        if is_dataclass(present) and not isinstance(present, type):
            # A term that is weighted differently is searched for as before; one that is left out
            # is left out of the search too.
            if one.name != SEARCH_WEIGHTS or text == "0":
                changed[one.name] = _with(present, field, text)
        elif one.name == field:
            changed[one.name] = _like(present, field, text)
    changed = {name: part for name, part in changed.items() if part is not None}
    return replace(value, **changed) if changed else None


def _like(present: object, field: str, text: str) -> object:
    """`text` as the kind of value that `present` is."""
    if isinstance(present, bool):
        return {"true": True, "false": False}[_one_of(text, ("true", "false"))]
    if isinstance(present, (int, float)):
        return type(present)(text)
    return _one_of(text, CHOICES[field]) if field in CHOICES else text


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"choose {' or '.join(choices)}.")
    return text
