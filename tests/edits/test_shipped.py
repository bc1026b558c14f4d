"""The edits that come with the pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from fice.checkpoints import load_generator
from fice.edits import check_generator, load_edit, open_thumbnail
from fice.pipeline.model_files import DEMO_WEIGHTS

ASSETS = Path(__file__).parents[2] / "workflows" / "assets"
EDITS = sorted((ASSETS / "fice_edits").glob("*.safetensors"))
HOW_TO_MAKE = (
    'the demo generator is a new one; run: fice edit workflows/assets/fice_demo_photo.png "{text}" '
    '-o out.png --save-edit "workflows/assets/fice_edits/{name}"'
)


@pytest.fixture(scope="module")
def generator():
    return load_generator(DEMO_WEIGHTS / "generator.safetensors")


def test_there_is_one():
    assert EDITS


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_fits_the_demo_generator(path, generator):
    edit = load_edit(path)
    command = HOW_TO_MAKE.format(text=edit.text, name=path.name)
    assert edit.generator == generator.fingerprint, command
    check_generator(edit, generator)


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_says_what_it_is(path):
    edit = load_edit(path)
    assert edit.text
    assert edit.settings
    assert max(open_thumbnail(edit.thumbnail).shape) >= 64
