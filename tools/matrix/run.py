"""Makes an environment, runs the fast tests in it, and throws it away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.matrix.interpreters import find_python
from tools.matrix.rows import OTHERS, TORCH, Row

ROOT = Path(__file__).parents[2]
# What touches each package in every way that the library does, in a few minutes of one core.
# transformers is no part of the library. The device without numbers takes as long as all of them;
# guard, wording and alignment edit whole pictures, and say nothing of versions that others do not.
TESTS = (
    "tests/alignment",
    "tests/base",
    "tests/checkpoints",
    "tests/guidance",
    "tests/inversion",
    "tests/networks",
    "tests/parity",
    "tests/pipeline",
    "tests/reports",
    "tests/stitching",
    "tests/words",
    "tests/test_other_systems.py",
)
LEFT_OUT = ("transformers", "test_far_device", "test_guard", "test_wording", "test_align.py")
FAST = (
    "-m",
    "not slow and not host and not browser",
    *(f"--ignore-glob=*{name}*" for name in LEFT_OUT),
)
VERSIONS = """
import importlib.metadata as known, json, platform
print(json.dumps({"python": platform.python_version(), **{n: known.version(n) for n in %r}}))
"""


def run_row(row: Row, index: str | None, kept: Path | None) -> dict[str, Any]:
    """What `row` gave: its versions, how many tests passed, and the names of those that failed.

    Args:
        row: of the matrix.
        index: another place than pip's for torch, None = that.
        kept: where environments stay, and are used again; None throws them away.
    """
    python = find_python(row.python)
    if python is None:
        return {"python": row.python, "result": f"no Python {row.python} was to be had"}
    with tempfile.TemporaryDirectory(prefix="fice-matrix-") as folder:
        place = Path(folder) if kept is None else kept / row.name.replace(" ", "-")
        inside = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        if not inside.exists():
            subprocess.run([python, "-m", "venv", place], check=True)
        if not _installed(inside, row.packages, index):
            return {"python": row.python, "result": "pip found no packages that go together"}
        return {**_versions(inside), **_tested(inside)}


def _installed(python: Path, packages: Sequence[str], index: str | None) -> bool:
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if index:
        torch = [one for one in packages if one.startswith(TORCH)]
        subprocess.run([*install, "--index-url", index, *torch], check=True)
    return subprocess.run([*install, *packages], check=False).returncode == 0


def _versions(python: Path) -> dict[str, str]:
    code = VERSIONS % ((*TORCH, *OTHERS),)
    told = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def _tested(python: Path) -> dict[str, Any]:
    started = time.perf_counter()
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FAST, *TESTS],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    sys.stdout.write(done.stdout[-4000:])
    seconds = round(time.perf_counter() - started)
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    counted = re.findall(r"(\d+) (passed|failed|skipped|errors?)", done.stdout.rsplit("\n", 2)[-2])
    result = ", ".join(f"{number} {what}" for number, what in counted) or "no test ran"
    return {"result": result, "failed": failed, "seconds": seconds}
