"""Gets one file of a model set: from its publisher, else from mirrors, else other weights of it."""

from __future__ import annotations

from pathlib import Path

from ..base.errors import FiceError
from ..checkpoints.published import PublicFile
from ..reports.terminal import complain, transfer
from .download import (
    PARTIAL_SUFFIX,
    Expected,
    SourceError,
    WrongFileError,
    change_address,
    check,
    download,
    host_of,
    size_of,
)
from .unpack import unpack

MISSING = "missing"
THERE = "there"
UNCHECKED = f"{THERE}; its publisher states no hash, so it was not checked"
CONVERTED = f"{THERE}, converted"
DOWNLOADED_SUFFIX = ".download"  # of a file that is not kept as it comes


def state_of(file: PublicFile, folder: Path) -> str:
    """What is to say of `file` in `folder`; starts with `there` if nothing is wrong."""
    missing = [name for name in file.kept if not (folder / name).is_file()]
    if len(missing) == len(file.kept):
        return state_of(file.instead, folder) if file.instead else MISSING
    if missing:
        return f"incomplete, lacks {', '.join(missing)}"
    if file.clip_model is not None:
        return CONVERTED
    if file.members or (file.sha256 is None and file.size is None):
        return UNCHECKED
    try:
        check(folder / file.name, expected_of(file), file.name)
    except FiceError as error:
        return str(error)
    return f"{THERE}, as published"


def is_there(file: PublicFile, folder: Path) -> bool:
    """Whether `file`, or what serves instead of it, is in `folder` with nothing wrong."""
    return state_of(file, folder).startswith(THERE)


def kept_of(file: PublicFile, folder: Path) -> list[Path]:
    """What there is of `file` in `folder`, or else of what serves instead of it."""
    paths = [folder / name for name in file.kept if (folder / name).is_file()]
    return paths if paths or file.instead is None else kept_of(file.instead, folder)


def expected_of(file: PublicFile) -> Expected:
    """What is known of the download of `file`."""
    return Expected(file.size, file.sha256)


def obtain(file: PublicFile, folder: Path, licence: str) -> None:
    """Downloads `file`, which has an address, into `folder`, unless it is there.

    Raises:
        FiceError: if another file has its name, no address gives it, or it cannot be written.
    """
    state = state_of(file, folder)
    if state.startswith(THERE):
        return
    if state != MISSING and not file.members:
        raise FiceError(f"{state} Move {folder / file.name} away first.")
    try:
        _obtain(file, folder, licence)
    except SourceError as error:
        if file.instead is None:
            raise
        complain(f"fice: {error.reason} Getting {file.instead.name} instead, the same network.")
        _obtain(file.instead, folder, licence)


def _obtain(file: PublicFile, folder: Path, licence: str) -> None:
    final = file.members or file.clip_model is None
    target = folder / (file.name if final else f"{file.name}{DOWNLOADED_SUFFIX}")
    _fetch(file, target)
    if file.members:
        unpack(target, folder, file.members)
        target.unlink()
    elif file.clip_model is not None:
        _convert(target, folder / file.name, file.clip_model, licence)
        target.unlink()


def _fetch(file: PublicFile, target: Path) -> None:
    """Tries the addresses one after the other, and says why each of them does not serve."""
    first, *mirrors = file.addresses
    refusal = _refusal(first, file, target)
    for url in mirrors:
        if refusal is None:
            return
        complain(f"fice: {refusal.reason} Trying {host_of(url)}.")
        change_address(target, expected_of(file))
        refusal = _refusal(url, file, target)
    if refusal is not None:
        by_hand = f" It can also be downloaded with a browser: {file.link}" if file.link else ""
        raise SourceError(f"{refusal}{by_hand}")


def _refusal(url: str, file: PublicFile, target: Path) -> SourceError | None:
    """Downloads from one address; returns why it does not serve, if so."""
    try:
        _fetch_from(url, file, target)
    except SourceError as error:
        return error
    return None


def _fetch_from(url: str, file: PublicFile, target: Path) -> None:
    """Downloads from one address; once more from the start if it was another's that was wrong."""
    began_before = size_of(target.with_name(f"{target.name}{PARTIAL_SUFFIX}")) > 0
    with transfer(file.name) as advance:
        try:
            download(url, target, expected_of(file), advance)
        except WrongFileError:
            if not began_before:
                raise
            download(url, target, expected_of(file), advance)


def _convert(source: Path, target: Path, clip_model: str, licence: str) -> None:
    """Writes the CLIP in `source` as a file that says itself which one it is."""
    from ..checkpoints.convert import convert

    convert(source, target, kind="clip", clip_model=clip_model, licence=licence)
