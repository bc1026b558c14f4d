"""Labels of street photos, on a drawing."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from fice.base.errors import ImageError
from fice.lab.photos.labels import LABELS, MEMBERS, classes_of
from fice.lab.photos.matlab import read_labels
from fice.lab.photos.metrics import GROUPS, overlaps
from fice.networks.perceptors.photo_regions import PHOTO_CLASSES

CLASS = {name: index for index, name in enumerate(PHOTO_CLASSES)}


def drawing():
    """A head with a neck, a shirt, a hand, jeans and shoes; 200 rows."""
    labels = np.zeros((200, 100), np.uint8)

    def fill(name, rows, columns):
        labels[slice(*rows), slice(*columns)] = LABELS.index(name)

    fill("hair", (10, 24), (38, 62))
    fill("skin", (20, 44), (42, 58))
    fill("t-shirt", (42, 100), (30, 70))
    fill("skin", (60, 110), (72, 80))
    fill("jeans", (100, 180), (34, 66))
    fill("shoes", (180, 190), (34, 66))
    return labels


def element(kind, content):
    return struct.pack("<2I", kind, len(content)) + content + b"\0" * (-len(content) % 8)


def written(labels, *, packed):
    """A MATLAB file (level 5) with one matrix of bytes called `groundtruth`."""
    body = (
        element(6, struct.pack("<2I", 9, 0))
        + element(5, struct.pack("<2i", *labels.shape))
        + element(1, b"groundtruth")
        + element(2, labels.T.tobytes())
    )
    matrix = element(14, body)
    if packed:
        squeezed = zlib.compress(matrix)
        matrix = struct.pack("<2I", 15, len(squeezed)) + squeezed
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + matrix


@pytest.mark.parametrize("packed", [True, False])
def test_files_are_read(tmp_path, packed):
    path = tmp_path / "0001.mat"
    path.write_bytes(written(drawing(), packed=packed))
    assert np.array_equal(read_labels(path), drawing())


@pytest.mark.parametrize("content", [b"", b"x" * 200, written(drawing(), packed=True)[:-40]])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "0001.mat"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"0001\.mat is not a MATLAB file"):
        read_labels(path)


def test_every_label_has_one_class():
    members = [member for names in MEMBERS.values() for member in names.split()]
    assert sorted(members) == sorted(LABELS)
    assert tuple(MEMBERS) == PHOTO_CLASSES


def test_the_face_is_the_skin_that_touches_hair():
    classes = classes_of(drawing())
    assert classes[30, 50] == CLASS["face"]
    assert classes[90, 76] == CLASS["skin"]  # the hand
    assert classes[15, 50] == CLASS["hair"]
    assert classes[70, 50] == CLASS["upper"]


def test_bare_shoulders_are_no_face():
    labels = drawing()
    labels[42:100, 30:70] = LABELS.index("skin")  # as one piece with the head
    classes = classes_of(labels)
    assert classes[30, 50] == CLASS["face"]
    assert classes[80, 50] == CLASS["skin"]


def test_without_hair_there_is_no_face():
    labels = drawing()
    labels[labels == LABELS.index("hair")] = 0
    assert not (classes_of(labels) == CLASS["face"]).any()


def test_overlaps():
    true = classes_of(drawing())
    same = overlaps([(true, true)])
    assert all(same[name] == 1.0 for name in ("person", "upper body garment", "hair and face"))
    swapped = np.where(true == CLASS["upper"], np.uint8(CLASS["outerwear"]), true)
    found = overlaps([(swapped, true)])
    assert found["upper body garment"] == 1.0  # one group
    assert found["upper"] == 0.0
    lost = np.where(true == CLASS["hair"], np.uint8(0), true)
    share = float((lost > 0).sum() / (true > 0).sum())
    assert overlaps([(lost, true)])["person"] == pytest.approx(share)
    assert set(GROUPS) == set(found)
