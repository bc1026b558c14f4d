"""The two lists of requirements agree, and pin nothing that fights other packs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _dependencies() -> list[str]:
    if sys.version_info < (3, 11):
        pytest.skip("tomllib came with Python 3.11")
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def test_requirements_match_pyproject():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == _dependencies()


def test_the_library_imports_itself_relatively():
    """ComfyUI loads the pack by path, under a name of its own: there is no top-level `fice`."""
    absolute = re.compile(r"^\s*(from fice\b|import fice\b)", re.MULTILINE)
    files = list((ROOT / "fice").rglob("*.py"))
    assert len(files) > 100
    assert [str(path) for path in files if absolute.search(path.read_text())] == []


def test_nothing_is_pinned_and_torch_is_left_to_the_host():
    for dependency in _dependencies():
        assert "==" not in dependency
        assert re.split(r"[<>=~]", dependency)[0] not in ("torch", "torchvision", "torchaudio")
