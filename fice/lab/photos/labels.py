"""From the 59 labels of Clothing Co-Parsing to the classes of the segmenter.

Source: Yang, Luo, Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling", CVPR 2014.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...networks.perceptors.photo_regions import PHOTO_CLASSES

Labels = NDArray[np.uint8]

_NUMBERED = """
null accessories bag belt blazer blouse bodysuit boots bra bracelet cape cardigan clogs coat
dress earrings flats glasses gloves hair hat heels hoodie intimate jacket jeans jumper
leggings loafers necklace panties pants pumps purse ring romper sandals scarf shirt shoes
shorts skin skirt sneakers socks stockings suit sunglasses sweater sweatshirt swimwear
t-shirt tie tights top vest wallet watch wedges
"""
LABELS = tuple(_NUMBERED.split())
"""In the order of their numbers."""

MEMBERS = {
    "background": "null",
    "hair": "hair hat",
    "face": "glasses sunglasses earrings",
    "skin": "skin bracelet necklace ring watch",
    "upper": "blouse bodysuit bra hoodie intimate jumper shirt sweater sweatshirt t-shirt top tie",
    "lower": "jeans leggings panties pants shorts skirt stockings tights",
    "dress": "dress romper swimwear",
    "outerwear": "blazer cape cardigan coat jacket scarf suit vest",
    "accessory": (
        "accessories bag belt boots clogs flats gloves heels loafers pumps purse sandals shoes "
        "sneakers socks wallet wedges"
    ),
}

HAIR, FACE, SKIN = (PHOTO_CLASSES.index(name) for name in ("hair", "face", "skin"))
CLOTHES = [PHOTO_CLASSES.index(name) for name in ("upper", "dress", "outerwear")]
TOUCH = 0.008  # of the height: skin that is closer than this to hair touches it
SHOULDERS = 1.0  # widths of the head below its middle, at most
COLLAR = 0.3  # of the head's width: cloth as wide as this is no strap


def _table() -> Labels:
    table = np.zeros(len(LABELS), np.uint8)
    for name, members in MEMBERS.items():
        for member in members.split():
            table[LABELS.index(member)] = PHOTO_CLASSES.index(name)
    return table


CLASS_OF_LABEL = _table()


def classes_of(labels: Labels) -> Labels:
    """Classes `[h, w]` of the segmenter, of labels `[h, w]` of the data set.

    The data set does not tell a face from other skin: it is the skin that touches hair, above the
    shoulders.
    """
    classes = CLASS_OF_LABEL[np.minimum(labels, len(LABELS) - 1)]
    return np.where(_face(classes), np.uint8(FACE), classes)


def _face(classes: Labels) -> NDArray[np.bool_]:
    """Where the skin of the face and of the neck is."""
    hair, skin = classes == HAIR, classes == SKIN
    head = hair | (classes == FACE)
    if not hair.any():
        return np.zeros_like(skin)
    reach = max(1, round(TOUCH * len(classes)))
    near = cv2.dilate(head.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, parts = cv2.connectedComponents(skin.astype(np.uint8), connectivity=8)
    parts = np.asarray(parts)
    touching = np.unique(parts[(near > 0) & skin])
    candidate = np.isin(parts, touching[touching > 0])
    top = int(np.flatnonzero(hair.any(1))[0])
    rows = np.arange(len(classes))[:, None]
    return candidate & (rows < _shoulders(classes, candidate, top))


def _shoulders(classes: Labels, skin: NDArray[np.bool_], top: int) -> int:
    """The row of the shoulders: where cloth begins below the head, or as far as heads reach."""
    rows = np.flatnonzero(skin.any(1))
    if not len(rows):
        return top
    begin = int(rows[0])
    first = skin[begin : begin + max(4, len(classes) // 14)]
    width = float(np.percentile(first.sum(1), 90))
    lowest = begin + round((0.5 + SHOULDERS) * width) + 1
    cloth = np.isin(classes, CLOTHES).sum(1) > COLLAR * width
    cloth[: begin + round(0.6 * width)] = False
    collar = np.flatnonzero(cloth)
    return min(lowest, int(collar[0]) + 1) if len(collar) else lowest
