"""An edit as a thing: what it adds to a W+, made on one photo and applied to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from ..base.errors import PairingError
from ..base.layer_groups import LayerGroups
from ..base.pairing import check_wplus
from ..base.shapes import check_shape
from ..base.types import JsonValue, Synthesizer
from .strength import GroupStrengths, blend_ws

ApplyMode = Literal["replace", "add"]
KEEP_POSE = GroupStrengths(pose=0.0)


@dataclass(frozen=True, eq=False)
class LatentEdit:
    """A direction in the latent space of one generator.

    Attributes:
        delta: what the edit adds, `[num_ws, w_dim]`.
        start: the codes of the figure it was made on, likewise.
        generator: fingerprint of the generator whose W+ it can be added to.
        text: what was asked for.
        settings: how it was made, ready for JSON.
        thumbnail: PNG of the result, or nothing.
        only_mode: the only way to apply it, None where both work. A direction was made on no
            figure, so it can only be added; its `start` says nothing.
    """

    delta: Tensor
    start: Tensor
    generator: str
    text: str = ""
    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    thumbnail: bytes = b""
    only_mode: ApplyMode | None = None


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
    delta = (edited_ws.to(start_ws) - start_ws)[0].detach()
    start = start_ws[0].detach().clone()
    return LatentEdit(delta, start, synthesizer.fingerprint, text, dict(settings or {}), thumbnail)


def apply_edit(
    ws: Tensor,
    edit: LatentEdit,
    synthesizer: Synthesizer,
    *,
    mode: ApplyMode = "replace",
    strength: float = 1.0,
    groups: GroupStrengths = KEEP_POSE,
) -> Tensor:
    """Gives the W+ of other photos, `[B, num_ws, w_dim]`, a saved edit.

    Args:
        ws: `[B, num_ws, w_dim]`, e.g. the encoder's.
        edit: made with the same generator.
        synthesizer: the generator of `ws`.
        mode: `replace` puts the codes of the edited figure in place of each figure's own, so that
            all wear the same garment; `add` adds what the edit changed, so that what a figure wore
            shows through.
        strength: 1 is the edit as it was made.
        groups: factor per layer group. The pose of each figure is kept unless they say otherwise.

    Raises:
        PairingError: if the edit was made with another generator, or does not apply in this mode.
        ShapeError: if `ws` is not of this generator.
    """
    check_generator(edit, synthesizer)
    if edit.only_mode not in (None, mode):
        raise PairingError(
            f"The edit {edit.text!r} is a direction, made on no figure that could take the place "
            f"of others: set the mode to {edit.only_mode}."
        )
    check_shape(ws, ("B", synthesizer.num_ws, synthesizer.w_dim), "ws")
    layers = LayerGroups.of(synthesizer, synthesizer.num_ws)
    with torch.no_grad():
        start = ws if mode == "add" else edit.start.to(ws).unsqueeze(0)
        return blend_ws(ws, start + edit.delta.to(ws), strength, groups, layers)


def check_generator(edit: LatentEdit, synthesizer: Synthesizer) -> None:
    """Checks that `edit` can be added to W+ of `synthesizer`.

    Raises:
        PairingError: if it was made with another generator.
    """
    what = f"The edit {edit.text!r}"
    check_wplus(tuple(edit.delta.shape), edit.generator, synthesizer, what, "this generator")
