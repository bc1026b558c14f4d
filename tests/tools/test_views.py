"""The sheets that show every template before and after a run."""

from __future__ import annotations

from PIL import Image

from tools.workflows.scenes import SCENES
from tools.workflows.views import SHEET, page, sheet


def test_the_page_shows_every_template():
    shown = page()
    assert all(f"## {name}\n" in shown for name in SCENES)
    assert shown.count(".webp)") == len(SCENES)


def test_four_pictures_in_reading_order():
    colours = ("red", "green", "blue", "white")
    made = sheet([Image.new("RGB", SHEET, colour) for colour in colours])
    width, height = SHEET
    places = [(width // 4 * x, height // 4 * y) for y in (1, 3) for x in (1, 3)]
    plain = [Image.new("RGB", (1, 1), colour).getpixel((0, 0)) for colour in colours]
    assert [made.getpixel(place) for place in places] == plain
