"""Texts as people type them, and what they say of a garment."""

from __future__ import annotations

import pytest

from fice.networks.perceptors.clip_tokens import is_word
from fice.words import Heard, hear, load_bank

STRIPED, DOTS, CHECKED = "horizontally striped", "polka dot", "checked"
SHORT, LONG = "short sleeve", "long sleeve"

DESCRIBED = {
    "yellow sweater, no dots, plain": {"colour": "yellow", "pattern": "plain", "sleeve": LONG},
    "a plain yellow turtleneck sweater": {
        "pattern": "plain",
        "colour": "yellow",
        "neckline": "turtleneck",
        "sleeve": LONG,
    },
    "YELLOW V-NECK!!!": {"colour": "yellow", "neckline": "v-neck"},
    "sweater, yellow, turtleneck": {"colour": "yellow", "neckline": "turtleneck", "sleeve": LONG},
    "(red:1.3) dress": {"colour": "red"},
    "crimson gown": {"colour": "crimson"},
    "navy hoodie": {"colour": "navy", "sleeve": LONG},
    "a blue tank top": {"colour": "blue", "sleeve": "sleeveless"},
    "blue jeans jacket": {"colour": "blue", "sleeve": LONG, "neckline": "collar"},
    "a top with no sleeves and a collar": {"sleeve": "sleeveless", "neckline": "collar"},
    "woman with long blonde hair in a green dress with white dots": {
        "colour": "green",
        "pattern": DOTS,
    },
    "a red top and blue jeans": {"colour": "red"},
    "long-sleved yelow top": {"sleeve": LONG, "colour": "yellow"},
    "stripped shirt": {"pattern": STRIPED},
    "masterpiece, best quality, (emerald:1.2) blouse, 8k": {"colour": "emerald"},
    "an A-line dress in grey": {"colour": "gray"},
    "does it come in polka dot 💜": {"pattern": DOTS, "colour": "purple"},
}

INSTRUCTED = {
    "make it red": {"colour": "red"},
    "remove stripes": {"pattern": "plain"},
    "Remove the stripes, please": {"pattern": "plain"},
    "get rid of the pattern": {"pattern": "plain"},
    "those stripes are too loud, take them away": {"pattern": "plain"},
    "long sleeves please": {"sleeve": LONG},
    "Make the sleeves long": {"sleeve": LONG},
    "without sleeves": {"sleeve": "sleeveless"},
    "cut the sleeves off": {"sleeve": "sleeveless"},
    "neck round; sleeves none; teal": {
        "neckline": "round neck",
        "sleeve": "sleeveless",
        "colour": "teal",
    },
    "change the dots to stripes": {"pattern": STRIPED},
    "change the color from red to blue": {"colour": "blue"},
    "swap the orange top for a teal blouse": {"colour": "teal"},
    "I don't want long sleeves, I want short ones": {"sleeve": SHORT},
    "dont make it pink, purple!!": {"colour": "purple"},
    "a plain white t shirt without any pattern": {
        "pattern": "plain",
        "colour": "white",
        "sleeve": SHORT,
    },
    "a dress without stripes and with long sleeves": {"pattern": "plain", "sleeve": LONG},
}


def _said(heard: Heard) -> dict[str, str]:
    named = {name: one.value for name, one in heard.named.items()}
    said = {**heard.implied, **named}
    return {name: value for name, value in said.items() if name != "garment"}


@pytest.mark.parametrize("text", [*DESCRIBED, *INSTRUCTED])
def test_a_text_is_heard_as_it_is_meant(text: str) -> None:
    assert _said(hear(text, load_bank(), is_word)) == (DESCRIBED | INSTRUCTED)[text]


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("change her top to a hoodie", "hoodie"),
        ("a sweater dress", "dress"),
        ("👗 in blue", "dress"),
        ("a red shirt", "shirt"),
    ],
)
def test_the_garment_is_the_noun_that_is_meant(text: str, noun: str) -> None:
    assert hear(text, load_bank()).named["garment"].value == noun


def test_longer_and_shorter_wait_for_the_photo() -> None:
    for text in ("longer sleeves", "sleeves should be longer", "lengthen the sleeves"):
        assert hear(text, load_bank()).moved == {"sleeve": 1}, text
    assert hear("shorter sleeves, please", load_bank()).moved == {"sleeve": -1}
    assert hear("add sleeves", load_bank()).moved == {"sleeve": 0}


def test_what_is_not_wanted_is_avoided() -> None:
    assert hear("not red", load_bank()).avoided == {"colour": ("red",)}
    assert (
        hear("no collar", load_bank()).avoided == {}
        or "neckline" in hear("no collar", load_bank()).named
    )
    assert hear("neither a turtleneck nor a collar", load_bank()).avoided == {
        "neckline": ("turtleneck", "collar")
    }


def test_what_an_edit_never_changes_and_what_lies_below_is_set_apart() -> None:
    heard = hear("long blonde hair, a red top, black trousers and white shoes", load_bank())
    assert _said(heard) == {"colour": "red"}
    assert heard.kept == ("long blonde hair", "white shoes")
    assert heard.lower == "black trousers"
    assert not _said(hear("dye her hair red", load_bank()))


def test_the_colour_of_a_pattern_is_not_that_of_the_garment() -> None:
    heard = hear("a top with white stripes", load_bank())
    assert "colour" not in heard.named
    assert heard.named["pattern"].tint == "white"


def test_words_that_nobody_knows_are_told_and_real_words_are_no_misspellings() -> None:
    assert hear("a red asdfg blouse", load_bank()).unknown == ("asdfg",)
    heard = hear("a yelow blouse", load_bank())
    assert [(one.typed, one.read) for one in heard.mended] == [("yelow", "yellow")]
    assert not hear("a red silt blouse", load_bank(), is_word).mended


def test_weights_go_to_the_attribute_they_stand_at() -> None:
    assert hear("a (crimson:1.3) dress", load_bank()).weights == {"colour": 1.3}


@pytest.mark.parametrize("text", ["hello", "make her smile", "please, thank you", "???"])
def test_a_text_without_a_garment_says_nothing(text: str) -> None:
    assert hear(text, load_bank()).nothing
