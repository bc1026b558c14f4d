"""The host as artists start it: one short edit under each flag, twice."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import graphs
import numpy as np
import pytest
from tiny_models import write_model_set

from tools.host.comfy_host import HOW_TO_GET_A_HOST, find_host, prepare_base, running_host

PROBE_PACK = Path(__file__).parents[1] / "support" / "probe_pack"
pytestmark = [pytest.mark.host, pytest.mark.slow]


@dataclass(frozen=True)
class Started:
    """Flags that one host can have, and whether it keeps results from one prompt to the next."""

    flags: tuple[str, ...]
    remembers: bool = True


# A start takes most of the time, so flags that do not touch each other share one.
STARTED = {
    "gpu-only": Started(("--gpu-only", "--cache-classic")),
    "lowvram": Started(("--lowvram", "--cache-none"), remembers=False),
    "novram": Started(("--novram", "--cache-lru", "30")),
    "half": Started(("--fp16-intermediates", "--disable-smart-memory")),
}


@pytest.fixture(scope="module", params=STARTED)
def started(request, tmp_path_factory):
    checkout = find_host()
    if checkout is None:
        pytest.skip(HOW_TO_GET_A_HOST)
    how = STARTED[request.param]
    base = tmp_path_factory.mktemp(request.param)
    prepare_base(base, PROBE_PACK)
    write_model_set(base / "models" / "fice" / "tiny")
    with running_host(checkout, base, how.flags) as host:
        yield host, how


def edited(host, text):
    """All six stages; the picture, and the report."""
    graph = graphs.stages(text=text)
    graph["photo"] = {"class_type": "ProbeImage", "inputs": {**PHOTO, "half": host_is_half(host)}}
    run = host.run(graph)
    assert run.ended == "success", run.error
    picture = host.image(run.outputs["result"]["images"][0])
    return run, picture, json.loads(run.outputs["report"]["text"][0])


PHOTO = {"width": 64, "height": 64, "channels": 3, "batch": 1}


def host_is_half(host):
    return "--fp16-intermediates" in host.process.args


def test_an_edit_and_then_another_wish(started):
    host, how = started
    first, picture, report = edited(host, graphs.TEXT)
    again, other, _ = edited(host, "a green striped shirt")
    assert report["images"][0]["steps"] == graphs.QUICK["steps"]
    assert picture.shape == other.shape == (64, 64, 3)
    assert not np.array_equal(picture, other)
    assert ("start" in again.cached) is how.remembers
    # The same W+, from the host's memory or from ours.
    assert first.executed >= {"start", "inversion"}
    assert "inversion" in again.executed


def test_the_host_took_the_flags(started):
    host, how = started
    named = host.get("/system_stats")["system"]["argv"]
    assert [one for one in how.flags if one not in named] == []
    if "--novram" in how.flags:
        assert re.search(r"vram state to: NO_VRAM", host.log_text())
