"""Values and gradients of the five terms against the authors' code (data/losses.json)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fice.base.types import BodyChart
from fice.guidance.losses.body_shape import body_shape_distance
from fice.guidance.losses.clip import clip_distance
from fice.guidance.losses.head_shape import head_shape_distance
from fice.guidance.losses.image import masked_square_error
from fice.guidance.losses.w_delta import w_delta

DATA = Path(__file__).parent / "data"
RELATIVE = 1e-4

# Fixture name -> inputs that carry a gradient, all inputs in call order, and our function.
CASES = {
    "w_delta": (["w"], ["w"], w_delta),
    "image": (["gen"], ["gen", "fixed_real", "fixed_mask"], masked_square_error),
    "shape": (["body"], ["body", "fixed_real"], body_shape_distance),
    "head_shape": (["head"], ["head", "fixed_real"], head_shape_distance),
    "clip_from_features": (["img_feat", "txt_feat"], ["img_feat", "txt_feat"], clip_distance),
}


@pytest.fixture(scope="module")
def tensors():
    return load_file(DATA / "losses.safetensors")


@pytest.fixture(scope="module")
def values():
    return json.loads((DATA / "losses.json").read_text())["values"]


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient(case, tensors, values, relative_error):
    with_gradient, names, loss = CASES[case]
    inputs = {name: tensors[f"{case}.in.{name}"].clone() for name in names}
    for name in with_gradient:
        inputs[name].requires_grad_(True)
    per_image = loss(*inputs.values())
    total = per_image.sum()
    total.backward()
    assert per_image.shape == (2,)
    assert relative_error(total, torch.tensor(values[case]), "value") < RELATIVE
    for name in with_gradient:
        expected = tensors[f"{case}.grad.{name}"]
        assert relative_error(inputs[name].grad, expected, "gradient") < RELATIVE


def test_body_probabilities_and_their_gradient(tensors, values, relative_error):
    coarse = tensors["dense_post.in.coarse"].clone().requires_grad_(True)
    fine = tensors["dense_post.in.fine"].clone().requires_grad_(True)
    value = (BodyChart(coarse, fine).body * tensors["dense_post.in.fixed_probe"]).sum()
    value.backward()
    assert relative_error(value, torch.tensor(values["dense_post"]), "value") < RELATIVE
    for logits, name in ((coarse, "coarse"), (fine, "fine")):
        expected = tensors[f"dense_post.grad.{name}"]
        assert relative_error(logits.grad, expected, "gradient") < RELATIVE
