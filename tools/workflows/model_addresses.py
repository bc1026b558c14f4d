"""Where the files of other publishers come from, for the frontend's list of missing models.

The frontend lists a file where the widget shows its name and the name ends as it knows models to
end; of those that FICE uses, it does not know `.pkl` (seen in 1.49.6). It offers a download where
the address leads to a host that it trusts, as huggingface.co.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from fice.checkpoints import published
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
QWEN_EDIT = ModelAddress(
    "qwen_image_edit_2511_bf16.safetensors",
    f"{HUGGING_FACE}/Comfy-Org/Qwen-Image-Edit_ComfyUI/resolve/main/split_files/diffusion_models/"
    "qwen_image_edit_2511_bf16.safetensors",
    "diffusion_models",
)
QWEN_TEXT = ModelAddress(
    "qwen_2.5_vl_7b_fp8_scaled.safetensors",
    f"{HUGGING_FACE}/Comfy-Org/HunyuanVideo_1.5_repackaged/resolve/main/split_files/text_encoders/"
    "qwen_2.5_vl_7b_fp8_scaled.safetensors",
    "text_encoders",
)
QWEN_VAE = ModelAddress(
    "qwen_image_vae.safetensors",
    f"{HUGGING_FACE}/Comfy-Org/Qwen-Image_ComfyUI/resolve/main/split_files/vae/"
    "qwen_image_vae.safetensors",
    "vae",
)
"""As the host's own blueprint *Image Edit (Qwen 2511)* names them."""


def _of_set(name: str) -> ModelAddress:
    """The weights of a public set, as `fice models get` puts them."""
    (one,) = (one for one in published.PUBLIC_MODEL_SETS if one.name == name)
    file = one.files[0].instead or one.files[0]
    folder, _, below = one.folder.partition("/")
    url = next(iter(file.addresses), file.link) or ""
    return ModelAddress(f"{below}/{file.name}" if below else file.name, url, folder)


_photos = next(one for one in published.PUBLIC_MODEL_SETS if one.name == published.PHOTOS)
PHOTOS = tuple(_of_set(name) for name in _photos.sets)
"""Generator, encoder, CLIP, DensePose and segmenter for photos."""

OF_OTHERS = (CHECKPOINT, CONTROL_NET, QWEN_EDIT, QWEN_TEXT, QWEN_VAE, *PHOTOS)
ADDRESSES = {address.name: address for address in OF_OTHERS}


def addresses(placed: Placed) -> list[dict[str, str]]:
    """What `properties.models` of a node says: the files that its widgets name."""
    values = [value for value in placed.inputs.values() if isinstance(value, str)]
    return [asdict(ADDRESSES[value]) for value in values if value in ADDRESSES]
