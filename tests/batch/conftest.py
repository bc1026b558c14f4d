from __future__ import annotations

import pytest
from batch_studio import write_picture

from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows


@pytest.fixture
def photos(tmp_path):
    """A folder with two photos, one of them in a folder within."""
    write_picture(tmp_path / "photos" / "Anna Berg.png", 1)
    write_picture(tmp_path / "photos" / "more" / "b.png", 2)
    return tmp_path / "photos"


@pytest.fixture
def plan(photos):
    """Two photos with two texts each."""
    rows = read_rows(str(photos), Asked(("red", "a blue coat")))
    return make_plan(rows, {"steps": 1}, ".png")
