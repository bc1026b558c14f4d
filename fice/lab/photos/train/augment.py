"""Seeded changes to photos with classes: 739 photos must do for all the photos of the world."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....networks.perceptors.photo_regions import PHOTO_CLASSES
from ..dataset import Bytes, PhotoData

IGNORED = 255
CLOTHES = [PHOTO_CLASSES.index(name) for name in ("upper", "lower", "dress", "outerwear")]

SWAPPED_BACKGROUNDS = 0.15
SECOND_PERSON = 0.08
RECOLOURED = 0.4
CUT_OFF = 0.3
ZOOM = (0.6, 1.4)
CLOSE_UP = (1.4, 3.0)
PLAIN_BORDER = 0.5
GREY = 0.05
BLURRED = 0.15
NOISY = 0.25
NOISE_BANK = 1 << 22


@dataclass(frozen=True)
class Augmenter:
    """Draws changed photos.

    Attributes:
        data: what they are drawn from.
        noise: a store of normal numbers, because drawing them afresh takes longer than a step.
    """

    data: PhotoData
    noise: NDArray[np.int8]

    @staticmethod
    def over(data: PhotoData) -> Augmenter:
        """An augmenter of `data`."""
        noise = np.random.default_rng(0).normal(0.0, 20.0, NOISE_BANK)
        return Augmenter(data, noise.clip(-127, 127).astype(np.int8))

    def draw(
        self, random: np.random.Generator, count: int, size: tuple[int, int]
    ) -> tuple[Bytes, Bytes]:
        """Photos `[count, h, w, 3]` and their classes at half the size, `IGNORED` if unknown."""
        pairs = [self._one(random, size) for _ in range(count)]
        return np.stack([one for one, _ in pairs]), np.stack([one for _, one in pairs])

    def _one(self, random: np.random.Generator, size: tuple[int, int]) -> tuple[Bytes, Bytes]:
        photo, classes = self._pick(random)
        if random.random() < SWAPPED_BACKGROUNDS:
            other, others = self._pick(random)
            photo = np.where(((classes == 0) & (others == 0))[..., None], other, photo)
        if random.random() < SECOND_PERSON:
            photo, classes = _with_second(photo, classes, *self._pick(random), random)
        if random.random() < RECOLOURED:
            photo = _recoloured(photo, classes == random.choice(CLOTHES), random)
        photo, classes = _moved(photo, classes, size, random)
        return self._coloured(photo, random), classes

    def _pick(self, random: np.random.Generator) -> tuple[Bytes, Bytes]:
        index = int(random.integers(len(self.data)))
        photo, classes = self.data.photos[index], self.data.classes[index]
        return (photo[:, ::-1], classes[:, ::-1]) if random.random() < 0.5 else (photo, classes)

    def _coloured(self, photo: Bytes, random: np.random.Generator) -> Bytes:
        photo = _toned(photo, random, 0.25, grey=random.random() < GREY)
        if random.random() < BLURRED:
            sigma = float(random.uniform(0.4, 1.6))
            photo = cv2.GaussianBlur(photo, (0, 0), sigma).astype(np.uint8)
        if random.random() < NOISY:
            start = int(random.integers(len(self.noise) - photo.size))
            grain = self.noise[start : start + photo.size].reshape(photo.shape)
            amount = float(random.uniform(0.05, 0.6))
            photo = (photo + amount * grain).clip(0, 255).astype(np.uint8)
        return photo


def _with_second(
    photo: Bytes,
    classes: Bytes,
    other: Bytes,
    others: Bytes,
    random: np.random.Generator,
) -> tuple[Bytes, Bytes]:
    """A second person, beside the first and partly before them."""
    shift = int(random.uniform(0.2, 0.5) * classes.shape[1]) * random.choice((-1, 1))
    other, others = np.roll(other, shift, 1), np.roll(others, shift, 1)
    there = others > 0
    if shift > 0:  # what leaves on one side must not come back on the other
        there[:, :shift] = False
    else:
        there[:, shift:] = False
    return np.where(there[..., None], other, photo), np.where(there, others, classes)


def _recoloured(photo: Bytes, where: NDArray[np.bool_], random: np.random.Generator) -> Bytes:
    return np.where(where[..., None], _toned(photo, random, 0.7, grey=False), photo)


def _toned(photo: Bytes, random: np.random.Generator, strength: float, *, grey: bool) -> Bytes:
    """Other saturation, hue, contrast, brightness and gamma."""
    mean = np.full((3, 3), 1 / 3)
    saturation = 0.0 if grey else random.uniform(1 - 2 * strength, 1 + 2 * strength)
    mixing = np.eye(3) + random.normal(0, 0.4 * strength, (3, 3)) * (1 - np.eye(3))
    mixing /= mixing.sum(1, keepdims=True)
    matrix = mixing @ (saturation * np.eye(3) + (1 - saturation) * mean)
    gain = 1 + random.uniform(-strength, strength) + random.uniform(-0.2, 0.2, 3) * strength
    offset = random.uniform(-60, 60) * strength
    gamma = float(np.exp(random.uniform(-strength, strength)))
    ramp = (np.arange(256) / 255.0) ** gamma * 255.0
    table = ((ramp[:, None] - 128) * gain + 128 + offset).clip(0, 255).astype(np.uint8)
    mixed = cv2.transform(photo, matrix)
    return cv2.LUT(mixed, table[None]).astype(np.uint8)


def _moved(
    photo: Bytes, classes: Bytes, size: tuple[int, int], random: np.random.Generator
) -> tuple[Bytes, Bytes]:
    """A window on the photo: nearer, further, turned, or of a part of the person."""
    rows, columns = classes.shape
    close = random.random() < CUT_OFF
    low, high = CLOSE_UP if close else ZOOM
    zoom = float(np.exp(random.uniform(np.log(low), np.log(high))))
    centre = np.array([columns, rows]) * (0.5 + random.uniform(-0.12, 0.12, 2))
    if close:  # somewhere on the person
        inside = np.argwhere(classes[::8, ::8] > 0)
        if len(inside):
            centre = 8.0 * inside[int(random.integers(len(inside)))][::-1]
    angle = float(np.clip(random.normal(0, 5), -25, 25))
    stretch = float(np.exp(random.uniform(-0.1, 0.1)))
    scale = np.array([stretch, 1 / stretch]) * zoom * size[0] / rows
    turn = cv2.getRotationMatrix2D((0.0, 0.0), angle, 1.0)[:, :2]
    linear = turn * scale[:, None]
    border, value, outside = cv2.BORDER_REPLICATE, (0, 0, 0), IGNORED
    if random.random() < PLAIN_BORDER:
        border, outside = cv2.BORDER_CONSTANT, 0
        value = tuple(int(v) for v in random.integers(0, 256, 3))
    picture = cv2.warpAffine(
        np.ascontiguousarray(photo),
        _centred(linear, centre, size),
        (size[1], size[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=value,
    )
    half = (size[0] // 2, size[1] // 2)
    target = cv2.warpAffine(
        np.ascontiguousarray(classes),
        _centred(linear / 2, centre, half),
        (half[1], half[0]),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
    return picture.astype(np.uint8), target.astype(np.uint8)


def _centred(
    linear: NDArray[np.float64], centre: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """The affine map that takes `centre` to the middle of a picture of `size`."""
    middle = np.array([size[1], size[0]]) / 2 - 0.5
    return np.concatenate([linear, (middle - linear @ (centre - 0.5))[:, None]], 1)
