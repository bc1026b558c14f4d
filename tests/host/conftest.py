"""One ComfyUI for all host tests, with tiny random networks in its model folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_models import write_model_set

from tools.host.comfy_host import HOW_TO_GET_A_HOST, find_host, prepare_base, running_host

PROBE_PACK = Path(__file__).parents[1] / "support" / "probe_pack"
# Written by NVIDIA's own code: 32 px, random weights.
NVIDIA_PICKLE = Path(__file__).parents[1] / "parity" / "data" / "sg2_32_skip_nvidia.pkl"


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """A running ComfyUI that has the pack, the probe nodes, and the model sets `tiny`, …."""
    checkout = find_host()
    if checkout is None:
        pytest.skip(HOW_TO_GET_A_HOST)
    base = tmp_path_factory.mktemp("comfy")
    prepare_base(base, PROBE_PACK)
    _write_models(base / "models")
    with running_host(checkout, base) as running:
        yield running


def _write_models(models):
    write_model_set(models / "fice" / "tiny")
    write_model_set(models / "fice" / "other", seed=1)
    write_model_set(models / "fice" / "wide", seed=2, w_dim=24)
    write_model_set(models / "fice" / "blind", sees_people=False)
    folders = {
        "generator": "stylegan2",
        "encoder": "fice_encoders",
        "clip": "fice_clip",
        "chart": "densepose",
        "regions": "fice_segmenters",
    }
    for part, folder in folders.items():
        (models / folder).mkdir(exist_ok=True)
        source = models / "fice" / "tiny" / f"{part}.safetensors"
        shutil.copy(source, models / folder / "tiny.safetensors")
    shutil.copy(NVIDIA_PICKLE, models / "stylegan2")
