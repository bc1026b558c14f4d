from __future__ import annotations

import torch

from fice.reports.seam_sheet import SeamCase, seam_sheet
from fice.stitching.seams import SEAM_METHODS


def test_a_row_per_case_and_a_column_per_method():
    mask = torch.zeros(1, 20, 16)
    mask[:, 5:15, 4:12] = 1.0
    case = SeamCase("a test", torch.rand(3, 20, 16), torch.rand(3, 20, 16), mask)
    one, two = seam_sheet([case], cell=64), seam_sheet([case, case], cell=64)
    assert one.shape[1] == 10 + (3 + len(SEAM_METHODS)) * 74
    assert two.shape[0] > one.shape[0] + 64
    above = one.shape[0] - 10
    assert (two[:above] == one[:above]).all()


def test_the_name_of_a_case_is_drawn_as_it_is():
    pictures = torch.rand(3, 20, 16), torch.rand(3, 20, 16), torch.ones(1, 20, 16)
    sheets = [seam_sheet([SeamCase(name, *pictures)], cell=64) for name in ("街", "?", "色")]
    assert len({sheet.tobytes() for sheet in sheets}) == 3
