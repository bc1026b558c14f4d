"""`fice convert`: any supported weight file to a native one."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base.files import check_writable
from ..reports.terminal import say

KINDS = ("generator", "encoder", "chart", "segmenter", "clip")


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
    parser.set_defaults(run=_convert)


def _convert(options: argparse.Namespace) -> int:
    from ..checkpoints.convert import convert

    check_writable(options.target)
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
