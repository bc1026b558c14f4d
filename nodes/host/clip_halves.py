"""The two halves of a CLIP that the host has loaded, as a guide of ours.

The host's own networks cannot guide: they change tensors in place, through which no gradient
passes, and compute with weights that are cast as they go. So their weights are copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comfy.clip_model
import comfy.model_management as mm
import torch
from torch import Tensor

from ...fice.base.errors import CheckpointError
from ...fice.checkpoints.clip_halves import ClipHalf, clip_of_halves
from ...fice.checkpoints.clip_transformers import PROJECTIONS, Half
from ...fice.checkpoints.safetensors_file import read_shapes
from ...fice.networks.perceptors.clip import OpenClip

NAME = "the CLIP Vision and the CLIP that are linked"
ACTIVATIONS = ("quick_gelu", "gelu")  # that a CLIP may have; SigLIP has another
ZEROS = 0.01  # share of exact zeros above which a projection was never filled
LARGEST_RMS = 1.0  # of a projection; trained ones are near 0.02
WHOLE_CLIP = "Load a whole CLIP in 'weights' instead, or link"
OF_A_PAIR = "e.g. clip_vision_g and clip_g, which is also the second text encoder of SDXL"


def guide_of_host(clip_vision: Any, clip: Any) -> OpenClip:  # noqa: ANN401 - the host's, untyped
    """The guide that the host's CLIP Vision and CLIP make together; call it in `normal_tensors`.

    Args:
        clip_vision: a CLIP_VISION of the host.
        clip: a CLIP of the host; of several text encoders in it, the one that fits is taken.

    Raises:
        CheckpointError: if they are no halves of one CLIP model, or lack a projection, or a LoRA
            changes one.
    """
    for what, patcher in (("CLIP Vision", clip_vision.patcher), ("CLIP", clip.patcher)):
        if getattr(patcher, "patches", None):
            raise CheckpointError(
                f"A LoRA changes the {what} that is linked, so its two halves no longer belong "
                "together. Link it as it was before the LoRA."
            )
    # Also takes out what a LoRA elsewhere in the graph has put into the same weights.
    mm.load_models_gpu([clip_vision.patcher, clip.patcher])
    image = _image_half(clip_vision)
    width = image.state[PROJECTIONS["image"]].shape[0]
    text = _text_half(clip, width)
    return clip_of_halves(
        image,
        text,
        NAME,
        image_mean=tuple(clip_vision.image_mean),
        image_std=tuple(clip_vision.image_std),
    )


def _image_half(clip_vision: Any) -> ClipHalf:  # noqa: ANN401
    state = clip_vision.get_sd()
    if "vision_model.embeddings.class_embedding" not in state:
        raise CheckpointError(
            "The CLIP Vision that is linked is no CLIP (it may be a SigLIP or a DINO), so no text "
            f"belongs to it. {WHOLE_CLIP} the two halves of one CLIP, {OF_A_PAIR}."
        )
    # LLaVA's copy of a CLIP brings what leads to its language model.
    kept = {key: value for key, value in state.items() if key.startswith("vis")}
    _check_projection("image", kept, [], "CLIP Vision")
    return ClipHalf(kept, *_attention(clip_vision.model.vision_model))


def _text_half(clip: Any, width: int) -> ClipHalf:  # noqa: ANN401
    towers = dict(_text_towers(clip.cond_stage_model))
    fitting = [name for name, tower in towers.items() if _width(tower) == width]
    if not fitting:
        found = " and ".join(f"{name} ({_width(tower)})" for name, tower in towers.items())
        raise CheckpointError(
            f"The CLIP Vision that is linked gives {width} numbers for a picture, and the CLIP has "
            f"{found or 'no CLIP text encoder'}: they are not of one model. {WHOLE_CLIP} two "
            f"halves of one, {OF_A_PAIR}."
        )
    name = fitting[0]
    tower = towers[name]
    state = tower.state_dict()
    _check_projection("text", state, _source_files(clip.patcher), f"text encoder {name}")
    return ClipHalf(state, *_attention(tower.text_model))


def _text_towers(model: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Those of the text encoders in `model` that are a CLIP's, by the host's names."""
    for name, encoder in model.named_children():
        tower = getattr(encoder, "transformer", None)
        if hasattr(tower, "text_projection") and hasattr(tower, "text_model"):
            yield name, tower


def _width(tower: Any) -> int:  # noqa: ANN401
    return tower.text_projection.weight.shape[0]


def _attention(tower: Any) -> tuple[int, str]:  # noqa: ANN401
    """Heads and activation of a tower of the host."""
    layer = tower.encoder.layers[0]
    known = comfy.clip_model.ACTIVATIONS
    name = next((name for name in ACTIVATIONS if known[name] is layer.mlp.activation), None)
    if name is None:
        raise CheckpointError(f"{NAME}: this variant of CLIP is not supported.")
    return layer.self_attn.heads, name


def _check_projection(half: Half, state: dict[str, Tensor], files: list[Path], what: str) -> None:
    """Refuses a half that cannot be compared with the other.

    Where a file has no projection of the text, as those of Stable Diffusion 1.5, the host keeps
    one that was never filled, or is the identity. The file tells, where the host says which it is;
    else the numbers do, unless the memory happened to hold something like weights.
    """
    weight = state.get(PROJECTIONS[half])
    there = weight is not None and _is_trained(weight) and _is_in(files, weight)
    if not there:
        raise CheckpointError(
            f"The {what} that is linked comes without its projection ({PROJECTIONS[half]}), so "
            "pictures and texts cannot be compared with it; so do the clip_l of Stable Diffusion "
            f"1.5, SDXL and Flux. {WHOLE_CLIP} a pair that has both, {OF_A_PAIR}."
        )


def _is_trained(weight: Tensor) -> bool:
    values = weight.detach().to("cpu", torch.float32)
    rms = values.square().mean().sqrt()
    plausible = bool(rms.isfinite()) and 0 < float(rms) < LARGEST_RMS
    return plausible and float((values == 0).float().mean()) < ZEROS


def _is_in(files: list[Path], weight: Tensor) -> bool:
    """Whether one of `files` holds a projection of this shape; True where none can be looked at."""
    seen = False
    for file in files:
        try:
            shapes = read_shapes(file)
        except (OSError, CheckpointError):
            continue
        seen = True
        wanted = tuple(weight.shape)
        if any("text_projection" in name and shapes[name] == wanted for name in shapes):
            return True
    return not seen


def _source_files(patcher: Any) -> list[Path]:  # noqa: ANN401
    """The `.safetensors` that the host read a CLIP from, where it remembers them."""
    _, arguments, *_ = getattr(patcher, "cached_patcher_init", None) or (None, ())
    first = arguments[0] if arguments else ()
    names = [first] if isinstance(first, str) else first
    return [Path(name) for name in names if str(name).endswith((".safetensors", ".sft"))]
