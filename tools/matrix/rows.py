"""What the matrix has, and which packages that means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TORCH = ("torch", "torchvision")
OTHERS = ("numpy", "open_clip_torch", "opencv-python", "pillow", "safetensors", "tqdm")
TOOLS = ("pytest", "hypothesis")


@dataclass(frozen=True)
class Row:
    """One environment.

    Attributes:
        name: of the row.
        python: major and minor version of the interpreter.
        old_torch: the oldest torch and torchvision; else the newest.
        old_others: the oldest of all other packages; else the newest.
    """

    name: str
    python: str
    old_torch: bool
    old_others: bool

    @property
    def packages(self) -> tuple[str, ...]:
        """What pip is asked for."""
        least = minimums()
        torch = [_oldest(name, least) if self.old_torch else name for name in TORCH]
        others = [_oldest(name, least) if self.old_others else name for name in OTHERS]
        return (*torch, *others, *TOOLS)


ROWS = (
    Row("oldest", "3.10", old_torch=True, old_others=True),
    Row("newest", "3.13", old_torch=False, old_others=False),
    Row("old torch", "3.12", old_torch=True, old_others=False),
    Row("new torch", "3.11", old_torch=False, old_others=True),
)


def minimums() -> dict[str, str]:
    """The oldest version of each package that `pyproject.toml` admits."""
    text = PROJECT.read_text(encoding="utf-8")
    return dict(re.findall(r'"([\w.-]+)>=([\d.]+)"', text))


def _oldest(name: str, least: dict[str, str]) -> str:
    """Of two numbers the first release, whatever was packed anew of it: 4.8 is 4.8.0.*."""
    version = least[name]
    return f"{name}=={version}.0.*" if version.count(".") == 1 else f"{name}=={version}.*"
