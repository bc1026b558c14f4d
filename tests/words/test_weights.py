from __future__ import annotations

import doctest

import pytest
import torch

import fice.words.weights
from fice.words.weights import Emphasis, encode_weighted, parse_weights


def test_examples():
    assert doctest.testmod(fice.words.weights).failed == 0


@pytest.mark.parametrize(
    ("written", "read", "emphases"),
    [
        ("(red:1.3) dress", "red dress", {"red": 1.3}),
        ("a (long red:0.5) dress", "a long red dress", {"long red": 0.5}),
        ("a (red) dress", "a red dress", {"red": 1.1}),
        ("a ((red)) dress", "a red dress", {"red": 1.21}),
        ("a [red] dress", "a red dress", {"red": 1 / 1.1}),
        ("a red dress", "a red dress", {}),
        ("a dress :-)", "a dress :-)", {}),
        ("a (red dress", "a (red dress", {}),
        ("(:1.3) dress", "(:1.3) dress", {}),
    ],
)
def test_marks_are_taken_out(written, read, emphases):
    parsed = parse_weights(written)
    assert parsed.text == read
    found = {one.words: one.weight for one in parsed.emphases}
    assert found == pytest.approx(emphases)


def test_a_text_without_marks_is_encoded_as_it_is(tiny_models):
    clip = tiny_models.clip
    assert torch.equal(encode_weighted(clip, ["a red dress"]), clip.encode_text(["a red dress"]))


class Words:
    """Features that count words: red, blue, anything else."""

    def encode_text(self, texts):
        rows = [[text.split().count("red"), text.split().count("blue"), 1.0] for text in texts]
        return torch.nn.functional.normalize(torch.tensor(rows), dim=1)


def test_weight_says_how_much_a_word_counts():
    def share(text):
        red, blue, _ = encode_weighted(Words(), [text])[0]
        return float(red / blue)

    more, plain, less = (share(f"({'red'}:{w}) and blue") for w in ("1.5", "1.0", "0.5"))
    assert more > plain > less
    assert plain == pytest.approx(1.0)
    assert encode_weighted(Words(), ["(red:1.5) and blue"]).norm() == pytest.approx(1.0)


def test_a_text_that_is_one_stretch_is_the_text():
    assert torch.equal(encode_weighted(Words(), ["(red:1.3)"]), Words().encode_text(["red"]))


def test_emphasis_is_a_value():
    assert Emphasis("red", 1.3) == parse_weights("(red:1.3) dress").emphases[0]
