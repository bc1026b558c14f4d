"""Everything the nodes ask of ComfyUI beside their schemas: devices, folders, progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import comfy.model_management as mm
import torch
from comfy.model_patcher import ModelPatcher
from torch import Tensor, nn

from ...fice.networks.quick.quicken import quicken

ModelT = TypeVar("ModelT", bound=nn.Module)

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
    return tensor.detach().to(travels_on(), torch.float32)


def travels_on() -> torch.device:
    """Where the host keeps what travels between nodes: the CPU, or the GPU under `--gpu-only`."""
    return mm.intermediate_device()
