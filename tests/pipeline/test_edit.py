from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

import fice.pipeline.invert
from fice.base.errors import FiceError, ImageError, TextError
from fice.base.frame import Frame, overlap
from fice.base.images import to_float, to_pixels
from fice.base.types import Regions
from fice.framing import STANDARD
from fice.guidance.weights import LossWeights
from fice.inversion import PAPER, TUNED, InversionConfig, StartSearch
from fice.pipeline.edit import MAX_SEED, edit, seeds_of
from fice.pipeline.photo import take_photo
from fice.stitching.seams import SEAM_METHODS

QUICK = replace(
    TUNED,
    inversion=replace(TUNED.inversion, steps=6),
    start=StartSearch(candidates=8, passes=(("texture",),)),
    crops=2,
)
SHORT_PAPER = replace(PAPER, inversion=InversionConfig(steps=4))


class TestSeeds:
    def test_image_i_takes_seed_plus_i_or_its_own(self):
        assert seeds_of(5, 3) == (5, 6, 7)
        assert seeds_of([9, 1], 2) == (9, 1)

    @pytest.mark.parametrize("wrong", [-1, MAX_SEED + 1])
    @pytest.mark.parametrize("beside", [(), (3,)])
    def test_the_seed_that_is_out_of_range_is_named(self, wrong, beside):
        seed = [*beside, wrong] if beside else wrong
        with pytest.raises(FiceError, match=rf"The seed {wrong} is out of range"):
            seeds_of(seed, 1 + len(beside))

    def test_as_many_as_images(self):
        with pytest.raises(FiceError, match="2 seeds for 3 images"):
            seeds_of([1, 2], 3)


