"""Writing an edited photo as its file was, and proving it on the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.files import StrPath
from ..base.photo_reading import read_photo
from ..base.photo_writing import write_photo
from ..stitching.compositing import max_change_outside

if TYPE_CHECKING:
    from ..base.photo import Photo
    from ..reports.figures import Report
    from .edit import EditResult


def write_edited(path: StrPath, photo: Photo, result: EditResult, index: int = 0) -> Report:
    """Writes the edit of `photo` to `path` with all that the old file says of it.

    Args:
        path: of the new file.
        photo: what was read.
        result: the edit of `photo.seen`.
        index: which of its results.

    Returns:
        `max_change_outside` of the file as it can be read again, which is 0 if the format keeps
        values as they are, and `not_kept`: a sentence on each thing that is lost.
    """
    mask = result.mask[index : index + 1].to(photo.image.device)
    notes = write_photo(path, photo, photo.with_edit(result.image[index], mask[0]))
    written = read_photo(path).image
    change = max_change_outside(photo.image[None], written[None], mask)
    return {"max_change_outside": change.tolist(), "not_kept": [*photo.not_kept, *notes]}
