"""Weights by the name an artist picks: a file of the host's model folders, or the built-in demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...fice.base.errors import CheckpointError
from ...fice.checkpoints.published import set_with
from ...fice.pipeline.model_files import DEMO_WEIGHTS
from ..host.folders import ModelFolder, host_folders

BUILT_IN = " (built in)"
DEMO = f"demo{BUILT_IN}"
PACK = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Weights:
    """The weights of one kind that a loader offers.

    Attributes:
        folder: where the host keeps them.
        demo: what the built-in set calls its own.
        built_in: others that come with the pack, by name.
    """

    folder: ModelFolder
    demo: str = ""
    built_in: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def choices(self) -> list[str]:
        """The demo first, so that every loader works without a download; ours before theirs."""
        shipped = [f"{name}{BUILT_IN}" for name in self.built_in]
        found = [DEMO, *shipped, *self.folder.files(), *self.folder.elsewhere()]
        return list(dict.fromkeys(found))

    def find(self, name: str) -> Path:
        """The file of `name`.

        Raises:
            CheckpointError: if it is not there.
        """
        if name == DEMO:
            return DEMO_WEIGHTS / f"{self.demo}.safetensors"
        path = self.built_in.get(name.removesuffix(BUILT_IN)) if name.endswith(BUILT_IN) else None
        path = path or self.folder.find(name)
        if path is None:
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
    """The sentence for weights that are not there; it names the command that gets them."""
    return (
        f"There is no '{name}' in models/{folder.category}. Put it into {folder.places[0]} and "
        f"press R, or choose '{DEMO}'. {how_to_get(name, folder)}"
    )


def how_to_get(name: str, folder: ModelFolder) -> str:
    """How public weights are fetched: nothing in a node downloads."""
    public = set_with(name, folder.category)
    command = "list" if public is None else f"get {public.name}"
    what = "The README and this command tell which are public" if public is None else "To get it"
    return (
        f'{what}: python -m fice models {command} --models-dir "{host_folders().models}" '
        f"(in a terminal, in {PACK})."
    )


def fingerprint(path: Path, *more: Path) -> str:
    """Changes when a file does, so that the host loads it again.

    Args:
        path: a file or a folder of files.
        more: files elsewhere that belong to it.
    """
    files = [*(sorted(path.iterdir()) if path.is_dir() else [path]), *more]
    stats = [file.stat() for file in files if file.is_file()]
    return ";".join(f"{stat.st_mtime_ns}-{stat.st_size}" for stat in stats)
