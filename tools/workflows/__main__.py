"""The command line; see the docstring of the package."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tools import workflows
from tools.host.browser import open_frontend
from tools.host.comfy_host import HOW_TO_GET_A_HOST, find_host, prepare_base, running_host
from tools.workflows.blueprint import build_blueprint
from tools.workflows.files import build_files
from tools.workflows.help_pictures import build_help
from tools.workflows.pictures import build_pictures
from tools.workflows.views import build_views

STEPS = {
    "files": build_files,
    "blueprint": build_blueprint,
    "pictures": build_pictures,
    "views": build_views,
    "help": build_help,
}


def main() -> None:
    """Builds what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.workflows", description=(workflows.__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", choices=STEPS)
    parser.add_argument(
        "--match", default="", help="only workflows, or nodes of the help, whose name holds this"
    )
    options = parser.parse_args()
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            for name in [options.only] if options.only else STEPS:
                STEPS[name](host, frontend, options.match)


if __name__ == "__main__":
    main()
