"""What can be measured, each part by itself, as JSON objects."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TypeAlias

import torch
from torch import Tensor

from ...base.frame import Frame
from ...inversion import FAST
from ...inversion.step import InversionStep
from ...pipeline.edit import EditResult, edit
from ...pipeline.memory import peak_bytes
from ...pipeline.models import ModelSet
from ...pipeline.precision import has_bfloat16
from .clock import peak_gibibytes, repeated, timed
from .loop import components, iterations, random_photo
from .paired import Paired, paired
from .rates import best_rate
from .sets import SetName, Setting, build

Figures: TypeAlias = dict[str, object]
SIZES = (64, 128, 256, 512)
BATCHES = (1, 4)
STEPS = (10, 20, 40, 80)
START_UP_RUNS = 3


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Attributes:
        name: the set of networks.
        settings: what is compared; the first is what the others are held to.
        device: where.
        rounds: iterations of each setting that take turns.
        batch: images per iteration.
    """

    name: SetName
    settings: tuple[Setting, ...]
    device: torch.device
    rounds: int
    batch: int = 1


def machine(plan: Plan) -> Figures:
    """What the figures belong to."""
    on_gpu = plan.device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(plan.device) if on_gpu else processor(),
        "bfloat16": has_bfloat16(plan.device),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d"),
    }


def rates(plan: Plan) -> Figures:
    """Best convolution rates in GFLOP/s, the roof of all that follows."""
    emulated = not has_bfloat16(plan.device)
    return {
        "float32": best_rate(plan.device, torch.float32),
        "bfloat16": best_rate(plan.device, torch.bfloat16, quick=emulated),
        "bfloat16_is_emulated": emulated,
    }


def cost_of_components(plan: Plan) -> Figures:
    """Seconds and operations of each network, for each setting."""
    found: Figures = {}
    for setting in plan.settings:
        models = _placed(plan, setting)
        costs = components(models, plan.batch, plan.device, plan.rounds)
        found[setting] = {name: asdict(cost) for name, cost in costs.items()}
    return found


def settings_in_turn(plan: Plan) -> Figures:
    """Whole iterations of the settings, in turn."""
    models = {setting: _placed(plan, setting) for setting in plan.settings}
    loops = {name: iterations(own, plan.batch, plan.device) for name, own in models.items()}
    return _as_figures(paired(loops, plan.device, plan.rounds))


def batches_in_turn(plan: Plan) -> Figures:
    """Iterations of one image and of several, in turn, of the last setting."""
    models = _placed(plan, plan.settings[-1])
    loops = {f"batch {size}": iterations(models, size, plan.device) for size in BATCHES}
    return _as_figures(paired(loops, plan.device, plan.rounds))


def sizes_in_turn(plan: Plan) -> Figures:
    """Iterations at several sizes of the image, in turn, of the last setting; `full` only."""
    loops: dict[str, Iterator[InversionStep]] = {}
    for size in SIZES:
        models = build("full", plan.settings[-1], plan.device, size)
        loops[f"{size} px"] = iterations(models, 1, plan.device)
    return _as_figures(paired(loops, plan.device, plan.rounds))


def steps_in_turn(plan: Plan) -> Figures:
    """Whole runs of several lengths, of the last setting."""
    models = _placed(plan, plan.settings[-1])
    found: Figures = {}
    for count in STEPS:
        took = repeated(
            lambda count=count: deque(islice(iterations(models, 1, plan.device), count), 0),
            plan.device,
            1,
        )
        found[f"{count} steps"] = {"cpu_seconds": took.cpu, "wall_seconds": took.wall}
    return found


def one_edit(plan: Plan) -> Figures:
    """One whole edit by the fast recipe, texts, start search and stitching included.

    The full set has random weights, which find no garment, so all of the picture is edited. The
    plain path is left out: it stands for the reference, which has no such recipe.
    """
    found: Figures = {}
    for setting in plan.settings:
        if setting == "plain":
            continue
        models = _placed(plan, setting)
        photo = random_photo(models, plan.device)
        took = timed(lambda photo=photo, models=models: _edit(photo, models), plan.device)
        found[f"fast, {setting}"] = {"cpu_seconds": took.cpu, "wall_seconds": took.wall}
    return found


