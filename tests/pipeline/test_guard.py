"""What the networks do not know is refused before the first step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fice.base.errors import ImageError, NobodyError
from fice.base.frame import Frame
from fice.base.images import read_image
from fice.demo.showcase import figure
from fice.inversion import TUNED
from fice.pipeline.edit import edit
from fice.pipeline.frames import choose_frames, crop_each
from fice.pipeline.guard import MEASURED, consistency, doubts_about, spare
from fice.pipeline.look import look
from fice.pipeline.models import load_models
from fice.pipeline.photo import check_photo, is_flat

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"
SHORT = replace(TUNED.in_steps(2), start=replace(TUNED.start, candidates=0))
GREY = torch.full((3, 128, 128), 200 / 255)


@pytest.fixture(scope="module")
def models():
    return load_models("demo")


def levels(models, photo):
    """The level of the doubt about each photo, None without one."""
    source = look(photo, models)
    with torch.no_grad():
        drawn = models.generator.synthesize(source.ws).clamp(0, 1)
    found = {one.index: one.level for one in doubts_about(source, drawn, models.generator)}
    return [found.get(index) for index in range(len(photo))]


def drawn_strangers():
    """Pictures that are no upright figure."""
    random = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0, 1, 128).expand(3, 128, 128)
    blotches = torch.rand(1, 3, 6, 6, generator=random)
    return {
        "noise": torch.rand(3, 128, 128, generator=random),
        "ramp": ramp,
        "blotches": torch.nn.functional.interpolate(blotches, (128, 128), mode="bilinear")[0],
        "upside down": figure(10_950_000, 128).flip(1),
        "beside the frame": figure(10_950_001, 128).roll(50, 2),
    }


class TestDemo:
    def test_its_figures_are_known(self, models):
        photos = torch.stack([figure(10_950_000 + index, 128) for index in range(12)])
        assert levels(models, photos) == [None] * 12

    @pytest.mark.parametrize("name", drawn_strangers())
    def test_other_pictures_are_foreign(self, models, name):
        assert levels(models, drawn_strangers()[name][None]) == ["foreign"]

    @pytest.mark.parametrize("shade", [0.0, 0.5, 200 / 255, 1.0])
    def test_empty_pictures_show_nobody(self, models, shade):
        assert levels(models, torch.full((1, 3, 128, 128), shade)) == ["nobody"]

    def test_the_generator_is_the_one_that_was_measured(self, models):
        assert models.generator.fingerprint in MEASURED

    @pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"no photos of the street in {PHOTOS}")
    def test_photos_of_the_street_are_foreign(self, models):
        """Twelve of the forty; all of them are measured by `fice.lab.demo.check.guard`."""
        found = []
        for path in sorted(PHOTOS.glob("*.jpg"))[:12]:
            photo = read_image(path)[None]
            found += levels(models, crop_each(photo, choose_frames(photo, "person", models)))
        assert found.count("foreign") >= 11


class TestEdit:
    def test_a_foreign_photo_is_refused_before_the_steps(self, models):
        def fail(_):
            raise AssertionError("a step was taken")

        stranger = drawn_strangers()["noise"]
        with pytest.raises(ImageError, match=r"drawn figures only.*fice models get photos.*anyway"):
            edit(stranger, "a red dress", models=models, recipe=SHORT, on_step=fail)

    def test_unless_told_otherwise(self, models):
        stranger = drawn_strangers()["blotches"]
        result = edit(stranger, "a red dress", models=models, recipe=SHORT, anyway=True)
        (warning,) = result.report["warnings"]
        assert "not of the world" in warning

    def test_an_empty_picture_is_refused(self, models):
        with pytest.raises(NobodyError, match="shows nobody"):
            edit(GREY, "a red dress", models=models, recipe=SHORT)

    def test_an_empty_frame_of_a_batch_is_named_and_stays_as_it_is(self, models):
        person = figure(10_950_002, 128)
        batch = torch.stack([person, GREY, torch.zeros_like(GREY)])
        result = edit(batch, "a red dress", models=models, recipe=SHORT)
        assert not torch.equal(result.image[0], person)
        assert torch.equal(result.image[1:], batch[1:])
        assert not result.mask[1:].any()
        first, second = result.report["warnings"]
        assert first.startswith("Photo 1 of the batch shows nobody")
        assert second.startswith("Photo 2 of the batch shows nobody")

    def test_an_empty_frame_among_wide_ones(self, models):
        """Photos of other proportions are searched for a person; one without ends nothing."""
        wide = torch.full((3, 160, 320), 0.75)
        wide[:, 16:144, 100:228] = figure(10_950_003, 128)
        empty = torch.full((3, 160, 320), 0.75)
        result = edit(torch.stack([wide, empty]), "a red dress", models=models, recipe=SHORT)
        assert torch.equal(result.image[1], empty)
        assert not torch.equal(result.image[0], wide)
        assert result.frames[1].untouched
        with pytest.raises(NobodyError, match="Nobody was found in the photo"):
            edit(empty, "a red dress", models=models, recipe=SHORT)


class TestOtherSets:
    def test_of_them_nothing_is_said(self, tiny_models, photo):
        result = edit(photo, "red", models=tiny_models, recipe=SHORT)
        assert result.report["warnings"] == []


class TestParts:
    def test_flat(self):
        pictures = torch.stack([GREY, GREY + 7 / 255 * torch.eye(128), figure(10_950_000, 128)])
        assert is_flat(pictures).tolist() == [True, True, False]
        with pytest.raises(NobodyError, match="of one colour"):
            check_photo(GREY)

    def test_consistency_is_a_share(self, models):
        photo = figure(10_950_004, 128)[None]
        source = look(photo, models)
        value = consistency(source.chart.seen, source.regions, photo)
        assert 0.9 < value.item() <= 1.0

    def test_spared_frames_say_so(self, models):
        frames = (Frame.whole((128, 128), (128, 128)),) * 2
        source = look(torch.stack([GREY, figure(10_950_005, 128)]), models)
        with torch.no_grad():
            drawn = models.generator.synthesize(source.ws).clamp(0, 1)
        doubts = doubts_about(source, drawn, models.generator, frames)
        assert [one.untouched for one in spare(frames, doubts, anyway=True)] == [True, False]
