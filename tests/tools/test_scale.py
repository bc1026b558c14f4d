"""What the measurement of `fice batch` tells of its figures; nothing is measured here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from tools.scale.job import TEXTS, photos, table, write_job
from tools.scale.pictures import compare
from tools.scale.processes import Watch
from tools.scale.tell import tell
from tools.scale.ways import WAYS


def block(edits, cpu, wall=10.0, **memory):
    return {"edits": edits, "cpu_seconds": cpu, "wall_seconds": wall, "memory_bytes": memory}


def test_what_is_told_of_figures(tmp_path):
    figures = {
        "loop 1 | start": block(8, 18.0),  # 10 to start, and 1 for each
        "loop 1 | 1": block(100, 110.0),
        "process | start": block(8, 28.4),  # 20 to start, and 1.05 for each
        "process | 1": block(100, 125.0, command=1.5e9),
        "process | 2": block(100, 225.0),  # others do not have it, so it is not compared
    }
    (tmp_path / "scale.json").write_text(json.dumps(figures))
    tell(tmp_path / "scale.json", tmp_path, tmp_path / "plot.svg")
    told = json.loads((tmp_path / "scale.json").read_text())["told"]
    assert told["loop 1"]["cpu_seconds_per_edit"] == 1.0
    assert told["loop 1"]["cpu_seconds_of_a_start"] == 10.0
    assert told["process"]["edits"] == 200
    assert told["process"]["most_memory_mb"] == {"command": 1500.0}
    assert told["process"]["cpu_ratio_to"] == {"loop 1": 1.05}
    drawn = ET.parse(tmp_path / "plot.svg").getroot()
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(one.get("points").split()) for one in lines] == [3, 2]


def test_pictures_of_two_ways_are_compared(tmp_path):
    pixels = np.zeros((4, 4, 3), np.uint8)
    batch, loop = tmp_path / "batch" / "pictures", tmp_path / "loop"
    batch.mkdir(parents=True)
    loop.mkdir()
    for number, text in enumerate(TEXTS[:3]):
        Image.fromarray(pixels).save(batch / f"figure-01-{text.replace(' ', '-')}-0123abcd.png")
        other = pixels.copy()
        other[0, 0, 1] = number
        Image.fromarray(other).save(loop / f"figure-01-{number:02}.png")
    assert compare(tmp_path / "batch", loop) == {
        "pictures": 3,
        "bit_equal": 1,
        "least_difference": -2,
        "largest_difference": 0,
        "values_that_differ": round(2 / 3 / 48, 6),
    }
    assert compare(tmp_path / "batch", tmp_path / "none") is None


def test_the_job_has_500_edits(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.scale.job.SIDE", 16)
    write_job(tmp_path)
    blocks = [photos(tmp_path, str(number)) for number in range(1, 6)]
    assert sum(len(one) for one in blocks) * len({*TEXTS}) == 500
    assert len({path for one in blocks for path in one if path.is_file()}) == 25
    assert table(tmp_path, "start").read_text().split()[0] == "photo"
    assert "process" in WAYS


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux has /proc")
def test_cpu_of_daemons_is_seen():
    watch = Watch()
    work = "import os; os.fork() and os._exit(0)\nwhile True: pass"  # the child is nobody's
    with watch.watching():
        subprocess.run([sys.executable, "-c", work], env=watch.environment(), check=True)
        deadline = time.monotonic() + 60
        while not watch.cpu() and time.monotonic() < deadline:
            time.sleep(0.1)
        seen = watch.cpu()
        for pid in watch.processes():
            os.kill(pid, 9)
    assert seen > 0
