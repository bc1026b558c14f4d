"""Photos with known regions: labelled street photos, and drawn figures in rooms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...base.errors import FiceError
from ...base.files import StrPath, read_text
from ...demo.world.factors import decode, draw_z
from ...demo.world.figure import REGION_BODY, REGION_GARMENT, REGION_HEAD
from ...demo.world.large_photo import Place, draw_large_photo
from ...demo.world.renderer import Renderer

Picture: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

MEGAPIXEL = 1_000_000
LEAST_GARMENT = 0.02  # of the photo: less is a scarf and no case
NOT_WORN = frozenset(
    (
        *("null", "skin", "hair", "accessories", "bag", "purse", "wallet", "belt", "bracelet"),
        *("necklace", "earrings", "ring", "watch", "glasses", "sunglasses", "hat", "socks"),
        *("gloves", "tie", "scarf", "shoes", "boots", "heels", "pumps", "flats", "sandals"),
        *("sneakers", "loafers", "wedges", "clogs"),
    )
)
FIRST_FIGURE = 10_980_000  # seeds of figures that no other check draws
ROOM = (1216, 816)  # height and width: about a megapixel


@dataclass(frozen=True, eq=False)
class Subject:
    """A photo of about a megapixel and what its pixels are.

    Attributes:
        name: of the case.
        photo: RGB, `[H, W, 3]`.
        garment: what an editor is asked to change, `[H, W]`.
        skin: faces and limbs.
        person: all of the person and what they wear.
    """

    name: str
    photo: Picture
    garment: Mask
    skin: Mask
    person: Mask


def read_subjects(folder: StrPath) -> list[Subject]:
    """The labelled photos of a folder: `NNNN.jpg`, `NNNN.png` and `labels.json`.

    Raises:
        FiceError: if there are none.
    """
    names: list[str] = json.loads(read_text(_names_in(folder)))
    found = (_subject(path, names) for path in sorted(Path(folder).glob("*.png")))
    return [one for one in found if one is not None]


def read_labelled(folder: StrPath) -> Iterator[tuple[Picture, Picture]]:
    """Photos `[H, W, 3]` and labels `[H, W]` of such a folder, at their own size.

    Raises:
        FiceError: if there are none.
    """
    _names_in(folder)
    for path in sorted(Path(folder).glob("*.png")):
        both = _read(path)
        if both is not None:
            yield both


def _names_in(folder: StrPath) -> Path:
    folder = Path(folder)
    names = folder / "labels.json"
    if not names.is_file() or not any(folder.glob("*.png")):
        raise FiceError(f"{folder} holds no labelled photos (NNNN.jpg, NNNN.png, labels.json).")
    return names


def draw_subjects(count: int, first: int = 0) -> list[Subject]:
    """Drawn figures behind a counter, before a plain wall."""
    return [_draw(first + index) for index in range(count)]


def _read(path: Path) -> tuple[Picture, Picture] | None:
    photo = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_COLOR)
    if photo is None:
        return None
    with Image.open(path) as picture:  # OpenCV would give the palette's colours
        labels = np.asarray(picture, np.uint8)
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8), labels


def _subject(path: Path, names: list[str]) -> Subject | None:
    both = _read(path)
    if both is None:
        return None
    photo, labels = both
    scale = (MEGAPIXEL / (photo.shape[0] * photo.shape[1])) ** 0.5
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    large = cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC)
    areas = np.bincount(labels.ravel(), minlength=len(names))
    worn = [i for i, name in enumerate(names) if name not in NOT_WORN and i < len(areas)]
    largest = max(worn, key=lambda index: int(areas[index]))
    if areas[largest] < LEAST_GARMENT * labels.size:
        return None

    def where(mask: Mask) -> Mask:
        soft = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(soft > 0.5)

    skin = where(labels == names.index("skin"))
    rgb = np.asarray(large, np.uint8)
    return Subject(path.stem, rgb, where(labels == largest), skin, where(labels > 0))


def _draw(index: int) -> Subject:
    height, width = ROOM
    rng = np.random.default_rng(FIRST_FIGURE + index)
    side = int(rng.integers(640, 780))
    left = int(rng.integers(0, width - side))
    top = int(rng.integers(200, height - side - 20))
    place = Place(FIRST_FIGURE + index, left, top, side)
    photo = draw_large_photo(ROOM, [place])
    # A camera's grain: no photo is without, and a wall without a trace of it would be too easy to
    # tell from what an editor changed.
    grain = rng.normal(0.0, 1.5, photo.shape)
    photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
    drawn = Renderer(min(side, 512)).render(decode(draw_z(place.seed))).regions
    large = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_NEAREST)
    regions = np.zeros(ROOM, np.uint8)
    regions[top : top + side, left : left + side] = large
    skin = np.isin(regions, (REGION_BODY, REGION_HEAD))
    return Subject(f"figure {index}", photo, regions == REGION_GARMENT, skin, regions > 0)
