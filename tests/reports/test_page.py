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
