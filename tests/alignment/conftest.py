from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import draw_subjects, read_subjects

PHOTOS = Path(__file__).parents[2].parent / "shared" / "photos"


@lru_cache
def drawn():
    return draw_subjects(2, first=50)


@lru_cache
def drawn_pair(kind="drawn", seed=3):
    """A drawn figure before a plain wall, and what an editor made of the picture."""
    return make_pair(drawn()[0], kind, seed, drawn())


@lru_cache
def photos():
    if not PHOTOS.is_dir():
        pytest.skip("shared/photos is missing, so nothing is tried on photos")
    return read_subjects(PHOTOS)[:3]


@lru_cache
def photo_pair(kind="recoloured", seed=5):
    return make_pair(photos()[0], kind, seed, photos())
