"""The photos of templates in the host's input folder, where its Load Image looks."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

LOG = logging.getLogger(__name__)


def offer_photos(shipped: Path, folder: Path) -> None:
    """Copies the photos in `shipped` into `folder` where they are missing; never overwrites.

    The pack works without them, so a folder that cannot be written is a line in the log.
    """
    try:
        for photo in sorted(shipped.iterdir()):
            if photo.is_file() and not (folder / photo.name).exists():
                folder.mkdir(parents=True, exist_ok=True)
                _copy(photo, folder / photo.name)
    except OSError as error:
        LOG.warning(
            "FICE: the photos of the templates cannot be put into %s (%s). The nodes work; copy "
            "the photos from %s to use the templates.",
            *(folder, error.strerror or error, shipped),
        )


def _copy(photo: Path, target: Path) -> None:
    """Leaves no part of a photo where the disk is full."""
    try:
        shutil.copyfile(photo, target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
