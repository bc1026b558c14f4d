"""Networks in bfloat16 for processors that have it; W+, losses and optimiser stay in float32."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn

from ..base.types import ClipModel, Perceptor, SeenT, Synthesizer, map_each
from ..networks.frozen import refuse_to_learn
from ..networks.perceptors.clip import OpenClip
from ..networks.perceptors.densepose_box import BoxedDensePose
from ..networks.stylegan2 import Generator
from ..words.reading import DEFAULT_SCALE
from .models import ModelSet

NetworkT = TypeVar("NetworkT")


@dataclass(frozen=True, eq=False)
class Bfloat16Perceptor(Generic[SeenT]):
    """A perceptor that computes in bfloat16 where that holds; it takes and gives float32.

    Attributes:
        network: the perceptor itself.
    """

    network: Perceptor[SeenT]

    def __call__(self, image: Tensor) -> SeenT:
        """What `network` sees in `image` `[B, 3, H, W]`."""
        with torch.autocast(image.device.type, torch.bfloat16):
            seen = self.network(image)
        return map_each(seen, Tensor.float)


@dataclass(frozen=True, eq=False)
class Bfloat16Clip:
    """A CLIP whose image tower computes in bfloat16; texts are read once, in float32.

    Attributes:
        guide: the CLIP itself, which reads the texts.
        images: the same with the weights of its image tower in bfloat16.
    """

    guide: ClipModel
    images: ClipModel

    @property
    def fingerprint(self) -> str:
        """Short hash of the weights, and how they are rounded."""
        return f"{self.guide.fingerprint}-bfloat16"

    @property
    def logit_scale(self) -> Tensor | float:
        """Factor of the cosine, see `OpenClip.logit_scale`."""
        return cast("Tensor | float", getattr(self.guide, "logit_scale", DEFAULT_SCALE))

    def encode_image(self, image: Tensor) -> Tensor:
        """Unit vectors `[B, E]`, float32, of `image` `[B, 3, H, W]`."""
        with torch.autocast(image.device.type, torch.bfloat16):
            features = self.images.encode_image(image)
        return torch.nn.functional.normalize(features.float(), dim=-1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors `[N, E]` of N texts."""
        return self.guide.encode_text(texts)

    def ignored_words(self, text: str) -> tuple[str, ...]:
        """The words of `text` that the model does not know."""
        return self.guide.ignored_words(text)


def in_bfloat16(models: ModelSet) -> ModelSet:
    """`models` with the feature maps of generator, CLIP, chart and segmenter in bfloat16.

    The encoder runs once per photo and stays as it is. `models` stays as it is too; the weights of
    the perceptors are there a second time, in half the size, where `models` has them now. The name
    of the set says what it is, for reports. A processor without bfloat16 computes the same, only
    slower: see `has_bfloat16`.
    """
    return replace(
        models,
        generator=generator_in_bfloat16(models.generator),
        clip=clip_in_bfloat16(models.clip),
        chart=perceptor_in_bfloat16(models.chart),
        segmenter=perceptor_in_bfloat16(models.segmenter),
        name=f"{models.name}, bfloat16",
    )


def generator_in_bfloat16(generator: Synthesizer) -> Synthesizer:
    """A copy of `generator` that draws in bfloat16 and shares all its tensors."""
    if not isinstance(generator, Generator):
        return generator
    lower = deepcopy(generator, _tensors(generator))
    lower.dtype = torch.bfloat16
    return lower


def clip_in_bfloat16(clip: ClipModel) -> ClipModel:
    """`clip` with an image tower that computes in bfloat16, see `in_bfloat16`."""
    return Bfloat16Clip(clip, _with_bfloat16_weights(clip))


def perceptor_in_bfloat16(perceptor: Perceptor[SeenT]) -> Perceptor[SeenT]:
    """`perceptor` computing in bfloat16, see `in_bfloat16`."""
    return Bfloat16Perceptor(_with_bfloat16_weights(perceptor))


def _with_bfloat16_weights(network: NetworkT) -> NetworkT:
    """A copy of `network` that shares its tensors but for what the layers multiply images by.

    Autocast would round frozen weights anew in each call, which takes longer than many of the
    convolutions do.
    """
    if isinstance(network, BoxedDensePose):
        return replace(network, network=_with_bfloat16_weights(network.network))
    if not isinstance(network, nn.Module):
        return network
    if any(parameter.requires_grad for parameter in network.parameters()):
        refuse_to_learn()  # else the rounded weights would be those of before
    looking = network.model.visual if isinstance(network, OpenClip) else network
    shared = _tensors(network)
    for module in cast("nn.Module", looking).modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            rounded = module.weight.detach().bfloat16()
            shared[id(module.weight)] = nn.Parameter(rounded, requires_grad=False)
    return deepcopy(network, shared)


def _tensors(network: nn.Module) -> dict[int, object]:
    """What a copy of `network` is to share with it, as `deepcopy` takes it."""
    return {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}


def has_bfloat16(device: torch.device) -> bool:
    """Whether `device` multiplies bfloat16 faster than float32; False where torch cannot tell."""
    if device.type == "cpu":
        # A private operator, which other builds of torch lack; there is no public question.
        ask = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
        return torch.backends.mkldnn.is_available() and ask is not None and bool(ask())
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "xpu":
        xpu = getattr(torch.xpu, "is_bf16_supported", None)  # not in the oldest torch we take
        return xpu is None or bool(xpu())
    # Apple GPUs compute bfloat16 from macOS 14 on, but no faster than float32.
    return False
