from __future__ import annotations

import pytest
import torch

from fice.base.types import BodyChart, Measurement
from fice.inversion import PoseGuard, part_overlap
from fice.inversion.step import InversionStep
from fice.lab.demo.metrics import class_iou


def chart_of(parts):
    """A chart that is certain of the part ids `[B, h, w]`."""
    fine = torch.nn.functional.one_hot(parts, 25).movedim(-1, 1).float() * 10
    body = (parts > 0).float().unsqueeze(1) * 10
    return BodyChart(torch.cat([5 - body, body], 1), fine)


def test_overlap():
    one = torch.tensor([[[0, 2, 2, 2]], [[0, 0, 0, 0]], [[2, 2, 3, 3]]])
    other = torch.tensor([[[2, 2, 0, 0]], [[0, 0, 0, 0]], [[2, 2, 4, 4]]])
    overlap = part_overlap(chart_of(one), chart_of(other))
    assert overlap.tolist() == pytest.approx([1 / 4, 1.0, 1 / 3])


def test_agrees_with_the_confusion_of_all_parts():
    random = torch.Generator().manual_seed(0)
    one, other = (torch.randint(0, 25, (3, 20, 20), generator=random) for _ in range(2))
    each = [class_iou(a, b, 25)[1:].nanmean() for a, b in zip(one, other, strict=True)]
    expected = torch.stack(each).float()
    torch.testing.assert_close(part_overlap(chart_of(one), chart_of(other)), expected)


def test_guard():
    photo = torch.tensor([[[2, 2, 2, 2]]])
    guard = PoseGuard(Measurement(lambda image: chart_of(image[:, 0].long()), chart_of(photo)), 0.6)
    images = torch.tensor([[2.0, 2, 2, 0], [2, 2, 0, 0]]).view(2, 1, 1, 4).expand(-1, 3, -1, -1)
    step = InversionStep(0, images, images, {}, torch.zeros(2))
    assert guard.holds(step).tolist() == [True, False]
