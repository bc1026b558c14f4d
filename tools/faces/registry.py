"""Icon and banner of the registry: one demo figure in several garments, drawn and not generated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from fice.demo.world.factor_types import Factors
from fice.demo.world.factors import decode, draw_z
from fice.demo.world.renderer import Renderer
from fice.reports.drawing import write_text
from tools.host.comfy_host import PACK

FACES = PACK / "docs" / "faces"
FIGURE = 10_900_103  # a seed that nothing was trained on
ICON, BANNER = 400, (1260, 540)
SOLID, STRIPES, DOTS = 0, 1, 4  # of the patterns
Rgb = tuple[float, float, float]
GARMENTS: tuple[tuple[Rgb, Rgb, int], ...] = (
    ((0.47, 0.27, 0.66), (1.0, 1.0, 1.0), SOLID),
    ((0.85, 0.18, 0.2), (0.97, 0.96, 0.95), STRIPES),
    ((0.98, 0.77, 0.2), (0.97, 0.96, 0.95), SOLID),
    ((0.16, 0.42, 0.72), (0.97, 0.96, 0.95), DOTS),
)


def draw_icon() -> None:
    """The figure, changed right of a line."""
    before, after = (np.asarray(drawn(garment, ICON)) for garment in GARMENTS[:2])
    rows, columns = np.mgrid[:ICON, :ICON]
    line = columns - ICON / 2 + (rows - ICON / 2) * 0.25
    split = np.where((line > 0)[..., None], after, before)
    split[abs(line) < 3] = 255
    save(Image.fromarray(split), "icon.png")


def draw_banner() -> None:
    """The figure in one garment after another, and what the pack is for."""
    width, _ = BANNER
    canvas = Image.new("RGB", BANNER, (250, 250, 248))
    side = width // len(GARMENTS)
    for index, garment in enumerate(GARMENTS):
        canvas.paste(drawn(garment, side), (index * side, 0))
    written = np.asarray(canvas).copy()
    write_text(written, "FICE", (44, side + 108), size=84)
    write_text(written, "edit garments with words", (44, side + 178), size=46)
    save(Image.fromarray(written), "banner.png")


def drawn(garment: tuple[Rgb, Rgb, int], side: int) -> Image.Image:
    """The figure in a garment."""
    figure = Renderer(side).render(dressed(decode(draw_z(FIGURE)), *garment))
    return Image.fromarray(figure.image)


def dressed(factors: Factors, colour: Rgb, second: Rgb, pattern: int) -> Factors:
    """The same person and cut in another colour and pattern."""
    base, other = (np.asarray(one, np.float32) for one in (colour, second))
    weights = np.zeros(5, np.float32)
    weights[pattern] = 1.0
    tints = weights[1:, None] * (other - base)
    look = replace(
        factors.look,
        garment_rgb=base,
        second_rgb=other,
        pattern_weights=weights,
        pattern_tints=tints.astype(np.float32),
    )
    return replace(factors, look=look)


def save(picture: Image.Image, name: str) -> Path:
    """Writes a picture of the pack."""
    FACES.mkdir(exist_ok=True)
    picture.save(FACES / name, optimize=True)
    return FACES / name
