"""What other systems lack, and what travels between them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "fice"
MODULES = sorted(
    ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in LIBRARY.rglob("*.py")
    if path.name != "__main__.py" or path.parent.name == "bench"
)
POSIX_ONLY = ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog")
IMPORT_ALL = """
import importlib, sys
for name in {missing}: sys.modules[name] = None
for name in {modules}: importlib.import_module(name)
"""


def test_every_module_is_imported_where_only_posix_has_some():
    optional = ("evaluation", "perceptual", "arcface")  # other packages, which may not be there
    modules = [name for name in MODULES if not any(part in name for part in optional)]
    assert "fice.lab.bench.clock" in modules
    code = IMPORT_ALL.format(missing=POSIX_ONLY, modules=modules)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("folder", ["fice", "nodes"])
def test_texts_are_utf8_whatever_the_system_writes_by_itself(folder):
    """Windows reads and writes its own code page unless told otherwise."""
    careless = [
        f"{path.relative_to(LIBRARY.parent)}:{call.lineno}"
        for path in sorted((LIBRARY.parent / folder).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and _opens_text(call)
    ]
    assert careless == []


def test_nothing_samples_a_grid_but_the_one_way_for_a_cpu():
    """Apple GPUs lack `grid_sample` with a repeated border."""
    found = {
        f"{path.relative_to(LIBRARY.parent).as_posix()}: {function.name}"
        for folder in ("fice", "nodes")
        for path in (LIBRARY.parent / folder).rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for called in ast.walk(function)
        if getattr(called, "attr", getattr(called, "id", "")) in ("grid_sample", "grid_sampler")
    }
    assert found == {"fice/guidance/crops.py: by_grid"}


def test_files_take_the_place_of_others_in_one_way():
    """Windows refuses while somebody has the other one open; `base.files` says so, and keeps both.

    A text's `replace` has two arguments, that of a dataclass has keywords.
    """
    found = {
        path.relative_to(LIBRARY.parent).as_posix()
        for folder in ("fice", "nodes")
        for path in (LIBRARY.parent / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr in ("replace", "rename", "move")
        if getattr(call.func.value, "id", "") in ("os", "shutil")
        or (len(call.args) == 1 and not call.keywords)
    }
    assert found == {"fice/base/files.py"}


def _opens_text(call: ast.Call) -> bool:
    named = {one.arg for one in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "read_text":
        return isinstance(call.func, ast.Attribute) and "encoding" not in named and not call.args
    if name == "write_text":
        return "encoding" not in named and len(call.args) < 2
    return False
