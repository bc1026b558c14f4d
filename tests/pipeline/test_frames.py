"""Several people in a drawn room, framed by the demo networks."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.frame import Frame, overlap
from fice.demo.world.large_photo import Place, large_photo
from fice.inversion import TUNED
from fice.pipeline.edit import edit
from fice.pipeline.frames import choose_frames, remarks_on
from fice.pipeline.models import load_models

LARGE, SMALL = Place(10_900_103, 300, 120, 400), Place(10_900_101, 20, 40, 220)
NEAR, FAR = Place(10_950_002, 260, 218, 449), Place(10_950_003, 693, 362, 263)
SHORT = replace(TUNED.in_steps(2), start=replace(TUNED.start, candidates=0))


@pytest.fixture(scope="module")
def models():
    return load_models("demo")


def test_the_larger_one_is_framed(models):
    """The segmenter alone prefers the smaller one, and cuts off her head."""
    (frame,) = choose_frames(large_photo((600, 800), [LARGE, SMALL]), "person", models)
    assert overlap(frame.box, LARGE.box) > 0.6


def test_that_there_are_two_is_said(models):
    result = edit(large_photo((720, 960), [NEAR, FAR]), "a dress", models=models, recipe=SHORT)
    assert overlap(result.frames[0].box, NEAR.box) > 0.8
    assert any(
        one.startswith("More than one person was found") for one in result.report["warnings"]
    )


def test_sentences_of_a_batch_name_the_photo():
    frame = Frame((0, 0, 8, 8), (8, 8), (8, 8), remarks=("It is small.",))
    assert remarks_on([frame]) == ["It is small."]
    spared = replace(frame, untouched=True)
    said = remarks_on([replace(frame, remarks=()), frame, spared])
    assert said == ["Photo 1 of the batch: It is small."]


def test_a_generator_of_faces(tiny_models):
    """Heads that fill its pictures are no people to dress."""

    class OnlyHeads:
        sees_photos = True

        def __call__(self, image):
            from fice.base.types import Regions

            head = torch.zeros_like(image[:, :1])
            head[..., 1:-1, 1:-1] = 1.0
            nothing = torch.zeros_like(head)
            return Regions(1.0 - head, nothing, nothing, head)

    models = replace(tiny_models, segmenter=OnlyHeads())
    (frame,) = choose_frames(torch.rand(1, 3, 96, 60), "person", models)
    assert "draws faces" in frame.remarks[0]
