"""Tests of the demo world's renderer, labels, captions and data sets."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fice.demo.world.attributes import ATTRIBUTE_COLUMNS, Attributes
from fice.demo.world.captions import caption, hard_negative
from fice.demo.world.dataset import HELD_OUT_SEED, half_chart, open_dataset, render_dataset
from fice.demo.world.factors import FACTOR_DIM, FACTOR_NAMES, Z_DIM, Factors, decode, draw_z
from fice.demo.world.palette import COLOUR_NAMES, PALETTE_RGB, nearest_colour
from fice.demo.world.patterns import PATTERN_NAMES, pattern_carriers
from fice.demo.world.renderer import Renderer

_SEEDS = range(8)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(128)


def _bare(factors: Factors) -> Factors:
    """The same figure without sleeves."""
    garment = replace(
        factors.garment,
        sleeve=np.zeros(1, np.float32),
        sleeve_weights=np.array([1, 0, 0], np.float32),
    )
    return replace(factors, garment=garment)


def test_equal_seeds_give_equal_pixels(renderer: Renderer) -> None:
    first = renderer.render(decode(draw_z(5)))
    renderer.render(decode(draw_z(6)))
    again = Renderer(128).render(decode(draw_z(5)))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.chart_u, again.chart_u)
    assert not np.array_equal(draw_z(5), draw_z(6))


def test_only_the_direction_of_z_matters() -> None:
    z = draw_z(3)
    assert np.allclose(decode(z).vector, decode(2.5 * z).vector, atol=1e-5)


def test_vector_determines_the_picture(renderer: Renderer) -> None:
    factors = decode(draw_z(2))
    vector = factors.vector
    assert vector.dtype == np.float32
    assert vector.shape == (FACTOR_DIM,) == (sum(map(len, FACTOR_NAMES.values())),)
    rebuilt = renderer.render(Factors.from_vector(vector))
    assert np.array_equal(rebuilt.image, renderer.render(factors).image)


def test_decode_is_continuous() -> None:
    rng = np.random.default_rng(0)
    for seed in range(20):
        z = draw_z(seed)
        step = 1e-4 * rng.standard_normal(Z_DIM)
        assert np.abs(decode(z + step).vector - decode(z).vector).max() < 0.02


def test_labels_agree_with_each_other(renderer: Renderer) -> None:
    for seed in _SEEDS:
        figure = renderer.render(decode(draw_z(seed)))
        assert set(np.unique(figure.regions)) == {0, 1, 2, 3}
        assert set(np.unique(figure.chart_i)) <= {0, 2, 3, 4, 9, 10, 17, 18, 21, 22, 23, 24}
        inside = figure.chart_i > 0
        assert np.all(figure.regions[inside] > 0)
        cloth_or_skin = (figure.regions == 1) | (figure.regions == 2)
        assert np.mean(inside[cloth_or_skin]) > 0.99
        for coordinate in (figure.chart_u, figure.chart_v):
            assert coordinate.min() >= 0.0
            assert coordinate.max() <= 1.0
            assert np.all(coordinate[~inside] == 0.0)


def test_garment_pixels_follow_the_garment_colour(renderer: Renderer) -> None:
    factors = decode(draw_z(1))
    other = replace(factors.look, garment_rgb=1.0 - factors.look.garment_rgb)
    before, after = (renderer.render(f) for f in (factors, replace(factors, look=other)))
    assert np.array_equal(before.regions, after.regions)
    changed = np.abs(before.image.astype(int) - after.image).max(axis=2) > 3
    assert not np.any(changed & (before.regions == 0) & ~_near(before.regions == 2))


def _near(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    wide = mask.copy()
    for axis in (0, 1):
        for shift in (-1, 1):
            wide |= np.roll(mask, shift, axis)
    return wide


def test_chart_follows_the_body_not_the_sleeve(renderer: Renderer) -> None:
    for seed in _SEEDS:
        factors = decode(draw_z(seed))
        full, bare = renderer.render(factors), renderer.render(_bare(factors))
        both = (full.chart_i > 0) & (bare.chart_i > 0)
        same = full.chart_i[both] == bare.chart_i[both]
        assert np.mean(same) > 0.96


def test_sizes_agree(renderer: Renderer) -> None:
    large = Renderer(256)
    for seed in _SEEDS:
        factors = decode(draw_z(seed))
        small, big = renderer.render(factors), large.render(factors)
        assert np.mean(small.regions == big.regions[::2, ::2]) > 0.985
        halved = big.image.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
        assert np.abs(halved - small.image).mean() < 3.0


def test_palette_names_itself() -> None:
    for name, rgb in zip(COLOUR_NAMES, PALETTE_RGB, strict=True):
        assert nearest_colour(rgb)[0] == name


def test_carriers_are_balanced_textures() -> None:
    carriers = pattern_carriers(64)
    assert tuple(carriers) == PATTERN_NAMES[1:]
    for texture in carriers.values():
        assert texture.shape == (64, 64)
        assert texture.min() >= -1.0
        assert texture.max() <= 1.0
        assert texture.std() > 0.3


def test_attributes_survive_their_codes() -> None:
    for seed in range(50):
        attributes = Attributes.of(decode(draw_z(seed)))
        codes = attributes.codes()
        assert codes.shape == (len(ATTRIBUTE_COLUMNS),)
        again = Attributes.from_codes(codes)
        margin = again.colour_margin
        assert again == replace(attributes, colour_margin=margin)


def test_captions_are_plain_and_true() -> None:
    rng = np.random.default_rng(1)
    nameless = 0
    for seed in range(400):
        attributes = Attributes.of(decode(draw_z(seed)))
        text = caption(attributes, rng)
        assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", text), text
        assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", hard_negative(attributes, rng))
        told = {attributes.colour, attributes.second_colour, attributes.lower_colour}
        # "light blue" contains "blue": longer names are read first.
        rest = text
        for name in sorted(COLOUR_NAMES, key=len, reverse=True):
            if re.search(rf"\b{name}\b", rest):
                assert name in told, (text, attributes)
                rest = rest.replace(name, "")
        nameless += rest == text
        if re.search(r"sleeveless|tank top|(without|no) sleeves", text):
            assert attributes.sleeve == "sleeveless"
        if re.search(r"\bdress\b", text):
            assert attributes.dress
        if re.search(r"t-shirt|tee|short[ -]sleeve", text):
            assert attributes.sleeve == "short"
        if "dots" in text or "spot" in text:
            assert attributes.pattern == "dots"
    assert 60 < nameless < 240


def test_a_hard_negative_is_never_a_true_caption_of_its_colour() -> None:
    rng = np.random.default_rng(2)
    attributes = Attributes("red", 30.0, None, None, None, None, None, None, None, None)
    for _ in range(50):
        assert not re.search(r"\bred\b", hard_negative(attributes, rng))


def test_dataset_is_resumable_and_matches_the_renderer(tmp_path: Path, renderer: Renderer) -> None:
    render_dataset(tmp_path, 40, 5, chunk_size=2)
    before = open_dataset(tmp_path).images[3].copy()
    (tmp_path / "done" / "000000002").unlink()
    render_dataset(tmp_path, 40, 5, chunk_size=2)
    data = open_dataset(tmp_path)
    factors = decode(draw_z(43))
    figure = renderer.render(factors)
    assert np.array_equal(data.images[3], before)
    assert np.array_equal(data.images[3], figure.image)
    assert np.array_equal(data.chart_uv[3], half_chart(figure))
    assert np.array_equal(data.factors[3], factors.vector)
    assert np.array_equal(data.attributes[3], Attributes.of(factors).codes())
    with pytest.raises(ValueError, match="another data set"):
        render_dataset(tmp_path, 41, 5)


def test_held_out_seeds_do_not_mix_with_training(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="held-out"):
        render_dataset(tmp_path, HELD_OUT_SEED - 5, 10)
