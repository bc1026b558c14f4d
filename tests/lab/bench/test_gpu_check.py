"""`make gpu-check` on the CPU, so that it cannot rot."""

import json

import pytest

from fice.lab.bench.__main__ import main

pytestmark = pytest.mark.slow


def test_on_a_cpu(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert main(["gpu-check", "--device", "cpu", "--quick", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())["cpu"]
    assert figures["agreement"] == {"paper": 0.0, "paper agrees": True}
    speed = figures["speed"]["demo, float32"]
    assert speed["batch 1"]["seconds per step"] > 0
    assert "| speed, demo, float32, batch 2, seconds per step | " in capsys.readouterr().out


def test_a_card_that_is_not_there(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert main(["gpu-check", "--device", "cuda:99", "--json", str(file)]) == 1
    assert "There is no device 'cuda:99' here" in capsys.readouterr().err
    assert not file.exists()
