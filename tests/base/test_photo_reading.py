"""What a file says of a photo is kept, told to be lost, or refused."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import AppendingTiffWriter

from fice.base.errors import ImageError
from fice.base.photo_reading import read_photo

RANDOM = np.random.default_rng(7)
RGB = RANDOM.integers(0, 256, (6, 5, 3), np.uint8)
OPACITY = RANDOM.integers(0, 255, (6, 5), np.uint8)
OPACITY[0] = 0
CUT = np.dstack([RGB, OPACITY])
DEEP = RANDOM.integers(0, 65536, (6, 5, 3), np.uint16)
DEEP_OPACITY = RANDOM.integers(0, 65535, (6, 5), np.uint16)


def by_cv2(path, values):
    order = [2, 1, 0, 3][: values.shape[2]] if values.ndim == 3 else None
    # Without settings older OpenCV packs floating point as LogLuv, which loses some.
    plain = [cv2.IMWRITE_TIFF_COMPRESSION, 1] if path.suffix == ".tif" else []
    packed = cv2.imencode(path.suffix, values if order is None else values[..., order], plain)[1]
    packed.tofile(path)
    return path


def by_pillow(path, picture, **settings):
    picture.save(path, **settings)
    return path


def levels(image, bits=8):
    return (image * ((1 << bits) - 1)).round().movedim(0, -1).numpy().astype(int)


def with_opacity(picture):
    picture.putalpha(Image.fromarray(OPACITY))
    return picture


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits(tmp_path, suffix):
    photo = read_photo(by_cv2(tmp_path / f"deep{suffix}", DEEP))
    assert photo.bits == 16
    assert (levels(photo.image, 16) == DEEP).all()
    assert photo.alpha is None
    assert photo.not_kept == ()


def test_every_value_of_sixteen_bits(tmp_path):
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    photo = read_photo(by_cv2(tmp_path / "every.png", every))
    assert (levels(photo.image, 16)[..., 1] == every).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_with_alpha(tmp_path, suffix):
    photo = read_photo(by_cv2(tmp_path / f"cut{suffix}", np.dstack([DEEP, DEEP_OPACITY])))
    assert (levels(photo.image, 16) == DEEP).all()
    assert (levels(photo.alpha, 16)[..., 0] == DEEP_OPACITY).all()


@pytest.mark.parametrize("name", ["cut.png", "cut.tif", "cut.webp"])
def test_alpha_and_the_colours_under_it(tmp_path, name):
    settings = {"lossless": True, "exact": True} if name.endswith("webp") else {}
    picture = with_opacity(Image.fromarray(RGB))
    photo = read_photo(by_pillow(tmp_path / name, picture, **settings))
    assert (levels(photo.image) == RGB).all()
    assert (levels(photo.alpha)[..., 0] == OPACITY).all()
    assert photo.seen[:, 0].min() == 1.0


def test_grey_with_alpha(tmp_path):
    picture = with_opacity(Image.fromarray(RGB[..., 0]))
    photo = read_photo(by_pillow(tmp_path / "cut.png", picture))
    assert (levels(photo.image) == RGB[..., :1]).all()
    assert (levels(photo.alpha)[..., 0] == OPACITY).all()
    assert photo.not_kept == ("The photo is grey; the edited photo is in colour.",)


def test_sixteen_bit_grey(tmp_path):
    photo = read_photo(by_cv2(tmp_path / "grey.png", DEEP[..., 0]))
    assert (levels(photo.image, 16) == DEEP[..., :1]).all()
    assert "grey" in photo.not_kept[0]


def test_palette_with_a_transparent_colour(tmp_path):
    picture = Image.fromarray(RGB).quantize(8)
    photo = read_photo(by_pillow(tmp_path / "few.png", picture, transparency=3))
    assert (levels(photo.image) == np.asarray(picture.convert("RGB"))).all()
    assert ((levels(photo.alpha)[..., 0] == 0) == (np.asarray(picture) == 3)).all()


@pytest.mark.parametrize("colour", [(1, 2, 3), 5])
def test_a_transparent_colour(tmp_path, colour):
    pixels = RGB.copy() if isinstance(colour, tuple) else RGB[..., 0].copy()
    pixels[2, 1] = colour
    picture = Image.fromarray(pixels)
    photo = read_photo(by_pillow(tmp_path / "one.png", picture, transparency=colour))
    assert photo.alpha[0, 2, 1] == 0
    assert photo.alpha.sum() == photo.alpha.numel() - 1


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_is_told(tmp_path, suffix):
    picture = Image.new("CMYK", (5, 6), (0, 255, 255, 0))
    photo = read_photo(by_pillow(tmp_path / f"print{suffix}", picture))
    assert (levels(photo.image)[2, 2] - (255, 0, 0)).max() <= 2
    assert photo.alpha is None
    assert "CMYK" in photo.not_kept[0]


def test_floating_point(tmp_path):
    values = RANDOM.random((6, 5, 3), np.float32)
    photo = read_photo(by_cv2(tmp_path / "float.tif", values))
    assert torch.equal(photo.image, torch.from_numpy(values).movedim(-1, 0))
    assert photo.bits == 16
    assert "floating point" in photo.not_kept[0]


@pytest.mark.parametrize("wrong", [1.5, -0.1, float("nan"), float("inf")])
def test_floating_point_that_is_no_colour(tmp_path, wrong):
    values = np.full((6, 5, 3), 0.5, np.float32)
    values[1, 1, 1] = wrong
    with pytest.raises(ImageError, match=r"bright\.tif has values from .* 8 or 16 bits"):
        read_photo(by_cv2(tmp_path / "bright.tif", values))


def test_integers_of_another_size(tmp_path):
    picture = Image.fromarray(DEEP[..., 0].astype(np.int32))
    with pytest.raises(ImageError, match="kind int32; save it with 8 or 16 bits"):
        read_photo(by_pillow(tmp_path / "counts.tif", picture))


def test_colours_that_cannot_be_converted(tmp_path):
    picture = Image.fromarray(RGB).convert("LAB")
    with pytest.raises(ImageError, match="LAB; save it in RGB"):
        read_photo(by_pillow(tmp_path / "lab.tif", picture))


def other():
    return Image.fromarray(RGB[::-1].copy())


@pytest.mark.parametrize("name", ["moves.gif", "moves.webp", "moves.png", "pages.tif"])
def test_several_pictures_are_refused(tmp_path, name):
    settings = {"save_all": True, "append_images": [other()]}
    path = by_pillow(tmp_path / name, Image.fromarray(RGB), **settings)
    with pytest.raises(ImageError, match="holds 2 pictures, one is needed"):
        read_photo(path)


def test_a_thumbnail_in_a_tiff_is_no_second_picture(tmp_path):
    path = tmp_path / "camera.tif"
    with AppendingTiffWriter(path, new=True) as file:
        Image.fromarray(RGB).save(file, "TIFF")
        file.newFrame()
        Image.fromarray(RGB[:2, :2]).save(file, "TIFF", tiffinfo={254: 1})
        file.newFrame()
    with Image.open(path) as file:
        assert file.n_frames == 2
    assert (levels(read_photo(path).image) == RGB).all()


def test_the_depth_picture_of_a_phone(tmp_path):
    path = tmp_path / "phone.jpg"
    Image.fromarray(RGB).save(path, "MPO", save_all=True, append_images=[other()])
    assert "first is kept" in read_photo(path).not_kept[0]


ORIENTED = ["turned.png", "turned.tif", "turned.webp", "turned.jpg"]


def turned(path, exif):
    """What Pillow makes of the pixels of a file whose orientation is not applied yet."""
    plain = Image.fromarray(np.asarray(Image.open(path)) if path.suffix != ".tif" else CUT)
    plain.getexif()[274] = exif[274]
    return np.asarray(ImageOps.exif_transpose(plain))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ORIENTED)
def test_upright(tmp_path, name, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    picture = Image.fromarray(RGB) if name.endswith("jpg") else with_opacity(Image.fromarray(RGB))
    settings = {"lossless": True, "exact": True} if name.endswith("webp") else {}
    path = by_pillow(tmp_path / name, picture, exif=exif.tobytes(), **settings)
    wanted = turned(path, exif)
    photo = read_photo(path)
    assert (levels(photo.image) == wanted[..., :3]).all()
    if photo.alpha is not None:
        assert (levels(photo.alpha)[..., 0] == wanted[..., 3]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bits_upright(tmp_path, orientation):
    """The same photo with 8 and with 16 bits lies the same way."""
    exif = Image.Exif()
    exif[274] = orientation
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    eight = by_cv2(tmp_path / "eight.png", RGB)
    sixteen = by_cv2(tmp_path / "sixteen.png", RGB.astype(np.uint16) * 257)
    for path in (eight, sixteen):
        with_chunk(path, block)
    assert torch.equal(read_photo(eight).image, read_photo(sixteen).image)


def with_chunk(path, block):
    import struct
    import zlib

    content = path.read_bytes()
    check = struct.pack(">I", zlib.crc32(b"eXIf" + block))
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + check
    path.write_bytes(content[:33] + chunk + content[33:])


def test_half_a_file_is_refused(tmp_path):
    path = by_pillow(tmp_path / "half.jpg", Image.fromarray(RGB).resize((200, 200)))
    path.write_bytes(path.read_bytes()[:-1500])
    with pytest.raises(ImageError, match=r"half\.jpg is damaged"):
        read_photo(path)


def test_notes_that_are_lost_are_named(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("workflow", "{}")
    photo = read_photo(by_pillow(tmp_path / "noted.png", Image.fromarray(RGB), pnginfo=notes))
    assert photo.not_kept == ("Of what the file says of the photo, this is not kept: workflow.",)


def test_damaged_exif_does_not_hide_the_photo(tmp_path):
    settings = {"exif": b"Exif\0\0II*\0\xff\xff\xff\x7fnothing"}
    path = by_pillow(tmp_path / "odd.png", Image.fromarray(RGB), **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = read_photo(path)
    assert (levels(photo.image) == RGB).all()
    assert photo.exif == b""
    assert "EXIF, which is damaged" in photo.not_kept[0]


def test_exif_of_a_tiff_without_how_its_pixels_lie(tmp_path):
    exif = Image.Exif()
    exif[315], exif[274] = "José".encode(), 6
    photo = read_photo(by_pillow(tmp_path / "scan.tif", Image.fromarray(RGB), exif=exif))
    found = Image.Exif()
    found.load(photo.exif)
    assert dict(found) == {315: "José".encode().decode("latin-1")}
