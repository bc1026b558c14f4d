"""Fetches one large file over HTTP: goes on where it was cut off, and trusts only what it checked.

Only the command line uses this; nothing in FICE downloads on its own.
"""

from __future__ import annotations

import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO

from ..base.errors import FiceError
from ..base.files import CHUNK_BYTES, replacing, sha256_of, take_place

PARTIAL_SUFFIX = ".part"
VERSION_SUFFIX = ".version"  # beside it: which version of the file the server was sending
TIMEOUT_SECONDS = 60
ATTEMPTS = 5  # in a row that bring nothing new
RETRY_SECONDS = 1.0
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416
PERMANENT = range(400, 500)  # asking again does not help
SCHEMES = (
    "https://",
    "http://127.0.0.1:",
)  # plain HTTP only to this machine, for tests and mirrors

Advance = Callable[[int, int | None], None]
"""Takes how many bytes there are, and of how many if that is known."""


class SourceError(FiceError):
    """An address does not give the file; another one may.

    Attributes:
        reason: what was wrong, without what to do if there is no other address.
    """

    def __init__(self, reason: str, advice: str = "") -> None:
        """Builds the sentences from the `reason` and an `advice` on what to do."""
        super().__init__(f"{reason} {advice}".rstrip())
        self.reason = reason


class WrongFileError(SourceError):
    """An address gives another file."""


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
        WrongFileError: if the file is not the expected one.
        SourceError: if the server refuses, or the connection is lost for good.
        FiceError: if there is no room.
    """
    _check_scheme(url)
    partial = target.with_name(f"{target.name}{PARTIAL_SUFFIX}")
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        _fetch_all(url, partial, expected, advance)
        try:
            check(partial, expected, target.name)
        except FiceError as error:
            partial.unlink()
            raise WrongFileError(str(error)) from None
        finally:
            _version_of(partial).unlink(missing_ok=True)
        take_place(partial, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiceError(f"{target} cannot be written: {reason}.") from None


def change_address(target: Path, expected: Expected) -> None:
    """Readies what was fetched so far of `target` for going on from another address.

    Where no hash could tell a mixture of two files, it is given up.
    """
    partial = target.with_name(f"{target.name}{PARTIAL_SUFFIX}")
    _version_of(partial).unlink(missing_ok=True)
    if expected.sha256 is None:
        partial.unlink(missing_ok=True)


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


class _CutError(Exception):
    """The connection ended before the file did."""


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follows servers that send us elsewhere, but not to where others could listen."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request.

        Raises:
            FiceError: if it is not encrypted.
        """
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(url: str) -> None:
    if not url.startswith(SCHEMES):
        raise SourceError(f"{url} is not an https address.")


def _fetch_all(url: str, partial: Path, expected: Expected, advance: Advance) -> None:
    """Goes on after every cut, as long as something new comes."""
    failures, reason = 0, _CutError()
    while failures < ATTEMPTS:
        before = size_of(partial)
        try:
            _fetch_rest(url, partial, expected, advance)
            return
        except _CutError as cut:
            reason = cut
        failures = 0 if size_of(partial) > before else failures + 1
        time.sleep(RETRY_SECONDS)
    raise SourceError(
        f"The connection to {host_of(url)} was lost ({reason}).",
        f"{size_of(partial)} bytes are kept; run the same command again to go on.",
    )


def _fetch_rest(url: str, partial: Path, expected: Expected, advance: Advance) -> None:
    """Appends what the server still has."""
    start = size_of(partial)
    if expected.size is not None and start >= expected.size:
        return
    request = urllib.request.Request(url, headers={"User-Agent": "fice"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        if version := _read_version(partial):
            request.add_header("If-Range", version)  # all of it, if it has changed since
    opener = urllib.request.build_opener(_HttpsRedirects)
    try:
        reply: HTTPResponse = opener.open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == RANGE_NOT_SATISFIABLE and start:
            whole = (error.headers.get("Content-Range") or "").rpartition("/")[2]
            if whole in ("", "*", str(start)):
                return  # nothing is left, which the checks have to confirm
            partial.unlink()
            raise _CutError(f"the file has {whole} bytes now") from None
        if error.code in PERMANENT:
            raise SourceError(
                f"{host_of(url)} answers {error.code} {error.reason} for {url}: it has moved or is "
                "not public.",
                "Download it by hand and give it with --from.",
            ) from None
        raise _CutError(f"{error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:
        raise _CutError(str(getattr(error, "reason", error))) from None
    with closing(reply):
        _append(reply, partial, start, expected, advance)


def _append(
    reply: HTTPResponse, partial: Path, start: int, expected: Expected, advance: Advance
) -> None:
    """Appends the body of `reply`, or starts anew where the server sends all of it again."""
    if reply.status != PARTIAL_CONTENT:
        start = 0
        _write_version(partial, reply.headers)
    elif not _continues(reply.headers.get("Content-Range"), start):
        partial.unlink()
        raise _CutError("the server sent another part than it was asked for")
    length = reply.headers.get("Content-Length")
    total = start + int(length) if length else expected.size
    got = start
    with partial.open("ab" if start else "wb") as file:
        while chunk := _read(reply):
            file.write(chunk)
            got += len(chunk)
            advance(got, total)
    if total is not None and got < total:
        raise _CutError(f"{got} of {total} bytes came")


def _version_of(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}{VERSION_SUFFIX}")


def _write_version(partial: Path, headers: HTTPMessage) -> None:
    """Remembers what tells this version of the file from a later one, for `If-Range`."""
    tag = headers.get("ETag", "")
    weak = tag.startswith("W/")  # says that two versions mean the same, not that bytes are equal
    version = headers.get("Last-Modified", "") if weak or not tag else tag
    _version_of(partial).write_text(version, encoding="latin1")


def _read_version(partial: Path) -> str:
    try:
        return _version_of(partial).read_text(encoding="latin1")
    except OSError:
        return ""


def _continues(content_range: str | None, start: int) -> bool:
    """Whether a part starts where we asked for; servers that do not say are believed."""
    return content_range is None or content_range.startswith(f"bytes {start}-")


def _read(reply: HTTPResponse) -> bytes:
    """The next bytes; apart from writing, so that a full disk is not taken for a lost line."""
    try:
        return reply.read(CHUNK_BYTES)
    except (OSError, HTTPException) as error:
        raise _CutError(str(error) or type(error).__name__) from None


def size_of(path: Path) -> int:
    """Bytes of the file `path`, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def host_of(url: str) -> str:
    """The machine that `url` asks."""
    return url.split("/")[2]
