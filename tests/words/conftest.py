"""The demo set, whose CLIP knows few words."""

from __future__ import annotations

import pytest

from fice.pipeline.models import ModelSet, load_models


@pytest.fixture(scope="session")
def demo_models() -> ModelSet:
    return load_models()
