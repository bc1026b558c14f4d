"""A wish made whole: what the text names, and all else as it is read off the photo."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch

from fice.demo.showcase import figure
from fice.pipeline.models import ModelSet
from fice.words import (
    Completed,
    Completion,
    Reading,
    about,
    complete,
    gauge,
    hear,
    load_bank,
    questions,
    read_garment,
)
from fice.words.bank import Bank
from fice.words.reading import knows

SEEN = {
    "garment": "top",
    "colour": "orange",
    "pattern": "horizontally striped",
    "sleeve": "short sleeve",
    "neckline": "round neck",
}


def _reading(confidence: float = 0.9, **changed: str) -> Reading:
    values = {**SEEN, **changed}
    asked = {name: load_bank().attributes[name].read for name in values}
    return Reading(values, dict.fromkeys(values, confidence), asked)


def _completed(text: str, models: ModelSet, how: Completion = "photo", **seen: str) -> Completed:
    return complete(
        hear(text, load_bank()),
        _reading(**seen),
        load_bank(),
        how,
        lambda phrase: knows(models.clip, phrase),
    )


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("a v-neck", "a horizontally striped orange short sleeve v-neck top"),
        ("make it red", "a horizontally striped red short sleeve top with a round neck"),
        ("remove the stripes", "a plain orange short sleeve top with a round neck"),
        ("longer sleeves", "a horizontally striped orange long sleeve top with a round neck"),
        ("crimson gown", "a horizontally striped red short sleeve dress with a round neck"),
        (
            "a purple and white checked shirt",
            "a purple and white checked short sleeve shirt with a round neck",
        ),
        ("with white dots", "an orange short sleeve top with a round neck and white dots"),
        (
            "a yellow tank top",
            "a horizontally striped yellow sleeveless tank top with a round neck",
        ),
    ],
)
def test_the_sentence_says_what_is_named_and_what_is_on_the_photo(
    demo_models: ModelSet, text: str, wish: str
) -> None:
    assert _completed(text, demo_models).wish.text == f"a person wearing {wish}"


def test_plain_takes_a_pattern_that_nobody_named_away(demo_models: ModelSet) -> None:
    said = _completed("make it red", demo_models, "plain")
    assert said.wish.text == "a person wearing a plain red short sleeve top with a round neck"
    assert said.added == {"pattern": "plain"}
    assert "checked" in _completed("checks", demo_models, "plain").wish.text


def test_what_the_guide_is_not_sure_of_is_not_asked_for(demo_models: ModelSet) -> None:
    said = complete(
        hear("make it red", load_bank()),
        _reading(confidence=0.3),
        load_bank(),
        "photo",
        lambda phrase: knows(demo_models.clip, phrase),
    )
    assert said.kept == {}
    assert said.wish.text == "a person wearing a red top"


def test_words_that_the_guide_lacks_are_said_otherwise_or_told(demo_models: ModelSet) -> None:
    said = _completed("a floral silk hoodie in crimson", demo_models)
    assert said.instead == {"crimson": "red", "hoodie": "sweater"}
    assert set(said.left_out) == {"floral", "silk"}


def test_what_is_not_wanted_is_moved_away_from(demo_models: ModelSet) -> None:
    said = _completed("not orange", demo_models)
    assert said.avoided == ("a person wearing an orange top",)
    assert "orange" not in said.wish.text


def test_a_weight_stays_at_its_word(demo_models: ModelSet) -> None:
    said = _completed("a (crimson:1.4) dress", demo_models)
    assert [(one.words, one.weight) for one in said.wish.emphases] == [("red", 1.4)]


def test_what_is_named_says_which_layers_it_lies_in(demo_models: ModelSet) -> None:
    groups = {
        "make it red": ("texture",),
        "a red shirt": ("texture",),
        "long sleeves": ("shape",),
        "a dress": ("shape",),
        "a red dress": ("shape", "texture"),
        "a red top and blue jeans": (),
    }
    for text, expected in groups.items():
        assert _completed(text, demo_models).groups == expected, text


def test_a_guide_reads_a_figure(demo_models: ModelSet) -> None:
    (reading,) = read_garment(
        questions(demo_models.clip, load_bank()), figure(10_500_003, 128)[None]
    )
    assert set(reading.values) == set(SEEN)
    assert all(0.5 < share <= 1 for share in reading.confidence.values())


def test_a_word_that_the_table_lacks_is_placed_by_clip(demo_models: ModelSet) -> None:
    """Taken out of the table, a word of each kind is still known for what it is about."""
    words = {
        "purple": "colour",
        "gingham": "pattern",
        "dotted": "pattern",
        "sleeveless": "sleeve",
        "turtleneck": "neckline",
    }
    bank = load_bank()
    smaller = Bank(
        bank.attributes, {k: v for k, v in bank.entries.items() if " ".join(k) not in words}
    )
    for word, attribute in words.items():
        heard = hear(f"a {word} top", smaller)
        assert heard.unknown == (word,)
        assert about(demo_models.clip, heard.unknown, smaller) == {word: attribute}
    assert not about(demo_models.clip, ["girl", "photo"], smaller)


def test_the_gauge_tells_named_kept_and_invented() -> None:
    before = _reading()
    after = _reading(colour="red", pattern="plain", sleeve="long sleeve")
    seen = gauge({"colour": "crimson"}, before, after, load_bank())
    assert seen.named_share == 1
    assert seen.kept_share == pytest.approx(2 / 4)
    assert seen.invented == ("sleeve",)


def test_a_reading_costs_no_gradient(demo_models: ModelSet) -> None:
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    read_garment(questions(demo_models.clip, load_bank()), image)
    assert image.grad is None


def test_a_pattern_that_stays_keeps_its_second_colour(demo_models: ModelSet) -> None:
    def said(text: str) -> str:
        reading = replace(_reading(), tint="white")
        clip = partial(knows, demo_models.clip)
        bank = load_bank()
        return complete(hear(text, bank), reading, bank, "photo", clip).wish.text

    kept = "{} and white horizontally striped short sleeve v-neck top"
    assert said("a v-neck") == f"a person wearing an {kept.format('orange')}"
    assert said("a green v-neck") == f"a person wearing a {kept.format('green')}"
    assert "and white" not in said("checks")
    assert "and" not in said("make it white")


def test_the_second_colour_is_read_off_the_photo(demo_models: ModelSet) -> None:
    asked = questions(demo_models.clip, load_bank())
    photo = figure(10_500_003, 128)[None]
    assert not read_garment(asked, photo)[0].tint
    (reading,) = read_garment(asked, photo, tints=True)
    assert (reading.values["colour"], reading.tint) == ("white", "red")
    assert len(asked.tints) == 1


def test_a_value_that_the_guide_has_no_word_for_stays_as_on_the_photo(
    demo_models: ModelSet,
) -> None:
    said = _completed("a floral v-neck", demo_models)
    assert said.left_out == ("floral",)
    assert said.kept["pattern"] == "horizontally striped"
    assert set(said.named) == {"neckline"}
