"""The `fice` command: finds the subcommand that is meant, and turns its errors into sentences."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..base.errors import FiceError
from ..reports.terminal import complain
from .align import add_align
from .batch import add_batch
from .convert import add_convert
from .demo import add_demo
from .demo_check import add_demo_check
from .edit import add_edit
from .evaluate import add_eval
from .models import add_models

FAILED, INTERRUPTED, CLOSED = 1, 130, 141


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
    except RuntimeError as error:
        from ..base.out_of_memory import is_out_of_memory  # torch takes a second to import

        if not is_out_of_memory(error):
            raise
        complain(
            "fice: The device is out of memory. Close other programs that use it, take fewer or "
            "smaller photos, --bfloat16, or --device cpu."
        )
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
    add_edit(commands.add_parser("edit", help="edit the garment on a photo"))
    add_batch(commands.add_parser("batch", help="edit many photos, go on after interruptions"))
    add_align(commands.add_parser("align", help="put any editor's result back onto its photo"))
    add_demo(commands.add_parser("demo", help="edit six drawn figures and show every stage"))
    add_demo_check(commands.add_parser("demo-check", help="measure what the demo models can do"))
    add_eval(commands.add_parser("eval", help="measure methods on photos and texts, with a report"))
    add_convert(
        commands.add_parser("convert", help="turn any supported weight file into a safe one")
    )
    add_models(commands.add_parser("models", help="list, check and get public weights"))
    return parser
