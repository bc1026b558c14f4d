"""`fice align`: the result of any editor, put back onto its photo."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..base.errors import FiceError
from ..base.files import check_writable
from ..reports.terminal import complain, say
from .report import write_json

if TYPE_CHECKING:
    from torch import Tensor

    from ..base.photo import Photo
    from ..pipeline.exact import Aligned, TakenGarment

DONE = 0
COLOURS = ("global", "local", "off")
TOLD = ("shift_x", "shift_y", "zoom", "rotation", "confidence")


def add_align(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument("photo", type=Path, help="PNG, JPEG, WebP, BMP or TIFF")
    parser.add_argument("edited", type=Path, help="what an editor made of it, of any size")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        help="the photo with the new garment; outside it every pixel is the photo's",
    )
    parser.add_argument(
        "--aligned", type=Path, help="also write all of the edit, laid on the photo"
    )
    parser.add_argument("--json", type=Path, help="also write what the editor did besides")
    parser.add_argument(
        "--mask", type=Path, help="image that is white where the photo may change (default: found)"
    )
    parser.add_argument(
        "--local-warp", action="store_true", help="also undo a smooth warp of a few pixels"
    )
    parser.add_argument(
        "--colour",
        choices=COLOURS,
        default=COLOURS[0],
        help="how the colour cast is undone: for the whole picture, smoothly across it, or not "
        "at all (default: global)",
    )
    parser.set_defaults(run=_align)


def _align(options: argparse.Namespace) -> int:
    # torch is imported here and not on top, so that wrong usage is told at once.
    from ..base.images import read_image, read_mask, write_image
    from ..base.photo_reading import read_photo
    from ..base.photo_writing import check_target
    from ..pipeline.exact import align, take_garment
    from ..pipeline.photo import check_photo, take_mask

    _check_outputs(options)
    file = read_photo(options.photo)
    check_target(options.out, file)
    photo = check_photo(file.seen)[None]
    edited = check_photo(read_image(options.edited))[None]
    mask = None if options.mask is None else take_mask(read_mask(options.mask), photo)
    aligned = align(photo, edited, mask, flow=options.local_warp)
    taken = take_garment(
        photo,
        aligned.image,
        mask,
        covered=aligned.covered,
        match_colour=None if options.colour == "off" else options.colour,
    )
    outside, notes = _written(options.out, file, taken.image[0], taken.mask)
    if options.aligned is not None:
        write_image(options.aligned, aligned.image[0])
    if options.json is not None:
        write_json(options.json, _report(photo, aligned, taken, outside))
    figures = aligned.alignments[0].figures
    told = ", ".join(f"{name.replace('_', ' ')} {figures[name]:.3g}" for name in TOLD)
    say(f"{options.out}: {told}, largest change outside the mask {outside:.4g}")
    for sentence in notes:
        say(f"{options.out.name}: {sentence}")
    for sentence in aligned.warnings:
        complain(f"fice: {sentence}")
    return DONE


def _check_outputs(options: argparse.Namespace) -> None:
    """Refuses places that cannot be written, or that two outputs would share.

    Raises:
        FiceError: saying which.
    """
    from ..base.images import check_suffix

    named: dict[str, Path | None] = {
        "--out": options.out,
        "--aligned": options.aligned,
        "--json": options.json,
    }
    places: dict[Path, str] = {}
    for name, path in named.items():
        if path is None:
            continue
        if name != "--json":
            check_suffix(path)
        place = check_writable(path).resolve()
        if place in places:
            raise FiceError(f"{places[place]} and {name} are both {path}; name two files.")
        places[place] = name


def _written(path: Path, file: Photo, image: Tensor, mask: Tensor) -> tuple[float, tuple[str, ...]]:
    """Writes the result as the photo's file was, and reads the proof from the new file."""
    from ..base.photo_reading import read_photo
    from ..base.photo_writing import write_photo
    from ..stitching.compositing import max_change_outside

    notes = write_photo(path, file, file.with_edit(image, mask[0]))
    again = read_photo(path).image
    change = max_change_outside(file.image[None], again[None], mask)
    return float(change.max()), (*file.not_kept, *notes)


def _report(
    photo: Tensor, aligned: Aligned, taken: TakenGarment, outside: float
) -> dict[str, object]:
    from ..reports.foreign_edit import outside_figures

    found = aligned.alignments[0]
    counted = outside_figures(photo, aligned.image, taken.image, taken.mask)
    return {
        **found.figures,
        "found_by": found.how,
        "cast": taken.casts[0].delta if taken.casts else None,
        "cast_left": taken.casts[0].left if taken.casts else None,
        **{name: cast("list[int]", counts)[0] for name, counts in counted.items()},
        "changed_share": float((taken.mask > 0).float().mean()),
        "max_change_outside": outside,
        "warnings": list(aligned.warnings),
    }
