"""Devices by name, and networks that go there."""

from __future__ import annotations

import time

import pytest
import torch

from fice import FiceError, load_models
from fice.base.errors import DeviceError
from fice.networks.moving import moved
from fice.networks.perceptors.densepose_box import BoxedDensePose
from fice.pipeline.devices import find_device
from fice.pipeline.precision import in_bfloat16

META = torch.device("meta")


@pytest.fixture
def machine(monkeypatch):
    """Gives a machine GPUs that it does not have."""

    def with_gpus(cuda=0, mps=False, xpu=0):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.xpu, "is_available", lambda: xpu > 0)
        monkeypatch.setattr(torch.xpu, "device_count", lambda: xpu)

    return with_gpus


class TestFindDevice:
    @pytest.mark.parametrize(
        ("gpus", "found"),
        [
            ({}, "cpu"),
            ({"cuda": 2, "mps": True, "xpu": 1}, "cuda:0"),
            ({"mps": True, "xpu": 1}, "mps"),
            ({"xpu": 1}, "xpu:0"),
        ],
    )
    def test_auto_takes_the_quickest(self, machine, gpus, found):
        machine(**gpus)
        assert str(find_device("auto")) == found

    @pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:1", "mps", "xpu"])
    def test_by_name(self, machine, name):
        machine(cuda=2, mps=True, xpu=1)
        expected = name if name in ("cpu", "mps", "cuda:1") else f"{name}:0"
        assert str(find_device(name)) == expected

    @pytest.mark.parametrize("name", ["cuda:2", "mps", "xpu", "tpu", "", "cuda:", "cpu:3"])
    def test_what_is_not_there_is_said_in_one_sentence(self, machine, name):
        machine(cuda=2)
        with pytest.raises(DeviceError, match=r"There is no device .* finds cuda:0, cuda:1, cpu;"):
            find_device(name)

    def test_before_anything_is_loaded(self, machine):
        machine()
        started = time.perf_counter()
        with pytest.raises(FiceError, match="There is no device 'cuda'"):
            load_models("nowhere", device="cuda")  # the missing folder would be told next
        assert time.perf_counter() - started < 1.0


class TestMoving:
    def test_a_set_comes_back_on_another_device(self, tiny_models):
        there = tiny_models.to(META)
        assert there.device == META
        assert tiny_models.device.type == "cpu"
        for network in (there.generator, there.encoder, there.chart):
            tensors = [*network.parameters(), *network.buffers()]
            assert {one.device.type for one in tensors} == {"meta"}

    def test_a_set_that_is_there_already_stays(self, tiny_models):
        assert tiny_models.to("cpu") is tiny_models

    def test_networks_inside_others_move_too(self, tiny_models):
        boxed = BoxedDensePose(tiny_models.chart, (2.0, 4.0, 15.0, 14.0))
        there = moved(in_bfloat16(tiny_models).chart, META), moved(boxed, META)
        for one in (there[0].network, there[1].network):
            assert {weight.device.type for weight in one.parameters()} == {"meta"}
        assert {weight.device.type for weight in boxed.network.parameters()} == {"cpu"}

    def test_what_has_no_weights_is_the_same(self, tiny_models):
        assert moved(tiny_models.clip, META) is tiny_models.clip

    def test_the_demo_set(self):
        there = load_models(device=META)
        assert there.device == META
        assert {weight.device.type for weight in there.clip.parameters()} == {"meta"}
