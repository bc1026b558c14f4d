from __future__ import annotations

import pytest
import torch

from fice.base.images import write_image
from fice.lab.evaluation.contact_sheets import draw_sheet


@pytest.fixture
def sheet(tmp_path):
    write_image(tmp_path / "picture.png", torch.rand(3, 20, 16))

    def draw(text, method):
        texts = {"one": text}
        return draw_sheet([0], ["one"], texts, [method], lambda *_: tmp_path / "picture.png")

    return draw


@pytest.mark.parametrize("changed", [("红", "m"), ("色", "m"), ("?", "m"), ("红", "m" * 40)])
def test_texts_and_names_of_methods_are_whole(sheet, changed):
    text, method = changed
    usual = sheet(text, method)
    for other in (sheet(text + "色", method), sheet(text, method[:-1] + "n")):
        assert usual.shape != other.shape or (usual != other).any()
    assert (usual[:, -9:] == usual[0, 0]).all()
