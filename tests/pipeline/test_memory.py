"""What is counted, what is free, and how many images that makes."""

import ctypes
import os
from types import SimpleNamespace

import pytest
import torch

import fice.pipeline.memory
from fice.pipeline.memory import free_bytes, images_at_once, peak_bytes

CPU = torch.device("cpu")
MEGA = 1024 * 1024


class TestPeakBytes:
    def test_what_lives_at_one_time(self):
        given = torch.ones(MEGA)

        def call():
            for _ in range(3):  # each is freed before the next
                given * 2

        assert peak_bytes(call) == 4 * MEGA

    def test_what_only_a_graph_holds(self):
        leaf = torch.ones(MEGA, requires_grad=True)

        def call():
            total = leaf.exp().sum()  # nobody but the graph has the exponentials
            torch.empty(MEGA)
            total.backward()

        assert 8 * MEGA <= peak_bytes(call) <= 13 * MEGA

    def test_views_and_changes_in_place_are_no_new_memory(self):
        given = torch.ones(MEGA)
        assert peak_bytes(lambda: given.view(2, -1).t().mul_(2)) == 0


class TestFreeBytes:
    @pytest.fixture
    def machine(self, tmp_path, monkeypatch):
        monkeypatch.setattr(fice.pipeline.memory, "MEMORY_FACTS", tmp_path / "meminfo")
        monkeypatch.setattr(fice.pipeline.memory, "CONTROL_GROUP", tmp_path)
        return tmp_path

    def test_of_the_system(self, machine):
        (machine / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:   3000 kB\n")
        assert free_bytes(CPU) == 3000 * 1024

    def test_a_container_has_less(self, machine):
        (machine / "meminfo").write_text("MemAvailable: 3000 kB\n")
        (machine / "memory.max").write_text("2048\n")
        (machine / "memory.current").write_text("48\n")
        assert free_bytes(CPU) == 2000
        (machine / "memory.max").write_text("max\n")
        assert free_bytes(CPU) == 3000 * 1024

    @pytest.mark.usefixtures("machine")
    def test_half_of_all_where_only_that_is_told(self, monkeypatch):
        facts = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
        monkeypatch.setattr(os, "sysconf", facts.__getitem__)
        assert free_bytes(CPU) == 500 * 4096

    @pytest.mark.usefixtures("machine")
    def test_of_windows(self, monkeypatch):
        def tell(reference):
            reference._obj.free = 12345
            return 1

        kernel = SimpleNamespace(GlobalMemoryStatusEx=tell)
        monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
        assert free_bytes(CPU) == 12345

    @pytest.mark.usefixtures("machine")
    def test_not_told(self, monkeypatch):
        monkeypatch.delattr(os, "sysconf")
        assert free_bytes(CPU) is None


class TestImagesAtOnce:
    def test_as_many_as_fit(self):
        assert images_at_once(100, images=8, free=500) == 4

    def test_equal_groups(self):
        assert images_at_once(100, images=9, free=1000) == 5

    def test_one_is_always_tried(self):
        assert images_at_once(100, images=3, free=10) == 1
        assert images_at_once(100, images=3, free=0) == 1

    def test_a_few_where_nothing_is_known(self):
        assert images_at_once(100, images=64, free=None) == 8
        assert images_at_once(100, images=3, free=None) == 3
