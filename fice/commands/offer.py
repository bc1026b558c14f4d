"""What `fice models get` is about to do: said in full, and asked for where much is fetched."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..base.errors import FiceError
from ..checkpoints.published import MB, PublicFile, PublicModelSet
from ..reports.terminal import say
from .download import host_of

YES = frozenset({"y", "yes"})


@dataclass(frozen=True)
class Plan:
    """How a set is completed.

    Attributes:
        one: the set.
        folder: where its files go.
        missing: what has to be fetched into it.
        in_place: where those of its files lie that are used where they are, by name.
        serves: what stands for the whole set, in the place of another pack.
    """

    one: PublicModelSet
    folder: Path
    missing: tuple[PublicFile, ...] = ()
    in_place: dict[str, Path] = field(default_factory=dict[str, Path])
    serves: Path | None = None


def tell(plan: Plan) -> None:
    """Says what is there of a set, what will be fetched, how large it is, and its licence."""
    one = plan.one
    say(f"{one.name}: {one.title}\n  licence: {one.licence} ({one.page})")
    if plan.serves is not None:
        say(f"  {plan.serves} serves as well and is used where it is")
    for name, path in plan.in_place.items():
        say(f"  {name}: is {path}, used where it is")
    for file in plan.missing:
        say(f"  to get: {file.name}, {size_text(file)}, {source_text(file)}")


def size_text(file: PublicFile) -> str:
    """The size of a file for people."""
    if file.bytes is None:
        return "size unknown"
    return f"{'about ' if file.size is None else ''}{_megabytes(file.bytes)}"


def source_text(file: PublicFile) -> str:
    """Where a file comes from, in words."""
    if not file.addresses:
        return f"by hand only, with a browser: {file.link}"
    publisher = [] if file.url is None else [host_of(file.url)]
    mirrors = [f"{host_of(url)} (a copy of a third party)" for url in file.mirrors]
    addresses = "from " + ", else ".join([*publisher, *mirrors])
    if file.instead is None:
        return addresses
    other = file.instead
    return f"{addresses}; or in its place {other.name}, {size_text(other)}, {source_text(other)}"


def total_text(files: Sequence[PublicFile]) -> str:
    """How much `files` are together, as far as that is known."""
    known = sum(file.bytes or 0 for file in files)
    unknown = [file.name for file in files if file.bytes is None]
    more = f"{', '.join(unknown)}, whose size is unknown" if unknown else ""
    return " and ".join(part for part in (_megabytes(known) if known else "", more) if part)


def agree(plans: Sequence[Plan], models: Path, *, yes: bool) -> None:
    """Asks once for everything.

    Raises:
        FiceError: if the answer is no, or there is nobody to ask.
    """
    files = [file for plan in plans for file in plan.missing if file.addresses]
    if not files:
        return
    say(f"To download into {models}: {total_text(files)}.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise FiceError("Nothing was downloaded: nobody can be asked here. Add --yes to agree.")
    sys.stdout.write("Download? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in YES:
        raise FiceError("Nothing was downloaded.")


def _megabytes(size: int) -> str:
    return f"{round(size / MB)} MB" if size >= MB else f"{size} bytes"
