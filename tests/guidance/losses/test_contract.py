"""What every term of `LOSS_TERMS` promises, whatever it measures."""

from __future__ import annotations

import pkgutil

import pytest
import torch

import fice.guidance.losses
from fice.base.types import BodyChart, Regions
from fice.guidance.losses import LOSS_TERMS
from fice.guidance.terms import Candidate

BATCH, NUM_WS, W_DIM, SIDE = 2, 6, 5, 8


def ramp(*shape):
    """Distinct values in (0, 1), the same in every run."""
    count = torch.Size(shape).numel()
    return (torch.arange(1, count + 1, dtype=torch.float64) * 0.618).frac().view(shape)


def synthesize(ws):
    """A generator whose picture depends on every code."""
    mixed = ws.flatten(1) @ ramp(NUM_WS * W_DIM, 3 * SIDE * SIDE)
    return torch.sigmoid(0.1 * mixed).view(-1, 3, SIDE, SIDE)


def encode(image):
    return image.flatten(1) @ (ramp(3 * SIDE * SIDE, 4) - 0.5)


def at_a_right_angle():
    """Features that have nothing in common with TARGET, but something with what is elsewhere."""
    here, there = encode(TARGET), encode(synthesize(elsewhere()))
    return there - here * (here * there).sum(1, keepdim=True) / here.square().sum(1, keepdim=True)


def elsewhere():
    return TARGET_WS + ramp(BATCH, NUM_WS, W_DIM) - 0.3


def chart(image):
    pixels = image.mean(1, keepdim=True)
    return BodyChart(pixels * ramp(1, 2, 1, 1), pixels * ramp(1, 25, 1, 1))


def segment(image):
    logits = image.mean(1, keepdim=True) * (4 * ramp(1, 3, 1, 1))
    background, body, head = logits.softmax(1).split(1, 1)
    return Regions(background, body, body, head)


TARGET_WS = ramp(BATCH, 1, W_DIM).expand(-1, NUM_WS, -1)
TARGET = synthesize(TARGET_WS)
SOURCE = synthesize(TARGET_WS + 4 * ramp(BATCH, NUM_WS, W_DIM) - 3)
W_STD = 0.5 + ramp(W_DIM)

# How each term is bound to TARGET_WS and its image, where it must be zero.
BINDINGS = {
    "clip": {"encode_image": encode, "target": encode(TARGET)},
    "image": {"target": TARGET, "weight": ramp(BATCH, 1, SIDE, SIDE)},
    "body_shape": {"perceptor": chart, "target": chart(TARGET).body},
    "head_shape": {"perceptor": segment, "target": segment(TARGET).head},
    "w_delta": {},
    "w_prior": {"w_avg": TARGET_WS[0, 0], "w_std": W_STD},
    "start_prior": {"start_ws": TARGET_WS, "w_std": W_STD},
    "clip_away": {"encode_image": encode, "target": at_a_right_angle()},
    "clip_direction": {
        "encode_image": encode,
        "source": SOURCE,
        "direction": encode(TARGET) - encode(SOURCE),
    },
}
# The mean code is one for all images: only the first image of the batch sits on it.
AT_TARGET = {"w_prior": slice(0, 1)}


@pytest.fixture(params=sorted(LOSS_TERMS))
def name(request):
    return request.param


@pytest.fixture
def term(name):
    return LOSS_TERMS[name](**BINDINGS[name])


def loss_at(term, ws):
    return term(Candidate(ws, synthesize(ws)))


def test_every_module_is_in_the_table():
    modules = {module.name for module in pkgutil.iter_modules(fice.guidance.losses.__path__)}
    assert {module for module in modules if not module.startswith("_")} == set(LOSS_TERMS)


def test_name_is_the_key(name, term):
    assert term.name == name


def test_zero_at_the_target(name, term):
    loss = loss_at(term, TARGET_WS)[AT_TARGET.get(name, slice(None))]
    torch.testing.assert_close(loss, torch.zeros_like(loss), rtol=0, atol=1e-12)


def test_one_positive_loss_per_image_elsewhere(term):
    loss = loss_at(term, elsewhere())
    assert loss.shape == (BATCH,)
    assert (loss > 0).all()


def test_gradcheck(term):
    ws = elsewhere().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda code: loss_at(term, code), ws)


def test_gradient_is_finite_at_the_target(term):
    ws = TARGET_WS.clone().requires_grad_(True)
    loss_at(term, ws).sum().backward()
    assert ws.grad.isfinite().all()


def test_images_do_not_influence_each_other(term):
    ws = elsewhere().requires_grad_(True)
    loss_at(term, ws)[0].backward()
    assert ws.grad[0].abs().sum() > 0
    assert not ws.grad[1].any()
