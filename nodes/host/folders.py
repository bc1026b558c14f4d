"""Folders of the host: weights, edits, and the photos of templates."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import folder_paths

from ...fice.base.errors import FiceError


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
        """Makes the folder known to the host."""
        default = os.path.join(folder_paths.models_dir, self.category)
        folder_paths.add_model_folder_path(self.category, default, is_default=True)
        places, _ = folder_paths.folder_names_and_paths[self.category]
        folder_paths.folder_names_and_paths[self.category] = (places, set(self.suffixes))

    @property
    def places(self) -> list[Path]:
        """Where the host looks, the preferred place first."""
        return [Path(place) for place in folder_paths.get_folder_paths(self.category)]

    def files(self) -> list[str]:
        """Names of the weight files, relative to the folder."""
        return folder_paths.get_filename_list(self.category)

    def offer(self, shipped: Path) -> None:
        """Has the host look into `shipped` as well, after the other places."""
        folder_paths.add_model_folder_path(self.category, str(shipped))

    def new_file(self, name: str, suffix: str) -> Path:
        """A path in the preferred place that is not taken: `name` with a number.

        Raises:
            FiceError: if `name` leads out of the folder.
        """
        if not name.strip() or Path(name).is_absolute() or ".." in Path(name).parts:
            raise FiceError(f"'{name}' is no name for a file; write e.g. 'edit' or 'shirts/edit'.")
        folder, stem, counter, *_ = folder_paths.get_save_image_path(name, str(self.places[0]))
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
        """The file or folder `name`, if it is there."""
        candidates = (place / name for place in self.places)
        return next((path for path in candidates if path.exists()), None)


GENERATORS = ModelFolder("stylegan2")


ENCODERS = ModelFolder("fice_encoders")


CLIP_GUIDES = ModelFolder("fice_clip")


CHARTS = ModelFolder("densepose")


SEGMENTERS = ModelFolder("fice_segmenters")


MODEL_SETS = ModelFolder("fice", frozenset({"folder"}))


EDITS = ModelFolder("fice_edits", frozenset({".safetensors"}))


MODEL_FOLDERS = (GENERATORS, ENCODERS, CLIP_GUIDES, CHARTS, SEGMENTERS, MODEL_SETS, EDITS)


def offer_photo(photo: Path) -> None:
    """Puts `photo` into the host's input folder, where templates find it; never overwrites."""
    target = Path(folder_paths.get_input_directory()) / photo.name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, target)
