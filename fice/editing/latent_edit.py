"""An edit as a thing: what it adds to a W+, made on one photo and applied to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..checkpoints.native import JsonValue
from ..errors import PairingError
from ..layer_groups import LayerGroups
from ..shapes import check_shape
from ..types import Synthesizer
from .strength import EVERYTHING, GroupStrengths, blend_ws


@dataclass(frozen=True, eq=False)
class LatentEdit:
    """A direction in the latent space of one generator.

    Attributes:
        delta: what the edit adds, `[num_ws, w_dim]`.
        generator: fingerprint of the generator whose W+ it can be added to.
        text: what was asked for.
        settings: how it was made, ready for JSON.
        thumbnail: PNG of the result, or nothing.
    """

    delta: Tensor
    generator: str
    text: str = ""
    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    thumbnail: bytes = b""


def latent_edit(
    start_ws: Tensor,
    edited_ws: Tensor,
    synthesizer: Synthesizer,
    *,
    text: str = "",
    settings: Mapping[str, JsonValue] | None = None,
    thumbnail: bytes = b"",
) -> LatentEdit:
    """What turned `start_ws` into `edited_ws`, `[1, num_ws, w_dim]` each.

    Take the encoder's W+ of the photo as the start, and not one that a search has changed already.

    Raises:
        ShapeError: if one is not a single W+ of this generator.
    """
    expected = (1, synthesizer.num_ws, synthesizer.w_dim)
    for ws, what in ((start_ws, "start_ws"), (edited_ws, "edited_ws")):
        check_shape(ws, expected, what, "An edit is saved for one image at a time.")
    delta = (edited_ws - start_ws)[0].detach()
    return LatentEdit(delta, synthesizer.fingerprint, text, dict(settings or {}), thumbnail)


def apply_edit(
    ws: Tensor,
    edit: LatentEdit,
    synthesizer: Synthesizer,
    *,
    strength: float = 1.0,
    groups: GroupStrengths = EVERYTHING,
) -> Tensor:
    """Adds a saved edit to the W+ of other photos, `[B, num_ws, w_dim]`.

    Args:
        ws: `[B, num_ws, w_dim]`, e.g. the encoder's.
        edit: made with the same generator.
        synthesizer: the generator of `ws`.
        strength: 1 is the edit as it was made.
        groups: factor per layer group; `GroupStrengths(pose=0)` keeps each person's pose.

    Raises:
        PairingError: if the edit was made with another generator.
        ShapeError: if `ws` is not of this generator.
    """
    check_generator(edit, synthesizer)
    check_shape(ws, ("B", synthesizer.num_ws, synthesizer.w_dim), "ws")
    layers = LayerGroups.of(synthesizer, synthesizer.num_ws)
    with torch.no_grad():
        return blend_ws(ws, ws + edit.delta.to(ws), strength, groups, layers)


def check_generator(edit: LatentEdit, synthesizer: Synthesizer) -> None:
    """Checks that `edit` can be added to W+ of `synthesizer`.

    Raises:
        PairingError: if it was made with another generator.
    """
    made_for, found = tuple(edit.delta.shape), (synthesizer.num_ws, synthesizer.w_dim)
    if edit.generator != synthesizer.fingerprint or made_for != found:
        raise PairingError(
            f"The edit {edit.text!r} was made with the generator {edit.generator} "
            f"({made_for[0]} x {made_for[1]}), this one is {synthesizer.fingerprint} "
            f"({found[0]} x {found[1]}); a W+ means nothing to another generator. Load the one it "
            "was made with, or make the edit again."
        )
