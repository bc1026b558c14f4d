"""An evaluation from settings to reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from torch import Tensor

from ...base.errors import FiceError
from ...base.files import write_whole
from ...base.images import Pixels
from ...inversion import RECIPES
from ...pipeline.models import load_models
from ...reports.local_paths import shareable
from .case import CaseSet
from .contact_sheets import MOST_COLUMNS, complete_cases, draw_sheet, random_cases, worst_cases
from .html import as_html
from .judges import Judges, open_judges
from .methods import COPY_NAME, PAPER_NAME
from .optional import require
from .parts import EDITED, GENERATED, PHOTOS, Row, part_path, picture_path
from .plan import Settings, Unit, make_units
from .realism import (
    Features,
    Pictures,
    choose_network,
    inception_metrics,
    read_features,
    real_pictures,
)
from .results import PARQUET_PURPOSE, MethodResults, by_method, write_parquet
from .run import OnDone, pending, read_rows, run_units
from .summary import Findings, Json, summarise


@dataclass(frozen=True, eq=False)
class Evaluation:
    """An evaluation that was planned.

    Attributes:
        settings: what was asked for.
        data: the data set.
        judges: who judges.
        units: all there is to do.
    """

    settings: Settings
    data: CaseSet
    judges: Judges
    units: tuple[Unit, ...]

    @staticmethod
    def plan(settings: Settings) -> Evaluation:
        """Opens data set and judges, and lists the units.

        Raises:
            FiceError: if one of them, or a method, cannot be used, no case can be tried, or a
                library is missing that the report needs.
        """
        for module, purpose in _needed(settings):
            require(module, purpose)
        judges = open_judges(settings.judges, settings.models)
        units = tuple(make_units(settings, judges))
        if not units:
            raise FiceError("There is nothing to do: name a method and at least one case.")
        evaluation = Evaluation(settings, settings.open_cases(), judges, units)
        problems, count = evaluation.problems(), min(settings.cases, len(evaluation.data))
        if len(problems) == count:
            raise FiceError(f"None of the {count} cases can be tried. The first: {problems[0]}")
        return evaluation

    def pending(self) -> list[Unit]:
        """What is not done yet."""
        return pending(self.settings, self.units, self.data)

    def problems(self) -> list[str]:
        """What is wrong with cases that cannot be tried, as far as it shows without opening them.

        Each is a row of the report that says so, and costs the others nothing.
        """
        count = min(self.settings.cases, len(self.data))
        return list(filter(None, map(self.data.problem, range(count))))

    def run(self, on_done: OnDone) -> None:
        """Does what is not done yet; `on_done` is told of each unit.

        Raises:
            FiceError: if a method or weight file cannot be used, a result cannot be written, or a
                process died. An edit that fails is a row that says so.
        """
        run_units(self.settings, self.pending(), on_done)

    def report(self, command: str, reference: str | None = None) -> Json:
        """Writes `results.parquet`, `report.json` and `report.html` of what is done.

        Args:
            command: that makes the same report.
            reference: method that the others are compared with; None takes the last recipe.

        Raises:
            FiceError: if nothing is done, a library is missing, or a file cannot be written.
        """
        rows = read_rows(self.settings, self.units)
        if not rows:
            raise FiceError("No unit is done, so there is nothing to report.")
        folder, names = self.settings.folder, [one.name for one in self.settings.methods]
        cases = self.data.ids()[: self.settings.cases]
        results = by_method(rows, names, cases)
        findings = self._findings(results, command, choose_reference(names, reference))
        report = cast("Json", shareable(summarise(findings)))
        write_parquet(folder / "results.parquet", cast("list[Row]", shareable(rows)))
        text = json.dumps(report, indent=1, ensure_ascii=False)
        write_whole(folder / "report.json", f"{text}\n".encode())
        page = as_html(report, self._sheets(findings, rows))
        write_whole(folder / "report.html", page.encode())
        return report

    def _findings(self, results: Sequence[MethodResults], command: str, reference: str) -> Findings:
        settings = self.settings
        cases = tuple(self.data.ids()[: settings.cases])
        pictures = {one.name: self._pictures(one, cases) for one in results}
        done = sum(part_path(settings.folder, unit).is_file() for unit in self.units)
        return Findings(
            settings=settings,
            command=command,
            data=self.data.name,
            cases=cases,
            judges=self.judges,
            results=tuple(results),
            features=self._features(pictures),
            inception=self._inception(pictures),
            reference=reference,
            units_done=done,
            units=len(self.units),
        )

    def _pictures(self, one: MethodResults, cases: Sequence[str]) -> Pictures:
        return {
            kind: [self._path(kind, one, case) for case in cases if case in one.shown]
            for kind in (EDITED, GENERATED)
        }

    def _path(self, kind: str, one: MethodResults, case: str) -> Path:
        unit = Unit(one.name, one.shown[case], (0,), "")
        return picture_path(self.settings.folder, kind, unit, case)

    def _features(self, pictures: dict[str, Pictures]) -> Features | None:
        chosen = choose_network(self.judges)
        if chosen is None:
            return None
        network, encode = chosen
        return read_features(encode, network, self._real(), pictures)

    def _real(self) -> Iterator[Tensor]:
        models = load_models(self.settings.models)
        return real_pictures(self.data, models, min(self.settings.cases, len(self.data)))

    def _inception(self, pictures: dict[str, Pictures]) -> dict[str, dict[str, float]]:
        weights = self.settings.judges.inception
        if weights is None:
            return {}
        real = list(self._real())
        return {
            name: inception_metrics(weights, kinds[EDITED], real)
            for name, kinds in pictures.items()
            if len(kinds[EDITED]) > 1 and len(real) > 1
        }

    def _sheets(self, findings: Findings, rows: Sequence[Row]) -> dict[str, Pixels]:
        results = {one.name: one for one in findings.results}
        shown = list(islice((name for name in results if name != COPY_NAME), MOST_COLUMNS))
        complete = complete_cases([results[name] for name in shown])
        worst = worst_cases(results[findings.reference], complete)
        texts = {str(row["case"]): str(row["text"]) for row in rows}

        def path_of(method: str, case: str) -> Path:
            kind = EDITED if method else PHOTOS  # photos are the same for all methods
            return self._path(kind, results[method or shown[0]], case)

        chosen = {
            "Cases at random": random_cases(complete),
            f"The worst cases of {findings.reference}": worst,
        }
        return {
            title: draw_sheet(indices, findings.cases, texts, shown, path_of)
            for title, indices in chosen.items()
            if indices
        }


def _needed(settings: Settings) -> list[tuple[str, str]]:
    """Libraries of the report and what for, to be asked for before the work and not after it."""
    inception = [("torch_fidelity", "FID")] if settings.judges.inception else []
    return [("pyarrow", PARQUET_PURPOSE), *inception]


def choose_reference(names: Sequence[str], reference: str | None) -> str:
    """The method that others are compared with: the named one, or the first of our recipes.

    Raises:
        FiceError: if it is none of `names`.
    """
    if reference is None:
        bases = [(name.partition("@")[0], name) for name in names]
        ours = [name for base, name in bases if base in RECIPES and base != PAPER_NAME]
        return next(iter((*ours, *names)))
    if reference not in names:
        raise FiceError(f"The reference {reference} is not one of the methods {', '.join(names)}.")
    return reference
