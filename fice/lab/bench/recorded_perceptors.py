"""The recorded outputs of DensePose, e4e and CLIP against what a device computes.

Each is a small network of its authors' code; the tests of `tests/parity` look at every stage of
them, here outputs count, and gradients by their norm. Names of gradients end in `, gradient`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...base.files import StrPath
from ...checkpoints.clip_layout import openai_clip_config
from ...checkpoints.densepose import densepose_from_state
from ...checkpoints.e4e import e4e_config
from ...checkpoints.safetensors_file import read_safetensors
from ...checkpoints.tensors import sub_state
from ...networks.encoders.e4e import E4eEncoder
from ...networks.layers import freeze
from ...networks.perceptors.clip import OpenClip
from .deviation import largest, of_norm
from .seeded_weights import recipe_image, recipe_state

DENSEPOSE, E4E = "densepose_small", "e4e_quarter_width"
CLIPS = ("clip_rn", "clip_vit")
PHOTO = (1, 3, 256, 256)
# What the chart's losses read, and its parts.
CHART = {"pred.coarse_segm": "coarse_segm", "pred.fine_segm": "fine_segm", "body": "body"}


def perceptor_errors(folder: StrPath, device: torch.device) -> dict[str, float]:
    """Relative errors of each case in `folder` on `device`."""
    folder = Path(folder)
    found: dict[str, float] = {}
    cases: Mapping[str, Callable[[Path, torch.device], dict[str, float]]] = {
        "densepose": _densepose,
        "e4e": _e4e,
        **{name: _clip(name) for name in CLIPS},
    }
    for name, case in cases.items():
        for what, error in case(folder, device).items():
            found[f"{name}{what}"] = error
    return found


def _densepose(folder: Path, device: torch.device) -> dict[str, float]:
    facts, tensors = _read(folder, DENSEPOSE)
    network = densepose_from_state(recipe_state(facts["shapes"], DENSEPOSE), DENSEPOSE).to(device)
    image = recipe_image(DENSEPOSE, PHOTO).to(device).requires_grad_()
    chart = network(image)
    body = chart.body
    probe = torch.randn(body.shape, generator=torch.Generator().manual_seed(3))
    (gradient,) = torch.autograd.grad((body * probe.to(device)).sum(), image)

    def kept(stage: str, made: Tensor) -> Tensor:
        rule = facts["stages"][stage]
        step = rule["spatial_step"]
        return made[:, :: rule["channel_step"], ::step, ::step]

    outputs = {stage: kept(stage, getattr(chart, part)) for stage, part in CHART.items()}
    return {
        "": max(largest(made, tensors[f"io.{stage}"]) for stage, made in outputs.items()),
        ", gradient": of_norm(kept("grad_image", gradient), tensors["io.grad_image"]),
    }


def _e4e(folder: Path, device: torch.device) -> dict[str, float]:
    facts, tensors = _read(folder, E4E)
    unit = facts["recipe"]["unit"]
    state = recipe_state(facts["shapes"], E4E, unit=unit, prelu=facts["prelu_keys"])
    encoder = E4eEncoder(e4e_config(state))
    encoder.load_state_dict(state)
    freeze(encoder.to(device))
    with torch.no_grad():
        ws = encoder(recipe_image(E4E, (2, 3, 256, 256)).to(device))
    return {"": largest(ws, tensors["io.wplus"])}


def _clip(name: str) -> Callable[[Path, torch.device], dict[str, float]]:
    def case(folder: Path, device: torch.device) -> dict[str, float]:
        _, tensors = _read(folder, "losses")
        state = sub_state(tensors, f"{name}.sd.")
        network = OpenClip(openai_clip_config(state))
        network.model.load_state_dict(state)
        freeze(network.to(device))
        image = tensors[f"{name}.in.image"].to(device).requires_grad_()
        seen, said = network.encode_image(image), network.encode_tokens(tensors["tokens"])
        (gradient,) = torch.autograd.grad((1 - (seen * said).sum(1)).sum(), image)
        pairs = ((seen, "image_feats"), (said, "text_feats"))
        return {
            "": max(largest(made, _unit(tensors[f"{name}.{kind}"])) for made, kind in pairs),
            ", gradient": of_norm(gradient, tensors[f"{name}.grad.image"]),
        }

    return case


def _unit(features: Tensor) -> Tensor:
    return features / features.norm(dim=-1, keepdim=True)


def _read(folder: Path, name: str) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:
    """Description and tensors of a case."""
    facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return facts, read_safetensors(folder / f"{name}.safetensors")[0]
