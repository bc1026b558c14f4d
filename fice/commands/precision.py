"""The option `--bfloat16`, which several commands have."""

from __future__ import annotations

import argparse

from ..reports.terminal import complain


def add_bfloat16(parser: argparse.ArgumentParser) -> None:
    """Describes the option."""
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="less time for almost the same numbers, on processors that have bfloat16",
    )


def asks_for_bfloat16(options: argparse.Namespace) -> bool:
    """Whether the option was given; says so where it would cost time instead of saving it."""
    if not options.bfloat16:
        return False
    import torch

    from ..pipeline.precision import has_bfloat16

    if not has_bfloat16(torch.device("cpu")):
        complain(
            "This processor has no bfloat16 and emulates it, slower than float32; leave out "
            "--bfloat16."
        )
    return True
