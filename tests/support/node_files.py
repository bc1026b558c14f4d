"""Files of `nodes/` that need no host, loaded by their path as the host does it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

NODES = Path(__file__).parents[2] / "nodes"


def load_node_file(path: str) -> ModuleType:
    """The module at `path` below `nodes/`."""
    specification = importlib.util.spec_from_file_location(Path(path).stem, NODES / path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
