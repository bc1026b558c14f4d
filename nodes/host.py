"""Everything the nodes ask of ComfyUI beside their schemas: devices, folders, progress."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import comfy.model_management as mm
import comfy.utils
import folder_paths
import torch
from comfy.model_patcher import ModelPatcher
from PIL import Image
from torch import Tensor, nn

from ..fice.errors import FiceError
from ..fice.images import to_pixels
from ..fice.quick import quicken

ModelT = TypeVar("ModelT", bound=nn.Module)
ItemT = TypeVar("ItemT")

PREVIEW_SIZE = 512  # longest side of a live preview, in pixels
# What a graph through generator and perceptors keeps per pixel of the generator, and what CLIP
# keeps on top; generous, since a wrong guess costs an out-of-memory and a right one nothing.
GRAPH_BYTES_PER_PIXEL = 4096
CLIP_GRAPH_BYTES = 1 << 30


@dataclass(frozen=True)
class HostModel(Generic[ModelT]):
    """A network in the care of the host, which loads, offloads and frees it.

    Attributes:
        patcher: the host's handle.
        name: what an artist knows it by, for messages and reports.
    """

    patcher: ModelPatcher
    name: str

    @property
    def model(self) -> ModelT:
        """The network itself; use it on a device only inside `on_device`."""
        return self.patcher.model


def adopt(module: ModelT, name: str) -> HostModel[ModelT]:
    """Gives a frozen network into the care of the host."""
    patcher = ModelPatcher(quicken(module), mm.get_torch_device(), mm.unet_offload_device())
    return HostModel(patcher, name)


@contextmanager
def normal_tensors() -> Iterator[None]:
    """Leaves the inference mode in which the host runs every node.

    Tensors that are made in that mode can never take part in a backward pass, so networks are
    built and moved, and inputs are cloned, in here. Gradients stay off until someone asks for them.
    """
    with torch.inference_mode(False), torch.no_grad():
        yield


def on_device(*models: HostModel[nn.Module], pixels: int = 0) -> torch.device:
    """Has the host bring `models` to the computing device; call it inside `normal_tensors`.

    Args:
        models: all networks that are needed at once.
        pixels: pixels of all images whose graph is alive at once, 0 if there is no graph.
    """
    for model in models:
        _thaw(model.patcher.model)
    memory = pixels * GRAPH_BYTES_PER_PIXEL + (CLIP_GRAPH_BYTES if pixels else 0)
    # Plain modules cannot be half loaded, so the host must not try.
    mm.load_models_gpu([m.patcher for m in models], memory_required=memory, force_full_load=True)
    return mm.get_torch_device()


def _thaw(module: nn.Module) -> None:
    """Replaces tensors that the host moved in inference mode, e.g. to give memory to others."""
    for part in module.modules():
        for name, weight in part._parameters.items():
            if weight is not None and weight.is_inference():
                part._parameters[name] = nn.Parameter(weight.detach().clone(), requires_grad=False)
        for name, buffer in part._buffers.items():
            if buffer is not None and buffer.is_inference():
                part._buffers[name] = buffer.detach().clone()


def to_host(tensor: Tensor) -> Tensor:
    """`tensor` where the host keeps what travels between nodes."""
    return tensor.detach().to(mm.intermediate_device(), torch.float32)


class Progress:
    """The progress bar and live preview of the running node, and its Cancel button.

    Args:
        total: number of steps.
        preview_every: steps between two previews, 0 for none; the first and last step show one.
    """

    def __init__(self, total: int, preview_every: int) -> None:
        self._bar = comfy.utils.ProgressBar(total)
        self._total = total
        self._every = preview_every
        self._done = 0

    def step(self, image: Tensor) -> None:
        """Counts one step and shows `image` `[3, H, W]`.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        # The bar looks at the button only when it sends something, which it does not every time.
        mm.throw_exception_if_processing_interrupted()
        self._done += 1
        shown = self._every > 0 and (
            self._done in (1, self._total) or self._done % self._every == 0
        )
        preview = ("JPEG", Image.fromarray(to_pixels(image)), PREVIEW_SIZE) if shown else None
        self._bar.update_absolute(self._done, self._total, preview)


