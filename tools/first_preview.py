"""How long an artist waits: from opening the first template to the first preview on its node.

    python -m tools.first_preview --json docs/first-preview.json

In the real frontend, in Chromium. The first round is that of a host that was just started, which
has loaded no network; the others are those of somebody who tries another seed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from fice.lab.bench.parts import processor
from tools.host.browser import Frontend, open_frontend
from tools.host.comfy_host import (
    HOW_TO_GET_A_HOST,
    ComfyHost,
    find_host,
    prepare_base,
    running_host,
)
from tools.host.workflow_files import WORKFLOWS, read_workflow

TEMPLATE = "FICE 01 - edit in one node"
OPEN = """async ([workflow, name]) => {
  const start = performance.now();
  await app.loadGraphData(workflow, true, true, name);
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  return (performance.now() - start) / 1000;
}"""
RUN = """async () => {
  const start = performance.now();
  const first = new Promise(seen => app.api.addEventListener('b_preview', seen, {once: true}));
  await app.queuePrompt(0);
  await first;
  return (performance.now() - start) / 1000;
}"""


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of each round, with what the machine was doing besides."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            workflow = read_workflow(WORKFLOWS / f"{TEMPLATE}.json")
            opening = frontend.page.evaluate(OPEN, [workflow, TEMPLATE])
            waits = [waited(host, frontend, seed) for seed in range(rounds)]
            version = ".".join(map(str, host.version))
    return {
        "host": version,
        "template": TEMPLATE,
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "date": date.today().isoformat(),
        "seconds_to_open": round(opening, 2),
        "seconds_from_run_to_first_preview": [round(one, 2) for one in waits],
    }


def waited(host: ComfyHost, frontend: Frontend, seed: int) -> float:
    """From pressing Run to the first preview, in seconds; the run is cancelled then."""
    frontend.set_widgets("FICEEdit", seed=seed)
    seconds = frontend.page.evaluate(RUN)
    host.interrupt()
    while host.get("/queue")["queue_running"]:
        time.sleep(0.5)
    return float(seconds)


def main() -> None:
    """Measures, prints and writes the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    figures = json.dumps(measure(given.rounds), indent=1)
    sys.stdout.write(figures + "\n")
    if given.json:
        given.json.write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