class TestEdit:
    def test_shapes(self, tiny_models, photo):
        result = edit(photo, "red", models=tiny_models, recipe=QUICK)
        assert result.image.shape == result.generated.shape == (1, 3, 16, 16)
        assert result.reconstruction.shape == (1, 3, 16, 16)
        assert result.mask.shape == (1, 1, 16, 16)
        assert result.ws.shape == result.start_ws.shape == (1, 6, 8)
        assert {tuple(loss.shape) for loss in result.losses.values()} == {(6, 1)}
        weights = vars(QUICK.weights)
        assert set(result.losses) == {name for name, weight in weights.items() if weight}

    def test_text_moves_the_picture(self, tiny_models, photo):
        red = edit(photo, "red", models=tiny_models, recipe=QUICK).generated
        blue = edit(photo, "blue", models=tiny_models, recipe=QUICK).generated
        assert red[:, 0].mean() - red[:, 2].mean() > blue[:, 0].mean() - blue[:, 2].mean()

    def test_outside_the_mask_is_the_photo(self, tiny_models, photo):
        photo = to_float(to_pixels(photo))
        result = edit(photo, "red", models=tiny_models, recipe=QUICK)
        outside = (result.mask[0] == 0).expand(3, -1, -1)
        assert outside.any()
        assert (result.mask > 0).any()
        assert torch.equal(result.image[0][outside], photo[outside])
        assert result.report["max_change_outside"] == [0.0]
        inside = ~outside
        assert not torch.equal(result.image[0][inside], photo[inside])

    def test_head_region_is_the_papers_sum(self, tiny_models, photo):
        result = edit(photo, "red", models=tiny_models, recipe=SHORT_PAPER, region="head")
        head = result.regions.head
        expected = (1 - head) * result.generated + head * photo
        torch.testing.assert_close(result.image, expected)

    def test_paper_starts_at_the_encoder_and_returns_the_last_step(self, tiny_models, photo):
        steps = []
        result = edit(photo, "red", models=tiny_models, recipe=SHORT_PAPER, on_step=steps.append)
        assert torch.equal(result.start_ws, tiny_models.encoder(photo[None]))
        assert torch.equal(result.start_ws, steps[0].ws)
        assert torch.equal(result.ws, steps[-1].ws)
        assert [step.index for step in steps] == [0, 1, 2, 3]

    def test_best_step_is_kept(self, tiny_models, photo):
        steps = []
        wild = replace(QUICK, inversion=InversionConfig(steps=6, learning_rate=1.0))
        result = edit(photo, "red", models=tiny_models, recipe=wild, on_step=steps.append)
        totals = [step.total.item() for step in steps]
        assert result.report["chosen_step"] == [totals.index(min(totals))]

    def test_same_seed_same_picture(self, tiny_models, photo):
        first, again, other = (
            edit(photo, "red", models=tiny_models, recipe=QUICK, seed=seed) for seed in (1, 1, 2)
        )
        assert torch.equal(first.image, again.image)
        assert not torch.equal(first.ws, other.ws)

    def test_batch_equals_single_photos(self, tiny_models, photo):
        photos = torch.stack([photo, photo.flip(2)])
        # Only what is random may steer here: the start search and the views of CLIP.
        recipe = replace(QUICK, weights=LossWeights(image=0.0, w_delta=0.0))
        together = edit(photos, ["red", "blue"], models=tiny_models, recipe=recipe)
        for index, text in enumerate(["red", "blue"]):
            alone = edit(photos[index], text, models=tiny_models, recipe=recipe, seed=index)
            torch.testing.assert_close(alone.ws[0], together.ws[index], rtol=0, atol=1e-4)
            torch.testing.assert_close(alone.image[0], together.image[index], rtol=0, atol=1e-4)

    def test_larger_photo_keeps_its_pixels(self, tiny_models):
        large = torch.rand(3, 50, 50, generator=torch.Generator().manual_seed(2))
        result = edit(large, "red", models=tiny_models, recipe=QUICK)
        assert result.image.shape == (1, 3, 50, 50)
        assert result.generated.shape == (1, 3, 16, 16)
        outside = (result.mask[0] == 0).expand(3, -1, -1)
        assert outside.any()
        assert torch.equal(result.image[0][outside], large[outside])

    @pytest.mark.parametrize("shape", [(16, 16), (1, 16, 16), (1, 1, 16, 16), (1, 32, 32)])
    def test_mask_takes_the_place_of_the_region(self, tiny_models, photo, shape):
        mask = torch.zeros(shape)
        mask[..., : shape[-1] // 2] = 1.0
        result = edit(photo, "red", models=tiny_models, recipe=QUICK, mask=mask, seam="alpha")
        assert torch.equal(result.image[0, :, :, 9:], photo[:, :, 9:])
        assert torch.equal(result.image[0, :, :, :7], result.generated[0, :, :, :7])

    def test_negative_text_changes_the_goal(self, tiny_models, photo):
        plain = edit(photo, "red", models=tiny_models, recipe=QUICK)
        negative = edit(photo, "red", models=tiny_models, recipe=QUICK, negative_text="green")
        assert (negative.losses["clip"][0] > plain.losses["clip"][0]).all()

    def test_inside_inference_mode(self, tiny_models, photo):
        expected = edit(photo, "red", models=tiny_models, recipe=QUICK)
        with torch.inference_mode():
            result = edit(photo.clone(), "red", models=tiny_models, recipe=QUICK)
        assert torch.equal(result.image, expected.image)
        assert not result.image.requires_grad

    def test_interruption_passes_through(self, tiny_models, photo):
        def interrupt(step):
            if step.index == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            edit(photo, "red", models=tiny_models, recipe=QUICK, on_step=interrupt)

    def test_report_is_json(self, tiny_models, photo):
        result = edit(photo, "red dress", models=tiny_models, recipe=QUICK, seed=3)
        report = json.loads(json.dumps(result.report))
        assert report["ignored_words"] == ["dress"]
        assert report["seed"] == 3
        assert report["steps"] == 6
        assert report["generator"] == "tiny-generator"
        assert len(report["clip_before"]) == len(report["clip_after"]) == 1


class SeesFigures:
    """Green is garment, blue is head, and all else background."""

    def __call__(self, image):
        red, green, blue = image.unbind(1)
        logits = 12 * torch.stack([0.3 + 0 * red, green - red, blue - red], 1)
        background, garment, head = logits.softmax(1).split(1, 1)
        return Regions(background, garment, garment, head)


def photo_with_figure(height, width, left, top, side):
    """A grey photo with a figure that stands in its square as `STANDARD` says."""
    picture = torch.rand(3, height, width, generator=torch.Generator().manual_seed(5)) * 0.1 + 0.4
    figure = picture[:, top : top + side, left : left + side]
    head = figure[:, side // 40 : side * 31 // 100, side * 37 // 100 : side * 63 // 100]
    body = figure[:, side * 31 // 100 :, side * 3 // 10 : side * 7 // 10]
    head[:] = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    body[:] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    return to_float(to_pixels(picture))


class TestFraming:
    @pytest.fixture
    def models(self, tiny_models, monkeypatch):
        # The tiny generator draws noise, from which nobody could learn how people stand.
        monkeypatch.setattr("fice.pipeline.frames.learn_placement", lambda *_: STANDARD)
        return replace(tiny_models, segmenter=SeesFigures())

    @pytest.fixture
    def big(self):
        return photo_with_figure(220, 140, 31, 73, 90)

    def test_person_anywhere(self, models, big):
        result = edit(big, "red", models=models, recipe=QUICK)
        assert overlap(result.frames[0].box, (31, 73, 121, 163)) > 0.8
        assert result.image.shape == (1, 3, 220, 140)
        assert result.generated.shape == (1, 3, 16, 16)
        assert result.report["max_change_outside"] == [0.0]
        assert result.report["frames"] == [list(result.frames[0].box)]
        outside = (result.mask[0] == 0).expand(3, -1, -1)
        assert torch.equal(result.image[0][outside], big[outside])
        assert not torch.equal(result.image[0], big)

    def test_by_hand(self, models, big):
        frame = Frame((31, 73, 121, 163), (220, 140), (16, 16))
        result = edit(big, "red", models=models, recipe=QUICK, frame=frame)
        assert result.frames == (frame,)
        beyond = torch.ones(220, 140, dtype=torch.bool)
        beyond[73:163, 31:121] = False
        assert torch.equal(result.image[0][:, beyond], big[:, beyond])

    def test_small_person_on_a_photo_of_the_right_proportions(self, models):
        square = photo_with_figure(200, 200, 100, 100, 80)
        whole = edit(square, "red", models=models, recipe=QUICK)
        framed = edit(square, "red", models=models, recipe=QUICK, frame="person")
        assert whole.frames[0].box == (0, 0, 200, 200)
        assert overlap(framed.frames[0].box, (100, 100, 180, 180)) > 0.8

    def test_each_photo_of_a_batch_has_its_frame(self, models, big):
        other = photo_with_figure(220, 140, 10, 20, 100)
        result = edit(torch.stack([big, other]), "red", models=models, recipe=QUICK)
        assert len(result.frames) == 2
        assert overlap(result.frames[1].box, (10, 20, 110, 120)) > 0.8
        assert result.report["max_change_outside"] == [0.0, 0.0]

    def test_head_region_fades_out_at_the_frame(self, models, big):
        frame = Frame((31, 73, 121, 163), (220, 140), (16, 16))
        result = edit(big, "red", models=models, recipe=QUICK, frame=frame, region="head")
        assert (result.mask[0, 0, 73, 31:121] == 0).all()
        assert result.mask[0, 0, 150, 110] > 0.9

    @pytest.mark.parametrize("seam", SEAM_METHODS)
    def test_every_seam(self, models, big, seam):
        frame = Frame((31, 73, 121, 163), (220, 140), (16, 16))
        result = edit(big, "red", models=models, recipe=QUICK, frame=frame, seam=seam)
        assert result.report["max_change_outside"] == [0.0]
        assert result.report["seam"] == seam


class TestSeveralTextsForOnePhoto:
    def test_one_look_serves_all(self, tiny_models, photo):
        looks = []

        def encoder(image):
            looks.append(len(image))
            return tiny_models.encoder(image)

        encoder.num_ws, encoder.w_dim = tiny_models.encoder.num_ws, tiny_models.encoder.w_dim
        texts, seeds = ["red", "blue", "green"], [3, 1, 2]
        models = replace(tiny_models, encoder=encoder)
        one = edit(photo, texts, models=models, recipe=QUICK, seed=seeds)
        assert looks == [1]
        copies = photo.expand(3, -1, -1, -1)
        batch = edit(copies, texts, models=tiny_models, recipe=QUICK, seed=seeds)
        torch.testing.assert_close(one.image, batch.image, rtol=0, atol=1e-4)
        assert one.report["seeds"] == seeds
        assert len(one.report["clip_after"]) == len(one.frames) == 3

    def test_each_with_a_mask_of_its_own(self, tiny_models, photo):
        masks = torch.zeros(2, 1, 16, 16)
        masks[0, :, :8], masks[1, :, 8:] = 1.0, 1.0
        result = edit(photo, ["red", "blue"], models=tiny_models, recipe=QUICK, mask=masks)
        assert (result.mask[0, :, 8:] == 0).all()
        assert (result.mask[1, :, :8] == 0).all()


class TestErrors:
    def test_proportions_of_a_whole_photo(self, tiny_models):
        with pytest.raises(ImageError, match="20 x 16 pixels, the generator draws 16 x 16; crop"):
            take_photo(torch.rand(3, 16, 20), tiny_models.generator)

    def test_nobody_in_the_photo(self, tiny_models):
        models = replace(tiny_models, segmenter=SeesFigures())
        with pytest.raises(ImageError, match="Nobody was found"):
            edit(torch.full((3, 40, 60), 0.5), "red", models=models)

    def test_frame_of_another_photo(self, tiny_models, photo):
        frame = Frame.whole((20, 20), (16, 16))
        with pytest.raises(ImageError, match="make a new frame"):
            edit(photo, "red", models=tiny_models, frame=frame)

    def test_unknown_seam(self, tiny_models, photo):
        with pytest.raises(ImageError, match="choose alpha, pyramid"):
            edit(photo, "red", models=tiny_models, recipe=QUICK, seam="glue")

    def test_number_of_texts(self, tiny_models, photo):
        with pytest.raises(TextError, match="2 texts for 3 images"):
            edit(photo.expand(3, -1, -1, -1), ["red", "blue"], models=tiny_models)

    def test_unknown_words(self, tiny_models, photo):
        with pytest.raises(TextError):
            edit(photo, "dress", models=tiny_models)

    def test_empty_mask(self, tiny_models, photo):
        with pytest.raises(ImageError, match="Nothing is selected"):
            edit(photo, "red", models=tiny_models, recipe=QUICK, mask=torch.zeros(1, 16, 16))

    def test_mask_of_another_photo(self, tiny_models, photo):
        with pytest.raises(ImageError, match="The mask is 32 x 16 pixels"):
            edit(photo, "red", models=tiny_models, recipe=QUICK, mask=torch.ones(1, 16, 32))

    def test_nothing_to_aim_at(self, tiny_models, photo):
        zero = LossWeights(0, 0, 0, 0, 0)
        with pytest.raises(FiceError, match="weights are 0"):
            edit(photo, "red", models=tiny_models, recipe=replace(QUICK, weights=zero))


class TestMemory:
    def test_images_that_do_not_fit_together_take_turns(self, tiny_models, photo):
        photos = torch.stack([photo, photo.flip(2), photo * 0.5])
        together = edit(photos, "red", models=tiny_models, recipe=QUICK, memory=1 << 40)
        calls = []
        alone = edit(
            photos, "red", models=tiny_models, recipe=QUICK, memory=1, on_step=calls.append
        )
        assert together.report["images_at_once"] == 3
        assert alone.report["images_at_once"] == 1
        assert len(calls) == 3 * 6
        torch.testing.assert_close(alone.ws, together.ws, rtol=0, atol=1e-4)
        assert alone.losses["clip"].shape == together.losses["clip"].shape

    def test_the_limit_asks_for_groups_of_a_size(self, tiny_models, photo, monkeypatch):
        monkeypatch.setattr(fice.pipeline.invert, "peak_bytes", lambda trial: trial() or 100)
        photos = torch.stack([photo] * 4)
        result = edit(photos, "red", models=tiny_models, recipe=QUICK, memory=250)
        assert result.report["images_at_once"] == 2

    def test_a_group_that_ends_early_repeats_its_last_loss(self, tiny_models, photo, monkeypatch):
        groups = iter((2, 4))

        def ending(recipe, steps, source):
            for _, pair in zip(range(next(groups)), choose_by(recipe, steps, source), strict=False):
                yield pair

        choose_by = fice.pipeline.invert.choose_by
        monkeypatch.setattr(fice.pipeline.invert, "choose_by", ending)
        monkeypatch.setattr(fice.pipeline.invert, "peak_bytes", lambda _: 100)
        photos = torch.stack([photo, photo.flip(2)])
        losses = edit(photos, "red", models=tiny_models, recipe=SHORT_PAPER, memory=1).losses
        assert losses["clip"].shape == (4, 2)
        assert losses["clip"][1, 0] == losses["clip"][3, 0]
