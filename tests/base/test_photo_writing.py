"""A photo that is read and written is the same file to everyone who looks at it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from fice.base.errors import ImageError
from fice.base.photo import Photo
from fice.base.photo_reading import read_photo
from fice.base.photo_writing import write_photo

LOSSLESS = (".png", ".tif", ".webp", ".bmp")
DEEP = (".png", ".tif")
TAKEN, MODEL = "2026:11:27 10:20:30", "Käthe 裙"


def photo_of(bits=8, *, alpha=False, **more):
    random = np.random.default_rng(bits)
    top = (1 << bits) - 1
    values = torch.from_numpy(random.integers(0, top + 1, (4, 9, 7)).astype(np.float32)) / top
    opacity = values[3:].clone()
    opacity[:, :3], opacity[:, 3:5] = 0.0, 1.0
    return Photo(values[:3], opacity if alpha else None, bits, **more)


def exif():
    block = Image.Exif()
    block[272] = MODEL.encode()
    block[274] = 6
    block[34665] = {36867: TAKEN}
    block[34853] = {1: "N"}
    return block.tobytes()


@cache
def profile():
    """Made once: it carries the second in which it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_eight_bits(tmp_path, suffix):
    photo, path = photo_of(), tmp_path / f"Kleid 裙{suffix}"
    assert write_photo(path, photo, photo.image) == []
    again = read_photo(path)
    assert torch.equal(again.image, photo.image)
    assert (again.bits, again.alpha, again.not_kept) == (8, None, ())


@pytest.mark.parametrize("suffix", DEEP)
@pytest.mark.parametrize("alpha", [True, False])
def test_sixteen_bits(tmp_path, suffix, alpha):
    photo, path = photo_of(16, alpha=alpha), tmp_path / f"deep{suffix}"
    assert write_photo(path, photo, photo.image) == []
    again = read_photo(path)
    assert again.bits == 16
    assert torch.equal(again.image, photo.image)
    assert again.alpha is None if not alpha else torch.equal(again.alpha, photo.alpha)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_and_the_colours_under_it(tmp_path, suffix):
    photo, path = photo_of(alpha=True), tmp_path / f"cut{suffix}"
    assert write_photo(path, photo, photo.image) == []
    again = read_photo(path)
    assert torch.equal(again.image, photo.image)
    assert torch.equal(again.alpha, photo.alpha)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp"])
def test_formats_of_eight_bits_say_so(tmp_path, suffix):
    photo = photo_of(16)
    told = write_photo(tmp_path / f"out{suffix}", photo, photo.image)
    assert any("8 bits per value, the photo 16" in sentence for sentence in told)


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_formats_without_transparency_say_so(tmp_path, suffix):
    photo = photo_of(alpha=True)
    told = write_photo(tmp_path / f"out{suffix}", photo, photo.image)
    assert any("without transparency" in sentence for sentence in told)
    assert read_photo(tmp_path / f"out{suffix}").image[:, :2].min() > 0.8


def test_an_opaque_photo_loses_no_transparency(tmp_path):
    photo = Photo(photo_of().image, torch.ones(1, 9, 7))
    assert write_photo(tmp_path / "out.bmp", photo, photo.image) == []


def test_jpeg_says_that_it_changes_all(tmp_path):
    photo = photo_of()
    assert "every pixel" in write_photo(tmp_path / "out.jpeg", photo, photo.image)[0]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_profile_and_exif(tmp_path, suffix, bits):
    """The orientation is applied when a photo is read, so the new file must not have it."""
    first, second = tmp_path / "first.png", tmp_path / f"second{suffix}"
    picture = Image.fromarray(np.zeros((3, 5, 3), np.uint8))
    picture.save(first, exif=exif(), icc_profile=profile(), dpi=(300, 300))
    photo = read_photo(first)
    assert photo.image.shape == (3, 5, 3)
    deep = Photo(photo.image, None, bits, photo.icc, photo.exif, photo.dpi)
    told = write_photo(second, deep, photo.image)
    if (suffix, bits) == (".tif", 16):
        assert "without colour profile and EXIF" in told[0]
        return
    with Image.open(second) as file:
        found = file.getexif()
        assert file.size == (3, 5)
        assert file.info["icc_profile"] == profile()
        assert found[272].encode("latin-1").decode() == MODEL
        assert found.get(274, 1) == 1
        assert found.get_ifd(34665)[36867] == TAKEN
        assert found.get_ifd(34853)[1] == "N"
        if suffix != ".webp":
            assert file.info["dpi"] == pytest.approx((300, 300), abs=0.02)


def test_profile_of_other_colours(tmp_path):
    """The profile of a grey photo would make nonsense of a colour one."""
    grey = bytearray(profile())
    grey[16:20] = b"GRAY"
    path = tmp_path / "grey.png"
    Image.fromarray(np.zeros((3, 5), np.uint8)).save(path, icc_profile=bytes(grey))
    photo = read_photo(path)
    assert photo.icc == b""
    assert "a colour profile that is not of RGB" in photo.not_kept[-1]


def test_a_side_too_long_for_the_format(tmp_path):
    photo = Photo(torch.zeros(3, 1, 16400))
    with pytest.raises(ImageError, match="WebP has at most 16383 pixels per side"):
        write_photo(tmp_path / "long.webp", photo, photo.image)
    assert list(tmp_path.iterdir()) == []
