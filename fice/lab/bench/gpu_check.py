"""What a graphics card does with an edit: does it agree with the CPU, how fast, does it wait."""

from __future__ import annotations

import contextlib
import itertools
import time
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TypeAlias

import torch
from torch.profiler import ProfilerActivity, profile

from ...base.types import JsonValue
from ...demo.showcase import CASES, figure
from ...inversion import FAST, PAPER, TUNED, Recipe
from ...pipeline.edit import edit
from ...pipeline.models import ModelSet, load_models
from ...pipeline.precision import has_bfloat16
from .card_parity import LARGEST_ERROR, of_networks, recorded
from .clock import peak_gibibytes, timed
from .cuda_graphs import gains_of_graphs
from .loop import iterations
from .sets import SetName, Setting, build

Figures: TypeAlias = dict[str, JsonValue]

SECONDS = 240.0  # then no further row is begun; all in all it shall take six minutes at most
BATCHES = (1, 2, 4, 8, 16)
STEPS = 10  # of which the median counts
FEW_STEPS = 10  # an edit of so many still shows the same picture on all devices
WAITING = "synchroniz"  # in the warning of torch's sync debug mode
LAUNCHES = ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel", "cuLaunchKernelEx")
LARGEST_DIFFERENCE = 0.02  # mean over the pixels, in [0, 1]; float32 elsewhere is far below


def check(device: torch.device, *, quick: bool = False, seconds: float = SECONDS) -> Figures:
    """All figures of `device`.

    Args:
        device: that is looked at.
        quick: takes fewer steps and the demo set only.
        seconds: after which no further row is begun; those left out are named.
    """
    until = time.perf_counter() + seconds
    steps = 2 if quick else STEPS
    sets: tuple[SetName, ...] = ("demo",) if quick else ("demo", "full")
    models = load_models(device=device)
    with _tf32(False):
        parity: Figures = {
            "of recorded cases": recorded(device),
            **{f"of the {name} set with the CPU": of_networks(name, device) for name in sets},
        }
    figures: Figures = {
        "machine": _machine(device),
        "parity": parity,
        "parity holds": all(error <= LARGEST_ERROR for error in _numbers(parity)),
        "agreement": _agreement(models, quick=quick),
        "queue": _queue(models, device, steps),
        "CUDA graphs": {
            name: gains_of_graphs(build(name, "exact", device), device, steps) for name in sets
        },
        "edits": {} if quick else _edits(models, device),
    }
    figures["speed"], left_out = _speeds(device, sets, steps, until, quick=quick)
    figures["left out after time was up"] = ", ".join(left_out)
    return figures


def _speeds(
    device: torch.device, sets: Sequence[SetName], steps: int, until: float, *, quick: bool
) -> tuple[Figures, list[str]]:
    """Seconds and memory per step by set, precision and batch; and the names of those left out."""
    settings: dict[str, Setting] = {"float32": "exact"}
    if device.type == "cuda":
        settings["TF32"] = "exact"
    if has_bfloat16(device) and not quick:
        settings["bfloat16"] = "bf16"
    speed: Figures = {}
    left_out: list[str] = []
    for name, (precision, setting) in itertools.product(sets, settings.items()):
        row = f"{name}, {precision}"
        batches = BATCHES[:2] if quick or name == "demo" else BATCHES
        figures: Figures = {}
        with _tf32(precision == "TF32"):
            models = build(name, setting, device)
            for batch in batches:
                if time.perf_counter() > until:
                    left_out.append(f"{row}, batch {batch}")
                else:
                    figures[f"batch {batch}"] = _speed(models, batch, device, steps)
        speed[row] = figures
    return speed, left_out


def _numbers(figures: Mapping[str, JsonValue]) -> list[float]:
    """All of the errors that have to be small: of outputs and recorded gradients."""
    return [
        value
        for part in figures.values()
        if isinstance(part, dict)
        for name, value in part.items()
        if isinstance(value, float) and not name.endswith(", gradient")
    ]


def table(figures: Mapping[str, JsonValue]) -> str:
    """The figures as lines of Markdown."""
    lines = ["| what | figure |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in _flat(figures)]
    return "\n".join(lines)


def _flat(figures: Mapping[str, JsonValue], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        full = f"{before}, {name}" if before else name
        if isinstance(value, dict):
            rows += _flat(value, full)
        else:
            rows.append((full, f"{value:.4g}" if isinstance(value, float) else str(value)))
    return rows


def _machine(device: torch.device) -> Figures:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
    return {"device": name, "torch": torch.__version__, "bfloat16": has_bfloat16(device)}


def _agreement(models: ModelSet, *, quick: bool) -> Figures:
    """Mean differences of the same short edits on the CPU and on the device, in [0, 1]."""
    here = models.to("cpu")
    recipes = {"paper": PAPER} if quick else {"paper": PAPER, "tuned": TUNED, "fast": FAST}
    found: Figures = {}
    for name, recipe in recipes.items():
        pictures = [_edited(one, recipe.in_steps(FEW_STEPS)) for one in (here, models)]
        difference = float((pictures[0] - pictures[1]).abs().mean())
        found[name] = difference
        found[f"{name} agrees"] = difference <= LARGEST_DIFFERENCE
    return found


def _edits(models: ModelSet, device: torch.device) -> Figures:
    """Seconds of a whole edit; the first is not counted."""
    _edited(models, FAST.in_steps(2))
    recipes = {"fast": FAST, "tuned": TUNED}
    return {
        f"{name}, seconds": timed(lambda recipe=recipe: _edited(models, recipe), device).wall
        for name, recipe in recipes.items()
    }


def _edited(models: ModelSet, recipe: Recipe) -> torch.Tensor:
    case = CASES[0]
    photo = figure(case.seed, models.generator.resolution[0])
    return edit(photo, case.text, models=models, recipe=recipe).generated


def _speed(models: ModelSet, batch: int, device: torch.device, steps: int) -> Figures:
    """Seconds per step and peak memory, or that it does not fit."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    try:
        run = iterations(models, batch, device)
        for _ in range(2):
            next(run)
        seconds = sorted(timed(lambda: next(run), device).wall for _ in range(steps))
    except torch.OutOfMemoryError:
        return {"seconds per step": "out of memory"}
    return {"seconds per step": seconds[steps // 2], "peak GiB": peak_gibibytes(device)}


def _queue(models: ModelSet, device: torch.device, steps: int) -> Figures:
    """How often a step waits for the device, what it launches, how far Python goes ahead."""
    run = iterations(models, 1, device)
    for _ in range(2):
        next(run)
    if device.type != "cuda":
        return {}

    def some() -> None:
        for _ in range(steps):
            next(run)

    waits = _waits(some)
    started = time.perf_counter()
    some()
    ahead = time.perf_counter() - started
    torch.cuda.synchronize(device)
    whole = time.perf_counter() - started
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        some()
    launches = sum(event.count for event in seen.key_averages() if event.key in LAUNCHES)
    return {
        "waits per step": waits / steps,
        "launches per step": launches / steps,
        "share of the time that Python needs": ahead / whole,
    }


def _waits(call: Callable[[], None]) -> int:
    """How often `call` waits for a CUDA device."""
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            call()
        finally:
            torch.cuda.set_sync_debug_mode(before)
    return sum(WAITING in str(one.message) for one in told)


@contextlib.contextmanager
def _tf32(wanted: bool) -> Generator[None, None, None]:
    """Lets matrix products and convolutions round to TF32, or not; as before afterwards."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if wanted else "highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=wanted):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
