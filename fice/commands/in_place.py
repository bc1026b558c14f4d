"""Which files of a model set are on disk already, put there by other packs or for other sets.

They are used where they lie: nothing of gigabytes is fetched or copied a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..base.errors import FiceError
from ..checkpoints.elsewhere import HostFolders, found_elsewhere
from ..checkpoints.file_kinds import kind_of_safetensors
from ..checkpoints.published import PUBLIC_MODEL_SETS, PublicFile, PublicModelSet, StandIn
from .download import Expected, check
from .obtain import is_there, kept_of

LIKENESS = 0.1  # by which a size that is known roughly may be off


def host_folders(models: Path) -> HostFolders:
    """The folders of the host whose models folder is `models`."""
    return HostFolders(models, [models.absolute().parent / "custom_nodes"])


def same_files(
    wanted: Sequence[PublicFile], one: PublicModelSet, folders: HostFolders
) -> dict[str, Path]:
    """Where those of the `wanted` files of the set `one` lie that are elsewhere, by their names.

    The published hash decides; descriptions, which have none, belong to the weights beside them.
    """
    found: dict[str, Path] = {}
    for file in wanted:
        path = _same_file(file, one, folders)
        beside = [weights.with_name(file.name) for weights in found.values()]
        path = path or next((near for near in beside if near.is_file()), None)
        if path is not None:
            found[file.name] = path
    return found


def _same_file(file: PublicFile, one: PublicModelSet, folders: HostFolders) -> Path | None:
    """A file elsewhere that is `file` of the set `one` by its published hash; None without one."""
    if file.sha256 is None or file.members:
        return None
    expected = Expected(file.size, file.sha256)
    for path in _candidates(file, one, folders):
        if _may_be(path, file) and _is(path, expected):
            return path
    return None


def stand_in(one: PublicModelSet, folders: HostFolders) -> Path | None:
    """A file of another pack, or of another set that is there, that serves as well as `one`."""
    found = {} if one.part is None else found_elsewhere(one.part, folders)
    for wanted in one.stand_ins:
        for name, path in found.items():
            if fnmatchcase(name.lower(), wanted.pattern) and _serves(path, wanted, one):
                return path
    return _other_set(one, folders) if one.stand_ins else None


def _other_set(one: PublicModelSet, folders: HostFolders) -> Path | None:
    """The weights of another whole set for the same part of an edit."""
    for other in PUBLIC_MODEL_SETS:
        folder = folders.models / other.folder
        if other.part == one.part and all(is_there(file, folder) for file in other.files):
            return kept_of(other.files[0], folder)[0]
    return None


def _candidates(file: PublicFile, one: PublicModelSet, folders: HostFolders) -> Iterator[Path]:
    """What other packs and other sets have for the same part of an edit."""
    if one.part is not None:
        yield from found_elsewhere(one.part, folders).values()
    for other in PUBLIC_MODEL_SETS:
        if other is not one and any(like.sha256 == file.sha256 for like in other.files):
            path = folders.models / other.folder / file.name
            if path.is_file():
                yield path


def _may_be(path: Path, file: PublicFile) -> bool:
    """Whether the hash of `path` is worth computing."""
    size = path.stat().st_size
    if file.size is not None:
        return size == file.size
    if file.about is not None:
        return abs(size - file.about) <= LIKENESS * file.about
    return path.name == file.name


def _is(path: Path, expected: Expected) -> bool:
    try:
        check(path, expected, path.name)
    except FiceError:
        return False
    return True


def _serves(path: Path, wanted: StandIn, one: PublicModelSet) -> bool:
    """By its hash where that is known, else by what its names of tensors say."""
    if wanted.sha256 is not None:
        return _is(path, Expected(sha256=wanted.sha256))
    kind = kind_of_safetensors(path) if path.suffix == ".safetensors" else None
    return kind is not None and kind.family == one.part
