"""Figures of a foreign edit whose doings are known."""

from __future__ import annotations

import torch

from fice.reports.foreign_edit import outside_figures, placed_figures


def test_pixels_outside_before_and_after():
    photo = torch.full((2, 3, 8, 8), 0.5)
    mask = torch.zeros(2, 1, 8, 8)
    mask[..., :4] = 1.0
    aligned = photo + 0.1
    aligned[1, :, :, 6:] = 0.5 + 1.0 / 255  # a grey level is the rounding of a file
    edited = torch.where(mask > 0, aligned, photo)
    assert outside_figures(photo, aligned, edited, mask) == {
        "outside_pixels": [32, 32],
        "outside_changed_before": [32, 16],
        "outside_changed_after": [0, 0],
    }


def test_what_all_alignments_tell():
    figures = placed_figures([{"zoom": 1.1, "shift_x": 2}, {"zoom": 0.9, "found_by": "features"}])
    assert figures == {"editor_zoom": [1.1, 0.9]}


def test_no_alignment_tells_nothing():
    assert placed_figures([]) == {}
