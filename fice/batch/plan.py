"""What is to be done: keys, names of files, units, and what can be told wrong beforehand."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import FiceError
from .places import identity, is_url, list_ahead
from .values import Edit, Row, Unit

KEY_DIGITS = 16
SHOWN_DIGITS = 8  # of the key, in the name of a file
STEM_BYTES, SLUG_BYTES = 90, 70  # a file name has at most 255
READ_BY_OTHERS = (".tif", ".tiff")  # colours in floating point, which Pillow does not know
UNREADABLE = "is not an image that can be read; save it as PNG or JPEG."


@dataclass(frozen=True)
class Plan:
    """A job before its first edit.

    Attributes:
        edits: all that can be done, by key.
        unreadable: rows whose photo or mask cannot be used, each with the reason.
        repeated: rows that are the same as one before, and are done once.
    """

    edits: dict[str, Edit]
    unreadable: tuple[tuple[Row, str], ...] = ()
    repeated: int = 0

    @property
    def photos(self) -> int:
        """How many photos are edited."""
        return len({one.row.photo for one in self.edits.values()})

    def units(self, leave_out: Iterable[str] = ()) -> tuple[Unit, ...]:
        """The edits photo by photo, in the order of the rows.

        Args:
            leave_out: keys of edits that are not to be done.
        """
        skipped = set(leave_out)
        of_photo: dict[str, list[Edit]] = {}
        for key, one in self.edits.items():
            if key not in skipped:
                of_photo.setdefault(one.row.photo, []).append(one)
        return tuple(Unit(photo, tuple(edits)) for photo, edits in of_photo.items())


def make_plan(
    rows: Sequence[Row],
    settings: object,
    suffix: str,
    on_row: Callable[[], object] = lambda: None,
) -> Plan:
    """Looks at every photo from outside, and gives every edit its key and file.

    Args:
        rows: what is asked for.
        settings: all that an edit depends on besides its row, ready for JSON.
        suffix: of the pictures, e.g. `.png`.
        on_row: called after each row.

    Raises:
        FiceError: if two different rows would have the same file.
    """
    known: dict[str, str | _Unusable] = {}
    described = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    edits: dict[str, Edit] = {}
    unreadable: list[tuple[Row, str]] = []
    owners: dict[str, Row] = {}
    repeated = 0
    list_ahead(row.photo for row in rows if not row.identity)
    for row in rows:
        on_row()
        places = [row.photo, *([row.mask] if row.mask else [])]
        if row.identity:
            known[row.photo] = row.identity
        for place in places:
            if place not in known:
                known[place] = _seen_from_outside(place)
        facts = [known[place] for place in places]
        wrong = next((one for one in facts if isinstance(one, _Unusable)), None)
        if wrong is not None:
            unreadable.append((row, wrong.reason))
            continue
        key = _key(row, facts, described)
        if key in edits:
            repeated += 1
            continue
        edits[key] = Edit(row, key, f"{_stem(row, key)}{suffix}")
        _claim(owners, edits[key])
    return Plan(edits, tuple(unreadable), repeated)


def slug(text: str, most_bytes: int = SLUG_BYTES) -> str:
    """`text` as part of a file name: words in small letters with hyphens between."""
    words = re.sub(r"[\W_]+", "-", text.lower()).strip("-")
    return words.encode()[:most_bytes].decode(errors="ignore").strip("-")


@dataclass(frozen=True)
class _Unusable:
    reason: str


def _seen_from_outside(place: str) -> str | _Unusable:
    """Identity of a photo or mask; whether its pixels are whole is seen when it is edited."""
    try:
        found = identity(place)
        if not is_url(place):
            _check_header(Path(place))
    except FiceError as error:
        return _Unusable(str(error))
    except Exception as error:  # file systems have errors of their own
        return _Unusable(f"{place} cannot be read: {type(error).__name__}: {error}")
    return found


def _check_header(path: Path) -> None:
    """Raises `FiceError` for a file that is no image; its pixels are not read."""
    from PIL import Image, UnidentifiedImageError

    if path.suffix.lower() in READ_BY_OTHERS:
        return
    try:
        with Image.open(path):
            return
    except UnidentifiedImageError:
        raise FiceError(f"{path.name} {UNREADABLE}") from None
    except Image.DecompressionBombError:  # large photos are welcome
        return


def _key(row: Row, facts: Sequence[object], settings: str) -> str:
    said = [row.named, *facts, row.text, row.seed, row.negative, row.name, settings]
    content = json.dumps(said, ensure_ascii=False).encode()
    return hashlib.sha256(content).hexdigest()[:KEY_DIGITS]


def _stem(row: Row, key: str) -> str:
    if row.name:
        return row.name
    parts = [slug(Path(row.named).stem, STEM_BYTES), slug(row.text), key[:SHOWN_DIGITS]]
    return "-".join(part for part in parts if part)


def _claim(owners: dict[str, Row], edit: Edit) -> None:
    place = edit.file.casefold()  # some disks do not tell capitals from small letters
    if place in owners:
        raise FiceError(
            f"Rows {owners[place].number} and {edit.row.number} would both be written to "
            f"{edit.file}; give them different names."
        )
    owners[place] = edit.row
