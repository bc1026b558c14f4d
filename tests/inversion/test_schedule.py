from __future__ import annotations

import pytest

from fice.inversion.schedule import learning_rate_factor


def test_constant():
    assert {learning_rate_factor("constant", step, 50) for step in range(50)} == {1.0}


def test_warmup_cosine_rises_then_falls_to_a_tenth():
    factors = [learning_rate_factor("warmup_cosine", step, 120) for step in range(120)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == pytest.approx(1.0, abs=0.02)
    assert factors[:10] == sorted(factors[:10])
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert factors[-1] == pytest.approx(0.1, abs=0.01)
