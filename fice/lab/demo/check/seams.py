"""How visible the seam of each method is, on figures in the clothes of others.

    OMP_NUM_THREADS=1 python -m fice.lab.demo.check.seams docs/pictures/seams.jpg

Prints JSON. Ten figures get the whole look of another one, so these edits are as strong as they can
be and need no optimisation; four more are edited with a text. Every other one of the ten stands in
a room, where it has to be framed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ....base.frame import Frame
from ....base.images import to_float, write_image
from ....base.layer_groups import LayerGroups
from ....base.trained_size import regions_of
from ....demo.world.dataset import render_figures
from ....demo.world.large_photo import Place, large_photo
from ....edits.latent_edit import KEEP_POSE
from ....edits.strength import blend_ws
from ....framing import crop
from ....pipeline.edit import edit
from ....pipeline.frames import choose_frames, crop_each
from ....pipeline.look import look
from ....pipeline.models import ModelSet, load_models
from ....pipeline.photo import as_batch
from ....pipeline.stitch import stitch
from ....reports.seam_sheet import SeamCase, seam_sheet
from ....stitching.bared import match_bared
from ....stitching.seams import SEAM_METHODS, join, seam_gradient
from ..cases import draw_case
from ..data import to_unit_range
from .edits import case_photo

LOOKS, TEXTS = 10, 4  # cases of each kind
FIRST_CASE = 1102  # cases of texts that no other check judges
FIRST_FIGURE, FIRST_LOOK = 10_960_000, 10_970_000
ROOM, SIDE = (560, 640), 430  # pixels
DEEP = 0.999  # of a mask: the generated picture is meant to be seen as it is
DEEP_IN = 0.8  # probability that both pictures show the same
SHEET_CELL = 128  # pixels
SHOWN = 5  # looks on the sheet


@torch.no_grad()
def look_cases(models: ModelSet, count: int = LOOKS) -> Iterator[SeamCase]:
    """Figures with the looks of others, at the size of the photo, as the seam methods see them."""
    layers = LayerGroups.of(models.generator, models.generator.num_ws)
    for index in range(count):
        photo = as_batch(_photo(index), models.generator)
        frames = choose_frames(photo, "auto", models)
        crops = crop_each(photo, frames)
        source = look(crops, models)
        other = look(_figure(FIRST_LOOK + index), models).ws
        ws = blend_ws(source.ws, other, 1.0, KEEP_POSE, layers)
        generated = models.generator.synthesize(ws).clamp(0.0, 1.0)
        mask = stitch(photo, generated, crops, models.segmenter, frames).mask
        here = replace(frames[0], size=frames[0].box_size)
        large = crop(generated, Frame.whole(models.generator.resolution, here.size))
        where = "in a room" if index % 2 else "plain"
        yield SeamCase(f"a look, {where}", crop(photo, here)[0], large[0], crop(mask, here)[0])


def text_cases(models: ModelSet, count: int = TEXTS) -> Iterator[SeamCase]:
    """Figures that were edited with a text each."""
    for index in range(FIRST_CASE, FIRST_CASE + count):
        case = draw_case(index)
        photo = case_photo(case)
        made = edit(photo, case.text, models=models)
        yield SeamCase(case.text, photo[0], made.generated[0], made.mask[0])


def measure_seams(cases: Sequence[SeamCase]) -> dict[str, dict[str, float]]:
    """Per method, means over the cases.

    `seam_gradient` is 1 for a seam as smooth as the photo. `drift` is the mean change of a value of
    the new garment where the mask is 1, in 1/255: what the method does to what was asked for.
    """
    return {seam: _figures(cases, seam) for seam in SEAM_METHODS}


@torch.no_grad()
def measure_bared(cases: Sequence[SeamCase], models: ModelSet) -> dict[str, float]:
    """How far skin, trousers and wall beside the new garment are from the photo's, in 1/255.

    Where the mask is not 0 and photo and generated picture show the same kind of thing: as it was
    generated, and with the colours of the photo (`fice.stitching.bared`).
    """
    found: dict[str, list[float]] = {"generated": [], "matched": []}
    for case in cases:
        photo, new, mask = (one.unsqueeze(0) for one in (case.photo, case.generated, case.mask))
        before, after = (regions_of(one, models.segmenter) for one in (photo, new))
        same = before.background * after.background
        same += (before.body - before.garment) * (after.body - after.garment)
        where = ((same > DEEP_IN) & (mask > 0)).expand_as(new)
        if bool(where.any()):
            matched = match_bared(new, photo, [before], [after])
            for name, image in (("generated", new), ("matched", matched)):
                found[name].append(255 * (image - photo)[where].abs().mean().item())
    return {name: round(sum(values) / len(values), 2) for name, values in found.items()}


def _figures(cases: Sequence[SeamCase], seam: str) -> dict[str, float]:
    gradients, drifts = [], []
    for case in cases:
        photo, new, mask = (one.unsqueeze(0) for one in (case.photo, case.generated, case.mask))
        image = join(photo, new, mask, seam).image
        gradients.append(seam_gradient(image, photo, mask).item())
        deep = (mask >= DEEP).expand_as(image)
        drifts.append(255 * (image - new)[deep].abs().mean().item())
    return {
        "seam_gradient": round(sum(gradients) / len(gradients), 3),
        "seam_gradient_most": round(max(gradients), 3),
        "drift": round(sum(drifts) / len(drifts), 2),
    }


def _photo(index: int) -> Tensor:
    seed = FIRST_FIGURE + index
    if index % 2 == 0:
        return _figure(seed)
    return large_photo(ROOM, [Place(seed, 40 + 12 * index, 60 + 3 * index, SIDE - 8 * index)])


def _figure(seed: int) -> Tensor:
    return to_unit_range(torch.from_numpy(render_figures(seed, 1).images))


def main() -> None:
    """Prints the figures; an argument names a file for the pictures."""
    torch.set_num_threads(1)
    models = load_models("demo")
    looks, texts = list(look_cases(models)), list(text_cases(models))
    if len(sys.argv) > 1:
        write_image(Path(sys.argv[1]), to_float(seam_sheet([*looks[:SHOWN], *texts], SHEET_CELL)))
    figures = {"looks": measure_seams(looks), "texts": measure_seams(texts)}
    bared = {"looks": measure_bared(looks, models), "texts": measure_bared(texts, models)}
    sys.stdout.write(json.dumps({**figures, "bared": bared}, indent=2) + "\n")


if __name__ == "__main__":
    main()
