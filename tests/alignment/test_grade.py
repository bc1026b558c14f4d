"""The fit of a grade: its slopes."""

from __future__ import annotations

import numpy as np
import torch

from fice.alignment.grade import PRIORS, Grade, fit_grade
from fice.alignment.oklab import oklab_slopes, to_oklab


def test_slopes_of_oklab_are_its_derivatives():
    # Dark values lie on the straight part of sRGB's curve.
    rgb = torch.rand(3, 40, generator=torch.Generator().manual_seed(1)).double() * 0.96 + 0.002
    one_each = torch.autograd.functional.jacobian(lambda x: to_oklab(x).sum(1), rgb)
    assert torch.allclose(oklab_slopes(rgb).permute(1, 0, 2), one_each.transpose(1, 2), atol=1e-9)


def test_a_grade_within_the_model_is_found_again():
    random = np.random.default_rng(3)
    before = torch.from_numpy(random.uniform(0.05, 0.8, (3, 6000)))
    made = Grade(
        np.array([[0.96, 0.02, 0.02], [0.01, 0.98, 0.01], [0.02, 0.01, 0.97]]),
        np.array([1.08, 0.97, 1.02]),
        np.array([1.05, 0.98, 1.0]),
        np.array([0.01, -0.01, 0.0]),
    )
    after = made.apply(before)
    after[:, :1500] = torch.rand(3, 1500, generator=torch.Generator().manual_seed(2)).double()
    found, weights = fit_grade(before, after)
    assert len(PRIORS) == 17
    left = to_oklab(found.apply(before[:, 1500:])) - to_oklab(after[:, 1500:])
    assert left.norm(dim=0).mean() < 0.003  # of Oklab: a third of what an eye tells apart
    assert weights[:1500].mean() < 0.2 < 0.9 < weights[1500:].mean()
