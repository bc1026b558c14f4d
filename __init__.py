"""FICE as a node pack of ComfyUI: change the garment on a photo by words."""

from __future__ import annotations

from pathlib import Path

import folder_paths
from comfy_api.latest import ComfyExtension, io

from .nodes import NODES
from .nodes.host.folders import EDITS, MODEL_FOLDERS
from .nodes.host.template_photos import offer_photos

WEB_DIRECTORY = "./nodes/web"  # help pages, and a script that gives what nodes say its room
ASSETS = Path(__file__).parent / "workflows" / "assets"
DEMO_EDITS = ASSETS / "fice_edits"


class FiceExtension(ComfyExtension):
    """What the host asks for."""

    async def on_load(self) -> None:
        """Tells the host of our model folders, and hands it the photos of the templates."""
        for folder in MODEL_FOLDERS:
            folder.register()
        EDITS.offer(DEMO_EDITS)
        offer_photos(ASSETS, Path(folder_paths.get_input_directory()))

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes."""
        return list(NODES)


async def comfy_entrypoint() -> FiceExtension:
    """Called by the host."""
    return FiceExtension()
