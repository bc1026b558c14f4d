"""The recorded outputs of the authors' code, and our own of the CPU, against what a card computes.

The recorded cases are those of `tests/parity/data`, which lie in a checkout; the numbers there are
of a CPU in float32, so TF32 has to be off while they are compared. Generators and losses are here,
the other networks in `recorded_perceptors`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...base.files import StrPath
from ...base.types import BodyChart, JsonValue
from ...checkpoints import load_generator
from ...checkpoints.safetensors_file import read_safetensors
from ...guidance.losses.body_shape import body_shape_distance
from ...guidance.losses.clip import clip_distance
from ...guidance.losses.head_shape import head_shape_distance
from ...guidance.losses.image import masked_square_error
from ...guidance.losses.w_delta import w_delta
from ...networks.stylegan2 import Generator, config_from_state, generator_from_state
from .deviation import largest, of_norm
from .loop import network_calls, random_start
from .recorded_perceptors import perceptor_errors
from .sets import SetName, build

RECORDED = Path(__file__).parents[3] / "tests" / "parity" / "data"
GENERATORS = ("sg2_32_skip", "sg2_64_skip", "sg2_32_resnet", "sg2_32_cond", "sghuman_64x32_rect")
WEIGHT_FILES = {
    "sg2_64_skip": "generator_64_fice_format.pt",
    "sghuman_64x32_rect": "sghuman_64x32_rect.pkl",
}
# Inputs in the order of the call; the first has a gradient.
LOSSES: Mapping[str, tuple[tuple[str, ...], Callable[..., Tensor]]] = {
    "w_delta": (("w",), w_delta),
    "image": (("gen", "fixed_real", "fixed_mask"), masked_square_error),
    "shape": (("body", "fixed_real"), body_shape_distance),
    "head_shape": (("head", "fixed_real"), head_shape_distance),
    "clip_from_features": (("img_feat", "txt_feat"), clip_distance),
}
# Relative to the largest number of a picture, feature or gradient; the tests on the CPU allow 1e-5
# to 1e-4, and a card adds in another order.
LARGEST_ERROR = 1e-3

Figures = dict[str, JsonValue]


def recorded(device: torch.device, folder: StrPath = RECORDED) -> Figures:
    """Relative error of each recorded case on `device`; nothing where there are none."""
    folder = Path(folder)
    if not folder.is_dir():
        return {}
    found: Figures = {}
    for name in GENERATORS:
        found[name] = _generator_error(name, folder, device)
    tensors, _ = read_safetensors(folder / "losses.safetensors")
    there = {name: one.to(device) for name, one in tensors.items()}
    values = json.loads((folder / "losses.json").read_text(encoding="utf-8"))["values"]
    for name, (inputs, loss) in LOSSES.items():
        found[f"loss {name}"] = _loss_error(name, inputs, loss, there, values)
    found["body probabilities"] = _body_error(there)
    return found | perceptor_errors(folder, device)


def of_networks(name: SetName, device: torch.device) -> Figures:
    """Errors of a set's networks on `device` against the CPU: outputs, and gradients by norm."""
    here, there = build(name, "exact", torch.device("cpu")), build(name, "exact", device)
    image, ws = random_start(here, 1, torch.device("cpu"))
    calls = network_calls(there)
    found: Figures = {}
    for part, call in network_calls(here).items():
        given = ws if part == "synthesis" else image
        ours, theirs = _seen(call, given), _seen(calls[part], given.to(device))
        found[part] = largest(theirs[0], ours[0])
        found[f"{part}, gradient"] = of_norm(theirs[1], ours[1])
    return found


def _seen(call: Callable[[Tensor], Tensor], given: Tensor) -> tuple[Tensor, Tensor]:
    """What `call` makes, and the gradient of its input for a direction that is always the same."""
    leaf = given.detach().clone().requires_grad_()
    made = call(leaf)
    direction = torch.randn(made.shape, generator=torch.Generator().manual_seed(0)).to(made)
    (gradient,) = torch.autograd.grad((made * direction).sum(), leaf)
    return made.detach(), gradient


def _generator_error(name: str, folder: Path, device: torch.device) -> float:
    tensors, _ = read_safetensors(folder / f"{name}.safetensors")
    io = {key[3:]: one.to(device) for key, one in tensors.items() if key.startswith("io.")}
    generator = _generator(name, folder, tensors).to(device)
    pairs = [(generator.mapping(io["z"], io.get("c")), io["w"])]
    for noise in ("const", "none"):
        image = generator.synthesis(io["wplus"], noise_mode=noise)
        pairs.append((image, io[f"img_wplus_{noise}"]))
    ws = io["wplus"].clone().requires_grad_()
    made = (generator.synthesis(ws) * io["grad_probe"]).sum()
    pairs.append((torch.autograd.grad(made, ws)[0], io["grad_wplus"]))
    return max(largest(ours, theirs) for ours, theirs in pairs)


def _generator(name: str, folder: Path, tensors: Mapping[str, Tensor]) -> Generator:
    if name in WEIGHT_FILES:
        return load_generator(folder / WEIGHT_FILES[name]).freeze()
    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    clamp = json.loads(text)["G_kwargs"]["synthesis_kwargs"]["conv_clamp"]
    state = {key[3:]: one for key, one in tensors.items() if key.startswith("sd.")}
    return generator_from_state(state, config_from_state(state, clamp))


def _loss_error(
    name: str,
    inputs: tuple[str, ...],
    loss: Callable[..., Tensor],
    tensors: Mapping[str, Tensor],
    values: Mapping[str, float],
) -> float:
    first, *others = (tensors[f"{name}.in.{one}"].clone() for one in inputs)
    first.requires_grad_()
    total = loss(first, *others).sum()
    (gradient,) = torch.autograd.grad(total, first)
    off = abs(float(total.detach()) - values[name]) / abs(values[name])
    return max(off, largest(gradient, tensors[f"{name}.grad.{inputs[0]}"]))


def _body_error(tensors: Mapping[str, Tensor]) -> float:
    parts = [tensors[f"dense_post.in.{one}"].clone() for one in ("coarse", "fine")]
    coarse, fine = (one.requires_grad_() for one in parts)
    total = (BodyChart(coarse, fine).body * tensors["dense_post.in.fixed_probe"]).sum()
    gradients = torch.autograd.grad(total, (coarse, fine))
    wanted = (tensors["dense_post.grad.coarse"], tensors["dense_post.grad.fine"])
    return max(largest(ours, theirs) for ours, theirs in zip(gradients, wanted, strict=True))
