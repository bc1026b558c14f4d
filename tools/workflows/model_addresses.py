"""Where the files of other publishers come from, for the frontend's dialog of missing models.

The frontend offers a download where the name of the file is what the widget shows, and where the
address leads to a `.safetensors` file of a host that it trusts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tools.workflows.scene import Placed


@dataclass(frozen=True)
class ModelAddress:
    """A file, as a workflow file tells the frontend of it.

    Attributes:
        name: of the file.
        url: of the file itself.
        directory: where it goes, below the host's models folder.
    """

    name: str
    url: str
    directory: str


HUGGING_FACE = "https://huggingface.co"

CHECKPOINT = ModelAddress(
    "v1-5-pruned-emaonly-fp16.safetensors",
    f"{HUGGING_FACE}/Comfy-Org/stable-diffusion-v1-5-archive/resolve/main/"
    "v1-5-pruned-emaonly-fp16.safetensors",
    "checkpoints",
)
CONTROL_NET = ModelAddress(
    "control_v11p_sd15_densepose_fp16.safetensors",
    f"{HUGGING_FACE}/Jackellie/control_v11p_sd15_densepose_fp16/resolve/main/"
    "control_v11p_sd15_densepose_fp16.safetensors",
    "controlnet",
)

ADDRESSES = {address.name: address for address in (CHECKPOINT, CONTROL_NET)}


def addresses(placed: Placed) -> list[dict[str, str]]:
    """What `properties.models` of a node says: the files that its widgets name."""
    values = [value for value in placed.inputs.values() if isinstance(value, str)]
    return [asdict(ADDRESSES[value]) for value in values if value in ADDRESSES]
