"""A host whose disk other packs have filled: what the Load nodes offer there, and load."""

from __future__ import annotations

import shutil

import pytest
from artist_disk import ELSEWHERE, OWN, draw_disk
from graphs import node

from fice.checkpoints.built_in import PHOTOS
from fice.pipeline.model_files import FILES, write_set
from tools.host.comfy_host import PromptRejectedError

pytestmark = pytest.mark.host

LOADERS = {
    "generator": "FICELoadStyleGAN2",
    "encoder": "FICELoadEncoder",
    "clip": "FICELoadCLIP",
    "chart": "FICELoadDensePose",
    "segmenter": "FICELoadSegmenter",
}


@pytest.fixture(scope="module")
def disk(host):
    """Empty files as other packs leave them, and one of theirs that can be loaded."""
    models = draw_disk(host.base) / "models"
    shutil.copy(models / "stylegan2" / "tiny.safetensors", models / "stylegan" / "g.safetensors")
    return models


def choices(host, class_type, name="weights"):
    info = host.get(f"/object_info/{class_type}")[class_type]["input"]["required"][name]
    return info[0] if isinstance(info[0], list) else info[1]["options"]


def load(class_type, **inputs):
    """Draws a code of the generator that is loaded."""
    numbers = {"seed": 0, "truncation_psi": 1.0, "batch_size": 1}
    return {
        "load": node(class_type, **inputs),
        "sample": node("FICESampleW", generator=["load", 0], **numbers),
        "show": node("ProbeDigest", value=["sample", 0]),
    }


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("part", LOADERS)
def test_every_loader_offers_the_right_names(host, part):
    offered = choices(host, LOADERS[part])
    tiny = {"tiny.safetensors", "sg2_32_skip_nvidia.pkl", "broken.safetensors"}
    ours = {*tiny, "stylegan/g.safetensors", f"{PHOTOS} (built in)"}
    others = [name for name in offered[1:] if name not in ours]
    assert others == [*OWN.get(part, []), *sorted(ELSEWHERE[part])]


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("name", ["stylegan/g.safetensors", "stylegan\\g.safetensors"])
def test_a_file_of_another_pack_loads(host, name):
    run = host.run(load("FICELoadStyleGAN2", weights=name))
    assert run.ended == "success"


def test_a_set_of_files_elsewhere_loads(host, disk):
    tiny = disk / "fice" / "tiny"
    write_set(disk / "fice" / "spread", {part: tiny / names[0] for part, names in FILES.items()})
    assert "spread" in choices(host, "FICELoadModelSet", "model_set")
    assert host.run(load("FICELoadModelSet", model_set="spread")).ended == "success"


@pytest.mark.parametrize(
    ("class_type", "inputs", "command"),
    [
        ("FICELoadModelSet", {"model_set": "photos"}, "get photos"),
        ("FICELoadStyleGAN2", {"weights": "stylegan_human_v2_512.pkl"}, "get stylegan-human-512"),
        ("FICELoadStyleGAN2", {"weights": "gone.pt"}, "list"),
    ],
)
def test_what_is_missing_names_the_command(host, class_type, inputs, command):
    with pytest.raises(PromptRejectedError) as refusal:
        host.run(load(class_type, **inputs))
    message = " ".join(refusal.value.messages)
    assert f'fice models {command} --models-dir "{host.base / "models"}"' in message
    assert "\n" not in message
