"""The `fice` command: edit a photo, show the demo, check it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..base.errors import FiceError
from ..reports.terminal import complain, progress, say
from .convert import add_convert
from .evaluate import add_eval
from .guides import add_guides, read_guides
from .models import add_models
from .precision import add_bfloat16, asks_for_bfloat16

if TYPE_CHECKING:
    from torch import Tensor

    from ..base.types import JsonValue
    from ..inversion import Recipe
    from ..pipeline.edit import EditResult
    from ..pipeline.frames import Framing
    from ..pipeline.models import ModelSet

DONE, FAILED, INTERRUPTED, CLOSED = 0, 1, 130, 141
RECIPE_NAMES = ("tuned", "paper", "fast")
REGION_NAMES = ("garment", "head")
EDIT_SETTINGS = ("negative_text", "models", "seed", "steps", "loss")  # kept in a saved edit


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code.

    0: done. 1: a photo, text, weight file or setting cannot be used; one sentence says why.
    2: wrong usage (raised by argparse). 130: interrupted. 141: nobody reads the output.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except FiceError as error:
        complain(f"fice: {error}")
        return FAILED
    except KeyboardInterrupt:
        complain("fice: interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads has enough, as in `fice models list | head`. Python would complain once more
        # when it closes the output at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fice", description="Edit garments with words.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_edit(commands.add_parser("edit", help="edit the garment on a photo"))
    _add_demo(commands.add_parser("demo", help="edit six drawn figures and show every stage"))
    _add_demo_check(commands.add_parser("demo-check", help="measure what the demo models can do"))
    add_eval(commands.add_parser("eval", help="measure methods on photos and texts, with a report"))
    add_convert(commands.add_parser("convert", help="make a safe file of ours of any weight file"))
    add_models(commands.add_parser("models", help="list, check and get public weights"))
    return parser


def _add_edit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Path, help="PNG, JPEG, WebP, BMP or TIFF")
    parser.add_argument("text", help="what the person should wear")
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
        help="box of the person in pixels; without it, a photo of other proportions than the "
        "generator's is searched for the person",
    )
    parser.add_argument(
        "--region",
        choices=REGION_NAMES,
        default="garment",
        help="change the garment only, or all but the head as in the paper (default: garment)",
    )
    _add_recipe(parser)
    parser.set_defaults(run=_edit)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder to write to")
    _add_recipe(parser)
    parser.set_defaults(run=_demo)


def _add_demo_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--figures", type=_positive, default=1024, help="held-out figures")
    parser.add_argument("--edits", type=_count, default=200, help="edits that are judged")
    parser.add_argument("--recipe", choices=RECIPE_NAMES, default="tuned")
    parser.add_argument("--json", type=Path, help="also write the figures")
    parser.set_defaults(run=_demo_check)


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", choices=RECIPE_NAMES, default="tuned")
    parser.add_argument("--steps", type=_positive, help="instead of those of the recipe")
    parser.add_argument(
        "--recompute",
        action="store_true",
        help="less memory for more time, with the same numbers",
    )
    add_bfloat16(parser)
    parser.add_argument("--seed", type=_count, default=0)
    parser.add_argument("--models", default="demo", help="`demo` or a folder with five networks")


def _count(text: str, smallest: int = 0) -> int:
    number = int(text)
    if number < smallest:
        raise argparse.ArgumentTypeError(f"{number} is not at least {smallest}")
    return number


def _positive(text: str) -> int:
    return _count(text, smallest=1)


def _edit(options: argparse.Namespace) -> int:
    # torch is imported here and not on top, so that wrong usage is told at once.
    from ..base.images import check_suffix, read_mask
    from ..base.photo_reading import read_photo
    from ..base.photo_writing import check_target
    from ..pipeline.edit import edit
    from .edited_photo import write_edited

    check_suffix(options.out)
    source = read_photo(options.photo)
    check_target(options.out, source)
    photo = source.seen
    mask = None if options.mask is None else read_mask(options.mask)
    guides = read_guides(options)
    recipe = _recipe(options)
    models = _models(options)
    frame = _frame(options.person, photo, models)
    with progress(options.photo.name, recipe.inversion.steps) as advance:
        result = edit(
            photo,
            options.text,
            models=models,
            recipe=recipe,
            seed=options.seed,
            region=options.region,
            mask=mask,
            frame=frame,
            negative_text=options.negative,
            guides=guides,
            on_step=lambda step: advance(float(step.total.sum())),
        )
    file = write_edited(options.out, source, result)
    report = {**result.report, "file": file}
    if options.json is not None:
        _write_json(options.json, report)
    if options.save_edit is not None:
        _save_edit(options.save_edit, options.text, result, models)
    outside = {"max_change_outside": file["max_change_outside"]}  # what is in the file counts
    say(f"{options.out}: {_summary({**report, **outside})}")
    for sentence in cast("list[str]", file["not_kept"]):
        say(f"{options.out.name}: {sentence}")
    return DONE


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


def _frame(person: Sequence[int] | None, photo: Tensor, models: ModelSet) -> Framing:
    """The frame of the box `person`, if there is one."""
    from ..framing import frame_from_box, learn_placement

    if person is None:
        return "auto"
    left, top, right, bottom = person
    photo_size = (photo.shape[-2], photo.shape[-1])
    placement = learn_placement(models.generator, models.segmenter)
    box = (left, top, right, bottom)
    return frame_from_box(box, photo_size, models.generator.resolution, placement)


def _demo(options: argparse.Namespace) -> int:
    from ..base.images import to_float, write_image
    from ..demo.showcase import CASES, run_cases, showcase_sheet

    recipe, folder = _recipe(options), options.out
    models = _models(options)
    shown = []
    total = recipe.inversion.steps * len(CASES)
    with progress("demo", total) as advance:
        cases = run_cases(
            models,
            recipe,
            CASES,
            seed=options.seed,
            on_step=lambda _, step: advance(float(step.total.sum())),
        )
        for number, one in enumerate(cases, start=1):
            shown.append(one)
            write_image(folder / f"{number}-before.png", one.photo)
            write_image(folder / f"{number}-after.png", one.result.image[0])
            _write_json(folder / f"{number}.json", one.result.report)
    write_image(folder / "demo.png", to_float(showcase_sheet(shown)))
    for one in shown:
        say(f"{one.case.text}: {_summary(one.result.report)}")
    say(f"{folder / 'demo.png'} shows all of it.")
    return DONE


def _demo_check(options: argparse.Namespace) -> int:
    from ..lab.demo.check.run import CheckSizes, run_check

    sizes = CheckSizes(figures=options.figures, edits=options.edits, recipe=options.recipe)
    figures = run_check(sizes, complain)
    if options.json is not None:
        _write_json(options.json, figures)
    say(_as_json(figures))
    return DONE


def _models(options: argparse.Namespace) -> ModelSet:
    from ..pipeline.models import load_models
    from ..pipeline.precision import in_bfloat16

    models = load_models(options.models)
    return in_bfloat16(models) if asks_for_bfloat16(options) else models


def _recipe(options: argparse.Namespace) -> Recipe:
    from ..inversion import RECIPES

    recipe = RECIPES[options.recipe]
    steps = options.steps or recipe.inversion.steps
    inversion = replace(recipe.inversion, steps=steps, recompute=options.recompute)
    return replace(recipe, inversion=inversion)


def _write_json(path: Path, report: dict[str, object]) -> None:
    from ..base.files import write_whole

    write_whole(path, f"{_as_json(report)}\n".encode())


def _as_json(report: dict[str, object]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False)


def _summary(report: dict[str, object]) -> str:
    """The figures of the first image in a sentence."""
    before, after, outside = (
        _first(report[key]) for key in ("clip_before", "clip_after", "max_change_outside")
    )
    ignored = report["ignored_words"]
    words = (
        f", ignored: {', '.join(map(str, ignored))}"
        if isinstance(ignored, list) and ignored
        else ""
    )
    return (
        f"CLIP {before:.3f} -> {after:.3f}, change outside the mask {outside:g}, "
        f"{report['seconds']} s{words}"
    )


def _first(values: object) -> float:
    return float(values[0]) if isinstance(values, list) else float("nan")
