"""Folders of the host: weights and edits."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import folder_paths

from ...fice.base.errors import FiceError
from .file_names import fit_for_files, with_dates


@dataclass(frozen=True)
class ModelFolder:
    """A folder below `models/`, as the host's settings and extra_model_paths.yaml place it.

    Attributes:
        category: its name in the host.
        suffixes: the files that count; empty for folders of files.
    """

    category: str
    suffixes: frozenset[str] = field(
        default_factory=lambda: frozenset({".safetensors", ".pt", ".pth", ".pkl", ".torchscript"})
    )

    def register(self) -> None:
        """Makes the folder known to the host; what other packs look for there stays."""
        known = folder_paths.folder_names_and_paths.get(self.category)
        default = os.path.join(folder_paths.models_dir, self.category)
        folder_paths.add_model_folder_path(self.category, default, is_default=True)
        places, _ = folder_paths.folder_names_and_paths[self.category]
        suffixes = set(self.suffixes)
        if known is not None:  # without suffixes the host lists every file
            suffixes = {*known[1], *self.suffixes} if known[1] else set()
        folder_paths.folder_names_and_paths[self.category] = (places, suffixes)

    @property
    def places(self) -> list[Path]:
        """Where the host looks, the preferred place first."""
        return [Path(place) for place in folder_paths.get_folder_paths(self.category)]

    def files(self) -> list[str]:
        """Names of our files, relative to the folder: other packs may keep their own there."""
        names = folder_paths.get_filename_list(self.category)
        return [name for name in names if Path(name).suffix.lower() in self.suffixes]

    def lists(self, name: str) -> bool:
        """Whether `name` is one of `files`, whichever system wrote it into a workflow."""
        return _spelled(name) in map(_spelled, self.files())

    def offer(self, shipped: Path) -> None:
        """Has the host look into `shipped` as well, after the other places."""
        folder_paths.add_model_folder_path(self.category, str(shipped))

    def new_file(self, name: str, suffix: str) -> Path:
        """A path in the preferred place that is not taken: `name` with a number.

        Args:
            name: may have folders, and `%date:FORMAT%`.
            suffix: of the file.

        Raises:
            FiceError: if `name` leads out of the folder.
        """
        asked = Path(name.replace("\\", "/"))
        usable = fit_for_files(with_dates(name, datetime.now()))
        if not usable or asked.is_absolute() or ".." in asked.parts:
            raise FiceError(
                f"'{name}' is not a valid file name; write e.g. 'edit' or 'shirts/edit'."
            )
        folder, stem, counter, *_ = folder_paths.get_save_image_path(usable, str(self.places[0]))
        return Path(folder) / f"{stem}_{counter:05}_{suffix}"

    def subfolders(self) -> list[str]:
        """Names of the folders in it."""
        found = {
            p.name
            for place in self.places
            if place.is_dir()
            for p in place.iterdir()
            if p.is_dir() and not p.name.startswith(".")
        }
        return sorted(found)

    def find(self, name: str) -> Path | None:
        """The file or folder `name`, if it is there; with either system's separators."""
        spellings = dict.fromkeys((name, _spelled(name)))
        candidates = (place / one for one in spellings for place in self.places)
        return next((path for path in candidates if path.exists()), None)


def _spelled(name: str) -> str:
    r"""`name` with `/` between folders: a host on Windows lists `a\b`, others `a/b`."""
    return name.replace("\\", "/")


GENERATORS = ModelFolder("stylegan2")


ENCODERS = ModelFolder("fice_encoders")


CLIP_GUIDES = ModelFolder("fice_clip")


CHARTS = ModelFolder("densepose")


SEGMENTERS = ModelFolder("fice_segmenters")


MODEL_SETS = ModelFolder("fice", frozenset({"folder"}))


EDITS = ModelFolder("fice_edits", frozenset({".safetensors"}))


MODEL_FOLDERS = (GENERATORS, ENCODERS, CLIP_GUIDES, CHARTS, SEGMENTERS, MODEL_SETS, EDITS)
