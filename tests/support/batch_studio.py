"""What batches are tested with: pictures to edit, and somebody who edits them at once."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fice.batch.ray_engine import Worker
from fice.batch.values import Edited, Failed

GRAPH = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
    "2": {
        "class_type": "FICEEdit",
        "_meta": {"title": "The edit"},
        "inputs": {"image": ["1", 0], "text": "a dress", "seed": 4},
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "not ours"}},
}
"""A workflow in API format."""


def write_picture(path, seed=0, size=(16, 16)):
    """Writes noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), pixels)
    return path


def picture_of(key):
    """An edit that came out."""
    return Edited(key, f"picture {key}".encode(), {"clip_after": [0.5], "warnings": ["Look."]})


class Studio:
    """Stands in for networks: each unit that it is given, and what to answer for a text."""

    def __init__(self, answers=None):
        self.units = []
        self.answers = answers or {}

    def __call__(self, unit):
        self.units.append(unit)
        for one in unit.edits:
            answer = self.answers.get(one.row.text)
            yield picture_of(one.key) if answer is None else answer(one.key)


class StudioWorker(Worker):
    """A worker without networks; it dies where the text of an edit names a file, once."""

    def _editor(self, settings):  # noqa: ARG002 - as the real one
        return work_or_die


def work_or_die(unit):
    """Answers as the text of an edit wants it, and tells on which node of a cluster it did.

    It ends the process if a text is the name of a folder in which nobody has died yet.
    """
    import ray

    node = ray.get_runtime_context().get_node_id()
    for one in unit.edits:
        grave = Path(one.row.text)
        if grave.is_dir() and not list(grave.iterdir()):
            (grave / "died").touch()
            os._exit(1)
        if one.row.text == "slow":
            time.sleep(0.3)
        if one.row.text == "broken":
            yield Failed(one.key, "Nobody.")
        else:
            done = picture_of(one.key)
            yield replace(done, report={**done.report, "node": node})
