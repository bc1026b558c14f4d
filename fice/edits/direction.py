"""StyleGAN-Human's latent directions as edits: SeFa's, which move four codes of W+.

Its other two kinds, StyleSpace and what it calls InterFaceGAN, move the styles of single
convolutions. A toRGB layer reads the same code as the convolution after it, and those directions
leave it alone: no W+ says the same, so they are refused.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor

from ..base.errors import CheckpointError, PairingError
from ..base.files import StrPath, absent, sha256_of
from ..base.types import JsonValue, Synthesizer
from ..checkpoints.file_kinds import LATENT_DIRECTION, STYLE_DIRECTION, kind_of_file
from ..checkpoints.reader import read_checkpoint
from .latent_edit import LatentEdit

NUM_WS = 18  # of the only generator that the directions were published for, v2_1024
LAYERS = (4, 5, 6, 7)
STRENGTH = 5.0  # with which the authors show both of theirs
SCALE = 2.0  # which their code multiplies any strength by


def import_direction(
    path: StrPath, synthesizer: Synthesizer, *, strength: float = STRENGTH, text: str = ""
) -> LatentEdit:
    """The edit that adds `2 · strength · v` to the codes 4 to 7, v being the direction in `path`.

    It applies in the mode `add` alone, and with the groups pose and shape: code 4 is of the first.

    Args:
        path: a file of `latent_direction/sefa`.
        synthesizer: the generator that the direction is of, which the file does not name.
        strength: as in the authors' code; for theirs, positive is shorter and negative longer.
        text: what it does; empty takes the name of the file.

    Raises:
        CheckpointError: if the file is missing or damaged, or no direction in W.
        PairingError: if the direction is not of such a generator.
    """
    path = Path(path)
    direction = _read(path)
    needed, found = (NUM_WS, direction.shape[-1]), (synthesizer.num_ws, synthesizer.w_dim)
    if needed != found:
        raise PairingError(
            f"{path.name} is a direction of a generator with {needed[0]} layers of {needed[1]} "
            f"numbers (StyleGAN-Human v2_1024), this one has {found[0]} of {found[1]}. Give the "
            "generator that it was made for."
        )
    if not math.isfinite(strength):
        raise CheckpointError(f"The strength is {strength}, expected a number such as 5 or -5.")
    delta = torch.zeros(needed)
    delta[list(LAYERS)] = SCALE * strength * direction
    settings: dict[str, JsonValue] = {
        "method": "SeFa",
        "layers": [*LAYERS],
        "strength": strength,
        "source_file": path.name,
        "source_sha256": sha256_of(path),
    }
    return LatentEdit(
        delta=delta,
        start=torch.zeros(needed),
        generator=synthesizer.fingerprint,
        text=text or path.stem.replace("_", " "),
        settings=settings,
        only_mode="add",
    )


def _read(path: Path) -> Tensor:
    """The direction in a file, `[w_dim]`."""
    if not path.exists():
        raise CheckpointError(absent("latent direction", path))
    if path.suffix.lower() == ".csv":  # the statistics beside the vectors of StyleSpace
        raise CheckpointError(
            f"{path.name} belongs to {STYLE_DIRECTION.what}. {STYLE_DIRECTION.advice}"
        )
    checkpoint = read_checkpoint(path)
    kind = kind_of_file(checkpoint)
    if kind is not LATENT_DIRECTION or not isinstance(checkpoint.content, Tensor):
        found = (
            f"is {kind.what}, not a latent direction. {kind.advice}"
            if kind
            else (
                "holds no latent direction: expected one vector of length 1, as in the files of "
                "StyleGAN-Human's latent_direction/sefa."
            )
        )
        raise CheckpointError(f"{path.name} {found}")
    return checkpoint.content.detach().float().flatten()
