"""What a graphics card does with an edit: does it agree with the CPU, how fast, does it wait."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Generator, Mapping
from typing import TypeAlias

import torch
from torch.profiler import ProfilerActivity, profile

from ...base.types import JsonValue
from ...demo.showcase import CASES, figure
from ...inversion import FAST, PAPER, TUNED, Recipe
from ...pipeline.edit import edit
from ...pipeline.models import ModelSet, load_models
from ...pipeline.precision import has_bfloat16
from .clock import peak_gibibytes, timed
from .loop import iterations
from .sets import Setting, build

Figures: TypeAlias = dict[str, JsonValue]

BATCHES = (1, 2, 4, 8, 16)
STEPS = 10  # of which the median counts
FEW_STEPS = 10  # an edit of so many still shows the same picture on all devices
WAITING = "synchroniz"  # in the warning of torch's sync debug mode
LAUNCHES = ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel", "cuLaunchKernelEx")
LARGEST_DIFFERENCE = 0.02  # mean over the pixels, in [0, 1]; float32 elsewhere is far below


def check(device: torch.device, *, quick: bool = False) -> Figures:
    """All figures of `device`; `quick` takes fewer steps and the demo set only."""
    steps = 2 if quick else STEPS
    sets = ("demo",) if quick else ("demo", "full")
    settings: dict[str, Setting] = {"float32": "exact"}
    if device.type == "cuda":
        settings["TF32"] = "exact"
    if has_bfloat16(device) and not quick:
        settings["bfloat16"] = "bf16"
    speed: dict[str, JsonValue] = {}
    for name in sets:
        for precision, setting in settings.items():
            with _tf32(precision == "TF32"):
                models = build("demo" if name == "demo" else "full", setting, device)
                batches = BATCHES[:2] if quick or name == "demo" else BATCHES
                speed[f"{name}, {precision}"] = {
                    f"batch {batch}": _speed(models, batch, device, steps) for batch in batches
                }
    models = load_models(device=device)
    return {
        "machine": _machine(device),
        "agreement": _agreement(models, quick=quick),
        "edits": {} if quick else _edits(models, device),
        "queue": _queue(models, device, steps),
        "speed": speed,
    }


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
