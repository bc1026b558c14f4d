"""Saved edits: small `.safetensors` files that carry their text and a thumbnail.

Tensors `delta` and `start`, `[num_ws, w_dim]` float16 each; the `delta` of a direction is float32,
as published. Metadata: `fice.kind` = `latent_edit`, `fice.generator` (fingerprint), `fice.text`,
`fice.settings` (JSON), `fice.thumbnail` (PNG in base64) and, of a direction, `fice.only_mode`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath, absent, write_whole
from ..base.images import encode_image, resize, to_float, to_pixels
from ..base.types import JsonValue
from ..checkpoints.file_kinds import kind_of_safetensors, misplaced
from .latent_edit import ApplyMode, LatentEdit

KIND = "latent_edit"
SUFFIX = ".safetensors"
LARGEST_FILE = 100_000  # bytes; an edit is to be sent around like a text
THUMBNAIL_SIDES = (160, 128, 96, 64, 32)
LARGEST_THUMBNAIL = 40_000  # bytes of PNG, a third more in base64


def thumbnail_of(image: Tensor) -> bytes:
    """A small PNG of `image` `[3, H, W]` in [0, 1], of at most `LARGEST_THUMBNAIL` bytes."""
    png = b""
    for side in THUMBNAIL_SIDES:
        scale = min(1.0, side / max(image.shape[-2:]))
        size = (max(1, round(image.shape[-2] * scale)), max(1, round(image.shape[-1] * scale)))
        png = encode_image(to_pixels(resize(image.unsqueeze(0), size)[0]))
        if len(png) <= LARGEST_THUMBNAIL:
            break
    return png


def open_thumbnail(png: bytes) -> Tensor:
    """The picture `[3, h, w]` in [0, 1] of a thumbnail.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR) if png else None
    if picture is None:
        raise CheckpointError("The edit carries no readable thumbnail; save it again.")
    return to_float(np.ascontiguousarray(np.asarray(picture, np.uint8)[..., ::-1]))


def save_edit(path: StrPath, edit: LatentEdit) -> None:
    """Writes `edit` to `path`; an old file is replaced at once.

    Raises:
        CheckpointError: if the file would be too large, or the edit is too strong for float16.
        FiceError: if the system does not let us write there.
    """
    exact = torch.float16 if edit.only_mode is None else torch.float32
    codes = {"delta": edit.delta.to(exact), "start": edit.start.to(torch.float16)}
    state = {name: codes[name].detach().cpu().contiguous() for name in codes}
    if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
        raise CheckpointError("The edit holds NaN or values beyond 65504; it cannot be saved.")
    metadata = {
        "fice.kind": KIND,
        "fice.generator": edit.generator,
        "fice.text": edit.text,
        "fice.settings": json.dumps(dict(edit.settings)),
        "fice.thumbnail": base64.b64encode(edit.thumbnail).decode(),
        **({} if edit.only_mode is None else {"fice.only_mode": edit.only_mode}),
    }
    content = save(state, metadata=metadata)
    if len(content) > LARGEST_FILE:
        raise CheckpointError(
            f"The edit takes {len(content)} bytes, more than {LARGEST_FILE}; save it with a "
            "smaller thumbnail or fewer settings."
        )
    write_whole(path, content)


def load_edit(path: StrPath) -> LatentEdit:
    """Reads an edit that `save_edit` wrote.

    Raises:
        CheckpointError: if the file is missing, damaged or no saved edit.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(absent("saved edit", path))
    # Before it is opened: anything much larger is a network that was put into the wrong folder.
    if path.stat().st_size > LARGEST_FILE:
        raise _no_edit(path, f"{path.name} is too large for a saved edit; choose another file.")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = dict(file.metadata() or {})
            if metadata.get("fice.kind") != KIND:
                unknown = f"{path.name} is not a saved edit; choose a file that Save Edit wrote."
                raise _no_edit(path, unknown)
            delta, start = file.get_tensor("delta"), file.get_tensor("start")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path.name} is not a readable safetensors file: {error}.") from None
    if delta.shape != start.shape or not (_is_wplus(delta) and _is_wplus(start)):
        raise CheckpointError(f"{path.name} is damaged: its codes are not finite W+.")
    return LatentEdit(
        delta=delta.float(),
        start=start.float(),
        generator=metadata.get("fice.generator", ""),
        text=metadata.get("fice.text", ""),
        settings=_settings(path, metadata.get("fice.settings", "{}")),
        thumbnail=_thumbnail(path, metadata.get("fice.thumbnail", "")),
        only_mode=_only_mode(path, metadata.get("fice.only_mode")),
    )


def _no_edit(path: Path, unknown: str) -> CheckpointError:
    """What to raise if `path` is not a saved edit; `unknown` if it is nothing else either."""
    kind = kind_of_safetensors(path)
    if kind is None or kind.family == "edit":
        return CheckpointError(unknown)
    return CheckpointError(misplaced(path.name, kind, "edit"))


def _is_wplus(codes: Tensor) -> bool:
    return codes.dim() == 2 and codes.is_floating_point() and bool(codes.isfinite().all())


def _settings(path: Path, text: str) -> dict[str, JsonValue]:
    try:
        settings: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise CheckpointError(f"{path.name} is damaged: its settings are not a JSON object.")
    return settings


def _only_mode(path: Path, text: str | None) -> ApplyMode | None:
    if text is None:
        return None
    for mode in get_args(ApplyMode):
        if text == mode:
            return mode
    raise CheckpointError(f"{path.name} is damaged: it applies in no mode that is known here.")


def _thumbnail(path: Path, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise CheckpointError(f"{path.name} is damaged: its thumbnail is not base64.") from None
