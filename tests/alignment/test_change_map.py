from __future__ import annotations

import cv2
import numpy as np
import torch

from fice.alignment import change_map, lay
from fice.base.images import to_float

from .conftest import drawn, drawn_pair


def resampled(pixels):
    """Softened and compressed, as by an editor that changed nothing."""
    small = cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    back = cv2.resize(small, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    _, code = cv2.imencode(".jpg", back, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return cv2.imdecode(code, cv2.IMREAD_COLOR)


def test_resampling_is_no_change():
    photo = drawn()[0].photo
    new = to_float(resampled(photo))[None]
    old = to_float(photo)[None]
    assert not bool(change_map(old, new, torch.ones_like(old[:, :1])).any())


def test_the_garment_is_found():
    pair = drawn_pair()
    old = to_float(pair.photo)[None]
    laid, covered = lay(to_float(pair.intended), _still(pair))
    found = change_map(old, laid[None], covered[None])[0, 0].numpy() > 0
    both = (found & pair.changed).sum() / (found | pair.changed).sum()
    assert both > 0.85


def test_what_the_edit_does_not_show_is_no_change():
    pair = drawn_pair()
    old, new = (to_float(one)[None] for one in (pair.photo, pair.intended))
    assert not bool(change_map(old, new, torch.zeros_like(old[:, :1])).any())


def _still(pair):
    from fice.alignment.transform import whole

    size = pair.photo.shape[:2]
    assert np.array(size).shape == (2,)
    return whole(size, size)
