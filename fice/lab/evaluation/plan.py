"""What an evaluation consists of: units that are done once, whole, in any process and order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...base.errors import FiceError
from ...base.files import StrPath, sha256_of
from ...pipeline.model_files import DEMO, DEMO_WEIGHTS, files_elsewhere
from .case import CaseSet
from .datasets import open_cases
from .judges import JudgeFiles, Judges
from .methods import Method, open_method

# Another number makes old parts invalid: raise it when the meaning of a metric or method changes.
VERSION = 2
WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth", ".pkl")


@dataclass(frozen=True)
class Wanted:
    """A method and how many cases it is tried on.

    Attributes:
        name: as `open_method` takes it.
        cases: the first ones of the data set; None for all of the evaluation's.
    """

    name: str
    cases: int | None = None

    @staticmethod
    def parse(text: str) -> Wanted:
        """Reads `NAME` or `NAME#COUNT`.

        Raises:
            FiceError: if the count is not a number above 0.
        """
        name, mark, count = text.rpartition("#")
        if not mark:
            return Wanted(text)
        if not count.isdecimal() or int(count) < 1:
            raise FiceError(
                f"{text}: what follows # is not a number of cases; write e.g. tuned#40."
            )
        return Wanted(name, int(count))


@dataclass(frozen=True)
class Settings:
    """All that an evaluation is asked to do.

    Attributes:
        folder: where everything is kept.
        data: data set, see `open_cases`.
        methods: what is compared.
        models: name or folder of the model set.
        cases: of the data set, from its first on.
        seeds: each method that has randomness runs once per seed.
        judges: where the judges are.
        texts: for VITON.
        category: of Fashion-Gen.
        batch: cases of one unit, which a method edits together.
        processes: that work side by side, with one thread each.
        bfloat16: whether the networks that edit compute in it; judges never do.
        device: where the networks that edit compute, see `find_device`; judges do on the CPU.
    """

    folder: Path
    data: str
    methods: tuple[Wanted, ...]
    models: str = DEMO
    cases: int = 200
    seeds: tuple[int, ...] = (0,)
    judges: JudgeFiles = field(default_factory=JudgeFiles)
    texts: StrPath | None = None
    category: str = ""
    batch: int = 4
    processes: int = 1
    bfloat16: bool = False
    device: str = "cpu"

    def open_cases(self) -> CaseSet:
        """The data set."""
        return open_cases(self.data, self.texts, self.category)


@dataclass(frozen=True)
class Unit:
    """One method on a few cases: what is done as a whole or not at all.

    Attributes:
        method: its name.
        seed: of its randomness.
        cases: indices in the data set.
        key: differs where anything differs that the result depends on.
    """

    method: str
    seed: int
    cases: tuple[int, ...]
    key: str

    @property
    def folder_name(self) -> str:
        """Where its pictures lie."""
        return folder_name(self.method, self.seed)

    @property
    def part_name(self) -> str:
        """The file of its results."""
        return f"{self.folder_name}-{self.cases[0]:05d}-{self.key}.json"


def folder_name(method: str, seed: int) -> str:
    """A name for the files of one method and seed, unique and fit for any file system."""
    plain = re.sub(r"[^A-Za-z0-9._=-]+", "_", method)
    tag = "" if plain == method else f"-{hashlib.sha256(method.encode()).hexdigest()[:6]}"
    return f"{plain}{tag}-s{seed}"


def make_units(settings: Settings, judges: Judges) -> list[Unit]:
    """All units, those of the same cases next to each other, so that a part of a run is fair.

    Raises:
        FiceError: if a method or the data set cannot be used.
    """
    data = settings.open_cases()
    total = min(settings.cases, len(data))
    common = (VERSION, data.name, models_fingerprint(settings.models), judges.fingerprint)
    common += ("bfloat16",) * settings.bfloat16
    known = [_case_facts(data, index) for index in range(total)]
    kind = settings.device.partition(":")[0]
    common += (kind,) * (kind != "cpu")
    opened = [(wanted, open_method(wanted.name)) for wanted in settings.methods]
    units: list[Unit] = []
    for start in range(0, total, settings.batch):
        for wanted, method in opened:
            stop = min(start + settings.batch, total, wanted.cases or total)
            chosen = tuple(range(start, stop))
            for seed in _seeds(method, settings.seeds) if chosen else ():
                facts = (*common, wanted.name, method.settings, seed, [known[i] for i in chosen])
                units.append(Unit(wanted.name, seed, chosen, _short_hash(facts)))
    return units


def _case_facts(data: CaseSet, index: int) -> tuple[str, ...]:
    """All that the results of a case depend on; a mended photo leaves the other cases alone."""
    asked = data.asked(index)
    return (asked.id, asked.text, asked.source_text, data.state(index))


def models_fingerprint(name: str) -> str:
    """Hash of the weight files of a model set, as nothing else tells two of them apart."""
    return _short_hash([(path.name, sha256_of(path)) for path in _weight_files(name)])


def _weight_files(name: str) -> Iterator[Path]:
    folder = DEMO_WEIGHTS if name == DEMO else Path(name)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        # Judges have a fingerprint of their own.
        if path.suffix in WEIGHT_SUFFIXES and not path.name.startswith("judge_"):
            yield path
    yield from files_elsewhere(folder)


def _seeds(method: Method, seeds: tuple[int, ...]) -> tuple[int, ...]:
    return seeds if method.seeded else seeds[:1]


def _short_hash(facts: object) -> str:
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
