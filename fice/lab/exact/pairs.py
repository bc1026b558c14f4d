"""What editors do to a photo beside what they were asked for, done to photos on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ...alignment.transform import Matrix, Transform, apply, rescaled, resizing
from .subjects import MEGAPIXEL, Mask, Picture, Subject

Kind: TypeAlias = Literal["recoloured", "another's", "plain backdrop", "drawn", "warped", "wrong"]
"""What is hard about a pair; `wrong` is the edit of another photo, which nothing can align."""

Floats: TypeAlias = NDArray[np.float32]

MOST_SHIFT = 0.08  # of width and height
ZOOMS = (0.8, 1.25)
MOST_ROTATION = 2.0  # degrees
MOST_STRETCH = 0.03
MOST_CAST = 10.0  # ΔE (CIE 1976), mean over the picture
WARP = 3.0  # pixels at most
WARP_CELLS = (4, 3)  # of the grid on which the warp is drawn
JPEG_QUALITY = 80
MULTIPLE = 16  # of the sides that editors work at
SOFTNESS = 0.9  # a picture through an autoencoder is about as soft as if resized by this
SKIN_SMOOTHING = (9, 40.0, 5.0)  # of cv2.bilateralFilter
LEAST_DIFFERENCE = 15.0  # ΔE by which a new garment differs from the old one


@dataclass(frozen=True, eq=False)
class Pair:
    """A photo, what came back from an editor, and the truth about it.

    Attributes:
        name: of the photo.
        kind: what is hard about it.
        photo: RGB, `[H, W, 3]`.
        edited: what the editor returned, of any size.
        intended: the photo with the new garment and nothing else.
        changed: where that differs from the photo, `[H, W]`.
        garment: the old garment.
        transform: the true one, without the local warp.
        warp: where each pixel of the photo lies in addition, `[H, W, 2]` in pixels of the photo
            before `transform`; None for none.
        cast: ΔE of the cast, mean over the picture.
    """

    name: str
    kind: Kind
    photo: Picture
    edited: Picture
    intended: Picture
    changed: Mask
    garment: Mask
    transform: Transform
    warp: Floats | None
    cast: float

    def true_places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where places of the photo `[N, 2]` lie in the edited picture."""
        moved = points
        if self.warp is not None:
            columns, rows = points.round().astype(int).T
            moved = points + self.warp[rows, columns]
        return apply(self.transform.matrix, moved)


def make_pair(subject: Subject, kind: Kind, seed: int, others: Sequence[Subject]) -> Pair:
    """One pair; equal seeds give equal pairs.

    Args:
        subject: the photo.
        kind: what is to be hard.
        seed: of all that is drawn by lot.
        others: whose garments and photos may be taken.
    """
    rng = np.random.default_rng(seed)
    if kind == "plain backdrop":
        subject = _on_backdrop(subject, rng)
    other = _another(subject, rng, others)
    taken = kind == "another's" or (kind in ("warped", "drawn") and rng.random() < 0.5)
    intended, changed = _dressed(subject, other, rng) if taken else _recoloured(subject, rng)
    shown = intended if kind != "wrong" else _fitted(other.photo, intended.shape[:2])
    skin = subject.skin & ~changed if kind != "wrong" else np.zeros_like(changed)
    warp = _warp(changed.shape, rng) if kind == "warped" else None
    transform = _transform(changed.shape, rng)
    smooth = _smoothed(shown, skin)
    edited, cast = _cast(_moved(smooth, transform, warp, rng), rng)
    return Pair(
        subject.name,
        kind,
        subject.photo,
        _compressed(edited),
        intended,
        changed,
        subject.garment,
        transform,
        warp,
        cast,
    )


def _another(subject: Subject, rng: np.random.Generator, others: Sequence[Subject]) -> Subject:
    candidates = [one for one in others if one.name != subject.name] or list(others)
    return candidates[int(rng.integers(len(candidates)))]


