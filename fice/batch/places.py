"""Photos and tables on the disk, or wherever fsspec reaches, as S3, GCS or the memory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from ..base.errors import FiceError, ImageError
from ..base.files import StrPath, absent

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
SEPARATOR = "://"
IDENTITIES = ("etag", "ETag", "md5Hash", "checksum", "LastModified", "mtime", "created")
"""What file systems call that which changes with the content, the surest first."""


LISTED_FROM = 100
"""So many photos of a folder on a store are not asked for one by one."""


@dataclass(frozen=True)
class Found:
    """A file.

    Attributes:
        place: its path or URL.
        named: its path within the folder that was searched.
        identity: see `identity`; empty where asking is cheap.
    """

    place: str
    named: str
    identity: str = ""


def is_url(place: str) -> bool:
    """Whether a place is for fsspec."""
    return SEPARATOR in place


def beside(table: str, place: str) -> str:
    """`place` as a table names it: seen from where the table lies, unless it is complete."""
    if is_url(place) or Path(place).is_absolute():
        return place
    folder = table.rpartition("/")[0] if is_url(table) else str(Path(table).parent)
    return f"{folder}/{place}" if is_url(table) else str(Path(folder) / place)


def is_folder(place: str) -> bool:
    """Whether a place is a folder.

    Raises:
        FiceError: if it is not there.
    """
    if not is_url(place):
        path = Path(place)
        if not path.exists():
            raise FiceError(f"{absent('folder or table', path)} Name the photos with --photos.")
        return path.is_dir()
    files, path = file_system(place)
    with told(place):
        files.invalidate_cache()  # of what this process saw in an earlier job
        if not files.exists(path):
            raise FiceError(f"There is nothing at {place}. Name the photos with --photos.")
        return bool(files.isdir(path))


def photos_in(folder: str, leave_out: StrPath | None = None) -> list[Found]:
    """The photos in a folder and the folders in it, in the order of their names.

    Args:
        folder: path or URL.
        leave_out: a folder in it, path or URL, that is not searched.
    """
    if is_url(folder):
        return _photos_at(folder, "" if leave_out is None else str(leave_out))
    top, skipped = Path(folder), None if leave_out is None else Path(leave_out).resolve()
    found: list[Found] = []
    for here, folders, names in os.walk(top):
        place = Path(here)
        folders[:] = sorted(
            one for one in folders if _is_shown(one) and (place / one).resolve() != skipped
        )
        found += [
            Found(str(place / name), (place / name).relative_to(top).as_posix())
            for name in names
            if _is_shown(name) and Path(name).suffix.lower() in SUFFIXES
        ]
    return sorted(found, key=lambda one: one.named)


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def _photos_at(url: str, leave_out: str) -> list[Found]:
    files, top = file_system(url)
    with told(url):
        files.invalidate_cache()
        # With what is known of each, or a store would be asked once more for every photo.
        known = cast("dict[str, dict[str, Any]]", files.find(top, detail=True))
    start, root = top.rstrip("/") + "/", url.rstrip("/")
    skipped = leave_out.rstrip("/").removeprefix(root).lstrip("/") + "/"
    inside = [
        (path.removeprefix(start), known[path])
        for path in sorted(known)
        if not path.removeprefix(start).startswith(skipped)
    ]
    return [
        Found(f"{root}/{name}", name, _told_by(facts))
        for name, facts in inside
        if Path(name).suffix.lower() in SUFFIXES and all(map(_is_shown, name.split("/")))
    ]


def identity(place: str) -> str:
    """What changes when the content of a file does: its size, and date or tag.

    Raises:
        ImageError: if it is not there.
        OSError: if it cannot be asked for now.
    """
    if not is_url(place):
        path = Path(place)
        if not path.is_file():
            raise ImageError(absent("image", path))
        facts = path.stat()
        return f"{facts.st_size} {facts.st_mtime_ns}"
    files, path = file_system(place)
    try:
        known = cast("dict[str, Any]", files.info(path))
    except FileNotFoundError:
        raise ImageError(f"There is no image at {place}.") from None
    return _told_by(known)


def list_ahead(places: Iterable[str]) -> None:
    """Lists folders on a store of which many `places` lie in, so that each is not asked for."""
    folders = Counter(one.rpartition("/")[0] for one in {*places} if is_url(one))
    for folder, count in folders.items():
        if count >= LISTED_FROM:
            with contextlib.suppress(Exception):  # then each is asked for, and told if need be
                files, path = file_system(folder)
                files.ls(path, detail=True)  # which it remembers


def _told_by(known: dict[str, Any]) -> str:
    """Size and tag, of what a file system tells of a file."""
    tag = next((known[name] for name in IDENTITIES if known.get(name)), "")
    # Some file systems list seconds, and tell dates when they are asked for one file.
    return f"{known.get('size')} {tag.timestamp() if isinstance(tag, datetime) else tag}"


@contextlib.contextmanager
def as_file(place: str) -> Generator[Path, None, None]:
    """The file on the disk; one from elsewhere is there for the time being.

    Raises:
        ImageError: if it is not there.
        OSError: if it cannot be had now.
    """
    if not is_url(place):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="fice-") as folder:
        path = Path(folder) / (place.rstrip("/").rpartition("/")[2] or "photo")
        path.write_bytes(read_bytes(place))
        yield path


def read_bytes(place: str) -> bytes:
    """The content of a file.

    Raises:
        ImageError: if it is not there.
        OSError: if it cannot be had now.
    """
    if not is_url(place):
        return Path(place).read_bytes()
    files, path = file_system(place)
    try:
        return cast("bytes", files.cat_file(path))
    except FileNotFoundError:
        raise ImageError(f"There is no image at {place}.") from None


def file_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it.

    Raises:
        FiceError: if fsspec, or what it needs for this kind of URL, is not installed.
    """
    try:
        import fsspec
        from fsspec.core import url_to_fs
    except ImportError:
        raise FiceError(
            f"{url} needs the package fsspec: pip install 'fice-nodes[batch]'."
        ) from None
    del fsspec
    try:
        files, path = url_to_fs(url)
    except ImportError as error:
        raise FiceError(f"{url} cannot be opened: {error}.") from None
    except ValueError as error:
        raise FiceError(f"{url} is no place that can be opened: {error}.") from None
    return files, str(path)


@contextlib.contextmanager
def told(url: str, what: str = "cannot be read") -> Generator[None, None, None]:
    """Turns what goes wrong on the way into a sentence."""
    try:
        yield
    except FiceError:
        raise
    except Exception as error:  # each file system has errors of its own
        raise FiceError(f"{url} {what}: {type(error).__name__}: {error}") from None
