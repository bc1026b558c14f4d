"""Gives the parity tests the weight recipe and their data."""

import importlib.util
import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

HERE = Path(__file__).parent
DATA = HERE / "data"


@pytest.fixture(scope="session")
def recipe():
    """The module `recipe.py`; by its path, since test folders are no packages."""
    spec = importlib.util.spec_from_file_location("parity_recipe", HERE / "recipe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def read_case():
    """Description and tensors of a case in `data/`."""
    return lambda name: (
        json.loads((DATA / f"{name}.json").read_text()),
        load_file(DATA / f"{name}.safetensors"),
    )


@pytest.fixture(scope="session")
def relative_error():
    """Largest deviation, relative to the largest expected value."""

    def error(actual, expected):
        assert actual.shape == expected.shape
        return ((actual - expected).abs().max() / expected.abs().max()).item()

    return error
