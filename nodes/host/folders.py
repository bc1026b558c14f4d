"""Folders of the host: weights and edits, our own and those of other packs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import folder_paths

from ...fice.base.errors import FiceError
from ...fice.checkpoints.elsewhere import (
    CUSTOM_NODES,
    PARTS_ELSEWHERE,
    HostFolders,
    Part,
    found_elsewhere,
    is_weights,
)
from .file_names import fit_for_files, with_dates

SUFFIXES = frozenset({".safetensors", ".pt", ".pth", ".pkl", ".torchscript"})
WITH_BIN = SUFFIXES | {".bin"}  # as transformers and open_clip name their weights


@dataclass(frozen=True)
class ModelFolder:
    """A folder below `models/`, as the host's settings and extra_model_paths.yaml place it.

    Attributes:
        category: its name in the host.
        suffixes: the files that count; empty for folders of files.
        part: of an edit, for which other packs may have files, too.
    """

    category: str
    suffixes: frozenset[str] = field(default_factory=lambda: SUFFIXES)
    part: Part | None = None

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
        ours = [name for name in names if Path(name).suffix.lower() in self.suffixes]
        return [name for name in ours if is_weights(name)]

    @property
    def may_lie_elsewhere(self) -> bool:
        """Whether packs are known that keep such files."""
        return self.part in PARTS_ELSEWHERE

    def elsewhere(self) -> dict[str, Path]:
        """Files that other packs keep, by names that mean the same on every machine."""
        return {} if self.part is None else found_elsewhere(self.part, host_folders())

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
        asked = Path(_plain(name))
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
        """The file that is listed as `name`, ours before those of other packs.

        A name that was saved on Windows, with backslashes, is found everywhere, and the reverse.
        """
        if ours := _same(name, self.files()):
            return self._place(ours)
        others = self.elsewhere()
        theirs = _same(name, others)
        return others[theirs] if theirs else None

    def find_subfolder(self, name: str) -> Path | None:
        """The folder `name` in it, if it is there."""
        return self._place(name) if name in self.subfolders() else None

    def _place(self, name: str) -> Path | None:
        spellings = dict.fromkeys((name, _plain(name)))
        candidates = (place / one for one in spellings for place in self.places)
        return next((path for path in candidates if path.exists()), None)


def host_folders() -> HostFolders:
    """Where the host and its packs keep models."""
    known = folder_paths.folder_names_and_paths
    more = {folder: [Path(place) for place in places] for folder, (places, _) in known.items()}
    return HostFolders(Path(folder_paths.models_dir), more.get(CUSTOM_NODES, []), more)


def _same(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that is `name`, whatever separates its folders."""
    known = list(names)
    if name in known:
        return name
    return next((one for one in known if _plain(one) == _plain(name)), None)


def _plain(name: str) -> str:
    r"""`name` with `/` between folders: a host on Windows lists `a\b`, others `a/b`."""
    return name.replace("\\", "/")


GENERATORS = ModelFolder("stylegan2", part="generator")
ENCODERS = ModelFolder("fice_encoders", part="encoder")
CLIP_GUIDES = ModelFolder("fice_clip", WITH_BIN, "clip")
CHARTS = ModelFolder("densepose", part="chart")
SEGMENTERS = ModelFolder("fice_segmenters", WITH_BIN, "segmenter")
MODEL_SETS = ModelFolder("fice", frozenset({"folder"}))
EDITS = ModelFolder("fice_edits", frozenset({".safetensors"}))
MODEL_FOLDERS = (GENERATORS, ENCODERS, CLIP_GUIDES, CHARTS, SEGMENTERS, MODEL_SETS, EDITS)
