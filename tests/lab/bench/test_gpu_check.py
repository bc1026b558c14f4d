"""`make gpu-check` on the CPU, so that it cannot rot."""

import json

import pytest
import torch

from fice.guidance.losses.w_delta import w_delta
from fice.lab.bench import card_parity, recorded_perceptors
from fice.lab.bench.__main__ import main
from fice.lab.bench.seeded_weights import recipe_image

pytestmark = pytest.mark.slow


def test_on_a_cpu(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert main(["gpu-check", "--device", "cpu", "--quick", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())["cpu"]
    assert figures["agreement"] == {"paper": 0.0, "paper agrees": True}
    assert figures["parity holds"]
    recorded = figures["parity"]["of recorded cases"]
    cases = {"sg2_64_skip", "sghuman_64x32_rect", "loss shape", "body probabilities"}
    assert cases | {"densepose", "e4e", "clip_rn", "clip_vit"} <= set(recorded)
    assert set(figures["parity"]["of the demo set with the CPU"].values()) == {0.0}
    assert figures["left out after time was up"] == ""
    speed = figures["speed"]["demo, float32"]
    assert speed["batch 1"]["seconds per step"] > 0
    assert "| speed, demo, float32, batch 2, seconds per step | " in capsys.readouterr().out


def test_a_wrong_card_shows(monkeypatch):
    wrong = {**card_parity.LOSSES, "w_delta": (("w",), lambda ws: 1.01 * w_delta(ws))}
    monkeypatch.setattr(card_parity, "LOSSES", wrong)
    monkeypatch.setattr(card_parity, "GENERATORS", ())
    found = card_parity.recorded(torch.device("cpu"))
    assert found["loss w_delta"] > card_parity.LARGEST_ERROR > found["loss shape"]


def test_a_wrong_perceptor_shows(monkeypatch):
    """A network that sees another picture than the recorded one."""
    monkeypatch.setattr(
        recorded_perceptors, "recipe_image", lambda *case: 0.9 * recipe_image(*case)
    )
    found = recorded_perceptors.perceptor_errors(card_parity.RECORDED, torch.device("cpu"))
    assert min(found["densepose"], found["e4e"]) > card_parity.LARGEST_ERROR
    assert found["clip_vit"] < card_parity.LARGEST_ERROR


def test_a_card_that_is_not_there(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert main(["gpu-check", "--device", "cuda:99", "--json", str(file)]) == 1
    assert "There is no device 'cuda:99' here" in capsys.readouterr().err
    assert not file.exists()
