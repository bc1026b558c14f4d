from __future__ import annotations

import numpy as np
import pytest

from fice.alignment.transform import Transform, apply, chained, inverse, rescaled, whole


def random_matrix(seed=0):
    rng = np.random.default_rng(seed)
    linear = np.eye(2) + rng.normal(0, 0.1, (2, 2))
    return np.column_stack([linear, rng.normal(0, 20, 2)])


def test_inverse_and_chain():
    matrix = random_matrix()
    assert np.allclose(chained(matrix, inverse(matrix)), np.eye(2, 3))


def test_corners_of_a_resized_picture_stay_corners():
    """The outer edge of the first pixel lies at -0.5, whatever the size."""
    matrix = whole((30, 50), (90, 100)).matrix
    corners = np.array([[-0.5, -0.5], [49.5, 29.5]])
    assert np.allclose(apply(matrix, corners), [[-0.5, -0.5], [99.5, 89.5]])


def test_rescaled_there_and_back():
    matrix = random_matrix(1)
    small = rescaled(matrix, (0.5, 0.25), (2.0, 3.0))
    assert np.allclose(rescaled(small, (2.0, 4.0), (0.5, 1 / 3)), matrix)


def test_figures_say_what_the_editor_did():
    turn = np.radians(1.5)
    linear = 1.2 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([49.5, 99.5])
    matrix = np.column_stack([linear, middle + np.array([5, -8]) - linear @ middle])
    figures = Transform(matrix, (200, 100), (200, 100)).figures
    assert figures["shift_x"] == pytest.approx(5.0)
    assert figures["shift_y"] == pytest.approx(-4.0)
    assert figures["zoom"] == pytest.approx(1.2)
    assert figures["stretch"] == pytest.approx(1.0)
    assert figures["rotation"] == pytest.approx(1.5)


def test_a_mere_change_of_size_is_nothing():
    figures = whole((200, 100), (512, 384)).figures
    assert figures["zoom"] == pytest.approx(1.0)
    assert figures["stretch"] == pytest.approx(1.0)
