"""Takes the files of model sets from what the user has downloaded by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..base.errors import FiceError
from ..checkpoints.published import PublicFile
from ..reports.terminal import say
from .download import Expected, check, take
from .obtain import expected_of
from .offer import Plan
from .on_disk import find_on_disk
from .unpack import unpack


def take_all(plans: Sequence[Plan], sources: Sequence[Path]) -> None:
    """Copies or unpacks what is among `sources` of the files that are missing.

    Raises:
        FiceError: if one of them is not, or is not as published; nothing is downloaded.
    """
    wanted = [file for plan in plans for file in plan.missing]
    found = find_on_disk(wanted, sources, _there(plans))
    for plan in plans:
        for file in plan.missing:
            for path in found.get(file, []):
                _take(path, file, plan.folder)
    _refuse_the_rest(plans, found, sources)
    used = {path for copies in found.values() for path in copies}
    for source in sources:
        if source.is_file() and source not in used:
            say(f"{source} was not needed.")


def _refuse_the_rest(
    plans: Sequence[Plan], found: dict[PublicFile, list[Path]], sources: Sequence[Path]
) -> None:
    lost = {
        plan.one.name: names
        for plan in plans
        if (names := [file.name for file in plan.missing if file not in found])
    }
    if not lost:
        return
    files = "; ".join(f"{', '.join(names)} of {name}" for name, names in lost.items())
    verb = "is" if sum(map(len, lost.values())) == 1 else "are"
    raise FiceError(
        f"{files} {verb} not among what --from names ({', '.join(map(str, sources))}). Give the "
        "path of the file, or leave --from out to download what is missing."
    )


def _there(plans: Sequence[Plan]) -> set[str]:
    """Names of the files that are in place."""
    folders = [plan.folder for plan in plans if plan.folder.is_dir()]
    return {path.name for folder in folders for path in folder.iterdir()}


def _take(source: Path, file: PublicFile, folder: Path) -> None:
    if source.name in file.members:
        take(source, folder / source.name, Expected())
    elif file.members:
        check(source, expected_of(file), source.name)
        unpack(source, folder, file.members)
    else:
        take(source, folder / file.name, expected_of(file))