def _recoloured(subject: Subject, rng: np.random.Generator) -> tuple[Picture, Mask]:
    """The garment in another colour, its folds and pattern kept."""
    lab = _lab(subject.photo)
    inside = subject.garment
    now = lab[inside].mean(0)
    while True:
        wanted = np.array([rng.uniform(25, 85), rng.uniform(-50, 50), rng.uniform(-50, 50)])
        if np.linalg.norm(wanted - now) > LEAST_DIFFERENCE:
            break
    new = lab.copy()
    new[inside] = (lab[inside] - now) * rng.uniform(0.7, 1.2) + wanted
    return composed(subject.photo, rgb_of(new), inside), _reach(inside)


def _dressed(subject: Subject, other: Subject, rng: np.random.Generator) -> tuple[Picture, Mask]:
    """Another's garment, stretched over the place of the old one and a little beyond it."""
    grown = cv2.dilate(subject.garment.astype(np.uint8), _disc(int(rng.integers(1, 12)))) > 0
    place = grown & ~(subject.skin & ~subject.garment)
    left, top, width, height = cv2.boundingRect(place.astype(np.uint8))
    x, y, w, h = cv2.boundingRect(other.garment.astype(np.uint8))
    cloth = other.photo[y : y + h, x : x + w].copy()
    holes = (~other.garment[y : y + h, x : x + w]).astype(np.uint8)
    cloth[holes > 0] = cloth[holes == 0].mean(0).astype(np.uint8)
    new = subject.photo.copy()
    new[top : top + height, left : left + width] = cv2.resize(cloth, (width, height))
    return composed(subject.photo, new, place), _reach(place | subject.garment)


def composed(photo: Picture, new: Picture, where: Mask) -> Picture:
    """`new` in `photo`, with the soft border that garments have in photos."""
    soft = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 0.8)[..., None]
    return np.rint(soft * new + (1.0 - soft) * photo).astype(np.uint8)


def _reach(where: Mask) -> Mask:
    """All that `composed` touches."""
    return np.asarray(cv2.dilate(where.astype(np.uint8), _disc(3)) > 0)


def _on_backdrop(subject: Subject, rng: np.random.Generator) -> Subject:
    """The person before the paper of a studio: a slope of one colour, and the camera's grain."""
    height, width = subject.photo.shape[:2]
    colour = rng.uniform(120, 235, 3) * 0.3 + rng.uniform(120, 235) * 0.7
    down = np.linspace(0, 1, height)[:, None, None] * rng.uniform(-25, 25)
    across = np.linspace(-1, 1, width)[None, :, None] ** 2 * rng.uniform(-20, 5)
    paper = colour + down + across + rng.normal(0, 1.5, subject.photo.shape)
    soft = cv2.GaussianBlur(subject.person.astype(np.float32), (0, 0), 1.0)[..., None]
    mixed = soft * subject.photo + (1 - soft) * paper
    photo = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return Subject(subject.name, photo, subject.garment, subject.skin, subject.person)


def _smoothed(picture: Picture, skin: Mask) -> Picture:
    soft = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 1.5)[..., None]
    smooth = cv2.bilateralFilter(picture, *SKIN_SMOOTHING)
    return np.rint(soft * smooth + (1 - soft) * picture).astype(np.uint8)


def _transform(shape: tuple[int, ...], rng: np.random.Generator) -> Transform:
    """Shift, zoom, rotation and stretch, then the size that an editor works at."""
    height, width = shape[:2]
    zoom = float(np.exp(rng.uniform(np.log(ZOOMS[0]), np.log(ZOOMS[1]))))
    angle = np.radians(rng.uniform(-MOST_ROTATION, MOST_ROTATION))
    stretch = 1.0 + rng.uniform(-MOST_STRETCH, MOST_STRETCH)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.diag([zoom * stretch, zoom]) @ turn
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = rng.uniform(-MOST_SHIFT, MOST_SHIFT, 2) * (width, height)
    matrix: Matrix = np.column_stack([linear, middle + shift - linear @ middle])
    size = height, width
    if rng.random() < 0.5:  # else it was resized back to the size of the photo
        scale = (MEGAPIXEL / (height * width)) ** 0.5
        size = _multiple(height * scale), _multiple(width * scale)
    to_size = resizing((height, width), size)
    return Transform(rescaled(matrix, (1.0, 1.0), to_size), (height, width), size)


def _multiple(side: float) -> int:
    return max(1, round(side / MULTIPLE)) * MULTIPLE


