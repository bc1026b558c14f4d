"""Icon, banner and gallery are what their scripts make, and what the registry takes."""

from __future__ import annotations

import re

import pytest
from PIL import Image, ImageSequence

from tools.faces.film import PER_SECOND, SECONDS, cut
from tools.faces.gallery import GALLERY, page
from tools.faces.registry import BANNER, FACES, GARMENTS, drawn
from tools.host.comfy_host import PACK


def test_the_registry_takes_the_icon():
    """At most 800 by 400 pixels."""
    with Image.open(FACES / "icon.png") as icon:
        assert icon.width <= 800
        assert icon.height <= 400


def test_the_banner_has_its_size():
    with Image.open(FACES / "banner.png") as banner:
        assert banner.size == BANNER


@pytest.mark.parametrize("name", ["Icon", "Banner"])
def test_the_project_names_them(name):
    project = (PACK / "pyproject.toml").read_text(encoding="utf-8")
    address = re.search(rf'^{name} = "(.+)"', project, re.M)[1]
    assert address.endswith(f"/docs/faces/{name.lower()}.png")


def test_garments_differ_and_the_person_does_not():
    one, other = (drawn(garment, 128) for garment in GARMENTS[:2])
    head = (40, 5, 88, 30)
    assert one.tobytes() != other.tobytes()
    assert one.crop(head).tobytes() == other.crop(head).tobytes()


def test_the_gallery_is_up_to_date():
    assert GALLERY.read_text(encoding="utf-8") == page()


def test_the_gallery_shows_thirteen_graphs_that_exist():
    shown = re.findall(r"\]\((pictures/[^)]+)\)\]", page())
    assert len(shown) == 13
    assert all((GALLERY.parent / one).is_file() for one in shown)


def test_the_film_lasts_twenty_seconds_and_is_small():
    film = FACES / "film.webp"
    assert film.stat().st_size < 1_500_000
    with Image.open(film) as shown:
        frames = 0
        for frame in ImageSequence.Iterator(shown):  # equal pictures are one that lasts longer
            frame.load()
            frames, lasts = frames + 1, frame.info["timestamp"] + frame.info["duration"]
    assert frames > PER_SECOND
    assert lasts / 1000 == pytest.approx(SECONDS, abs=1)


def test_a_slow_machine_films_no_longer():
    pictures = [Image.new("L", (1, 1), index % 256) for index in range(500)]
    assert len(cut(pictures[:20], pictures, pictures[-1])) == SECONDS * PER_SECOND
    assert len(cut(pictures[:20], pictures[:10], pictures[-1])) < SECONDS * PER_SECOND
