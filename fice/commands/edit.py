"""`fice edit`: the garment on one photo, changed by words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..base.errors import FiceError, ImageError, NobodyError
from ..base.files import check_writable
from ..base.frame import Box, area, intersection
from ..reports.terminal import complain, say
from .guides import add_guides, read_guides
from .options import (
    add_recipe,
    add_wording,
    device_of,
    edit_progress,
    load_networks,
    load_recipe,
    load_wording,
    load_words,
    some_text,
)
from .report import summary, told, write_json

if TYPE_CHECKING:
    from torch import Tensor

    from ..base.photo import Photo
    from ..base.types import JsonValue
    from ..guidance.guides import Guide
    from ..pipeline.edit import EditResult
    from ..pipeline.frames import Framing
    from ..pipeline.models import ModelSet

DONE = 0
REGION_NAMES = ("garment", "head")
EDIT_SETTINGS = ("negative_text", "models", "seed", "steps", "loss")  # kept in a saved edit


def add_edit(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument("photo", type=Path, help="PNG, JPEG, WebP, BMP or TIFF")
    parser.add_argument("text", type=some_text, help="what the person should wear")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the edited photo")
    parser.add_argument("--json", type=Path, help="also write a report")
    parser.add_argument(
        "--save-edit",
        type=Path,
        metavar="FILE",
        help="also write the edit, for other photos",
    )
    parser.add_argument("--negative", default="", metavar="TEXT", help="what it should not be")
    add_guides(parser)
    parser.add_argument("--mask", type=Path, help="image that is white where the photo may change")
    parser.add_argument(
        "--person",
        type=int,
        nargs=4,
        metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="box around the person in pixels; without it, the person is searched for, unless the "
        "photo has the proportions of the generator's pictures",
    )
    parser.add_argument(
        "--region",
        choices=REGION_NAMES,
        help="change the garment only, or all but the head as in the paper (default: as the recipe "
        "does, tuned the garment, paper and fast all but the head)",
    )
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="go on with a photo that the models do not know, though they draw it badly",
    )
    add_wording(parser)
    add_recipe(parser)
    parser.set_defaults(run=_edit)


@dataclass(frozen=True, eq=False)
class _Given:
    """What the command line names, read and checked before any network is loaded.

    Attributes:
        file: all that the photo's file holds.
        mask: what may change, `[1, H, W]` in [0, 1].
        guides: more wishes.
        person: box around the person, which meets the photo.
    """

    file: Photo
    mask: Tensor | None
    guides: tuple[Guide, ...]
    person: Box | None

    @property
    def photo(self) -> Tensor:
        """What is edited, `[3, H, W]` in [0, 1]."""
        return self.file.seen


def _edit(options: argparse.Namespace) -> int:
    # torch is imported here and not on top, so that wrong usage is told at once.
    from ..pipeline.edited_photo import write_edited

    device_of(options)
    _check_outputs(options)
    given = _read(options)
    recipe = load_wording(options, load_recipe(options))
    bank = load_words(options)
    models = load_networks(options)
    frame = _frame(given, models)
    with edit_progress(options.photo.name, recipe) as (on_search, on_step):
        result = _edited(
            given.photo,
            options.text,
            models=models,
            recipe=recipe,
            seed=options.seed,
            region=options.region,
            mask=given.mask,
            frame=frame,
            negative_text=options.negative,
            guides=given.guides,
            on_search=on_search,
            on_step=on_step,
            anyway=options.anyway,
            bank=bank,
        )
    file = write_edited(options.out, given.file, result)
    report = {**result.report, "file": file}
    if options.json is not None:
        write_json(options.json, report)
    if options.save_edit is not None:
        _save_edit(options.save_edit, options.text, result, models)
    outside = {"max_change_outside": file["max_change_outside"]}  # what is in the file counts
    say(f"{options.out}: {summary({**report, **outside})}")
    for sentence in told(report):
        say(sentence)
    for sentence in cast("list[str]", file["not_kept"]):
        say(f"{options.out.name}: {sentence}")
    for sentence in cast("list[str]", report["warnings"]):
        complain(f"fice: {sentence}")
    return DONE


def _edited(*arguments: Any, **options: Any) -> EditResult:  # noqa: ANN401 - those of `edit`
    """`edit`; where nobody was found it says how to point at them.

    Raises:
        FiceError: as `edit`.
    """
    from ..pipeline.edit import edit

    try:
        return edit(*arguments, **options)
    except NobodyError as error:
        raise NobodyError(f"{error} Or say where: --person LEFT TOP RIGHT BOTTOM.") from error


def _check_outputs(options: argparse.Namespace) -> None:
    """Refuses places that cannot be written, or that two outputs would share.

    Raises:
        FiceError: saying which.
    """
    from ..base.images import check_suffix

    check_suffix(options.out)
    outputs: dict[str, Path | None] = {
        "--out": options.out,
        "--json": options.json,
        "--save-edit": options.save_edit,
    }
    places: dict[Path, str] = {}
    for name, path in outputs.items():
        if path is None:
            continue
        place = check_writable(path).resolve()
        if place in places:
            raise FiceError(f"{places[place]} and {name} are both {path}; name two files.")
        places[place] = name


def _read(options: argparse.Namespace) -> _Given:
    """Reads all pictures.

    Raises:
        ImageError: if one cannot be read, or mask or box do not belong to the photo.
    """
    from ..base.images import read_mask
    from ..base.photo_reading import read_photo
    from ..base.photo_writing import check_target
    from ..pipeline.photo import check_photo, take_mask

    file = read_photo(options.photo)
    check_target(options.out, file)
    photo = file.seen
    check_photo(photo)
    person = None if options.person is None else _person(options.person, photo)
    mask = None if options.mask is None else read_mask(options.mask)
    if mask is not None:
        take_mask(mask, photo[None])
    return _Given(file, mask, read_guides(options), person)


def _person(numbers: Sequence[int], photo: Tensor) -> Box:
    """The box of an option; it may reach beyond the photo, but has to show some of it."""
    left, top, right, bottom = numbers
    found, (height, width) = (left, top, right, bottom), photo.shape[-2:]
    named = f"The person box {list(found)} (left, top, right, bottom)"
    if area(found) == 0:
        raise ImageError(
            f"{named} is empty: right must be larger than left, and bottom larger than top."
        )
    if area(intersection(found, (0, 0, width, height))) == 0:
        raise ImageError(
            f"{named} lies beside the photo, which is {width} wide and {height} high; move it onto "
            "the person."
        )
    return found


def _frame(given: _Given, models: ModelSet) -> Framing:
    """The frame of the person's box, if there is one."""
    from ..framing import frame_from_box, learn_placement

    if given.person is None:
        return "auto"
    photo_size = (given.photo.shape[-2], given.photo.shape[-1])
    placement = learn_placement(models.generator, models.segmenter)
    return frame_from_box(given.person, photo_size, models.generator.resolution, placement)


def _save_edit(path: Path, text: str, result: EditResult, models: ModelSet) -> None:
    from ..edits import latent_edit, save_edit, thumbnail_of

    settings = {name: result.report[name] for name in EDIT_SETTINGS}
    edit = latent_edit(
        result.encoder_ws,
        result.ws,
        models.generator,
        text=text,
        settings=cast("dict[str, JsonValue]", settings),
        thumbnail=thumbnail_of(result.image[0]),
    )
    save_edit(path, edit)
