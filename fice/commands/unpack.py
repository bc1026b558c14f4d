"""Takes known files out of an archive from the internet, and nothing else."""

from __future__ import annotations

import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from ..base.errors import FiceError
from ..base.files import CANNOT_BE_REPLACED, CHUNK_BYTES, move_over

DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError)
MAX_ENTRIES = 1000  # an archive of weights has a handful
MAX_MEMBER_BYTES = 8 << 30  # four times the largest known file


def unpack(archive: Path, folder: Path, members: Collection[str]) -> None:
    """Writes `members` of the tar `archive` (plain or packed) into `folder`, all or none of them.

    Only the last part of a name in the archive is looked at, so that it cannot choose a place.

    Raises:
        FiceError: if the archive is damaged, tries to reach outside of `folder`, lacks a member or
            has it twice, or `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as aside:
            _unpack(archive, Path(aside), members)
            for name in members:
                if not move_over(Path(aside) / name, folder / name):
                    raise FiceError(
                        f"{folder / name} {CANNOT_BE_REPLACED} It is as it was. Close what uses it "
                        "(a running ComfyUI keeps open what it loaded), and try again."
                    )
    except DAMAGE as error:
        raise FiceError(
            f"{archive.name} is damaged, or is not an archive ({error}). Get it again."
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiceError(f"{archive} cannot be unpacked to {folder}: {reason}.") from None


def _unpack(archive: Path, aside: Path, members: Collection[str]) -> None:
    left = set(members)
    with tarfile.open(archive, "r|*") as tar:  # as a stream: it is unpacked only once
        for number, entry in enumerate(tar):
            _check_entry(archive, entry, number)
            name = PurePosixPath(entry.name).name
            content = tar.extractfile(entry) if entry.isfile() and name in members else None
            if content is None:
                continue
            if name not in left:
                raise FiceError(f"{archive.name} has {name} twice: it was tampered with.")
            left.remove(name)
            with (aside / name).open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK_BYTES)
    if left:
        raise FiceError(f"{archive.name} lacks {', '.join(sorted(left))}: it is another archive.")


def _check_entry(archive: Path, entry: tarfile.TarInfo, number: int) -> None:
    path = PurePosixPath(entry.name)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.name or ":" in entry.name:
        raise FiceError(
            f"{archive.name} has an entry {entry.name[:60]!r} that leaves its folder: it was "
            "tampered with, and is not used."
        )
    if number >= MAX_ENTRIES or entry.size > MAX_MEMBER_BYTES:
        raise FiceError(f"{archive.name} holds more than any archive of weights. It is not used.")