def _warp(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    grid = rng.normal(0, 1, (*WARP_CELLS, 2)).astype(np.float32)
    field = cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field * (WARP / np.linalg.norm(field, axis=2).max()), np.float32)


def _moved(
    picture: Picture, transform: Transform, warp: Floats | None, rng: np.random.Generator
) -> Picture:
    """`picture` as the editor shows it; what it had not seen is made up."""
    height, width = transform.edited_size
    back = np.linalg.inv(np.vstack([transform.matrix, [0, 0, 1]]))[:2]
    y, x = np.mgrid[0:height, 0:width]
    places = apply(back, np.stack([x.ravel(), y.ravel()], 1).astype(np.float64))
    if warp is not None:
        places = _without(places, warp)
    u, v = (places[:, i].reshape(height, width).astype(np.float32) for i in (0, 1))
    # Softened as by an autoencoder, before it moves.
    less = tuple(round(side * SOFTNESS) for side in picture.shape[1::-1])
    small = cv2.resize(picture, less, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    moved = cv2.remap(soft, u, v, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101)
    h, w = picture.shape[:2]
    unseen = ((u < 0) | (v < 0) | (u > w - 1) | (v > h - 1)).astype(np.float32)
    far = cv2.GaussianBlur(unseen, (0, 0), 3.0)[..., None]
    made_up = np.roll(cv2.GaussianBlur(moved, (0, 0), 4.0), int(rng.integers(5, 40)), (0, 1))
    return np.rint(
        np.where(unseen[..., None] > 0, far * made_up + (1 - far) * moved, moved)
    ).astype(np.uint8)


def _without(places: NDArray[np.float64], warp: Floats) -> NDArray[np.float64]:
    """The places of the photo that the warp brings to `places`, found by iteration."""
    found = places.copy()
    u, v = (np.ascontiguousarray(warp[..., i]) for i in (0, 1))
    for _ in range(8):
        x, y = (found[:, i].astype(np.float32)[None] for i in (0, 1))
        chunks = range(0, x.shape[1], 30_000)  # cv2 takes no longer rows
        by = np.concatenate(
            [
                np.stack(
                    [
                        cv2.remap(
                            one,
                            x[:, at : at + 30_000],
                            y[:, at : at + 30_000],
                            cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE,
                        )[0]
                        for one in (u, v)
                    ],
                    1,
                )
                for at in chunks
            ]
        )
        found = places - by
    return found


def _cast(picture: Picture, rng: np.random.Generator) -> tuple[Picture, float]:
    """Another white balance, exposure and saturation, of a mean ΔE that is drawn by lot."""
    wanted = rng.uniform(0.0, MOST_CAST)
    gains = np.exp(rng.normal(0, 0.12, 3))
    gamma = float(np.exp(rng.normal(0, 0.1)))
    saturation = float(np.exp(rng.normal(0, 0.1)))
    before = picture.astype(np.float32) / 255.0
    lab = _lab(picture)

    def cast(strength: float) -> Floats:
        toned = np.clip(before, 1e-4, 1) ** (gamma**strength) * gains**strength
        grey = toned.mean(2, keepdims=True)
        return np.clip(grey + (toned - grey) * saturation**strength, 0, 1).astype(np.float32)

    low, high = 0.0, 3.0
    for _ in range(10):
        middle = (low + high) / 2
        new = np.asarray(cv2.cvtColor(cast(middle), cv2.COLOR_RGB2LAB), np.float32)
        low, high = (middle, high) if _delta(new, lab) < wanted else (low, middle)
    done = np.rint(cast(low) * 255).astype(np.uint8)
    return done, _delta(_lab(done), lab)


def _delta(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other, axis=2).mean())


def _compressed(picture: Picture) -> Picture:
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, code = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    read = cv2.imdecode(code, cv2.IMREAD_COLOR)
    assert read is not None, "it was just written"
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


def _fitted(picture: Picture, size: tuple[int, ...]) -> Picture:
    return np.asarray(cv2.resize(picture, (size[1], size[0])), np.uint8)


def _lab(picture: Picture) -> Floats:
    scaled = picture.astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)


def rgb_of(lab: Floats) -> Picture:
    """CIELAB `[H, W, 3]` as bytes; what no screen can show is clipped."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _disc(radius: int) -> Picture:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
