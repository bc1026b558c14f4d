"""The seams' check on drawings, which everybody has."""

from __future__ import annotations

import pytest
import torch

from fice.lab.exact.subjects import Subject, draw_subjects
from fice.lab.photos.seams import BARED, KINDS, make_case, measure_all


@pytest.fixture(scope="module")
def subject():
    (drawn,) = draw_subjects(1)
    parts = (drawn.photo, drawn.garment, drawn.skin, drawn.person)
    return Subject(drawn.name, *(one[::2, ::2].copy() for one in parts))


def test_cases_are_equal_for_equal_arguments(subject):
    one, other = (make_case(subject, "striped", 3) for _ in range(2))
    assert torch.equal(one.generated, other.generated)
    assert not torch.equal(one.generated, make_case(subject, "striped", 4).generated)


def test_what_is_bared_is_nearer_to_the_photo_than_with_any_seam_alone(subject):
    table = measure_all(make_case(subject, kind, 7) for kind in KINDS)
    for kind in KINDS:
        figures = table[kind]
        assert {method: row["outside"] for method, row in figures.items()} == dict.fromkeys(
            figures, 0.0
        )
        others = [row["bared"] for method, row in figures.items() if method != BARED]
        assert figures[BARED]["bared"] < min(others)
