"""Which of the files that a user already has are those of a model set, whatever their names."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from ..base.errors import FiceError
from ..base.files import sha256_of
from ..checkpoints.published import PublicFile

ARCHIVE = "archive"


def find_on_disk(
    wanted: Sequence[PublicFile], sources: Sequence[Path], there: Collection[str]
) -> dict[PublicFile, list[Path]]:
    """The files to copy, or the archive to unpack, for each of `wanted` that is among `sources`.

    Asked in this order, so that a guess never takes what something more certain is: the published
    name, the unpacked members of an archive, the published hash, the only one of its kind.

    Args:
        wanted: what is to be found.
        sources: files of any name, and folders, into whose folders is looked as well.
        there: names of the members that are in place already.

    Raises:
        FiceError: if only some of the members of an archive are there.
    """
    found: dict[PublicFile, list[Path]] = {}
    for file in wanted:
        if copies := _named(file, sources, there):
            found[file] = copies
    loose = [path for path in sources if path.is_file() and [path] not in found.values()]
    for certain in (_has_its_hash, _is_alone_of_its_kind):
        for file in [one for one in wanted if one not in found]:
            rivals = [one for one in wanted if one not in found]
            match = next((path for path in loose if certain(path, file, rivals, loose)), None)
            if match is not None:
                found[file] = [match]
                loose.remove(match)
    return found


def _named(file: PublicFile, sources: Iterable[Path], there: Collection[str]) -> list[Path]:
    """The file or archive of the published name, or else all members that are not `there`."""
    whole = _by_name(file.name, sources)
    if whole is not None:
        return [whole]
    lacking = [name for name in file.members if name not in there]
    copies = {name: _by_name(name, sources) for name in lacking}
    lost = [name for name, path in copies.items() if path is None]
    if len(lost) < len(lacking) and lost:
        raise FiceError(
            f"What --from names has some files of {file.name}, but not {', '.join(lost)}. Give the "
            "folder that holds all of them, or the archive."
        )
    return [path for path in copies.values() if path is not None]


def _by_name(name: str, sources: Iterable[Path]) -> Path | None:
    for source in sources:
        places = [source / name, *source.glob(f"*/{name}")] if source.is_dir() else [source]
        for place in places:
            if place.name == name and place.is_file():
                return place
    return None


def _has_its_hash(
    path: Path, file: PublicFile, rivals: Sequence[PublicFile], loose: Sequence[Path]
) -> bool:
    del rivals, loose
    return file.sha256 is not None and sha256_of(path) == file.sha256


def _is_alone_of_its_kind(
    path: Path, file: PublicFile, rivals: Sequence[PublicFile], loose: Sequence[Path]
) -> bool:
    """Whether no other file is looked for, and none given, that could be confused with it."""
    kind = _expected_kind(file)
    if (_kind_of(path) == ARCHIVE) != (kind == ARCHIVE):
        return False
    if len(rivals) == len(loose) == 1:  # a browser may have changed the whole name
        return True
    alike = [one for one in rivals if _expected_kind(one) == kind]
    return alike == [file] and [one for one in loose if _kind_of(one) == kind] == [path]


def _kind_of(path: Path) -> str:
    return ARCHIVE if tarfile.is_tarfile(path) else path.suffix.lower()


def _expected_kind(file: PublicFile) -> str:
    return ARCHIVE if file.members else Path(file.name).suffix.lower()
