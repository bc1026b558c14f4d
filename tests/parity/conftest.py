"""Gives the parity tests the weight recipe, their data, and a place for what they measure.

`python -m pytest tests/parity -s` ends with the largest error of every kind; docs/parity.md states
them.
"""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fice.lab.bench import seeded_weights

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in the order of the reference, which ran on one thread.

    Another order moves a sum by its last bit, and a ReLU that stood at zero then lets its whole
    gradient through: outputs agree to 1e-6, single gradients of a deep network do not.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def recipe():
    """The module of seeded weights and pictures."""
    return seeded_weights


@pytest.fixture(scope="session")
def read_case():
    """Description and tensors of a case in `data/`."""
    return lambda name: (
        json.loads((DATA / f"{name}.json").read_text()),
        load_file(DATA / f"{name}.safetensors"),
    )


@pytest.fixture
def relative_error(record_property):
    """Largest deviation, relative to the largest expected value; it is also recorded."""

    def error(actual, expected, name="relative"):
        assert actual.shape == expected.shape
        found = ((actual - expected).abs().max() / expected.abs().max()).item()
        record_property(name, found)
        return found

    return error


@pytest.fixture
def check_deep_gradient(record_property):
    """Compares a gradient in float64 with the reference's in float32, of a very deep network.

    Where a ReLU's input is zero up to rounding, float32 takes one side or the other, and with it
    lets a gradient through or not: the reference's own is off by 1 % in single pixels. Which side,
    depends on the processor (with the reference's vector length, ours is bit-equal), so float32
    would compare processors. In float64 nearly all pixels agree, on any machine.
    """

    def check(actual, expected, name="gradient"):
        assert actual.dtype == torch.float64
        off = (actual - expected).abs() / expected.abs().max()
        norm = (actual - expected).norm() / expected.norm()
        record_property(f"{name}, median", off.median().item())
        record_property(f"{name}, norm", norm.item())
        assert off.median() < 1e-5
        assert off.max() < 2e-2
        assert norm < 5e-3

    return check


@pytest.fixture
def absolute_error(record_property):
    """Largest deviation; it is also recorded."""

    def error(actual, expected, name="absolute"):
        assert actual.shape == expected.shape
        found = (actual - expected).abs().max().item()
        record_property(name, found)
        return found

    return error


def pytest_terminal_summary(terminalreporter, config):
    """Lists the largest error of every test and kind."""
    if config.getoption("capture") != "no":
        return
    largest = {}
    for report in terminalreporter.getreports("passed"):
        for name, error in report.user_properties:
            key = (report.nodeid.partition("::")[0], report.nodeid.rpartition("::")[2], name)
            largest[key] = max(error, largest.get(key, 0.0))
    terminalreporter.section("largest errors")
    for (file, test, name), error in sorted(largest.items()):
        terminalreporter.write_line(f"{error:8.1e}  {Path(file).name} {test} {name}")
