from __future__ import annotations

import sys

import pytest

from fice.base.errors import FiceError, ImageError
from fice.batch.places import as_file, beside, identity, photos_in
from fice.batch.rows import Asked, read_rows

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def shop():
    """Photos in the memory, as S3 would have them."""
    files = fsspec.filesystem("memory")
    files.pipe({"/shop/a.png": b"one", "/shop/more/b.jpg": b"two!", "/shop/.c.png": b"hidden"})
    files.pipe({"/shop/list.csv": b"photo,text\nmore/b.jpg,red\n"})
    yield files
    files.rm("/shop", recursive=True)


@pytest.mark.usefixtures("shop")
class TestElsewhere:
    def test_photos_are_found(self):
        found = photos_in("memory://shop")
        assert [one.named for one in found] == ["a.png", "more/b.jpg"]
        assert [one.identity for one in found] == [identity(one.place) for one in found]
        with as_file(found[1].place) as path:
            assert (path.name, path.read_bytes()) == ("b.jpg", b"two!")
        assert not path.exists()

    def test_a_table_names_photos_beside_it(self):
        (row,) = read_rows("memory://shop/list.csv", Asked())
        assert (row.photo, row.named) == ("memory://shop/more/b.jpg", "more/b.jpg")

    def test_identity_follows_the_content(self, shop):
        before = identity("memory://shop/a.png")
        assert identity("memory://shop/a.png") == before
        shop.pipe("/shop/a.png", b"two")
        assert identity("memory://shop/a.png") != before

    def test_what_is_not_there(self):
        with pytest.raises(ImageError, match="no image at"):
            identity("memory://shop/z.png")
        with pytest.raises(FiceError, match="nothing at"):
            read_rows("memory://other", Asked(("red",)))


def test_what_to_install_is_told(monkeypatch):
    with pytest.raises(FiceError, match="is no place that can be opened"):
        photos_in("nonsense://shop")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(FiceError, match=r"pip install 'fice-nodes\[batch\]'"):
        photos_in("memory://shop")


def test_identity_of_a_file(photos):
    one = photos / "Anna Berg.png"
    before = identity(str(one))
    one.write_bytes(one.read_bytes() + b"x")
    assert identity(str(one)) != before
    with pytest.raises(ImageError, match=r"no image none\.png"):
        identity(str(photos / "none.png"))


def test_places_in_tables():
    assert beside("folder/t.csv", "a.png") == "folder/a.png"
    assert beside("folder/t.csv", "/a.png") == "/a.png"
    assert beside("folder/t.csv", "s3://b/a.png") == "s3://b/a.png"
    assert beside("s3://b/t.csv", "x/a.png") == "s3://b/x/a.png"
