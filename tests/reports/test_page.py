from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.reports.page import WIDTH, PagePictures, difference_picture, report_page


def picture(height=20, width=16, seed=0):
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


class TestDifference:
    def test_white_where_nothing_changed_black_where_most(self):
        photo = picture()
        edited = photo.clone()
        edited[:, 3, 4] = 1 - photo[:, 3, 4].round()
        shown = difference_picture(photo, edited)
        assert (shown[3, 4] == 0).all()
        shown[3, 4] = 255
        assert (shown == 255).all()

    def test_equal_pictures(self):
        assert (difference_picture(picture(), picture()) == 255).all()


class TestPage:
    @pytest.mark.parametrize("size", [(20, 16), (10, 40), (600, 300)])
    def test_any_picture(self, size):
        page = report_page("a text", PagePictures(picture(*size), picture(*size, 1)), {"a": "1"})
        assert page.shape[1] == WIDTH
        assert page.dtype == np.uint8

    def test_shows_what_is_given(self):
        bare = PagePictures(picture(), picture(seed=1))
        full = PagePictures(picture(), picture(seed=1), torch.ones(1, 20, 16), picture(36, 64))
        pages = [report_page("text", one, {"name": "1"}) for one in (bare, full)]
        assert pages[1].shape[0] > pages[0].shape[0]  # the loss plot needs room

    def test_grows_with_table_and_title(self):
        pictures = PagePictures(picture(), picture(seed=1))
        short = report_page("", pictures, {})
        long = report_page("a very long text " * 12, pictures, {str(i): "0" for i in range(9)})
        assert long.shape[0] > short.shape[0] + 9 * 30

    @pytest.mark.parametrize("title", ["a red dress", "把衣服换成红色毛衣", "café " * 60 + "end"])
    def test_title_is_whole(self, title):
        pictures = PagePictures(picture(), picture(seed=1))
        page = report_page(title, pictures, {})
        for other in ("".join(one if one.isascii() else "?" for one in title), title[:-1] + "w"):
            if other != title:
                changed = report_page(other, pictures, {})
                assert page.shape != changed.shape or (page != changed).any()
        assert (page[:, -30:] == page[0, 0]).all()

    def test_table_is_whole(self):
        pictures = PagePictures(picture(), picture(seed=1), loss_plot=torch.zeros(3, 36, 64))
        long = "a very long name or value of a figure that takes some lines"
        for figures in ({long: "1"}, {"a": long}):
            page = report_page("", pictures, figures)
            cut = report_page("", pictures, {k[:-5]: v[:-5] for k, v in figures.items()})
            beside = np.s_[-355:-40, : WIDTH - 560 - 40]
            assert (page[beside] != cut[beside]).any()
            assert (page[-355:-40, WIDTH - 560 - 45 : WIDTH - 560 - 40] == page[0, 0]).all()
