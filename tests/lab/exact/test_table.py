from __future__ import annotations

import pytest

from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import draw_subjects
from fice.lab.exact.table import summary, table


def row(kind="recoloured", error=0.05, confidence=0.9, **more):
    return {"kind": kind, "error": error, "confidence": confidence, **more}


def test_failures_that_were_said_and_good_ones_that_were_doubted():
    rows = [row(), row(confidence=0.2), row("wrong", 80.0, 0.1), row("wrong", 70.0, 0.8)]
    assert summary(rows)["confidence"] == {"failed": 2, "said": 1, "good": 2, "doubted": 1}


def test_wrong_photos_do_not_count_as_alignments():
    figures = summary([row(error=0.1), row("warped", 0.4), row("wrong", 80.0, 0.1)])
    assert set(figures["alignment"]) == {"recoloured", "warped"}
    assert figures["without_warp"]["most"] == pytest.approx(0.1)
    assert "| recoloured | 1 | 0.1 |" in table({**figures, "methods": {}})


def test_equal_seeds_give_equal_pairs():
    figures = draw_subjects(2, first=60)
    one, same, other = (make_pair(figures[0], "drawn", seed, figures) for seed in (1, 1, 2))
    assert (one.edited == same.edited).all()
    assert one.transform.figures == same.transform.figures
    assert one.transform.figures != other.transform.figures
    assert (one.intended[~one.changed] == one.photo[~one.changed]).all()
