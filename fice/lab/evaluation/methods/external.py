"""Pictures that another program made of the same cases, from a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ....base.errors import ImageError
from ....base.files import StrPath, folder_name
from ....base.frame import Frame
from ....base.images import WRITABLE, read_image
from ....framing import crop
from ....pipeline.models import ModelSet
from .method import Outcome, Task


@dataclass(frozen=True)
class ExternalImages:
    """Scores `FOLDER/ID.png` (or another format) of each case like any method.

    A picture has the size of the original photo, or that of the generator.

    Attributes:
        folder: of the pictures.
    """

    folder: Path
    seeded: bool = False

    @property
    def title(self) -> str:
        """The name of the folder."""
        return f"pictures in {self.folder.name}"

    @property
    def settings(self) -> str:
        """Hash of the names, sizes and times of the pictures."""
        found = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        facts = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in found]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Refuses a folder that is not there.

        Raises:
            ImageError: if it is missing.
        """
        del models, cache
        if not self.folder.is_dir():
            raise ImageError(f"There is no folder {self.folder} of pictures to score.")

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Reads the pictures.

        Raises:
            ImageError: if one is missing or has another size.
        """
        del models, cache
        size = (task.photo.shape[-2], task.photo.shape[-1])
        images = [
            self._framed(name, frame, size)
            for name, frame in zip(task.ids, task.frames, strict=True)
        ]
        image = torch.cat(images)
        return Outcome(image, image, torch.ones_like(image[:, :1]), 0)

    def _framed(self, name: str, frame: Frame, size: tuple[int, int]) -> Tensor:
        image = read_image(self._path(name))
        found = (image.shape[-2], image.shape[-1])
        if found == size:
            return image[None]
        if found == frame.photo_size:
            return crop(image[None], frame)
        raise ImageError(
            f"The picture of case {name} in {folder_name(self.folder)} is {found[1]} x {found[0]} "
            f"pixels; expected the photo's {frame.photo_size[1]} x {frame.photo_size[0]}, or the "
            f"generator's {size[1]} x {size[0]}."
        )

    def _path(self, name: str) -> Path:
        found = [path for suffix in WRITABLE if (path := self.folder / f"{name}{suffix}").is_file()]
        if not found:
            raise ImageError(f"There is no picture of case {name} in {folder_name(self.folder)}.")
        return found[0]