def peaks(plan: Plan) -> Figures:
    """Peak memory of two iterations, each setting in a process of its own, in GiB."""
    last = plan.settings[-1]
    cases = [(setting, False) for setting in plan.settings] + [(last, True)]
    full = plan.name == "full"
    sizes = {"256 px": ["--size", "256"]} if full else {"128 px": []}
    large = {"1024x512 px": ["--size", "1024", "--half-width"]} if full else {}
    found: Figures = {}
    for setting, again in cases:
        for size, words in (sizes | large if setting == last else sizes).items():
            words = ["--set", plan.name, "--setting", setting, *words]
            words += ["--device", str(plan.device)] + ["--recompute"] * again
            told = json.loads(_ask(["-m", __package__ or "", "peak", *words]))
            found[f"{setting}{', recomputed' if again else ''}, {size}"] = told
    return found


def peak(models: ModelSet, device: torch.device, *, recompute: bool) -> dict[str, float]:
    """Memory of two iterations in GiB: at the peak, before them, and what they add in tensors."""
    steps = iterations(models, 1, device, recompute=recompute)
    before = peak_gibibytes(device)
    tensors = peak_bytes(lambda: [next(steps) for _ in range(2)])
    return {"peak": peak_gibibytes(device), "before": before, "tensors": tensors / 2**30}


def start_up(_: Plan) -> Figures:
    """Seconds until the library is imported and the demo set loaded, beyond importing torch.

    What open_clip imports (torchvision, timm, transformers where it is installed) is a figure of
    its own: most of it is loaded in a host before this pack is.
    """
    root = (__package__ or "").partition(".")[0]
    load = f"from {root}.models import load_models; load_models('demo')"
    return {
        "import_torch": _least("", "import torch"),
        "import_open_clip": _least("import torch", "import open_clip"),
        "import_fice": _least("import torch", f"import {root}"),
        "load_demo_set": _least("import torch, open_clip", load),
        "load_demo_set_again": _least(load, load),
    }


PARTS: Mapping[str, Callable[[Plan], Figures]] = {
    "rates": rates,
    "components": cost_of_components,
    "settings": settings_in_turn,
    "batches": batches_in_turn,
    "sizes": sizes_in_turn,
    "steps": steps_in_turn,
    "edit": one_edit,
    "memory": peaks,
    "start-up": start_up,
}


def _edit(photo: Tensor, models: ModelSet) -> EditResult:
    size = (photo.shape[-2], photo.shape[-1])
    everything = torch.ones(size, device=photo.device)
    frame = Frame.whole(size, size)
    return edit(photo, "a red dress", models=models, recipe=FAST, frame=frame, mask=everything)


def _placed(plan: Plan, setting: Setting) -> ModelSet:
    return build(plan.name, setting, plan.device)


def _least(before: str, code: str) -> float:
    """Fewest cpu seconds that a fresh Python takes for `code` after `before`."""
    timed = f"{before}\nimport time; t = time.process_time()\n{code}\n"
    ask = ["-c", timed + "print(time.process_time() - t)"]
    return min(float(_ask(ask)) for _ in range(START_UP_RUNS))


def _ask(arguments: list[str]) -> str:
    """Last line that a fresh Python prints."""
    command = [sys.executable, *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return told.strip().splitlines()[-1]


def _as_figures(result: Paired) -> Figures:
    return {
        name: {
            "cpu_seconds": took.cpu,
            "wall_seconds": took.wall,
            "cpu_ratio": result.cpu_ratio[name],
            "wall_ratio": result.wall_ratio[name],
            "warm_up_wall_seconds": result.warm_up[name],
        }
        for name, took in result.seconds.items()
    }


def processor() -> str:
    """Name of the processor, and the instructions that torch uses of it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            line = next(line for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
    return f"{line.partition(':')[2].strip()}, {torch.backends.cpu.get_cpu_capability()}"
