"""Every method on tiny networks, and the words that name them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.errors import FiceError, ImageError, TextError
from fice.base.frame import Frame
from fice.base.images import write_image
from fice.inversion import PAPER, RECIPES, TUNED
from fice.lab.evaluation.methods import ABLATIONS, PEERS, Task, open_method, title_of, with_change
from fice.lab.evaluation.methods.global_directions import measure_effects
from fice.lab.evaluation.methods.style_space import StyleSpace

SIDE = 16


@pytest.fixture
def task(photo):
    frame = Frame.whole((SIDE, SIDE), (SIDE, SIDE))
    photos = torch.stack([photo, photo.flip(0)])
    return Task(("a", "b"), photos, ("red", "blue"), (frame, frame), seed=0)


def run(name, task, models, tmp_path):
    method = open_method(name)
    method.prepare(models, tmp_path)
    return method(task, models, tmp_path)


class TestNames:
    def test_recipes_and_peers(self):
        for name in (*PEERS, *RECIPES):
            assert open_method(name).title

    def test_changes(self):
        changed = open_method("tuned@body_shape=0.5;steps=7;keep_best=false;finish=none;seam=paste")
        recipe = changed.recipe
        assert recipe.weights.body_shape == 0.5
        assert recipe.start_weights.body_shape == TUNED.start_weights.body_shape
        assert recipe.inversion.steps == 7
        assert recipe.keep_best is False
        assert (changed.finish, changed.seam) == ("none", "paste")
        assert recipe.weights.clip == TUNED.weights.clip

    def test_what_is_left_out_is_left_out_of_the_search_too(self):
        recipe = open_method("tuned@body_shape=0").recipe
        assert recipe.weights.body_shape == recipe.start_weights.body_shape == 0

    def test_the_paper_stitches_the_head(self):
        assert open_method("paper").recipe == PAPER
        assert open_method("paper").finish == "head"

    @pytest.mark.parametrize("change", ABLATIONS.values())
    def test_every_ablation_changes_the_tuned_recipe(self, change):
        changed = open_method(f"tuned@{change}")
        assert changed.settings != open_method("tuned").settings

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("magic", "There is no method 'magic'"),
            ("tuned@magic=1", "no number called 'magic'"),
            ("tuned@steps=many", "not a possible change"),
            ("tuned@steps=0", "at least 1"),
            ("tuned@finish=bow", "choose garment or head or none"),
            ("tuned@keep_best=maybe", "choose true or false"),
            ("copy@steps=3", "no number called 'steps'"),
        ],
    )
    def test_wrong_names(self, name, message):
        with pytest.raises(FiceError, match=message):
            open_method(name)

    def test_titles(self):
        assert title_of("tuned@body_shape=0") == "ours (tuned), minus pose"
        assert title_of("paper@steps=3") == "FICE as published, steps=3"
        assert with_change("tuned@steps=3", "clip=0") == "tuned@steps=3;clip=0"


class TestOutcomes:
    @pytest.mark.parametrize(
        "name",
        [
            "copy",
            "pixels@steps=3",
            "styleclip-latent@steps=3",
            "styleclip-global@threshold=0;neutral=green",
            "paper@steps=2",
            "tuned@steps=2;candidates=2",
        ],
    )
    def test_shapes_ranges_and_what_the_mask_says(self, name, task, tiny_models, tmp_path):
        outcome = run(name, task, tiny_models, tmp_path)
        assert outcome.image.shape == outcome.generated.shape == task.photo.shape
        assert outcome.mask.shape == (2, 1, SIDE, SIDE)
        assert 0 <= outcome.image.min() <= outcome.image.max() <= 1
        outside = (outcome.mask == 0).expand_as(task.photo)
        assert torch.equal(outcome.image[outside], task.photo[outside])
        assert not outcome.image.requires_grad

    @pytest.mark.parametrize("name", ["pixels@steps=20", "styleclip-latent@steps=40;l2=0.0001"])
    def test_optimisation_moves_towards_the_text(self, name, task, tiny_models, tmp_path):
        outcome = run(name, task, tiny_models, tmp_path)
        encode = tiny_models.clip.encode_image
        wanted = tiny_models.clip.encode_text(task.texts)
        start = task.photo
        if name.startswith("styleclip"):
            start = tiny_models.generator.synthesize(tiny_models.encoder(task.photo))
        before, after = ((encode(image) * wanted).sum(1) for image in (start, outcome.image))
        assert (after > before).all()

    def test_unstitched_is_the_generated_picture(self, task, tiny_models, tmp_path):
        name = "tuned@steps=2;candidates=0;finish=none"
        outcome = run(name, task, tiny_models, tmp_path)
        assert torch.equal(outcome.image, outcome.generated)
        assert outcome.mask.all()

    @pytest.mark.parametrize(
        "name",
        ["paper@steps=2", "tuned@steps=2;candidates=0", "tuned@steps=2;crops=0;candidates=2"],
    )
    def test_another_seed_matters_to_what_draws_at_random(self, name, task, tiny_models, tmp_path):
        first, second = (
            run(name, replace(task, seed=seed), tiny_models, tmp_path).generated for seed in (0, 1)
        )
        assert torch.equal(first, second) is not open_method(name).seeded

    def test_batch_gives_what_single_edits_give(self, task, tiny_models, tmp_path):
        both = run("styleclip-latent@steps=3", task, tiny_models, tmp_path)
        one = Task(("b",), task.photo[1:], ("blue",), task.frames[1:], seed=0)
        alone = run("styleclip-latent@steps=3", one, tiny_models, tmp_path)
        torch.testing.assert_close(both.image[1:], alone.image)


class TestExternal:
    def test_pictures_of_the_photos_size_and_of_the_generators(self, task, tmp_path):
        frame = Frame.whole((2 * SIDE, 2 * SIDE), (SIDE, SIDE))
        task = Task(task.ids, task.photo, task.texts, (frame, frame), 0)
        write_image(tmp_path / "a.png", torch.full((3, 2 * SIDE, 2 * SIDE), 0.2))
        write_image(tmp_path / "b.png", torch.full((3, SIDE, SIDE), 0.6))
        outcome = open_method(f"external:{tmp_path}")(task, None, tmp_path)
        expected = torch.tensor([0.2, 0.6])
        torch.testing.assert_close(outcome.image.mean((1, 2, 3)), expected, atol=1e-3, rtol=0)

    def test_missing_and_wrong(self, task, tmp_path):
        method = open_method(f"external:{tmp_path}")
        with pytest.raises(ImageError, match="no picture of case a"):
            method(task, None, tmp_path)
        write_image(tmp_path / "a.png", torch.zeros(3, 5, 5))
        with pytest.raises(ImageError, match="5 x 5 pixels"):
            method(task, None, tmp_path)
        with pytest.raises(ImageError, match="no folder"):
            open_method(f"external:{tmp_path / 'none'}").prepare(None, tmp_path)

    def test_other_pictures_are_other_settings(self, tmp_path):
        before = open_method(f"external:{tmp_path}").settings
        write_image(tmp_path / "a.png", torch.zeros(3, 5, 5))
        assert open_method(f"external:{tmp_path}").settings != before


class TestStyleSpace:
    def test_no_shift_is_the_same_picture(self, tiny_models):
        space = StyleSpace(tiny_models.generator)
        ws = torch.randn(2, tiny_models.generator.num_ws, 8)
        expected = tiny_models.generator.synthesize(ws).clamp(0, 1)
        assert torch.equal(space.synthesize(ws, torch.zeros(2, space.channels)), expected)
        assert space.channels == 5 * 8

    def test_shifting_to_the_styles_of_another_w_draws_its_picture(self, tiny_models):
        """But for the styles of toRGB, which are not moved; so they are made equal first."""
        space = StyleSpace(tiny_models.generator)
        ws = torch.randn(1, tiny_models.generator.num_ws, 8)
        other = ws.clone()
        # Code 0 styles the first convolution only: the first toRGB takes code 1.
        other[:, 0] += 1.0
        shift = space.read(other) - space.read(ws)
        moved = space.synthesize(ws, shift)
        expected = tiny_models.generator.synthesize(other).clamp(0, 1)
        torch.testing.assert_close(moved, expected)
        assert not torch.allclose(moved, space.synthesize(ws, 0 * shift))

    def test_hooks_are_gone_afterwards(self, tiny_models):
        space = StyleSpace(tiny_models.generator)
        ws = torch.randn(1, tiny_models.generator.num_ws, 8)
        before = tiny_models.generator.synthesize(ws)
        space.synthesize(ws, torch.ones(1, space.channels))
        assert torch.equal(tiny_models.generator.synthesize(ws), before)


class TestGlobalDirections:
    def test_effects_are_unit_vectors_of_what_a_style_does(self, tiny_models):
        effects, std = measure_effects(tiny_models, 5.0, 2)
        channels = StyleSpace(tiny_models.generator).channels
        assert effects.shape == (channels, 3)
        assert std.shape == (channels,)
        lengths = effects.norm(dim=1)
        assert ((lengths - 1).abs() < 1e-5).sum() > channels / 2

    def test_moves_towards_the_text(self, task, tiny_models, tmp_path):
        name = "styleclip-global@threshold=0;neutral=green;pictures=16;strength="
        weak, strong = (run(f"{name}{s}", task, tiny_models, tmp_path) for s in (0.0, 1.0))
        encode = tiny_models.clip.encode_image
        texts = tiny_models.clip.encode_text([*task.texts, "green"])
        wanted = texts[:-1] - texts[-1:]
        gain = ((encode(strong.image) - encode(weak.image)) * wanted).sum(1)
        assert (gain > 0).all()

    def test_no_style_answers(self, task, tiny_models, tmp_path):
        with pytest.raises(TextError, match="No style of the generator answers to"):
            run("styleclip-global@threshold=2;neutral=green", task, tiny_models, tmp_path)
