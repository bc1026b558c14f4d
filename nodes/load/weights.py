"""Weights by the name an artist picks: a file of the host's model folders, or the built-in demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...fice.base.errors import CheckpointError
from ...fice.pipeline.models import DEMO_WEIGHTS
from ..host.folders import ModelFolder

DEMO = "demo (built in)"
WHERE_TO_GET = "The model table of the README says where to get them."


@dataclass(frozen=True)
class Weights:
    """The weights of one kind that a loader offers.

    Attributes:
        folder: where the host keeps them.
        demo: what the built-in set calls its own.
    """

    folder: ModelFolder
    demo: str = ""

    def choices(self) -> list[str]:
        """The demo first, so that every loader works without a download."""
        return [DEMO, *self.folder.files()]

    def find(self, name: str) -> Path:
        """The file of `name`.

        Raises:
            CheckpointError: if it is not there.
        """
        known = name == DEMO or self.folder.lists(name)
        path = DEMO_WEIGHTS / f"{self.demo}.safetensors" if name == DEMO else self.folder.find(name)
        if not known or path is None:
            raise CheckpointError(missing(self.folder, name))
        return path


def problem(find: Callable[[str], Path], name: str) -> bool | str:
    """What the host asks before a run: True, or a sentence on what is wrong with `name`."""
    try:
        find(name)
    except CheckpointError as error:
        return str(error)
    return True


def missing(folder: ModelFolder, name: str) -> str:
    """The sentence for weights that are not there."""
    return (
        f"There is no '{name}' in models/{folder.category}. Put it into {folder.places[0]} and "
        f"press R, or choose '{DEMO}'. {WHERE_TO_GET}"
    )


def fingerprint(path: Path) -> str:
    """Changes when a file does, so that the host loads it again."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    stats = [file.stat() for file in files if file.is_file()]
    return ";".join(f"{stat.st_mtime_ns}-{stat.st_size}" for stat in stats)
