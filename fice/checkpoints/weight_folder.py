"""The weight file of a folder that somebody gives in its place."""

from __future__ import annotations

from pathlib import Path

from ..base.errors import CheckpointError
from ..base.files import StrPath

SUFFIXES = (".safetensors", ".pt", ".pth", ".pkl", ".bin", ".ckpt", ".torchscript")
MAX_LISTED = 6

# What transformers calls the weights, the same in both; newer versions write the first.
WEIGHTS_FILE, OLD_WEIGHTS_FILE = "model.safetensors", "pytorch_model.bin"


def weight_files(folder: StrPath) -> list[Path]:
    """The weight files in `folder`, by name.

    Raises:
        CheckpointError: if the folder cannot be read.
    """
    found = [path for path in _visible(Path(folder)) if path.suffix.lower() in SUFFIXES]
    return [path for path in found if path.is_file()]


def only_weight_file(folder: StrPath) -> Path:
    """The one weight file in `folder`, or the newer of the two that transformers wrote.

    Raises:
        CheckpointError: if there is none, or more than one, saying what there is.
    """
    folder = Path(folder)
    weights = weight_files(folder)
    if len(weights) == 1 or [path.name for path in weights] == [WEIGHTS_FILE, OLD_WEIGHTS_FILE]:
        return weights[0]
    raise CheckpointError(_which(folder, weights))


def folder_in_place_of_file(folder: StrPath) -> CheckpointError:
    """What to raise if a file is needed and `folder` was given."""
    folder = Path(folder)
    weights = [path for path in _visible(folder) if path.suffix.lower() in SUFFIXES]
    return CheckpointError(_which(folder, weights))


def _which(folder: Path, weights: list[Path]) -> str:
    if weights:
        return (
            f"There is no weight file {folder.name}: it is a folder. Give a file in it: "
            f"{_listed(weights)}."
        )
    found = _visible(folder)
    content = f"it holds {_listed(found)}" if found else "it is empty"
    return (
        f"There is no weight file {folder.name}: it is a folder without one "
        f"({', '.join(SUFFIXES)}); {content}. Give the file itself, or the folder of a SegFormer."
    )


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be read: {error.strerror or error}.") from None


def _listed(paths: list[Path]) -> str:
    names = ", ".join(path.name for path in paths[:MAX_LISTED])
    return names + (f" and {len(paths) - MAX_LISTED} more" if len(paths) > MAX_LISTED else "")
