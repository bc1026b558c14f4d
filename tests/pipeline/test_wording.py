"""Texts that are completed by what the guide sees, in whole edits."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.errors import TextError
from fice.base.layer_groups import LayerGroups
from fice.demo.showcase import figure
from fice.guidance.wish import Wish
from fice.inversion import PAPER, TUNED, StartSearch
from fice.pipeline.edit import edit
from fice.pipeline.models import load_models
from fice.pipeline.wording import hear_texts, read_texts, understand
from fice.words import encode_weighted

STRIPED, PLAIN = 10_500_008, 10_500_019
QUICK = replace(
    TUNED,
    inversion=replace(TUNED.inversion, steps=3),
    start=StartSearch(8, (("texture",),)),
    crops=1,
)


@pytest.fixture(scope="module")
def models():
    return load_models()


def _photos(*seeds):
    return torch.stack([figure(seed, 128) for seed in seeds])


class TestTexts:
    @pytest.mark.parametrize("how", ["photo", "plain", "free"])
    def test_nothing_understood_is_refused_with_what_is_known(self, models, how):
        with pytest.raises(TextError, match=r"Nothing that 'asdf'.*light blue.*polka dot"):
            hear_texts("asdf", "", models.clip, 1, how)

    def test_filler_alone_is_no_wish_even_if_clip_knows_it(self, models):
        with pytest.raises(TextError, match="Nothing that 'a brocade poncho'"):
            hear_texts("a brocade poncho", "", models.clip, 1, "free")
        assert hear_texts("a brocade poncho", "", models.clip, 1, "photo").heard[0].named

    def test_free_takes_the_text_as_it_is(self, models):
        texts = hear_texts("a (red:1.3) top", "stripes", models.clip, 1, "free")
        wish = understand(texts, models.clip, _photos(PLAIN)).wish
        assert torch.equal(wish.wanted, encode_weighted(models.clip, ["a (red:1.3) top"]))
        plain = read_texts("a (red:1.3) top", "stripes", models.clip, 1)
        assert torch.equal(plain.wanted, wish.wanted)
        assert torch.equal(plain.unwanted, wish.unwanted)
        assert not wish.groups

    def test_without_a_photo_there_is_nothing_to_complete_by(self, models):
        texts = hear_texts("a red top", "", models.clip, 1, "photo")
        understood = understand(texts, models.clip, None)
        assert torch.equal(understood.wish.wanted, encode_weighted(models.clip, ["a red top"]))
        assert not understood.completed

    def test_each_photo_is_read_by_itself(self, models):
        texts = hear_texts("make it red", "", models.clip, 2, "photo")
        one, other = understand(texts, models.clip, _photos(STRIPED, PLAIN)).said
        assert one.wish.text != other.wish.text
        assert "red" in one.wish.text
        assert "red" in other.wish.text

    def test_what_is_not_wanted_goes_to_those_who_said_so(self, models):
        texts = hear_texts(["not red", "a red top"], "", models.clip, 2, "photo")
        wish = understand(texts, models.clip, _photos(STRIPED, PLAIN)).wish
        assert wish.unwanted is not None
        assert wish.unwanted[0].norm() > 0.9
        assert wish.unwanted[1].norm() == 0

    def test_a_part_of_a_wish_keeps_its_layers(self, models):
        texts = hear_texts(["make it red", "long sleeves"], "", models.clip, 2, "photo")
        wish = understand(texts, models.clip, _photos(STRIPED, PLAIN)).wish
        assert [wish.groups_of(i) for i in range(2)] == [("texture",), ("shape",)]
        assert wish.only([1]).groups_of(0) == ("shape",)
        assert wish.only(slice(1, 2)).groups_of(0) == ("shape",)
        assert isinstance(wish.only([0]), Wish)


class TestEdits:
    def test_a_batch_about_different_layers_equals_edits_one_by_one(self, models):
        photos, texts = _photos(STRIPED, PLAIN, STRIPED), ["make it red", "a v-neck", "a blue top"]
        together = edit(photos, texts, models=models, recipe=QUICK, seed=[3, 4, 5])
        for index, text in enumerate(texts):
            own = photos[index : index + 1]
            alone = edit(own, text, models=models, recipe=QUICK, seed=3 + index)
            assert torch.allclose(together.ws[index], alone.ws[0], atol=1e-4), text
            assert together.report["wishes"][index] == alone.report["wishes"][0]

    @pytest.mark.parametrize(("change", "moved"), [("colour", "texture"), ("cut", "shape")])
    def test_colour_only_and_cut_only_leave_the_other_codes_bit_identical(
        self, models, change, moved
    ):
        recipe = replace(QUICK, change=change)
        result = edit(
            _photos(PLAIN), "a red v-neck top without sleeves", models=models, recipe=recipe, seed=1
        )
        groups = LayerGroups.of(models.generator, models.generator.num_ws)
        same = (result.ws == result.encoder_ws).all(-1)[0].tolist()
        assert [layer for layer, one in enumerate(same) if not one] == list(groups.indices(moved))

    def test_the_report_tells_what_was_understood_and_how_much_stayed(self, models):
        report = edit(
            _photos(PLAIN), "crimson with asdf", models=models, recipe=QUICK, seed=1
        ).report
        assert report["named"] == [{"colour": "crimson"}]
        assert report["ignored_words"] == ["asdf"]
        assert report["wishes"][0].startswith("a person wearing a plain red ")
        assert report["understood"][0].startswith("Understood: crimson. As on the photo: ")
        assert set(report["read_before"][0]) == set(report["read_after"][0])
        assert 0 <= report["unnamed_kept"][0] <= 1

    def test_the_papers_recipe_takes_the_text_as_it_is(self):
        assert PAPER.complete == "free"
        assert PAPER.change == "all"

    def test_what_nobody_named_stays(self, models):
        """A striped figure in another colour keeps its stripes, sleeves and neckline."""
        result = edit(_photos(STRIPED), "make it yellow", models=models, seed=0)
        assert result.report["named_right"] == [1.0]
        assert result.report["unnamed_kept"] == [1.0]
        assert result.report["invented"] == [[]]
