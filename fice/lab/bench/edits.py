"""Edits of the demo set by several recipes and settings, each read by the same judges."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import cast

import torch
from torch import nn

from ...base.files import StrPath
from ...base.fingerprint import fingerprint_state
from ...guidance.objective import objective
from ...guidance.terms import Candidate
from ...inversion import FAST, PAPER, TUNED, Recipe
from ...pipeline.edit import EditResult
from ...pipeline.look import look
from ...pipeline.models import ModelSet
from ...pipeline.precision import has_bfloat16
from ...pipeline.wording import read_texts
from ..demo.cases import draw_case
from ..demo.check.edits import case_photo, judge_edits
from ..demo.judges import Judges, load_judges
from .sets import Setting, build
from .store import add_figures, read_figures


@dataclass(frozen=True)
class Variant:
    """A way to edit.

    Attributes:
        recipe: its numbers.
        setting: how the networks compute.
    """

    recipe: Recipe
    setting: Setting = "exact"


VARIANTS: Mapping[str, Variant] = {
    "reference, plain": Variant(PAPER, "plain"),
    "reference": Variant(PAPER),
    "fast": Variant(FAST),
    "fast, 66 steps": Variant(FAST.in_steps(66)),
    "fast, bf16": Variant(FAST, "bf16"),
    "tuned": Variant(TUNED),
    "tuned, bf16": Variant(TUNED, "bf16"),
}


def usual_variants(device: torch.device) -> list[str]:
    """All variants, but for bfloat16 where it is emulated and an edit would take many minutes."""
    emulated = not has_bfloat16(device)
    return [name for name, one in VARIANTS.items() if not (emulated and one.setting == "bf16")]


def compare(
    names: Sequence[str],
    cases: Sequence[int],
    device: torch.device,
    path: StrPath,
    on_progress: Callable[[str], None],
) -> None:
    """Edits `cases` in each way and adds them to `path`, one by one.

    The variants take turns, case by case, so that a run that is cut short compares equals. What the
    file has already of these weights and numbers is not done again.
    """
    judges = load_judges()
    models = {name: build("demo", VARIANTS[name].setting, device) for name in names}
    yardstick = build("demo", "exact", device)
    origins = {name: _origin(yardstick, judges, device, VARIANTS[name]) for name in names}
    for index in cases:
        for name, origin in origins.items():
            variant = VARIANTS[name]
            key = f"{origin} {name} {index}"
            if key in read_figures(path):
                continue
            ((verdict, result, _),) = judge_edits(
                models[name], judges, variant.recipe, [index], batch=1
            )
            add_figures(
                path,
                key,
                {
                    "variant": name,
                    "case": index,
                    "wanted": verdict.wanted,
                    "read": verdict.read,
                    "pose": verdict.pose,
                    "cpu_seconds": verdict.cpu_seconds,
                    "wall_seconds": verdict.seconds,
                    "loss": cast("list[float]", result.report["loss"])[0],
                    "reference_loss": reference_loss(yardstick, index, result),
                },
            )
            on_progress(f"case {index}, {name}: {verdict.cpu_seconds:.1f} cpu seconds")


def _origin(models: ModelSet, judges: Judges, device: torch.device, variant: Variant) -> str:
    """Short hash of the weights, numbers and kind of device that a result depends on."""
    parts = (_weights_of(models), _weights_of(judges), device.type, repr(variant))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _weights_of(part: object) -> str:
    """Hashes of all networks and tables in `part`, a network or a dataclass of some."""
    if isinstance(part, nn.Module):
        return fingerprint_state(part.state_dict())
    if isinstance(part, torch.Tensor):
        return fingerprint_state({"": part})
    if is_dataclass(part):
        return " ".join(_weights_of(getattr(part, one.name)) for one in fields(part))
    return str(getattr(part, "fingerprint", "")) or repr(part)


@torch.no_grad()
def reference_loss(models: ModelSet, index: int, result: EditResult) -> float:
    """FICE's own objective at the W+ of `result`: the yardstick that recipes share."""
    case = draw_case(index)
    source = look(case_photo(case), models)
    wish = read_texts(case.text, "", models.clip, 1)
    terms = objective(PAPER.weights, source, wish, models.generator)
    candidate = Candidate(result.ws, models.generator.synthesize(result.ws))
    return sum(float(one.weight * one.term(candidate)) for one in terms)
