"""`fice convert`: any supported weight file to a native one."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base.errors import FiceError
from ..base.files import check_writable
from ..reports.terminal import say

EDIT_KIND = "edit"
KINDS = ("generator", "encoder", "chart", "segmenter", "clip", EDIT_KIND)


def add_convert(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument("source", type=Path, help="weight file, or folder with one")
    parser.add_argument("target", type=Path, help="the .safetensors file to write")
    parser.add_argument("--kind", choices=KINDS, help="network in it (default: by its content)")
    parser.add_argument(
        "--clip-model", metavar="NAME", help="what open_clip calls the model, for its weights"
    )
    parser.add_argument(
        "--licence",
        default="unknown",
        help="of the weights, kept in the file",
    )
    parser.add_argument(
        "--generator",
        type=Path,
        metavar="FILE",
        help="for the kind edit: the generator that a latent direction of StyleGAN-Human is of",
    )
    parser.add_argument(
        "--strength",
        type=float,
        default=5.0,
        help="for the kind edit: of the direction, as in StyleGAN-Human's code (default: 5; "
        "negative is the opposite)",
    )
    parser.set_defaults(run=_convert)


def _convert(options: argparse.Namespace) -> int:
    check_writable(options.target)
    if options.kind == EDIT_KIND:
        return _convert_direction(options)
    from ..checkpoints.convert import convert

    network = convert(
        options.source,
        options.target,
        kind=options.kind,
        clip_model=options.clip_model,
        licence=options.licence,
    )
    size = options.target.stat().st_size / 1e6
    say(
        f"{options.target}: {network.architecture}, {network.resolution}, {size:.1f} MB, licence "
        f"{options.licence}"
    )
    return 0


def _convert_direction(options: argparse.Namespace) -> int:
    if options.generator is None:
        raise FiceError(
            f"{options.source.name} does not say which generator it is a direction of: give its "
            "file with --generator, e.g. stylegan_human_v2_1024.pkl."
        )
    from ..checkpoints import load_generator
    from ..edits import import_direction, save_edit
    from ..edits.files import SUFFIX

    if options.target.suffix != SUFFIX:
        raise FiceError(f"{options.target.name} has to end in {SUFFIX}.")
    generator = load_generator(options.generator).freeze()
    edit = import_direction(options.source, generator, strength=options.strength)
    save_edit(options.target, edit)
    say(
        f"{options.target}: a direction at strength {options.strength:g}. Apply it in the mode "
        "add, with pose and shape at 1: it moves the codes 4 to 7."
    )
    return 0
