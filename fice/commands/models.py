"""`fice models`: which public weights there are, whether they are there, and getting them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from ..base.errors import FiceError
from ..checkpoints.elsewhere import Part, found_elsewhere
from ..checkpoints.published import PUBLIC_MODEL_SETS, PublicFile, PublicModelSet
from ..pipeline.model_files import write_set
from ..reports.terminal import say
from .from_disk import take_all
from .in_place import host_folders, same_files, stand_in
from .obtain import MISSING, THERE, is_there, kept_of, obtain, state_of
from .offer import Plan, agree, size_text, source_text, tell

DONE, INCOMPLETE = 0, 1
PARTS_OF_A_SET = {"segmenter": "regions"}  # where a set calls it otherwise


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
    getter.add_argument(
        "--yes",
        action="store_true",
        help="do not ask before the files of `photos` are fetched",
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
        if one.sets:
            say(f"  consists of: {', '.join(one.sets)}")
        for file in one.files:
            digest = "SHA-256 unknown" if file.sha256 is None else f"SHA-256 {file.sha256}"
            size = f"{file.size} bytes" if file.size is not None else size_text(file)
            say(f"  file: {file.name}, {size}, {digest}, {source_text(file)}")
    _list_elsewhere(options.models_dir)
    return DONE


def _list_elsewhere(models: Path) -> None:
    """Says what other packs have on this disk."""
    for part in get_args(Part):
        for name in found_elsewhere(part, host_folders(models)):
            say(f"on this disk, from another pack, as {part}: {name}")


def _check(options: argparse.Namespace) -> int:
    code, models = DONE, options.models_dir
    for one in _singles(_named(options.names) or PUBLIC_MODEL_SETS):
        states = [_state(file, one, models) for file in one.files]
        absent = all(state == MISSING for state in states)
        if absent and not options.names:
            say(f"{one.name}: not there")
            continue
        for file, state in zip(one.files, states, strict=True):
            say(f"{one.name}: {', '.join(file.kept)}: {state}")
            if not state.startswith(THERE):
                code = INCOMPLETE
    return code


def _state(file: PublicFile, one: PublicModelSet, models: Path) -> str:
    """What is to say of `file` of the set `one`, in its place or another's."""
    state = state_of(file, models / one.folder)
    if state != MISSING:
        return state
    found = same_files([file], one, host_folders(models))
    return f"{THERE}, as published: {found[file.name]}" if found else MISSING


def _get(options: argparse.Namespace) -> int:
    absent = [source for source in options.sources if not source.exists()]
    if absent:
        raise FiceError(f"There is no file or folder {absent[0]}.")
    named, models = _named(options.names), options.models_dir
    whole = [one for one in named if one.sets]
    plans = [_plan(one, models, bool(whole)) for one in _singles(named)]
    for plan in plans:
        tell(plan)
    if options.sources:
        take_all(plans, options.sources)
    elif whole:
        agree(plans, models, yes=options.yes)
    _obtain_all(plans)
    for plan in plans:
        for path in _paths(plan):
            say(f"  {path}")
    for one in whole:
        _write_whole_set(one, plans, models)
    return DONE


def _plan(one: PublicModelSet, models: Path, in_an_edit: bool) -> Plan:
    """What there is of `one`, and what has to be fetched.

    Args:
        one: the set.
        models: the models folder.
        in_an_edit: whether anything that does the same in an edit serves.
    """
    folder, folders = models / one.folder, host_folders(models)
    missing = [file for file in one.files if not is_there(file, folder)]
    in_place = same_files(missing, one, folders)
    left = tuple(file for file in missing if file.name not in in_place)
    if left and in_an_edit and (serves := stand_in(one, folders)):
        return Plan(one, folder, serves=serves)
    return Plan(one, folder, left, in_place)


def _obtain_all(plans: Sequence[Plan]) -> None:
    """Fetches what is missing; what needs a browser is told when all else is there."""
    for plan in plans:
        for file in plan.missing:
            if file.addresses:
                obtain(file, plan.folder, plan.one.licence)
    by_hand = [
        f"{file.name} can only be downloaded with a browser: {file.link}."
        for plan in plans
        for file in plan.missing
        if not file.addresses and not is_there(file, plan.folder)
    ]
    if by_hand:
        raise FiceError(
            f"{' '.join(by_hand)} Then run `fice models get` again with --from and the path of the "
            "file."
        )


def _paths(plan: Plan) -> list[Path]:
    """Where the files of a set are in the end."""
    if plan.serves is not None:
        return [plan.serves]
    return [
        path
        for file in plan.one.files
        for path in (
            [plan.in_place[file.name]] if file.name in plan.in_place else kept_of(file, plan.folder)
        )
    ]


def _write_whole_set(one: PublicModelSet, plans: Sequence[Plan], models: Path) -> None:
    """Writes which files an edit takes, and says the command that edits a photo with them."""
    parts: Mapping[str, Path] = {
        PARTS_OF_A_SET.get(plan.one.part or "", plan.one.part or ""): _paths(plan)[0]
        for plan in plans
        if plan.one.name in one.sets
    }
    folder = models / one.folder
    write_set(folder, parts)
    say(f'To edit a photo: fice edit photo.jpg "a red dress" --models "{folder}" -o edited.jpg')


def _singles(named: Sequence[PublicModelSet]) -> list[PublicModelSet]:
    """The sets that have files of their own, each once."""
    sets = _known()
    parts = [part for one in named for part in ([sets[n] for n in one.sets] if one.sets else [one])]
    return list({part.name: part for part in parts}.values())


def _known() -> dict[str, PublicModelSet]:
    return {one.name: one for one in PUBLIC_MODEL_SETS}


def _named(names: Sequence[str]) -> list[PublicModelSet]:
    known = _known()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FiceError(f"There is no model set {unknown[0]!r}. Known: {', '.join(known)}.")
    return [known[name] for name in names]