class Cancel:
    """The Cancel button, for a run that can end early with what it has.

    Attributes:
        pressed: whether the run was ended by it.
    """

    def __init__(self, *, keeps_result: bool) -> None:
        self._keeps_result = keeps_result
        self.pressed = False

    def until(self, steps: Iterator[ItemT]) -> Iterator[ItemT]:
        """`steps` up to the one in which the button was pressed.

        Raises:
            InterruptProcessingException: if it was, and nothing is to be kept.
        """
        try:
            yield from steps
        except mm.InterruptProcessingException:
            if not self._keeps_result:
                raise
            self.pressed = True


@dataclass(frozen=True)
class ModelFolder:
    """A folder below `models/`, as the host's settings and extra_model_paths.yaml place it.

    Attributes:
        category: its name in the host.
        suffixes: the files that count; empty for folders of files.
    """

    category: str
    suffixes: frozenset[str] = field(
        default_factory=lambda: frozenset({".safetensors", ".pt", ".pth", ".pkl", ".torchscript"})
    )

    def register(self) -> None:
        """Makes the folder known to the host."""
        default = os.path.join(folder_paths.models_dir, self.category)
        folder_paths.add_model_folder_path(self.category, default, is_default=True)
        places, _ = folder_paths.folder_names_and_paths[self.category]
        folder_paths.folder_names_and_paths[self.category] = (places, set(self.suffixes))

    @property
    def places(self) -> list[Path]:
        """Where the host looks, the preferred place first."""
        return [Path(place) for place in folder_paths.get_folder_paths(self.category)]

    def files(self) -> list[str]:
        """Names of the weight files, relative to the folder."""
        return folder_paths.get_filename_list(self.category)

    def offer(self, shipped: Path) -> None:
        """Has the host look into `shipped` as well, after the other places."""
        folder_paths.add_model_folder_path(self.category, str(shipped))

    def new_file(self, name: str, suffix: str) -> Path:
        """A path in the preferred place that is not taken: `name` with a number.

        Raises:
            FiceError: if `name` leads out of the folder.
        """
        if not name.strip() or Path(name).is_absolute() or ".." in Path(name).parts:
            raise FiceError(f"'{name}' is no name for a file; write e.g. 'edit' or 'shirts/edit'.")
        folder, stem, counter, *_ = folder_paths.get_save_image_path(name, str(self.places[0]))
        return Path(folder) / f"{stem}_{counter:05}_{suffix}"

    def subfolders(self) -> list[str]:
        """Names of the folders in it."""
        found = {
            p.name
            for place in self.places
            if place.is_dir()
            for p in place.iterdir()
            if p.is_dir() and not p.name.startswith(".")
        }
        return sorted(found)

    def find(self, name: str) -> Path | None:
        """The file or folder `name`, if it is there."""
        candidates = (place / name for place in self.places)
        return next((path for path in candidates if path.exists()), None)


GENERATORS = ModelFolder("stylegan2")
ENCODERS = ModelFolder("fice_encoders")
CLIP_GUIDES = ModelFolder("fice_clip")
CHARTS = ModelFolder("densepose")
SEGMENTERS = ModelFolder("fice_segmenters")
MODEL_SETS = ModelFolder("fice", frozenset({"folder"}))
EDITS = ModelFolder("fice_edits", frozenset({".safetensors"}))
MODEL_FOLDERS = (GENERATORS, ENCODERS, CLIP_GUIDES, CHARTS, SEGMENTERS, MODEL_SETS, EDITS)


def offer_photo(photo: Path) -> None:
    """Puts `photo` into the host's input folder, where templates find it; never overwrites."""
    target = Path(folder_paths.get_input_directory()) / photo.name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, target)
