"""The edits of a photo: it is read, framed and looked at once, and gets all its texts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from ..base.errors import ImageError
from ..base.files import StrPath
from ..base.images import read_mask
from ..base.photo import Photo
from ..base.photo_reading import read_photo
from ..base.photo_writing import check_target
from ..base.types import Region
from ..guidance.guides import Guide
from ..inversion import Recipe
from ..pipeline.edit import edit
from ..pipeline.edited_photo import write_edited
from ..pipeline.frames import choose_frames
from ..pipeline.memory import free_bytes, images_at_once
from ..pipeline.models import load_models
from ..pipeline.photo import as_batch, check_photo
from ..pipeline.precision import in_bfloat16
from ..reports.figures import of_image
from ..words import load_bank
from ..words.bank import BUILT_IN
from .places import as_file
from .run import failure
from .values import Edit, Edited, Outcome, Unit

if TYPE_CHECKING:
    from ..base.frame import Frame
    from ..pipeline.models import ModelSet

MOST_TEXTS = 8  # at once; an interruption loses as many
COPIES = 8  # of a photo, that an edit holds at its full size
FLOAT_BYTES = 4


@dataclass(frozen=True, eq=False)
class EditSettings:
    """What all edits of a job have in common; it can be sent to another machine.

    Attributes:
        recipe: all numbers.
        suffix: of the pictures.
        models: `demo`, or a folder.
        device: as `fice.pipeline.devices.find_device` takes it.
        bfloat16: whether networks are computed so.
        region: see `fice.edit`.
        guides: more wishes.
        anyway: edit photos that the models do not know.
        words: a table of words; None is the built-in one.
    """

    recipe: Recipe
    suffix: str = ".png"
    models: str = "demo"
    device: str = "auto"
    bfloat16: bool = False
    region: Region | None = None
    guides: tuple[Guide, ...] = ()
    anyway: bool = False
    words: StrPath | None = None


@dataclass(frozen=True, eq=False)
class Opened:
    """A photo, read and framed."""

    file: Photo
    frame: Frame


class Editor:
    """Does units with networks that stay in memory."""

    def __init__(self, settings: EditSettings, models: ModelSet | None = None) -> None:
        """Loads what `settings` name, unless `models` are given."""
        self.settings = settings
        self.bank = load_bank(settings.words or BUILT_IN)
        if models is None:
            models = load_models(settings.models, device=settings.device)
            models = in_bfloat16(models) if settings.bfloat16 else models
        self.models = models

    def __call__(self, unit: Unit) -> Iterator[Outcome]:
        """One outcome for each edit of `unit`."""
        try:
            opened = self.open(unit.photo)
        except Exception as error:  # told of each edit of this photo
            yield from (failure(one.key, error) for one in unit.edits)
            return
        for group in _alike(unit.edits):
            yield from self._group(opened, group)

    def open(self, place: str) -> Opened:
        """Reads a photo and finds the person.

        Raises:
            FiceError: if it cannot be edited.
            OSError: if it cannot be had now.
        """
        with as_file(place) as path:
            file = read_photo(path)
            check_target(path.with_suffix(self.settings.suffix), file)
        shown = as_batch(check_photo(file.seen), self.models.generator)
        return Opened(file, choose_frames(shown, "auto", self.models)[0])

    def edited(
        self, opened: Opened, edits: Sequence[Edit], mask: Tensor | None = None
    ) -> list[Edited]:
        """The pictures of some edits of a photo, which have the same negative text and mask.

        Raises:
            FiceError: if one of them cannot be done.
        """
        settings = self.settings
        result = edit(
            opened.file.seen,
            [one.row.text for one in edits],
            models=self.models,
            recipe=settings.recipe,
            seed=[one.row.seed for one in edits],
            region=settings.region,
            mask=mask,
            frame=opened.frame,
            negative_text=edits[0].row.negative,
            guides=settings.guides,
            anyway=settings.anyway,
            bank=self.bank,
        )
        done: list[Edited] = []
        with tempfile.TemporaryDirectory(prefix="fice-") as folder:
            path = Path(folder) / f"picture{settings.suffix}"
            for index, one in enumerate(edits):
                file = write_edited(path, opened.file, result, index)
                report = {**of_image(result.report, index, len(edits)), "file": file}
                done.append(Edited(one.key, path.read_bytes(), report))
        return done

    def _group(self, opened: Opened, edits: Sequence[Edit]) -> Iterator[Outcome]:
        """Edits that differ in text and seed only, as many at once as fit into memory."""
        try:
            mask = _mask(edits[0].row.mask)
        except Exception as error:  # told of each edit with this mask
            yield from (failure(one.key, error) for one in edits)
            return
        at_once = self._at_once(opened.file.image, len(edits))
        for first in range(0, len(edits), at_once):
            yield from self._together(opened, edits[first : first + at_once], mask)

    def _together(
        self, opened: Opened, edits: Sequence[Edit], mask: Tensor | None
    ) -> Iterator[Outcome]:
        try:
            done = self.edited(opened, edits, mask)
        except Exception as error:  # told, or found out whose it is
            if len(edits) == 1 or isinstance(error, ImageError):  # the photo's
                yield from (failure(one.key, error) for one in edits)
                return
        else:
            yield from done
            return
        for one in edits:
            yield from self._together(opened, [one], mask)

    def _at_once(self, image: Tensor, texts: int) -> int:
        each = image.numel() * FLOAT_BYTES * COPIES
        return min(MOST_TEXTS, images_at_once(each, texts, free_bytes(self.models.device)))


def _alike(edits: Sequence[Edit]) -> list[list[Edit]]:
    """The edits by mask and negative text."""
    groups: dict[tuple[str, str], list[Edit]] = {}
    for one in edits:
        groups.setdefault((one.row.mask, one.row.negative), []).append(one)
    return list(groups.values())


def _mask(place: str) -> Tensor | None:
    if not place:
        return None
    with as_file(place) as path:
        return read_mask(path)
