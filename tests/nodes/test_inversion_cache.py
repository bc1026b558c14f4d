"""W+ that were found before come back to where the host keeps all others."""

from __future__ import annotations

import pytest
import torch
from node_files import NODES


@pytest.fixture
def cache():
    """The module, whose import of the library climbs out of `nodes/`."""
    source = (NODES / "stages" / "inversion_cache.py").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(source.replace("from ...fice", "from fice"), "inversion_cache.py", "exec"), names)
    return names


@pytest.mark.parametrize("where", ["cpu", "meta"])
def test_under_gpu_only_they_lie_on_the_gpu(cache, where):
    cache["remember"]("a photo", torch.ones(1, 4, 8))
    assert cache["recall"]("a photo", torch.device(where)).device.type == where


def test_what_was_never_found(cache):
    assert cache["recall"]("no photo", torch.device("cpu")) is None


def test_what_is_remembered_is_a_copy(cache):
    ws = torch.ones(1, 4, 8)
    cache["remember"]("a photo", ws)
    ws.zero_()
    assert cache["recall"]("a photo", torch.device("cpu")).sum() == 32
