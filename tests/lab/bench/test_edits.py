"""Comparing recipes edit by edit: what is kept, what is done again."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

import fice.lab.bench.edits
from fice.lab.bench.edits import VARIANTS, compare, usual_variants
from fice.lab.bench.store import read_figures
from fice.lab.demo.check.edits import Verdict

CPU = torch.device("cpu")
NAMES = ("reference", "fast")


@pytest.fixture
def edited(monkeypatch, tiny_models):
    """The edits that were made, `(recipe, case)` each; the edits themselves are made up."""
    done = []

    def judge_edits(models, judges, recipe, indices, batch):
        if len(done) == 3:
            done.append("interrupted")
            raise KeyboardInterrupt
        done.append((recipe, *indices))
        verdict = Verdict(
            *indices, "red", {"colour": "red"}, {"colour": "red"}, 0.9, 0, 0, 9.0, 4.0
        )
        yield verdict, SimpleNamespace(report={"loss": [0.5]}), 0

    monkeypatch.setattr(fice.lab.bench.edits, "build", lambda *_: tiny_models)
    monkeypatch.setattr(fice.lab.bench.edits, "load_judges", lambda: None)
    monkeypatch.setattr(fice.lab.bench.edits, "judge_edits", judge_edits)
    monkeypatch.setattr(fice.lab.bench.edits, "reference_loss", lambda *_: 0.25)
    return done


def test_a_stopped_run_goes_on_where_it_was(tmp_path, edited):
    path = tmp_path / "edits.json"
    with pytest.raises(KeyboardInterrupt):
        compare(NAMES, range(2), CPU, path, lambda _: None)
    assert len(read_figures(path)) == 3
    compare(NAMES, range(2), CPU, path, lambda _: None)
    recipes = [VARIANTS[name].recipe for name in NAMES]
    assert edited == [
        (recipes[0], 0),
        (recipes[1], 0),
        (recipes[0], 1),
        "interrupted",
        (recipes[1], 1),
    ]
    assert {one["cpu_seconds"] for one in read_figures(path).values()} == {4.0}


def test_another_recipe_is_tried_anew(tmp_path, edited, monkeypatch):
    path = tmp_path / "edits.json"
    compare(["fast"], range(1), CPU, path, lambda _: None)
    changed = replace(VARIANTS["fast"].recipe, patience=3)
    monkeypatch.setattr(
        fice.lab.bench.edits, "VARIANTS", {"fast": replace(VARIANTS["fast"], recipe=changed)}
    )
    compare(["fast"], range(1), CPU, path, lambda _: None)
    assert [recipe.patience for recipe, _ in edited] == [0, 3]


@pytest.mark.parametrize("part", ["generator", "encoder", "clip", "chart", "segmenter"])
def test_another_network_is_tried_anew(tmp_path, edited, monkeypatch, tiny_models, part):
    path = tmp_path / "edits.json"
    compare(["fast"], range(1), CPU, path, lambda _: None)
    other = torch.nn.Linear(2, 2)
    for fact in ("num_ws", "w_dim", "resolution"):  # so that it belongs to the others
        setattr(other, fact, getattr(tiny_models.generator, fact))
    changed = replace(tiny_models, **{part: other})
    monkeypatch.setattr(fice.lab.bench.edits, "build", lambda *_: changed)
    compare(["fast"], range(1), CPU, path, lambda _: None)
    compare(["fast"], range(1), CPU, path, lambda _: None)
    assert len(edited) == 2


def test_other_judges_judge_anew(tmp_path, edited, monkeypatch):
    path = tmp_path / "edits.json"
    for judges in (None, torch.nn.Linear(2, 2)):
        monkeypatch.setattr(fice.lab.bench.edits, "load_judges", lambda judges=judges: judges)
        compare(["fast"], range(1), CPU, path, lambda _: None)
    assert len(edited) == 2


def test_emulated_bfloat16_is_left_out(monkeypatch):
    monkeypatch.setattr(fice.lab.bench.edits, "has_bfloat16", lambda _: False)
    assert "tuned, bf16" not in usual_variants(CPU)
    monkeypatch.setattr(fice.lab.bench.edits, "has_bfloat16", lambda _: True)
    assert "tuned, bf16" in usual_variants(CPU)
