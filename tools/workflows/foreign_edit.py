"""Draws what an editor might make of the large demo photo, for the template that undoes it.

    python -m tools.workflows.foreign_edit

The garment is recoloured as asked; the picture comes back zoomed, shifted, turned, tinted and at
another size, as editors do.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from fice.base.images import read_image, to_float, to_pixels, write_image
from fice.base.trained_size import regions_of
from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import Subject
from fice.pipeline.frames import choose_frames, crop_each
from fice.pipeline.models import load_models
from fice.pipeline.photo import as_batch
from fice.stitching.masks import largest_part
from fice.stitching.put_back import mask_in_photo

ASSETS = Path(__file__).parents[2] / "workflows" / "assets"
PHOTO, EDIT = ASSETS / "fice_demo_large_photo.jpg", ASSETS / "fice_demo_foreign_edit.jpg"
SEED = 11
THINNEST = 6  # pixels: what is thinner is an edge that was taken for cloth


@torch.no_grad()
def main() -> None:
    """Writes the picture."""
    models = load_models("demo")
    photo = as_batch(read_image(PHOTO), models.generator)
    frames = choose_frames(photo, "person", models)
    crops = crop_each(photo, frames)
    seen = regions_of(crops, models.segmenter)
    here = replace(frames[0], size=(seen.garment.shape[-2], seen.garment.shape[-1]))
    found = mask_in_photo(seen.garment, here)
    garment = largest_part(found, THINNEST)[0, 0].numpy() > 0.5
    nothing = np.zeros_like(garment)
    subject = Subject("demo", to_pixels(photo[0]), garment, nothing, garment)
    pair = make_pair(subject, "recoloured", SEED, [subject])
    write_image(EDIT, to_float(pair.edited))


if __name__ == "__main__":
    main()
