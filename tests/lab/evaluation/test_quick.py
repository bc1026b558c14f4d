"""The quick evaluation of the demo world, by the command, with the shipped weights."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

PATIENCE = 600  # seconds until a first unit must be done, however busy the machine is


@pytest.mark.slow
def test_quick_goes_on_after_a_kill(tmp_path):
    out = tmp_path / "out"
    options = ("--quick", "--cases", "2", "--batch", "1", "--processes", "2", "--out", str(out))
    command = [sys.executable, "-m", "fice", "eval", "demo", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        finished = _wait_for_a_part(out / "parts", running)
        running.kill()
    first = {path.name: path.stat().st_mtime_ns for path in finished}

    subprocess.run(command, check=True)

    parts = {path.name: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}
    assert parts.items() >= first.items()
    report = json.loads((out / "report.json").read_text())
    assert report["complete"]
    assert report["data"] == {"name": "demo", "cases": 2}
    methods = {one["name"].partition("@")[0]: one["metrics"] for one in report["methods"]}
    assert list(methods) == ["copy", "pixels", "styleclip-latent", "paper", "tuned"]
    assert all(one["failed"] == 0 and one["cases"] == 2 for one in report["methods"])
    # The input keeps everything and fulfils nothing; ours touches nothing outside its mask.
    assert methods["copy"]["pose_iou"]["value"] == 1.0
    assert methods["copy"]["success"]["value"] == 0.0
    assert methods["tuned"]["outside_max"]["value"] == 0.0
    assert methods["tuned"]["head_max"]["value"] == 0.0
    assert methods["styleclip-latent"]["head_max"]["value"] > 0.05
    assert (out / "report.html").stat().st_size > 50_000


def _wait_for_a_part(folder, running):
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        found = list(folder.glob("[!.]*.json")) if folder.is_dir() else []
        if found:
            return found
        assert running.poll() is None, running.stderr.read().decode()
        time.sleep(0.05)
    raise AssertionError("No unit was finished.")
