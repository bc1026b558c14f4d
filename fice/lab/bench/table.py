"""The page of all figures, from the files that the measurements leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import Any

from ...base.files import StrPath, write_whole
from .cost_plots import PLOTS

Figures = Mapping[str, Any]

HEAD = """# Benchmarks

Written by `python -m fice.lab.bench table` from `docs/benchmarks.json` and `docs/benchmark-
edits*.json`; do not edit.

`plain` runs the same networks with the operators of the published implementation, `exact` is
what this library does and gives the same numbers, `bf16` computes feature maps in bfloat16.
Seconds are medians of iterations that took turns (A B A B); ratios are medians over the rounds;
what the two iterations before those took tells the cost of starting, compiling included.
Cpu seconds on one thread hardly depend on what else a machine does; seconds on the wall do. The
roof is the best 3x3 convolution in float32 that was measured just before.

    make bench                                              # everything, resumes where it stopped
    python -m fice.lab.bench --set full --only settings --threads 2 --again
    python -m fice.lab.bench --set full --settings exact bf16 --device cuda
    python -m fice.lab.bench edits --cases 50               # recipes, judged; goes on if stopped
"""


def write_page(
    path: StrPath, figures: Figures, edits: Figures, host: Figures | None = None
) -> None:
    """Writes the page; `edits` has what each file of judged edits holds, by its name."""
    judged = (line for name, one in edits.items() for line in _judged(name, one))
    sections = [HEAD, *_measured(figures), *judged, *_hosted(host or {})]
    write_whole(path, ("\n".join(sections).rstrip() + "\n").encode())


def _measured(figures: Figures) -> Iterable[str]:
    for key, found in sorted(figures.items()):
        machine, rates = found["machine"], found["rates"]
        roof = rates["float32"]["per_cpu_second"]
        yield f"## {key}\n"
        yield (
            f"{machine['device']}, {machine['threads']} thread(s) of {machine['cores']} cores, "
            f"load {machine['load'][0]}, torch {machine['torch']}, {machine['date']}. "
            f"Roof: {roof:.0f} GFLOP per cpu second in float32, "
            f"{rates['bfloat16']['per_cpu_second']:.0f} in bfloat16"
            f"{' (emulated)' if rates['bfloat16_is_emulated'] else ''}.\n"
        )
        if "figures" in found:
            yield from _table(key, found["figures"], roof)
        for part, plot in PLOTS.items():
            if f"| {part}" in key:
                yield f"![cost by {part}; dashed: in proportion](pictures/{plot})\n"


def _table(key: str, figures: Figures, roof: float) -> Iterable[str]:
    if "components" in key:
        rows = [
            (setting, part, *_cost(cost, roof))
            for setting, parts in figures.items()
            for part, cost in parts.items()
        ]
        head = ("setting", "part", "forward cpu s", "backward cpu s", "GFLOP", "share of the roof")
    elif "memory" in key:
        head = ("networks and image", "peak GiB", "before the loop", "tensors of the loop")
        rows = [
            (name, *(f"{one[part]:.2f}" for part in ("peak", "before", "tensors")))
            for name, one in figures.items()
        ]
    elif "start-up" in key:
        rows = [(name, f"{value:.2f}") for name, value in figures.items()]
        head = ("what", "cpu seconds")
    elif "steps" in key or "| edit" in key:
        rows = [
            (name, f"{one['cpu_seconds']:.2f}", f"{one['wall_seconds']:.2f}")
            for name, one in figures.items()
        ]
        head = ("run", "cpu s", "wall s")
    else:
        rows = [
            (
                name,
                f"{one['cpu_seconds']:.3f}",
                f"{one['wall_seconds']:.3f}",
                f"{one['cpu_ratio']:.2f}",
                f"{one['wall_ratio']:.2f}",
                f"{one['warm_up_wall_seconds']:.1f}" if "warm_up_wall_seconds" in one else "",
            )
            for name, one in figures.items()
        ]
        head = (
            "iteration",
            "cpu s",
            "wall s",
            "first / this, cpu",
            "first / this, wall",
            "two before, wall s",
        )
    yield _markdown(head, rows)


def _cost(cost: Figures, roof: float) -> tuple[str, ...]:
    work = cost["forward_gflop"] + cost["backward_gflop"]
    seconds = cost["forward_cpu"] + cost["backward_cpu"]
    return (
        f"{cost['forward_cpu']:.3f}",
        f"{cost['backward_cpu']:.3f}",
        f"{work:.1f}",
        f"{100 * work / seconds / roof:.0f} %",
    )


def _judged(file: str, edits: Figures) -> Iterable[str]:
    by_variant: dict[str, dict[int, Figures]] = {}
    for one in edits.values():
        by_variant.setdefault(one["variant"], {})[one["case"]] = one
    if not by_variant:
        return
    shared = sorted(set.intersection(*(set(own) for own in by_variant.values())))
    yield f"## Edits of the demo set, {len(shared)} cases that all variants of `{file}` did\n"
    if not shared:
        return
    base = next(iter(by_variant.values()))

    def mean_loss(own: Mapping[int, Figures]) -> float:
        return mean(own[case]["reference_loss"] for case in shared)

    def ratio(over: Mapping[int, Figures], under: Mapping[int, Figures], of: str) -> str:
        return f"{median(over[case][of] / under[case][of] for case in shared):.2f}"

    rows = [
        (
            name,
            f"{100 * mean(_share_right(own[case]) for case in shared):.1f} %",
            f"{median(own[case]['reference_loss'] for case in shared):.4f}",
            f"{mean_loss(own):.4f}",
            f"{median(own[case]['pose'] for case in shared):.3f}",
            f"{median(own[case]['cpu_seconds'] for case in shared):.1f}",
            ratio(own, base, "reference_loss"),
            f"{mean_loss(own) / mean_loss(base):.2f}",
            ratio(base, own, "cpu_seconds"),
        )
        for name, own in by_variant.items()
    ]
    head = (
        "variant",
        "attributes right",
        "loss of the reference recipe, median",
        "mean",
        "pose IoU",
        "cpu s",
        "loss / first, median",
        "mean / mean of the first",
        "first / this, cpu",
    )
    yield _markdown(head, rows)


def _hosted(host: Figures) -> Iterable[str]:
    if not host:
        return
    nodes, library = host["seconds_nodes"], host["seconds_library"]
    yield f"## The same edit as a node of ComfyUI {host['host']} and as `fice.edit`\n"
    yield (
        f"{len(nodes)} rounds in turns, OMP_NUM_THREADS={host['threads']}, {host['date']}: "
        "`python -m tools.host_overhead --json docs/host-overhead.json`. "
        "The step-by-step workflow is run from nothing, loading included.\n"
    )
    rows = [
        ("FICE Edit, median s", f"{median(nodes):.2f}"),
        ("fice.edit, median s", f"{median(library):.2f}"),
        ("node / library, median of the rounds", f"{host['median_ratio']:.3f}"),
        ("node / library, least and most", f"{min(host['ratios'])}, {max(host['ratios'])}"),
        ("step-by-step workflow, s", f"{host['workflow_seconds']:.1f}"),
        ("inversion starts to first preview, s", f"{host['first_preview_seconds']:.2f}"),
        ("importing the pack, s", f"{host['import_seconds']:.1f}"),
    ]
    yield _markdown(("what", "wall"), rows)


def _share_right(edit: Figures) -> float:
    return mean(edit["read"][name] == wish for name, wish in edit["wanted"].items())


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
