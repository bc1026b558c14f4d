"""Edits of held-out figures by held-out texts, read by judges that guide nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from ....demo.world.dataset import render_figures
from ....inversion import Recipe, part_overlap
from ....pipeline.edit import EditResult, edit
from ....pipeline.models import ModelSet
from ..cases import EDITABLE, EditCase, draw_case
from ..data import to_unit_range
from ..judges import Judges
from ..reading import read_attributes


@dataclass(frozen=True)
class Verdict:
    """What the judges say of one edit.

    Attributes:
        index: of the case.
        text: what was asked for.
        wanted: attributes that the text names.
        read: the same attributes as read off the edited picture.
        pose: mean part IoU between the photo and the generated picture.
        outside: largest change of a pixel outside the mask.
        head: largest change of a pixel of the photo's head.
        seconds: of the edit, shared by the images of its batch.
        cpu_seconds: of all threads, likewise.
    """

    index: int
    text: str
    wanted: dict[str, str]
    read: dict[str, str | None]
    pose: float
    outside: float
    head: float
    seconds: float
    cpu_seconds: float

    def succeeded(self, name: str) -> bool:
        """Whether attribute `name` came out as wanted."""
        return self.read[name] == self.wanted[name]


def judge_edits(
    models: ModelSet, judges: Judges, recipe: Recipe, indices: Sequence[int], batch: int
) -> Iterator[tuple[Verdict, EditResult, int]]:
    """Edits the cases `indices` and yields each verdict, with its result and row in the batch."""
    for start in range(0, len(indices), batch):
        chosen = list(indices[start : start + batch])
        cases = [draw_case(index) for index in chosen]
        photo = torch.cat([case_photo(case) for case in cases])
        began = time.perf_counter(), time.process_time()
        result = edit(
            photo,
            [case.text for case in cases],
            models=models,
            recipe=recipe,
            seed=(0,) * len(cases),  # so that a case comes out alike in any batch
            region="garment",
        )
        ended = time.perf_counter(), time.process_time()
        took = tuple((end - start) / len(cases) for start, end in zip(began, ended, strict=True))
        for row, (index, case) in enumerate(zip(chosen, cases, strict=True)):
            yield _verdict(models, judges, photo, result, row, index, case, took), result, row


def case_photo(case: EditCase) -> Tensor:
    """The figure of a case, `[1, 3, 128, 128]` in [0, 1]."""
    return to_unit_range(torch.from_numpy(render_figures(case.figure_seed, 1).images))


@torch.no_grad()
def _verdict(
    models: ModelSet,
    judges: Judges,
    photo: Tensor,
    result: EditResult,
    row: int,
    index: int,
    case: EditCase,
    took: tuple[float, ...],
) -> Verdict:
    before, after = photo[row : row + 1], result.image[row : row + 1]
    generated = result.generated[row : row + 1]
    read = read_attributes(after, models.segmenter(after).garment, judges.reader)[0]
    change = (after - before).abs().amax(1)[0]
    head = result.regions.head[row, 0] > 0.5
    outside = result.mask[row, 0] == 0
    return Verdict(
        index=index,
        text=case.text,
        wanted=dict(case.targets),
        read={name: read[name] for name in case.targets},
        pose=part_overlap(judges.chart(before), judges.chart(generated)).item(),
        outside=change[outside].max().item() if outside.any() else 0.0,
        head=change[head].max().item() if head.any() else 0.0,
        seconds=took[0],
        cpu_seconds=took[1],
    )


def summarise(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Success per attribute and over all that the text names, in percent, and what was kept."""
    shares: dict[str, object] = {}
    for name in EDITABLE:
        outcomes = [verdict.succeeded(name) for verdict in verdicts if name in verdict.wanted]
        shares[name] = _percent(outcomes)
        shares[f"{name}_cases"] = len(outcomes)
    shares["all_named"] = _percent([all(map(v.succeeded, v.wanted)) for v in verdicts])
    return {
        "cases": len(verdicts),
        **shares,
        "pose_iou": float(np.mean([verdict.pose for verdict in verdicts])),
        "largest_change_outside": max(verdict.outside for verdict in verdicts),
        "largest_change_of_head": max(verdict.head for verdict in verdicts),
        "seconds_per_edit": float(np.median([verdict.seconds for verdict in verdicts])),
    }


def _percent(outcomes: Sequence[bool]) -> float | None:
    return round(100 * sum(outcomes) / len(outcomes), 1) if outcomes else None


def as_rows(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """The verdicts as JSON objects."""
    return [asdict(verdict) for verdict in verdicts]
