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
