"""Makes a frozen network compute the same with less work."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from ..frozen import refuse_weights
from .attention_pool import AttentionPool
from .winograd import WinogradConv2d, is_candidate

ModuleT = TypeVar("ModuleT", bound=nn.Module)

# Networks of other packages that run `bn1(conv1(x))`, `bn2(conv2(x))` and so on.
_CONV_THEN_NORM = frozenset({"Bottleneck", "ModifiedResNet", "IntermediateLayerGetter"})
_POOL = "AttentionPool2d"  # of open_clip, which takes seconds to import


def quicken(network: ModuleT) -> ModuleT:
    """Folds the batch norms of a frozen network and lays its weights out channels last.

    Channels-last weights make torch take oneDNN's kernels; on one thread with a batch of one it
    falls back to slower ones otherwise. Wide 3x3 convolutions take fewer multiplications, see
    `winograd`, and so does the pooling of CLIP's ResNets, see `attention_pool`. The numbers stay
    the same but for rounding. The network is changed in place and must neither be trained nor
    saved afterwards; where weights were changed or are kept in another form, it refuses others.

    Args:
        network: any network; one without batch norms only changes its memory layout.

    Returns:
        `network`.
    """
    if any(parameter.requires_grad for parameter in network.parameters()):
        raise ValueError("Only a frozen network can be quickened; freeze it first.")
    with torch.inference_mode(False), torch.no_grad():
        for module in list(network.modules()):
            for conv, norm in _pairs(module):
                _fold(module, conv, norm)
            for name, child in list(module.named_children()):
                if is_candidate(child):
                    setattr(module, name, WinogradConv2d.of(cast(nn.Conv2d, child)))
                elif type(child).__name__ == _POOL:
                    setattr(module, name, AttentionPool(child))
        network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return network


def _pairs(module: nn.Module) -> list[tuple[str, str]]:
    """Names of the children of `module` that are a convolution and the batch norm after it."""
    children = dict(module.named_children())
    if isinstance(module, nn.Sequential):
        candidates = list(pairwise(children))
    elif type(module).__name__ in _CONV_THEN_NORM:
        candidates = [(name, name.replace("conv", "bn")) for name in children]
    else:
        return []
    return [
        (first, second)
        for first, second in candidates
        if type(children[first]) is nn.Conv2d and isinstance(children.get(second), nn.BatchNorm2d)
    ]


def _fold(parent: nn.Module, conv_name: str, norm_name: str) -> None:
    """Moves a batch norm in evaluation mode into the convolution before it, in double precision."""
    conv, norm = parent.get_submodule(conv_name), parent.get_submodule(norm_name)
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    if norm.training or norm.running_mean is None or norm.running_var is None:
        return
    # On the CPU: some GPUs have no double precision.
    scale = torch.rsqrt(_exact(norm.running_var) + norm.eps)
    if norm.affine:
        scale = scale * _exact(norm.weight)
    bias = -_exact(norm.running_mean) * scale
    if norm.affine:
        bias = bias + _exact(norm.bias)
    if conv.bias is not None:
        bias = bias + _exact(conv.bias) * scale
    weight = _exact(conv.weight) * scale.view(-1, 1, 1, 1)
    dtype, device = conv.weight.dtype, conv.weight.device
    conv.weight = nn.Parameter(weight.to(dtype).to(device), requires_grad=False)
    conv.bias = nn.Parameter(bias.to(dtype).to(device), requires_grad=False)
    conv.register_load_state_dict_pre_hook(refuse_weights)
    setattr(parent, norm_name, nn.Identity())


def _exact(tensor: Tensor) -> Tensor:
    return tensor.to("cpu", torch.float64)
