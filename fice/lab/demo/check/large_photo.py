"""A 12-megapixel photo through framing, edit and putting back: time and memory.

    OMP_NUM_THREADS=1 python -m fice.lab.demo.check.large_photo

Prints JSON. What the inversion takes does not depend on the photo, so only a few steps are made.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from ....base.files import StrPath
from ....base.frame import overlap
from ....base.images import write_image
from ....demo.world.large_photo import Place, large_photo
from ....inversion import TUNED
from ....pipeline.frames import choose_frames, crop_each
from ....pipeline.invert import clip_guided_inversion
from ....pipeline.look import look
from ....pipeline.models import load_models
from ....pipeline.photo import as_batch
from ....pipeline.stitch import stitch
from ....pipeline.wording import read_texts
from ....stitching.compositing import max_change_outside

SIZE = (4000, 3000)
PLACE = Place(10_900_003, 811, 1733, 1377)
TEXT = "a person wearing a blue shirt with long sleeves"
FEW_STEPS = 4


class Clock:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Generator[None, None, None]:
        """Times what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu[name] = round(time.process_time() - cpu, 3)
        self.wall[name] = round(time.perf_counter() - wall, 3)


def measure_large_photo(picture: StrPath | None = None) -> dict[str, object]:
    """Edits the person in the photo and tells what it took.

    Args:
        picture: where the result is written, if anywhere.
    """
    models, clock = load_models(), Clock()
    pixels = large_photo(SIZE, [PLACE])
    recipe = replace(
        TUNED,
        inversion=replace(TUNED.inversion, steps=FEW_STEPS),
        start=replace(TUNED.start, candidates=0),
    )
    wish = read_texts(TEXT, "", models.clip, 1)
    with Peak() as peak:
        with clock.stage("read"):
            photo = as_batch(pixels, models.generator)
        with clock.stage("frame"):
            frames = choose_frames(photo, "person", models)
        with clock.stage("crop and look"):
            crops = crop_each(photo, frames)
            source = look(crops, models)
        with clock.stage("inversion, few steps"):
            run = clip_guided_inversion(source, wish, models.generator, recipe, (0,))
        with clock.stage("put back"):
            generated = run.chosen.image.clamp(0.0, 1.0)
            done = stitch(photo, generated, crops, models.segmenter, frames)
        with clock.stage("prove"):
            outside = max_change_outside(photo, done.image, done.mask).item()
    if picture is not None:
        write_image(picture, done.image[0])
    outside_inversion = [name for name in clock.cpu if "inversion" not in name]
    return {
        "photo": list(SIZE),
        "threads": torch.get_num_threads(),
        "frame": list(frames[0].box),
        "frame_overlap": round(overlap(frames[0].box, PLACE.box), 3),
        "max_change_outside": outside,
        "changed_share": round((done.mask > 0).float().mean().item(), 4),
        "cpu_seconds": clock.cpu,
        "wall_seconds": clock.wall,
        "cpu_seconds_outside_inversion": round(sum(clock.cpu[n] for n in outside_inversion), 3),
        "wall_seconds_outside_inversion": round(sum(clock.wall[n] for n in outside_inversion), 3),
        "peak_mb_above_models_and_photo": peak.megabytes,
    }


class Peak:
    """Most memory that was resident inside, above what was before, in MB; Linux only."""

    megabytes: int | None = None

    def __enter__(self) -> Peak:
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the peak
            self._before = _resident("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        if sys.platform == "linux":
            self.megabytes = round((_resident("VmHWM") - self._before) / 1e6)


def _resident(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def main() -> None:
    """Prints the figures; an argument names a file for the picture."""
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.stdout.write(json.dumps(measure_large_photo(picture), indent=2) + "\n")


if __name__ == "__main__":
    main()
