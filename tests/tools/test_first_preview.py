"""What the page says of waiting is what was measured."""

from __future__ import annotations

import json

from tools.host.comfy_host import PACK


def test_the_page_tells_the_figures():
    figures = json.loads((PACK / "docs" / "first-preview.json").read_text(encoding="utf-8"))
    page = (PACK / "docs" / "platforms.md").read_text(encoding="utf-8")
    first, *others = figures["seconds_from_run_to_first_preview"]
    told = [f"{first:.1f} s on\na host that was just started", f"load {figures['load_before']}"]
    told += [f"{one:.1f}" for one in others] + [f"{figures['seconds_to_open']:.1f} s after"]
    assert all(one in page for one in told)
