"""The edits of a photo, with tiny networks."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from batch_studio import write_picture

import fice.batch.editing
from fice.base.images import read_image
from fice.batch.editing import Editor, EditSettings
from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows
from fice.batch.values import Edited, Failed
from fice.inversion import TUNED
from fice.pipeline.edit import edit

RECIPE = TUNED.in_steps(1)


@pytest.fixture
def editor(tiny_models):
    return Editor(EditSettings(RECIPE), tiny_models)


def units_of(photos, *texts, **changes):
    rows = [replace(one, **changes) for one in read_rows(str(photos), Asked(texts, seed=3))]
    return make_plan(rows, None, ".png").units()


def test_all_texts_of_a_photo_from_one_frame(editor, photos, tiny_models, monkeypatch, tmp_path):
    framed = []
    whole = fice.batch.editing.choose_frames
    monkeypatch.setattr(
        fice.batch.editing, "choose_frames", lambda *given: framed.append(1) or whole(*given)
    )
    (unit, _) = units_of(photos, "red", "blue", "green")
    outcomes = list(editor(unit))
    assert [one.key for one in outcomes] == [one.key for one in unit.edits]
    assert len(framed) == 1
    assert [one.report["texts"] for one in outcomes] == [["red"], ["blue"], ["green"]]
    assert [one.report["seeds"] for one in outcomes] == [[3]] * 3
    (tmp_path / "out.png").write_bytes(outcomes[1].picture)
    alone = edit(read_image(unit.photo), "blue", models=tiny_models, recipe=RECIPE, seed=3)
    expected = (alone.image[0] * 255).round() / 255
    torch.testing.assert_close(read_image(tmp_path / "out.png"), expected, rtol=0, atol=1.1 / 255)


def test_a_text_that_fails_spares_the_others(editor, photos):
    (unit, _) = units_of(photos, "red", "dress", "blue")
    red, dress, blue = editor(unit)
    assert isinstance(red, Edited)
    assert isinstance(blue, Edited)
    assert isinstance(dress, Failed)
    assert "Nothing that 'dress' says" in dress.reason
    assert not dress.may_pass


def test_a_photo_that_fails_is_told_of_each_text(editor, photos):
    whole = (photos / "more" / "b.png").read_bytes()
    (photos / "more" / "b.png").write_bytes(whole[: len(whole) // 2])
    (_, unit) = units_of(photos, "red", "blue")
    assert all(isinstance(one, Failed) and "b.png" in one.reason for one in editor(unit))


def test_masks_and_negative_texts_of_rows(editor, photos, tmp_path):
    left = torch.zeros(16, 16, dtype=torch.uint8)
    left[:, :8] = 255
    import cv2

    cv2.imwrite(str(tmp_path / "mask.png"), left.numpy())
    (unit, _) = units_of(photos, "red", mask=str(tmp_path / "mask.png"), negative="blue")
    (outcome,) = editor(unit)
    (tmp_path / "out.png").write_bytes(outcome.picture)
    after, before = read_image(tmp_path / "out.png"), read_image(unit.photo)
    assert torch.equal(after[:, :, 8:], before[:, :, 8:])
    assert outcome.report["negative_text"] == "blue"
    assert outcome.report["file"]["max_change_outside"] == [0.0]


def test_as_many_texts_at_once_as_fit(editor, photos, monkeypatch):
    asked = []
    whole = fice.batch.editing.edit
    monkeypatch.setattr(
        fice.batch.editing,
        "edit",
        lambda *given, **more: asked.append(given[1]) or whole(*given, **more),
    )
    monkeypatch.setattr(fice.batch.editing, "free_bytes", lambda _: 1)
    (unit, _) = units_of(photos, "red", "blue")
    assert len(list(editor(unit))) == 2
    assert asked == [["red"], ["blue"]]


def test_a_photo_from_elsewhere(editor, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    content = write_picture(tmp_path / "a.png").read_bytes()
    fsspec.filesystem("memory").pipe("/studio/a.png", content)
    (unit,) = units_of("memory://studio", "red")
    (outcome,) = editor(unit)
    assert isinstance(outcome, Edited)
