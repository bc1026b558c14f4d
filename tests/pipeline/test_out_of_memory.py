"""A device without memory: fewer images at once, then less is kept, then it is said."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch

import fice.inversion.start
import fice.pipeline.invert
from fice import PAPER, FiceError, edit
from fice.guidance.weights import LossWeights
from fice.inversion import InversionConfig, StartSearch
from fice.pipeline.out_of_memory import TooLargeError, in_groups

CPU = torch.device("cpu")
RECIPE = replace(PAPER, inversion=InversionConfig(steps=3))


class Device:
    """Takes as many images as fit; each takes half as much where it is recomputed."""

    def __init__(self, room, error=torch.OutOfMemoryError):
        self.room, self.error, self.tried = room, error, []

    def __call__(self, rows, recompute):
        count = rows.stop - rows.start
        self.tried.append((count, recompute))
        if count * (0.5 if recompute else 1.0) > self.room:
            raise self.error("CUDA out of memory. Tried to allocate 2 GiB")
        return list(range(rows.start, rows.stop))


def taken(device, images=5, at_once=5):
    return [one for group in in_groups(device, images, at_once, CPU) for one in group]


class TestInGroups:
    def test_what_fits_is_taken_at_once(self):
        device = Device(5)
        assert taken(device) == [0, 1, 2, 3, 4]
        assert device.tried == [(5, False)]

    def test_groups_are_halved(self):
        device = Device(2)
        assert taken(device) == [0, 1, 2, 3, 4]
        assert device.tried == [(5, False), (3, False), (2, False), (2, False), (1, False)]

    def test_a_single_image_is_recomputed(self):
        device = Device(0.6)
        assert taken(device, 2, 2) == [0, 1]
        assert device.tried == [(2, False), (1, False), (1, True), (1, True)]

    @pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
    def test_what_does_not_fit_is_said(self, error):
        with pytest.raises(TooLargeError, match=r"Not even one image,.* cpu, .* GiB are free"):
            taken(Device(0.1, error))

    def test_what_would_fit_is_asked_for_when_the_error_is_gone(self):
        def advice():
            assert sys.exc_info() == (None, None, None)  # it would hold on to the memory
            return "With two it fits."

        with pytest.raises(TooLargeError, match=r"are free\. With two it fits\. Close") as caught:
            in_groups(Device(0.1), 1, 1, CPU, advice)
        assert caught.value.__context__ is None

    def test_the_host_knows_it_as_what_it_is(self):
        with pytest.raises(torch.OutOfMemoryError) as caught:
            taken(Device(0.1))
        assert isinstance(caught.value, FiceError)

    def test_other_errors_come_through(self):
        def fail(rows, recompute):
            raise RuntimeError("shapes differ")

        with pytest.raises(RuntimeError, match="shapes differ"):
            in_groups(fail, 2, 2, CPU)


class TestEdit:
    @pytest.fixture
    def small_device(self, monkeypatch):
        """A device in which a step of two images does not fit."""
        whole = fice.pipeline.invert.invert

        def invert(synthesizer, start_ws, *arguments):
            if len(start_ws) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return whole(synthesizer, start_ws, *arguments)

        monkeypatch.setattr(fice.pipeline.invert, "invert", invert)

    def photos(self):
        return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))

    def test_a_batch_gets_the_same_pictures(self, tiny_models, request):
        whole = edit(self.photos(), "red", models=tiny_models, recipe=RECIPE)
        request.getfixturevalue("small_device")
        parts = edit(self.photos(), "red", models=tiny_models, recipe=RECIPE)
        assert (whole.report["images_at_once"], parts.report["images_at_once"]) == (3, 1)
        torch.testing.assert_close(parts.generated, whole.generated)

    def test_fewer_views_that_would_fit_are_told(self, tiny_models):
        """A device in which CLIP sees at most two views."""

        class Clip(type(tiny_models.clip)):
            def encode_image(self, image):
                if image.requires_grad and len(image) > 2:
                    raise torch.OutOfMemoryError("CUDA out of memory.")
                return super().encode_image(image)

        models = replace(tiny_models, clip=Clip())
        with pytest.raises(
            TooLargeError, match=r"With 2 views of CLIP it fits: that takes \d.*B\."
        ):
            edit(self.photos()[0], "red", models=models, recipe=replace(RECIPE, crops=8))

    def test_the_search_looks_at_fewer_codes(self, tiny_models, monkeypatch):
        """A device that draws one picture at a time without a gradient."""
        search = StartSearch(candidates=6, chunk=4)
        recipe = replace(RECIPE, start=search, start_weights=LossWeights(image=0.1))
        looks = []
        whole = edit(self.photos()[0], "red", models=tiny_models, recipe=recipe)
        draw = type(tiny_models.generator).synthesize

        def synthesize(self, ws, **options):
            if not torch.is_grad_enabled() and len(ws) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return draw(self, ws, **options)

        monkeypatch.setattr(type(tiny_models.generator), "synthesize", synthesize)
        parts = edit(
            self.photos()[0],
            "red",
            models=tiny_models,
            recipe=recipe,
            on_search=lambda: looks.append(1),
        )
        torch.testing.assert_close(parts.generated, whole.generated)
        assert len(looks) == search.looks

    def test_a_search_of_which_nothing_fits_is_said(self, tiny_models, monkeypatch):
        def look(*arguments):
            raise torch.OutOfMemoryError("CUDA out of memory.")

        monkeypatch.setattr(fice.inversion.start, "_look", look)
        recipe = replace(RECIPE, start=StartSearch(candidates=2))
        with pytest.raises(TooLargeError, match="one picture of the start search fits into"):
            edit(self.photos()[0], "red", models=tiny_models, recipe=recipe)
