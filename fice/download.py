"""Fetches one large file over HTTP: goes on where it was cut off, and trusts only what it checked.

Only the command line uses this; nothing in FICE downloads on its own.
"""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, cast

from fice.errors import FiceError
from fice.files import CHUNK_BYTES, replacing, sha256_of

PARTIAL_SUFFIX = ".part"
TIMEOUT_SECONDS = 60
ATTEMPTS = 5  # in a row that bring nothing new
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416
PERMANENT = range(400, 500)  # asking again does not help
SCHEMES = ("https://", "http://127.0.0.1:")  # plain HTTP only to this machine, for tests and mirrors

Advance = Callable[[int, int | None], None]
"""Takes how many bytes there are, and of how many if that is known."""


@dataclass(frozen=True)
class Expected:
    """What a file has to be; None = not known, so not checked.

    Attributes:
        size: in bytes.
        sha256: 64 hex digits.
    """

    size: int | None = None
    sha256: str | None = None


def download(url: str, target: Path, expected: Expected, advance: Advance) -> None:
    """Fetches `url` to `target`, which appears only when it is complete and checked.

    What was fetched so far lies in `target` + `.part` and is used the next time. It is removed if
    it turns out to be wrong, since going on from it could never help.

    Raises:
        FiceError: if the server refuses, the connection is lost for good, there is no room, or the
            file is not the expected one.
    """
    if not url.startswith(SCHEMES):
        raise FiceError(f"{url} is not an https address.")
    partial = target.with_name(f"{target.name}{PARTIAL_SUFFIX}")
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        _fetch_all(url, partial, expected, advance)
        try:
            check(partial, expected, target.name)
        except FiceError:
            partial.unlink()
            raise
        partial.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiceError(f"{target} cannot be written: {reason}.") from None


def take(source: Path, target: Path, expected: Expected) -> None:
    """Copies the file `source` to `target`, after the same checks as of a download.

    Raises:
        FiceError: if it is missing or not the expected one, or `target` cannot be written.
    """
    if not source.is_file():
        raise FiceError(f"There is no file {source}.")
    check(source, expected, source.name)
    if target.exists() and target.samefile(source):
        return
    with source.open("rb") as file, replacing(target) as copy:
        shutil.copyfileobj(file, copy, CHUNK_BYTES)


def check(path: Path, expected: Expected, name: str) -> None:
    """Compares the file `path` with what is known of it.

    Raises:
        FiceError: saying actual and expected size or hash of `name`.
    """
    size = path.stat().st_size
    if expected.size is not None and size != expected.size:
        raise FiceError(f"{name} has {size} bytes, expected {expected.size}: not the same file.")
    if expected.sha256 is None:
        return
    digest = sha256_of(path)
    if digest != expected.sha256:
        raise FiceError(
            f"{name} has the SHA-256 {digest}, expected {expected.sha256}: it was damaged or "
            "replaced, and is not used. Get it again."
        )


def _fetch_all(url: str, partial: Path, expected: Expected, advance: Advance) -> None:
    """Goes on after every cut, as long as something new comes."""
    failures = 0
    while True:
        before = _size(partial)
        reason = _fetch_more(url, partial, expected, advance)
        if reason is None:
            return
        failures = 0 if _size(partial) > before else failures + 1
        if failures == ATTEMPTS:
            raise FiceError(
                f"The connection to {_host(url)} was lost ({reason}). "
                f"{_size(partial)} bytes are kept; run the same command again to go on."
            )


def _fetch_more(url: str, partial: Path, expected: Expected, advance: Advance) -> str | None:
    """Appends what the server still has; returns why it ended early, or None at the end."""
    start = _size(partial)
    if expected.size is not None and start >= expected.size:
        return None
    request = urllib.request.Request(url, headers={"User-Agent": "fice"})  # noqa: S310
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with closing(cast("Any", urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS))) as reply:  # noqa: S310
            return _append(reply, partial, start, expected, advance)
    except urllib.error.HTTPError as error:
        if error.code == RANGE_NOT_SATISFIABLE and start:
            return None  # nothing is left, which the checks have to confirm
        if error.code in PERMANENT:
            raise FiceError(
                f"{_host(url)} answers {error.code} {error.reason} for {url}: it has moved or is "
                "not public. Download it by hand and give it with --from."
            ) from None
        return f"{error.code} {error.reason}"
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def _append(
    reply: Any, partial: Path, start: int, expected: Expected, advance: Advance
) -> str | None:
    """Appends the body of `reply`, or starts anew where the server sends all of it again."""
    if start and reply.status != PARTIAL_CONTENT:
        start = 0
    length = reply.headers.get("Content-Length")
    total = start + int(length) if length else expected.size
    with partial.open("ab" if start else "wb") as file:
        got = start + _copy(cast("IO[bytes]", reply), file, start, total, advance)
    return None if total is None or got >= total else f"{got} of {total} bytes came"


def _copy(
    reply: IO[bytes], file: IO[bytes], start: int, total: int | None, advance: Advance
) -> int:
    got = 0
    while chunk := reply.read(CHUNK_BYTES):
        file.write(chunk)
        got += len(chunk)
        advance(start + got, total)
    return got


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _host(url: str) -> str:
    return url.split("/")[2]
