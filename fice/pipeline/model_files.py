"""Which files a set of networks consists of.

They lie in a folder of their own under names that say what they are, or `set.json` in that folder
names them where they are, so that files which other packs put on disk need no copies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from ..base.errors import CheckpointError, FiceError
from ..base.files import StrPath, folder_name, read_text, write_whole
from ..checkpoints.published import set_with

DEMO = "demo"
DEMO_WEIGHTS = Path(__file__).parents[1] / "demo" / "weights"

SET_FILE = "set.json"
SETS_FOLDER = "fice"  # of the host's models folder, where sets lie
MAX_SET_BYTES = 1 << 16

# What the files of a set may be called: our own names first, then those of FICE's archive.
FILES: Mapping[str, tuple[str, ...]] = {
    "generator": ("generator.safetensors", "generator.pt"),
    "encoder": ("encoder.safetensors", "e4e.pt"),
    "clip": ("clip.safetensors", "RN50x4.pt", "RN50x4.safetensors"),
    "chart": ("chart.safetensors", "densepose.pkl"),
    "regions": ("regions.safetensors", "segmentator.pt"),
}


def model_files(name: StrPath = DEMO) -> dict[str, Path]:
    """The files of a set by what they are, with the keys of `FILES`.

    Args:
        name: `demo` for the built-in set, else its folder.

    Raises:
        CheckpointError: if one is missing, or `set.json` cannot be read.
    """
    folder = DEMO_WEIGHTS if name == DEMO else Path(name)
    named = _read_set(folder / SET_FILE)
    found = {
        part: next((path for path in _places(folder, part, named) if path.exists()), None)
        for part in FILES
    }
    lacking = [part for part, path in found.items() if path is None]
    gone = [f"{part} {named[part]}" for part in lacking if part in named]
    if gone:
        raise CheckpointError(
            f"The model set {str(name)!r} lacks {', '.join(gone)}, which {SET_FILE} in "
            f"{folder_name(folder)} names; put it back, or write the set anew: "
            f"`fice models get {set_name(folder)}`."
        )
    if lacking:
        missing = ", ".join(" or ".join(FILES[part]) for part in lacking)
        public = set_with(set_name(folder), SETS_FOLDER)
        get = f", or get it: `fice models get {public.name}`" if public else ""
        raise CheckpointError(
            f"The model set {str(name)!r} lacks {missing} in {folder_name(folder)}; "
            f"give `{DEMO}` or a folder with five networks{get}."
        )
    return {part: path for part, path in found.items() if path is not None}


def files_elsewhere(folder: StrPath) -> list[Path]:
    """The files that `set.json` in `folder` names; none without one.

    Raises:
        CheckpointError: if it cannot be read.
    """
    return [Path(folder) / name for name in _read_set(Path(folder) / SET_FILE).values()]


def write_set(folder: StrPath, files: Mapping[str, StrPath]) -> None:
    """Writes `set.json` into `folder`: the set consists of `files`, by the keys of `FILES`.

    Raises:
        FiceError: if it cannot be written.
    """
    names = {part: _relative(Path(files[part]), Path(folder)) for part in FILES}
    write_whole(Path(folder) / SET_FILE, f"{json.dumps(names, indent=1)}\n".encode())


def set_name(name: StrPath) -> str:
    """What reports call a set: they are shown to others, so not where its folder lies."""
    return Path(os.path.abspath(name)).name


def _places(folder: Path, part: str, named: Mapping[str, str]) -> list[Path]:
    """Where the file of `part` may be, the best place first."""
    names = (named[part],) if part in named else FILES[part]
    return [folder / name for name in names]


def _relative(path: Path, folder: Path) -> str:
    """`path` as seen from `folder`, so that a models folder can be moved as a whole."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return path.absolute().as_posix()


def _read_set(file: Path) -> Mapping[str, str]:
    """The names in a `set.json`, empty if there is none.

    Raises:
        CheckpointError: if it is damaged.
    """
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > MAX_SET_BYTES:
            raise CheckpointError(f"{file} is too large to name five files. Delete it.")
        content: object = json.loads(read_text(file))
    except (FiceError, OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{file} cannot be read as JSON: {error} Delete it.") from None
    names = content if isinstance(content, dict) else {}
    wrong = [part for part in names if part not in FILES or not isinstance(names[part], str)]
    if not names or wrong:
        raise CheckpointError(
            f"{file} has to give a file name for each of {', '.join(FILES)}. Delete it."
        )
    return names
