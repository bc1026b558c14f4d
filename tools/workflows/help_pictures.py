"""The picture of each node on its help page."""

from __future__ import annotations

from tools.host.browser import Frontend
from tools.host.comfy_host import PACK, ComfyHost

HELP = PACK / "nodes" / "web" / "docs"


def build_help(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Takes a picture of each node for its help page."""
    ours = (kind for kind in host.get("/object_info") if kind.startswith("FICE"))
    for kind in sorted(kind for kind in ours if match in kind):
        frontend.picture_of_node(kind, HELP / f"{kind}.png")
