"""`fice models`: which public weights there are, whether they are there, and getting them."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

from ..base.errors import FiceError
from ..checkpoints.published import PUBLIC_MODEL_SETS, PublicFile, PublicModelSet
from ..reports.terminal import say, transfer
from .download import Expected, check, download, take
from .on_disk import find_on_disk
from .unpack import unpack

DONE, INCOMPLETE = 0, 1


def add_models(parser: argparse.ArgumentParser) -> None:
    """Describes the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands.add_parser("list", help="show all sets, their licences and places"), _list)
    checker = commands.add_parser("check", help="say which files are there, and are as published")
    checker.add_argument("names", nargs="*", metavar="NAME", help="default: all that are there")
    _add(checker, _check)
    getter = commands.add_parser("get", help="download a set, or take it from files on disk")
    getter.add_argument("names", nargs="+", metavar="NAME")
    getter.add_argument(
        "--from",
        dest="sources",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="file that was downloaded by hand, or a folder with such files, or with what was in "
        "them; may be repeated; with it, nothing is downloaded",
    )
    _add(getter, _get)


def _add(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument(
        "--models-dir",
        type=Path,
        default=Path("models"),
        help="models folder of the host (default: ./models)",
    )
    parser.set_defaults(run=run)


def _list(options: argparse.Namespace) -> int:
    for one in PUBLIC_MODEL_SETS:
        say(f"{one.name}: {one.title}")
        say(f"  licence: {one.licence}")
        say(f"  page: {one.page}")
        say(f"  goes to: {options.models_dir / one.folder}")
        for file in one.files:
            size = "size unknown" if file.size is None else f"{file.size} bytes"
            digest = "SHA-256 unknown" if file.sha256 is None else f"SHA-256 {file.sha256}"
            by_hand = "" if file.url else ", by hand only"
            say(f"  file: {file.name}, {size}, {digest}{by_hand}")
    return DONE


def _check(options: argparse.Namespace) -> int:
    code = DONE
    for one in _named(options.names) or PUBLIC_MODEL_SETS:
        states = [_state(file, options.models_dir / one.folder) for file in one.files]
        absent = all(state == "missing" for state in states)
        if absent and not options.names:
            say(f"{one.name}: not there")
            continue
        for file, state in zip(one.files, states, strict=True):
            say(f"{one.name}: {', '.join(file.kept)}: {state}")
            if not state.startswith("there"):
                code = INCOMPLETE
    return code


def _state(file: PublicFile, folder: Path) -> str:
    """What is to say of `file` in `folder`; starts with `there` if nothing is wrong."""
    missing = [name for name in file.kept if not (folder / name).is_file()]
    if len(missing) == len(file.kept):
        return "missing"
    if missing:
        return f"incomplete, lacks {', '.join(missing)}"
    if file.members or (file.sha256 is None and file.size is None):
        return "there; its publisher states no hash, so it was not checked"
    try:
        check(folder / file.name, _expected(file), file.name)
    except FiceError as error:
        return str(error)
    return "there, as published"


def _get(options: argparse.Namespace) -> int:
    absent = [source for source in options.sources if not source.exists()]
    if absent:
        raise FiceError(f"There is no file or folder {absent[0]}.")
    used: set[Path] = set()
    for one in _named(options.names):
        folder = options.models_dir / one.folder
        say(f"{one.name}: {one.title}\n  licence: {one.licence} ({one.page})")
        if options.sources:
            used |= _take_all(one, folder, options.sources)
        for file in one.files:
            _get_file(file, folder)
            say(f"  {', '.join(str(folder / name) for name in file.kept)}")
    for source in options.sources:
        if source.is_file() and source not in used:
            say(f"{source} was not needed.")
    return DONE


def _take_all(one: PublicModelSet, folder: Path, sources: Sequence[Path]) -> set[Path]:
    """Copies or unpacks what is on disk of the files that are missing; nothing is downloaded.

    Returns:
        What was taken.

    Raises:
        FiceError: if one of them is not among `sources`, or is not as published.
    """
    wanted = [file for file in one.files if not _state(file, folder).startswith("there")]
    found = find_on_disk(wanted, sources, _kept(folder))
    for file, copies in found.items():
        for path in copies:
            _take(path, file, folder)
    lost = [file for file in wanted if file not in found]
    if lost:
        given, verb = ", ".join(map(str, sources)), "is" if len(lost) == 1 else "are"
        raise FiceError(
            f"{', '.join(file.name for file in lost)} of {one.name} {verb} not among what --from "
            f"names ({given}). Give the path of the file, or leave --from out to download what is "
            "missing."
        )
    return {path for copies in found.values() for path in copies}


def _kept(folder: Path) -> Collection[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else ()


def _take(source: Path, file: PublicFile, folder: Path) -> None:
    if source.name in file.members:
        take(source, folder / source.name, Expected())
    elif file.members:
        check(source, _expected(file), source.name)
        unpack(source, folder, file.members)
    else:
        take(source, folder / file.name, _expected(file))


def _get_file(file: PublicFile, folder: Path) -> None:
    """Downloads `file`, unless it is there."""
    state = _state(file, folder)
    if state.startswith("there"):
        return
    if state != "missing" and not file.members:
        raise FiceError(f"{state} Move {folder / file.name} away first.")
    if file.url is None:
        raise FiceError(
            f"{file.name} can only be downloaded with a browser: {file.link}. Then run "
            f"`fice models get` again with --from and the path of the file."
        )
    target = folder / file.name
    with transfer(file.name) as advance:
        download(file.url, target, _expected(file), advance)
    if file.members:
        unpack(target, folder, file.members)
        target.unlink()


def _expected(file: PublicFile) -> Expected:
    return Expected(file.size, file.sha256)


def _named(names: Sequence[str]) -> list[PublicModelSet]:
    known = {one.name: one for one in PUBLIC_MODEL_SETS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FiceError(f"There is no model set {unknown[0]!r}. Known: {', '.join(known)}.")
    return [known[name] for name in names]
