"""Edits made on one figure and given to ten others, against optimising each of the ten.

python -m fice.lab.demo.check.transfer --texts 4 --json docs/edit-transfer.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from ....base.files import write_whole
from ....demo.world.attributes import Attributes
from ....demo.world.dataset import render_figures
from ....demo.world.factors import decode, draw_z
from ....edits import EVERYTHING, apply_edit, latent_edit, load_edit, save_edit, thumbnail_of
from ....inversion import part_overlap
from ....pipeline.edit import EditResult, edit
from ....pipeline.frames import choose_frames
from ....pipeline.look import look
from ....pipeline.models import ModelSet, load_models
from ....pipeline.stitch import stitch
from ..cases import FIRST_FIGURE, EditCase, draw_case
from ..data import to_unit_range
from ..judges import Judges, load_judges
from ..reading import read_attributes
from .edits import case_photo

FIRST_CASE = 1002  # cases that no other check judges
OTHERS = 10
LAST_WAY = "optimise each"
FIRST_OTHER = FIRST_FIGURE + 2_000_000

Ways = Mapping[str, Callable[[Tensor], Tensor]]
"""Name of a way to give an edit to others, and what it makes of their W+."""


@dataclass(frozen=True)
class Transfer:
    """What the judges say of one way to give an edit to ten figures.

    Attributes:
        text: what was asked for.
        way: how the ten got it.
        outcomes: per attribute that the text names, whether each figure came out as wanted.
        pose: mean part IoU between each photo and its generated picture.
        seconds: processor time per figure.
    """

    text: str
    way: str
    outcomes: Mapping[str, Sequence[bool]]
    pose: Sequence[float]
    seconds: float

    @property
    def complete(self) -> list[bool]:
        """Of each figure, whether all that the text names came out."""
        return [all(one) for one in zip(*self.outcomes.values(), strict=True)]


def judge_transfers(
    models: ModelSet, judges: Judges, cases: Sequence[EditCase]
) -> Iterator[Transfer]:
    """Makes each edit once, gives it to ten others in every way, and edits those ten as well."""
    for number, case in enumerate(cases):
        made = edit(case_photo(case), case.text, models=models)
        photos = _photos(_others(case, FIRST_OTHER + 1000 * number))
        for way, give in _ways(made, case.text, models).items():
            started = time.process_time()
            image, generated = _given(photos, give, models)
            seconds = time.process_time() - started
            yield _judged(models, judges, case, way, photos, image, generated, seconds)
        started = time.process_time()
        each = edit(photos, case.text, models=models, seed=(0,) * len(photos))
        seconds = time.process_time() - started
        yield _judged(models, judges, case, LAST_WAY, photos, each.image, each.generated, seconds)


def _ways(made: EditResult, text: str, models: ModelSet) -> Ways:
    """An edit after it was saved and loaded, added or put in place of what was there."""
    synthesizer = models.generator
    with TemporaryDirectory() as folder:
        path = Path(folder) / "edit.safetensors"
        save_edit(
            path,
            latent_edit(
                made.encoder_ws,
                made.ws,
                synthesizer,
                text=text,
                thumbnail=thumbnail_of(made.image[0]),
            ),
        )
        saved = load_edit(path)
    return {
        "add all": lambda ws: apply_edit(ws, saved, synthesizer, mode="add", groups=EVERYTHING),
        "add": lambda ws: apply_edit(ws, saved, synthesizer, mode="add"),
        "replace": lambda ws: apply_edit(ws, saved, synthesizer),
    }


@torch.no_grad()
def _given(
    photos: Tensor, give: Callable[[Tensor], Tensor], models: ModelSet
) -> tuple[Tensor, Tensor]:
    """Stitched and generated pictures of `photos` with the edit."""
    source = look(photos, models)
    generated = models.generator.synthesize(give(source.ws)).clamp(0.0, 1.0)
    frames = choose_frames(photos, "auto", models)
    done = stitch(photos, generated, photos, models.segmenter, frames)
    return done.image, generated


@torch.no_grad()
def _judged(
    models: ModelSet,
    judges: Judges,
    case: EditCase,
    way: str,
    photos: Tensor,
    image: Tensor,
    generated: Tensor,
    seconds: float,
) -> Transfer:
    read = read_attributes(image, models.segmenter(image).garment, judges.reader)
    pose = part_overlap(judges.chart(photos), judges.chart(generated))
    return Transfer(
        text=case.text,
        way=way,
        outcomes={n: [one[n] == wanted for one in read] for n, wanted in case.targets.items()},
        pose=pose.flatten().tolist(),
        seconds=seconds / len(photos),
    )


def _others(case: EditCase, first: int) -> list[int]:
    """Seeds of ten figures that wear none of what the case asks for."""
    seeds: list[int] = []
    seed = first
    while len(seeds) < OTHERS:
        worn = Attributes.of(decode(draw_z(seed)))
        if all(getattr(worn, name) != wanted for name, wanted in case.targets.items()):
            seeds.append(seed)
        seed += 1
    return seeds


def _photos(seeds: Sequence[int]) -> Tensor:
    drawn = [torch.from_numpy(render_figures(seed, 1).images) for seed in seeds]
    return to_unit_range(torch.cat(drawn))


def summarise_transfers(transfers: Sequence[Transfer]) -> dict[str, object]:
    """Per way: success per attribute and over all that the texts name, in percent, and pose."""
    found: dict[str, object] = {}
    for way in dict.fromkeys(one.way for one in transfers):
        some = [one for one in transfers if one.way == way]
        names = sorted({name for one in some for name in one.outcomes})
        shares = {
            name: _percent([ok for one in some for ok in one.outcomes.get(name, ())])
            for name in names
        }
        poses = [value for one in some for value in one.pose]
        found[way] = {
            **shares,
            "all_named": _percent([ok for one in some for ok in one.complete]),
            "figures": len(poses),
            "pose_iou": round(sum(poses) / len(poses), 3),
            "cpu_seconds_per_figure": round(sum(one.seconds for one in some) / len(some), 2),
        }
    return found


def _percent(outcomes: Sequence[bool]) -> float:
    return round(100 * sum(outcomes) / len(outcomes), 1)


def main() -> None:
    """Measures, and prints or writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=5, help="edits that are made and given")
    parser.add_argument("--json", type=Path, help="also write the figures")
    options = parser.parse_args()
    torch.set_num_threads(1)  # processor time of one thread, however busy the machine
    cases = [draw_case(FIRST_CASE + index) for index in range(options.texts)]
    transfers: list[Transfer] = []
    models, judges = load_models("demo"), load_judges()
    figures: dict[str, object] = {}
    for one in judge_transfers(models, judges, cases):
        transfers.append(one)
        sys.stderr.write(f"{one.text} | {one.way}: {sum(one.complete)} of {OTHERS}\n")
        if one.way != LAST_WAY:
            continue
        figures = _figures(models.generator.fingerprint, transfers)
        if options.json is not None:  # after each text, as the whole takes long
            write_whole(options.json, f"{_as_json(figures)}\n".encode())
    sys.stdout.write(f"{_as_json(figures)}\n")


def _figures(generator: str, transfers: Sequence[Transfer]) -> dict[str, object]:
    texts = [
        {"text": one.text, "way": one.way, **{n: sum(o) for n, o in one.outcomes.items()}}
        for one in transfers
    ]
    return {"generator": generator, "ways": summarise_transfers(transfers), "texts": texts}


def _as_json(figures: dict[str, object]) -> str:
    return json.dumps(figures, indent=1)


if __name__ == "__main__":
    main()
