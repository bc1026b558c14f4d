"""Finds where edited pictures lie on their photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..base.frame import Size
from ..base.images import Pixels
from .confidence import LOW, confidence
from .correlation import correlate
from .features import is_plausible, match_features
from .fitting import LEAST_SIGMA, Fit, fit
from .flow import Flow, fit_flow
from .tones import Grey, grey, reduced
from .tracking import Tracks, laid_back, track
from .transform import Matrix, Points, Transform, rescaled, resizing, whole

WORK_PIXELS = 1_000_000  # more of a photo says no more of where it lies
FEATURE_PIXELS = 360_000
ROUNDS = 2  # of tracking; the second starts where the first ended
FLOW_CORNERS = 3000
FLOW_TOLERANCE = 2.0  # pixels that a local warp moves corners beside the transform
GOOD = 0.5  # pixels: an error so small that no other start is tried
PROBES = 12  # per axis: places at which the error is asked for

Places: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Alignment:
    """How an edited picture lies on its photo.

    Attributes:
        transform: places of the photo to those of the edited picture.
        flow: a smooth local warp that comes before `transform`; None if none was asked for.
        expected_error: of what is shown outside the garment, in pixels of a photo of a megapixel,
            root mean square; infinite where nothing was found.
        confidence: that the error is below two such pixels, 0 to 1.
        how: what found it: `features`, `correlation`, `size` (the picture only resized), or
            `nothing`.
    """

    transform: Transform
    flow: Flow | None
    expected_error: float
    confidence: float
    how: str

    @property
    def is_sure(self) -> bool:
        """Whether it can be relied on."""
        return self.confidence >= LOW

    @property
    def figures(self) -> dict[str, float]:
        """`Transform.figures`, and how sure they are."""
        error = self.expected_error if np.isfinite(self.expected_error) else -1.0
        return {**self.transform.figures, "confidence": self.confidence, "expected_error": error}


@dataclass(frozen=True, eq=False)
class _Work:
    """Both pictures as they are looked at.

    Attributes:
        photo: `[h, w]`.
        edited: likewise, of another size.
        mask: of the photo, 0 where it may have changed; None if that is not known.
        photo_size: of the photo itself.
        edited_size: of the edited picture itself.
        flow: whether a local warp is looked for.
    """

    photo: Grey
    edited: Grey
    mask: Grey | None
    photo_size: Size
    edited_size: Size
    flow: bool

    @classmethod
    def of(cls, photo: Pixels, edited: Pixels, mask: Grey | None, *, flow: bool) -> _Work:
        old, new = (grey(reduced(one, WORK_PIXELS)) for one in (photo, edited))
        return cls(old, new, _at(mask, old), _size(photo), _size(edited), flow)

    @property
    def size(self) -> Size:
        return _size(self.photo)


@dataclass(frozen=True, eq=False)
class _Found:
    fitted: Fit
    flow: Flow | None
    tracks: Tracks
    error: float
    how: str


def find_alignment(
    photo: Pixels, edited: Pixels, mask: Grey | None = None, *, flow: bool = False
) -> Alignment:
    """Finds where an edited picture lies on its photo.

    Features and RANSAC give a first transform; where they fail, phase correlation over zooms, then
    ECC. From there corners are tracked to hundredths of a pixel, and a robust fit takes what most
    of them say, so that the edit itself does not matter.

    Args:
        photo: `[H, W, 3]` RGB.
        edited: likewise, of any size and proportions.
        mask: `[H, W]`, above 0 where the photo may have changed; None if that is not known.
        flow: whether a smooth local warp is looked for as well.
    """
    work = _Work.of(photo, edited, None if mask is None else _kept(mask), flow=flow)
    return _told(work, _best(work))


def find_alignment_of_all(
    photos: Sequence[Pixels],
    edited: Sequence[Pixels],
    masks: Sequence[Grey | None],
    *,
    flow: bool = False,
) -> Alignment:
    """One alignment for all frames of a still camera, from the corners of all of them.

    Args:
        photos: of one size.
        edited: likewise.
        masks: see `find_alignment`.
        flow: likewise.
    """
    works = [
        _Work.of(old, new, None if mask is None else _kept(mask), flow=flow)
        for old, new, mask in zip(photos, edited, masks, strict=True)
    ]
    found = [one for one in map(_best, works) if one is not None]
    if not found:
        return _told(works[0], None)
    best = min(found, key=lambda one: one.error)
    tracks = Tracks(
        np.concatenate([one.tracks.photo for one in found]),
        np.concatenate([one.tracks.edited for one in found]),
        sum(one.tracks.tried for one in found),
    )
    return _told(works[0], _fitted(works[0], tracks, best.fitted.matrix, best.how) or best)


def _best(work: _Work) -> _Found | None:
    """What the first start that does, or else the best of them, leads to."""
    best: _Found | None = None
    for how, start in _starts(work):
        found = _followed(work, start, how)
        if found is not None and (best is None or found.error < best.error):
            best = found
        if best is not None and best.error < GOOD:
            break
    return best


def _starts(work: _Work) -> Iterator[tuple[str, Matrix]]:
    """First guesses, the quickest and best first."""
    small, other = (reduced(one, FEATURE_PIXELS) for one in (work.photo, work.edited))
    mask = _at(work.mask, small)
    up = resizing(_size(small), work.size), resizing(_size(other), _size(work.edited))
    at_photo_size = resizing(_size(other), _size(small))
    for how, find in (("features", match_features), ("correlation", correlate)):
        found = find(small, other, mask)
        if found is not None and is_plausible(rescaled(found, (1.0, 1.0), at_photo_size)):
            yield how, rescaled(found, *up)
    yield "size", whole(work.size, _size(work.edited)).matrix


def _followed(work: _Work, start: Matrix, how: str) -> _Found | None:
    """Tracks corners from a first guess."""
    found = None
    matrix = start
    for _ in range(ROUNDS):
        most = (FLOW_CORNERS,) if work.flow else ()
        tracks = track(work.photo, work.edited, matrix, work.mask, *most)
        found = _fitted(work, tracks, matrix, how)
        if found is None:
            return None
        matrix = found.fitted.matrix
    return found


def _fitted(work: _Work, tracks: Tracks, start: Matrix, how: str) -> _Found | None:
    tolerance = FLOW_TOLERANCE if work.flow else LEAST_SIGMA
    fitted = fit(tracks.photo, tracks.edited, start, tolerance)
    if fitted is None or not is_plausible(
        rescaled(fitted.matrix, (1.0, 1.0), resizing(_size(work.edited), work.size))
    ):
        return None
    away = laid_back(tracks, fitted.matrix)
    flow = fit_flow(tracks.photo, away, work.size) if work.flow else None
    left = away if flow is None else away - flow.at(tracks.photo)
    error = _expected(work, fitted, flow, tracks.photo, left)
    return _Found(fitted, flow, tracks, error, how)


def _expected(work: _Work, fitted: Fit, flow: Flow | None, corners: Points, left: Points) -> float:
    """What error the alignment probably has, in pixels of a photo of a megapixel."""
    places = _probes(work.size)
    sure = fitted if flow is None else flow
    unsure = float(np.mean(sure.expected_error(places) ** 2))
    height, width = work.size
    scale = (WORK_PIXELS / (height * width)) ** 0.5
    return scale * float(np.sqrt(unsure + _disagreement(corners, left, work.size) ** 2))


def _disagreement(corners: Points, left: Points, size: Size) -> float:
    """How far corners lie beside the alignment, in the middle of all cells that have any.

    By cells, since a few crowded ones must not outvote the rest of the picture.
    """
    cell = max(size) / PROBES
    index = (corners // cell).astype(int)
    away = np.linalg.norm(left, axis=1)
    keys = index[:, 1] * PROBES * 2 + index[:, 0]
    medians = [float(np.median(away[keys == key])) for key in np.unique(keys)]
    return float(np.median(medians)) if medians else float("inf")


def _told(work: _Work, found: _Found | None) -> Alignment:
    sizes = work.photo_size, work.edited_size
    if found is None:
        return Alignment(whole(*sizes), None, float("inf"), 0.0, "nothing")
    up = resizing(work.size, sizes[0]), resizing(_size(work.edited), sizes[1])
    transform = Transform(rescaled(found.fitted.matrix, *up), *sizes)
    share = float((found.fitted.weights > 0).sum()) / max(1, found.tracks.tried)
    sure = confidence(found.error, share)
    return Alignment(transform, found.flow, found.error, sure, found.how)


def _probes(size: Size) -> Places:
    height, width = size
    y, x = np.mgrid[0 : height - 1 : PROBES * 1j, 0 : width - 1 : PROBES * 1j]
    return np.stack([x.ravel(), y.ravel()], 1)


def _kept(mask: Grey) -> Grey:
    """255 where the photo is to be looked at."""
    return np.where(mask > 0, 0, 255).astype(np.uint8)


def _at(mask: Grey | None, like: Grey) -> Grey | None:
    if mask is None:
        return None
    height, width = like.shape[:2]
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _size(pixels: NDArray[np.uint8]) -> Size:
    return pixels.shape[0], pixels.shape[1]
