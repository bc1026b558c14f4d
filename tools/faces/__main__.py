"""The command line; see the docstring of the package."""

from __future__ import annotations

import argparse

from tools import faces
from tools.faces.film import shoot_film
from tools.faces.gallery import write_gallery
from tools.faces.registry import draw_banner, draw_icon

FACES = {
    "icon": draw_icon,
    "banner": draw_banner,
    "gallery": write_gallery,
    "film": shoot_film,
}


def main() -> None:
    """Makes what is asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.faces", description=(faces.__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("face", nargs="*", choices=FACES, help="which; all by default")
    options = parser.parse_args()
    for name in options.face or FACES:
        FACES[name]()


if __name__ == "__main__":
    main()
