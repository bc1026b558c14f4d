"""`report.json`: every figure with its interval, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np

from ...pipeline.model_files import set_name
from .bootstrap import FEWEST, Interval, difference_interval, mean_interval
from .distances import FEWEST_FOR_KID
from .judges import Judges
from .measures import METRICS
from .methods import open_method, title_of
from .plan import VERSION, Settings, models_fingerprint
from .questions import QUESTIONS, answer, rival_name
from .realism import INCEPTION_FEWEST, SET_METRICS, Features, set_differences, set_metrics
from .results import NUMBERS, MethodResults
from .sweeps import find_sweeps

Json: TypeAlias = dict[str, object]

DIGITS = 6


@dataclass(frozen=True, eq=False)
class Findings:
    """All that was measured.

    Attributes:
        settings: what was asked for.
        command: how it was asked for.
        data: name of the data set.
        cases: ids of all cases.
        judges: who judged.
        results: of each method.
        features: of the pictures; None if no network could look at them.
        inception: FID and KID of Inception by method.
        reference: the method that the others are compared with.
        units_done: finished units.
        units: all units.
    """

    settings: Settings
    command: str
    data: str
    cases: tuple[str, ...]
    judges: Judges
    results: tuple[MethodResults, ...]
    features: Features | None
    inception: Mapping[str, Mapping[str, float]]
    reference: str
    units_done: int
    units: int


def summarise(findings: Findings) -> Json:
    """The report as a JSON object."""
    settings = findings.settings
    differences = {one.name: _differences(findings, one) for one in findings.results}
    return {
        "version": VERSION,
        "command": findings.command,
        "complete": findings.units_done == findings.units,
        "units": {"done": findings.units_done, "all": findings.units},
        "data": {"name": findings.data, "cases": len(findings.cases)},
        "models": {
            "name": set_name(settings.models),
            "fingerprint": models_fingerprint(settings.models),
            "precision": "bfloat16" if settings.bfloat16 else "float32",
        },
        "judges": findings.judges.names,
        "set_features": findings.features.network if findings.features else None,
        "seeds": list(settings.seeds),
        "intervals": "95 %, paired bootstrap over the cases",
        "reference": findings.reference,
        "methods": [_method(findings, one, differences[one.name]) for one in findings.results],
        "questions": _questions(findings, differences),
        "sweeps": [asdict(sweep) for sweep in find_sweeps([one.name for one in findings.results])],
        "metrics": {name: asdict(metric) for name, metric in {**METRICS, **SET_METRICS}.items()},
        "not_measured": findings.judges.missing,
        "failed": _failed(findings),
        "warnings": warnings(findings),
    }


def warnings(findings: Findings) -> list[str]:
    """What a reader must know before believing the figures."""
    found: list[str] = []
    smallest = min((one.cases for one in findings.results), default=0)
    if findings.units_done < findings.units:
        found.append(f"Unfinished: {findings.units_done} of {findings.units} units are done.")
    if smallest < FEWEST:
        found.append("A method has fewer than two cases, so there is no interval.")
    if findings.features is not None and smallest < FEWEST_FOR_KID:
        found.append(
            f"KID and CMMD rest on {smallest} pictures of a method; below {FEWEST_FOR_KID} their "
            "spread is larger than the differences of good methods."
        )
    if findings.inception and smallest < INCEPTION_FEWEST:
        found.append(
            f"FID rests on {smallest} pictures; below {INCEPTION_FEWEST} it is biased upwards and "
            "must not be compared with published figures."
        )
    counts = {one.cases for one in findings.results}
    if len(counts) > 1:
        found.append(
            "Methods were tried on different numbers of cases; differences rest on those that both "
            "have."
        )
    found += [
        f"{one.name}: {len(one.failed)} of {one.tried} edits failed."
        for one in findings.results
        if one.failed
    ]
    return found


def _failed(findings: Findings) -> Json:
    """How many edits failed, and why: one row per case and reason, with the methods it befell."""
    rows: dict[tuple[str, str], list[str]] = {}
    for one in findings.results:
        for row in one.failed:
            methods = rows.setdefault((str(row["case"]), str(row["error"])), [])
            methods += [] if one.name in methods else [one.name]
    return {
        "edits": sum(len(one.failed) for one in findings.results),
        "tried": sum(one.tried for one in findings.results),
        "rows": [
            {"case": case, "error": error, "methods": methods}
            for (case, error), methods in rows.items()
        ],
    }


def _method(
    findings: Findings, one: MethodResults, differences: Mapping[str, Interval | None]
) -> Json:
    features = findings.features
    sets = set_metrics(features, one.name) if features is not None and one.cases else {}
    means = {name: mean_interval(one.columns[name]) for name in NUMBERS}
    return {
        "name": one.name,
        "title": title_of(one.name),
        "settings": open_method(one.name).settings,
        "cases": one.cases,
        "edits": one.tried,
        "failed": len(one.failed),
        "errors": sorted({str(row["error"]) for row in one.failed}),
        "metrics": _as_json({**means, **sets}),
        "by_seed": _by_seed(one),
        "inception": dict(findings.inception.get(one.name, {})),
        "difference_from_reference": _as_json(differences),
    }


def _by_seed(one: MethodResults) -> Json:
    """Means of each seed, which tell how much of a figure is luck; of one seed they say nothing."""
    if len(one.by_seed) == 1:
        return {}
    return {
        str(seed): {name: round(value, DIGITS) for name, value in means.items()}
        for seed, means in one.by_seed.items()
    }


def _differences(findings: Findings, one: MethodResults) -> dict[str, Interval | None]:
    reference = next(each for each in findings.results if each.name == findings.reference)
    if one is reference:
        return {}
    result = {
        name: difference_interval(one.columns[name], reference.columns[name]) for name in NUMBERS
    }
    if findings.features is None:
        return result
    # Pictures lie in the order of the cases that have one; the same cases are taken of both.
    both = one.have & reference.have
    own, other = (np.flatnonzero(both[each.have]).tolist() for each in (one, reference))
    pairs = {one.name: own, reference.name: other}
    return {**result, **set_differences(findings.features, one.name, reference.name, pairs)}


def _questions(
    findings: Findings, differences: Mapping[str, Mapping[str, Interval | None]]
) -> list[Json]:
    return [
        {
            **asdict(question),
            "rival": rival_name(question, findings.reference, list(differences)),
            "answer": answer(question, findings.reference, differences),
        }
        for question in QUESTIONS
    ]


def _as_json(intervals: Mapping[str, Interval | None]) -> Json:
    return {
        name: {
            key: round(value, DIGITS) if isinstance(value, float) else value
            for key, value in asdict(one).items()
        }
        for name, one in intervals.items()
        if one is not None
    }
