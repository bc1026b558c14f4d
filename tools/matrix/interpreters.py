"""Where the interpreters of the matrix are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def find_python(version: str) -> str | None:
    """An interpreter of `version`, such as 3.10; None if none can be had."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return _of_pyenv(version) or _on_path(version) or _of_uv(version)


def _on_path(version: str) -> str | None:
    found = shutil.which(f"python{version}")
    # pyenv puts a stand-in there for versions that are not the chosen one; it only complains.
    works = found and subprocess.run([found, "-V"], capture_output=True).returncode == 0
    return found if works else None


def _of_pyenv(version: str) -> str | None:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(root.glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else None


def _of_uv(version: str) -> str | None:
    if shutil.which("uv") is None:
        return None
    subprocess.run(["uv", "python", "install", version], check=False)
    found = subprocess.run(["uv", "python", "find", version], capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else None
