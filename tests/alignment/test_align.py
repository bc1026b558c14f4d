from __future__ import annotations

import cv2
import numpy as np
import pytest

from fice.alignment import find_alignment, find_alignment_of_all
from fice.alignment.correlation import correlate
from fice.alignment.tones import grey
from fice.lab.exact.measures import alignment_error

from .conftest import drawn, drawn_pair, photo_pair


def test_a_drawn_figure_before_a_plain_wall():
    pair = drawn_pair()
    found = find_alignment(pair.photo, pair.edited)
    assert alignment_error(pair, found) < 0.2
    assert found.is_sure
    assert found.how == "features"
    true = pair.transform.figures
    for name in ("zoom", "stretch"):
        assert found.figures[name] == pytest.approx(true[name], abs=1e-3)


def test_a_photo():
    pair = photo_pair()
    found = find_alignment(pair.photo, pair.edited)
    assert alignment_error(pair, found) < 0.06
    assert found.is_sure


def test_a_local_warp_is_followed_when_asked():
    pair = drawn_pair("warped", 4)
    stiff, soft = (find_alignment(pair.photo, pair.edited, flow=flow) for flow in (False, True))
    assert stiff.flow is None
    assert alignment_error(pair, soft) < 0.6 * alignment_error(pair, stiff)


def test_a_picture_of_something_else_is_said_to_be_unsure():
    pair = drawn_pair()
    rng = np.random.default_rng(0)
    noise = cv2.resize(rng.integers(0, 256, (60, 40, 3), np.uint8), (600, 900))
    assert not find_alignment(pair.photo, noise).is_sure


def test_a_picture_without_anything_to_hold_on_to():
    flat = np.full((400, 300, 3), 128, np.uint8)
    found = find_alignment(flat, flat)
    assert found.how == "nothing"
    assert found.confidence == 0.0
    assert found.figures["expected_error"] == -1.0


def test_what_is_masked_is_not_looked_at():
    pair = drawn_pair()
    mask = np.full(pair.photo.shape[:2], 255, np.uint8)  # all of it may have changed
    assert find_alignment(pair.photo, pair.edited, mask).how == "nothing"


def test_correlation_finds_what_features_would():
    photo = grey(drawn()[0].photo)
    moved = np.array([[1.1, 0.0, 12.0], [0.0, 1.1, -40.0]])
    edited = cv2.warpAffine(photo, moved, photo.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    found = correlate(photo, edited, None)
    corners = np.array([[0.0, 0, 1], [815, 0, 1], [0, 1215, 1], [815, 1215, 1]])
    assert np.abs(corners @ (found - moved).T).max() < 8.0


def test_one_transform_for_all_frames():
    pair = drawn_pair()
    rng = np.random.default_rng(1)
    frames = [np.clip(pair.edited + rng.normal(0, 3, pair.edited.shape), 0, 255) for _ in range(2)]
    edited = [one.astype(np.uint8) for one in frames]
    found = find_alignment_of_all([pair.photo] * 2, edited, [None] * 2)
    assert alignment_error(pair, found) < 0.2
