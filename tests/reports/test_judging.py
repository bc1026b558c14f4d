"""Figures of edits whose changes are known."""

from __future__ import annotations

import pytest
import torch

from fice.demo.showcase import figure
from fice.pipeline.models import load_models
from fice.reports.judging import Judges, judge_edit, measure_change

SIDE = 16


@pytest.fixture
def judges(tiny_models):
    clips = {"clip": tiny_models.clip, "held_out": tiny_models.clip}
    return Judges(clips, tiny_models.chart, tiny_models.segmenter)


def plain(*rgb):
    return torch.tensor(rgb).view(1, 3, 1, 1).expand(1, 3, SIDE, SIDE).clone()


class TestText:
    def test_red_that_became_blue(self, judges):
        figures = judge_edit(plain(0.9, 0.1, 0.1), plain(0.1, 0.1, 0.9), "blue", judges, "red")
        assert figures["clip_after"][0] > 0.9 > 0.2 > figures["clip_before"][0]
        assert figures["clip_direction"][0] == pytest.approx(1.0, abs=0.01)
        assert figures["held_out_after"] == figures["clip_after"]

    def test_red_that_became_green_is_another_direction(self, judges):
        figures = judge_edit(plain(0.9, 0.1, 0.1), plain(0.1, 0.9, 0.1), "blue", judges, "red")
        assert figures["clip_direction"][0] == pytest.approx(0.5, abs=0.05)

    def test_nothing_changed(self, judges):
        figures = judge_edit(plain(0.9, 0.1, 0.1), plain(0.9, 0.1, 0.1), "blue", judges, "red")
        assert figures["clip_direction"] == [0.0]
        assert figures["pose_overlap"] == [1.0]

    def test_who_is_not_there_says_nothing(self, tiny_models):
        photo = plain(0.5, 0.5, 0.5)
        assert judge_edit(photo, photo, "", Judges({})) == {}
        only_pose = judge_edit(photo, photo, "", Judges({}, tiny_models.chart))
        assert set(only_pose) == {"pose_overlap"}


def test_change_of_head_and_background(judges):
    before = plain(0.5, 0.5, 0.5)
    after = before.clone()
    after[..., :4, 4:12] += 0.2  # the head of the tiny segmenter
    after[:, :1, 0, 0] += 0.4  # one pixel of its background
    figures = judge_edit(before, after, "blue", judges, "red")
    assert figures["head_change"] == [pytest.approx(0.2, abs=1e-6)]
    assert figures["head_change_most"] == [pytest.approx(0.2, abs=1e-6)]
    assert 0 < figures["background_change"][0] < 0.01
    assert figures["background_change_most"] == [pytest.approx(0.4, abs=1e-6)]


def test_images_of_a_batch_are_judged_by_themselves(judges):
    before, after = plain(0.9, 0.1, 0.1).repeat(2, 1, 1, 1), plain(0.9, 0.1, 0.1).repeat(2, 1, 1, 1)
    after[1] = plain(0.1, 0.1, 0.9)[0]
    figures = judge_edit(before, after, "blue", judges, "red")
    assert figures["clip_after"][0] < figures["clip_after"][1]
    assert figures["head_change"][0] == 0 < figures["head_change"][1]


def test_change_without_networks():
    photo, mask = plain(0.5, 0.5, 0.5), torch.zeros(1, 1, SIDE, SIDE)
    mask[..., :4] = 1.0
    after = photo + mask * 0.25
    crops = torch.stack([photo, photo + 0.1])
    assert measure_change(photo, after, None) == {}
    figures = measure_change(photo, after, mask, crops)
    assert figures["changed_share"] == [0.25]
    assert figures["max_change_outside"] == [0.0]
    assert figures["reconstruction_error"] == [pytest.approx(0.1, abs=1e-6)]


class TestWords:
    def test_what_was_named_and_what_stayed_is_told_for_any_text(self):
        judges = Judges({"clip": load_models().clip})
        before, after = figure(10_500_008, 128)[None], figure(10_500_012, 128)[None]
        figures = judge_edit(before, after, "make it saffron", judges)
        assert figures["clip_named_right"] == [1.0]
        assert figures["clip_invented"] == [[]]
        assert 0 < figures["clip_unnamed_kept"][0] < 1
        assert -1 <= figures["clip_after"][0] <= 1
