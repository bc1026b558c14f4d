"""A device without memory: fewer images at once, then less is kept, then it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import fice.pipeline.invert
from fice import PAPER, FiceError, edit
from fice.inversion import InversionConfig
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
        with pytest.raises(TooLargeError, match=r"Not even one image fits .* cpu .* GiB"):
            taken(Device(0.1, error))

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
