from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

import fice.base.images
from fice.base.errors import ImageError
from fice.base.images import (
    averaged,
    read_image,
    read_mask,
    resample,
    resize,
    to_float,
    to_pixels,
    write_image,
)

PIXELS = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3) * 4


def stored(path, array):
    cv2.imencode(path.suffix, array)[1].tofile(path)
    return path


def test_bytes_survive():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    assert (to_pixels(to_float(every)) == every).all()


def test_float_is_channels_first_in_unit_range():
    image = to_float(PIXELS)
    assert image.shape == (3, 5, 4)
    assert image[1, 2, 3].item() == pytest.approx(PIXELS[2, 3, 1] / 255)


def test_out_of_range_is_clamped():
    assert to_pixels(torch.tensor([-0.5, 1.5, 0.5]).view(3, 1, 1)).tolist() == [[[0, 255, 128]]]


@pytest.mark.parametrize("name", ["plain.png", "Kleid 裙 ü.png", "photo.BMP"])
def test_round_trip(tmp_path, name):
    write_image(tmp_path / name, to_float(PIXELS))
    assert (to_pixels(read_image(tmp_path / name)) == PIXELS).all()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_grey_becomes_rgb(tmp_path):
    path = stored(tmp_path / "grey.png", PIXELS[..., 0])
    assert (to_pixels(read_image(path)) == PIXELS[..., :1].repeat(3, 2)).all()


def test_transparent_lies_on_white(tmp_path):
    bgra = np.zeros((2, 2, 4), np.uint8)
    bgra[0, 0] = (0, 0, 255, 255)
    image = to_pixels(read_image(stored(tmp_path / "cut.png", bgra)))
    assert image[0, 0].tolist() == [255, 0, 0]
    assert image[1, 1].tolist() == [255, 255, 255]


def test_sixteen_bits_are_kept(tmp_path):
    levels = PIXELS.astype(np.uint16) * 250 + 77
    path = stored(tmp_path / "deep.png", levels[..., ::-1])
    assert ((read_image(path) * 65535).round().movedim(0, -1).numpy() == levels).all()


def test_exif_orientation(tmp_path):
    """A JPEG with an EXIF block that says: rotate by 90 degrees clockwise to see it upright."""
    tiff = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + b"\0\0\0\0"
    segment = b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff
    plain = cv2.imencode(".jpg", np.zeros((8, 16, 3), np.uint8))[1].tobytes()
    path = tmp_path / "phone.jpg"
    path.write_bytes(plain[:2] + segment + plain[2:])
    assert read_image(path).shape == (3, 16, 8)


def test_mask_from_alpha_or_brightness(tmp_path):
    bgra = np.full((2, 2, 4), 255, np.uint8)
    bgra[0, 0, 3] = 51
    assert read_mask(stored(tmp_path / "alpha.png", bgra))[0, 0, 0].item() == pytest.approx(0.2)
    grey = np.array([[0, 255], [51, 255]], np.uint8)
    assert read_mask(stored(tmp_path / "grey.png", grey))[0, 1, 0].item() == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_mask_of_sixteen_bits(tmp_path, name):
    """What is dark for 8 bits is still selected."""
    grey = np.array([[0, 65535], [200, 13107]], np.uint16)
    mask = read_mask(stored(tmp_path / name, grey))
    assert ((mask[0] * 65535).round().numpy() == grey).all()


def test_mask_of_floating_point(tmp_path):
    grey = np.array([[0.0, 1.0], [0.2, 1.0]], np.float32)
    mask = read_mask(stored(tmp_path / "mask.tif", grey))
    assert mask[0, 1, 0].item() == pytest.approx(0.2, abs=1e-5)


def test_mask_by_the_brightness_of_colours(tmp_path):
    bgr = np.array([[(255, 0, 0), (0, 255, 0), (0, 0, 255), (1, 1, 1)]], np.uint8)
    levels = to_levels(read_mask(stored(tmp_path / "mask.png", bgr)))
    assert levels == [29, 150, 76, 1]


def to_levels(mask):
    return (mask * 255).round().int().flatten().tolist()


def test_errors_name_the_file(tmp_path):
    with pytest.raises(ImageError, match=r"no image nothing\.png"):
        read_image(tmp_path / "nothing.png")
    with pytest.raises(ImageError, match=r"no image nosuch\.png in the current folder\."):
        read_image("nosuch.png")
    (tmp_path / "text.png").write_text("not an image")
    with pytest.raises(ImageError, match=r"text\.png is not an image"):
        read_image(tmp_path / "text.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(ImageError, match=r"empty\.png is empty"):
        read_mask(tmp_path / "empty.png")


def test_unknown_suffix_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.doc"
    path.write_text("old")
    with pytest.raises(ImageError, match=r"\.doc"):
        write_image(path, to_float(PIXELS))
    assert path.read_text() == "old"


def test_resize():
    image = torch.rand(1, 3, 8, 8)
    assert resize(image, (8, 8)) is image
    constant = torch.full((1, 3, 8, 8), 0.25)
    torch.testing.assert_close(resize(constant, (3, 5)), torch.full((1, 3, 3, 5), 0.25))


@pytest.mark.parametrize("to", [(7, 5), (40, 30), (12, 45), (64, 48), (19, 31)])
@pytest.mark.parametrize("call", [resize, resample, averaged])
def test_sizes_without_antialiasing_of_the_device(monkeypatch, call, to):
    """What a device computes whose torch has no antialiasing: Apple's and Intel's."""
    image = torch.rand(2, 3, 29, 23, generator=torch.Generator().manual_seed(0))
    expected = call(image, to)
    monkeypatch.setattr(fice.base.images, "WITH_ANTIALIASING", ())
    assert (call(image, to) - expected).abs().max() <= 2e-6
