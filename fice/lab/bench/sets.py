"""The networks that are measured: the demo set, and the full-size architectures of FICE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn

from ... import checkpoints
from ...networks.layers import freeze
from ...networks.perceptors.clip import OpenClip
from ...networks.perceptors.clip_model import ClipConfig
from ...networks.perceptors.deeplab import DeepLab
from ...networks.perceptors.densepose import DensePose, DensePoseConfig
from ...networks.quick.quicken import quicken
from ...networks.stylegan2 import Generator, GeneratorConfig
from ...pipeline.model_files import DEMO_WEIGHTS, FILES
from ...pipeline.models import ModelSet
from ...pipeline.precision import in_bfloat16
from .plain import plain_models

SetName = Literal["demo", "full"]
Setting = Literal["plain", "exact", "bf16", "compiled"]
SETS: tuple[SetName, ...] = ("demo", "full")
SETTINGS: tuple[Setting, ...] = ("plain", "exact", "bf16", "compiled")

RN50X4 = ClipConfig(
    embed_dim=640,
    vision_cfg={"image_size": 288, "layers": (4, 6, 10, 6), "width": 80},
    text_cfg={"context_length": 77, "vocab_size": 49408, "width": 640, "heads": 10, "layers": 12},
    quick_gelu=True,
)
ModuleT = TypeVar("ModuleT", bound=nn.Module)
CHANNEL_BASE, MOST_CHANNELS = 16384, 512


@dataclass(frozen=True)
class FixedEncoder:
    """Stands in for an encoder, which no step of the optimisation runs."""

    ws: Tensor

    @property
    def num_ws(self) -> int:
        """Number of latent codes."""
        return self.ws.shape[1]

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        return self.ws.shape[2]

    def __call__(self, image: Tensor) -> Tensor:
        """The same W+ for every image."""
        return self.ws.expand(len(image), -1, -1)


def build(
    name: SetName,
    setting: Setting,
    device: torch.device,
    size: int = 256,
    *,
    square: bool = True,
) -> ModelSet:
    """The set `name`, ready to be measured with `setting`.

    Args:
        name: `demo`, or `full` with random weights.
        setting: `plain` as the reference computes, `exact` as this library does, `bf16` the same
            in bfloat16, `compiled` the same by torch.compile.
        device: where to.
        size: height of the full set's images; the demo set has its own.
        square: False = half as wide as high (`full` only).
    """
    torch.manual_seed(0)
    # The reference computes u and v, which no loss looks at.
    with_uv = setting == "plain"
    models = _demo() if name == "demo" else _full(size, square, with_uv)
    for part in (models.generator, models.clip, models.chart, models.segmenter):
        assert isinstance(part, nn.Module)
        part.to(device)
    if setting == "plain":
        return plain_models(models)
    for part in (models.clip, models.chart, models.segmenter):
        assert isinstance(part, nn.Module)
        quicken(part)
    if setting == "bf16":
        return in_bfloat16(models)
    return _compiled(models) if setting == "compiled" else models


def _demo() -> ModelSet:
    found = {part: DEMO_WEIGHTS / names[0] for part, names in FILES.items()}
    return ModelSet(
        generator=checkpoints.load_generator(found["generator"]).freeze(),
        encoder=checkpoints.load_encoder(found["encoder"]),
        clip=checkpoints.load_clip(found["clip"]),
        chart=checkpoints.load_chart(found["chart"]),
        segmenter=checkpoints.load_segmenter(found["regions"]),
        name="demo",
    )


def _full(size: int, square: bool, with_uv: bool) -> ModelSet:
    heights = [2**power for power in range(2, size.bit_length())]
    channels = {height: min(CHANNEL_BASE // height, MOST_CHANNELS) for height in heights}
    config = GeneratorConfig(
        z_dim=512, w_dim=512, resolution=size, channels=channels, square=square
    )
    generator = Generator(config)
    generator.mapping.w_std = torch.ones(config.w_dim)
    generator.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    chart = _seeded(lambda: DensePose(DensePoseConfig(with_uv=with_uv)))
    torch.manual_seed(0)
    for module in chart.modules():
        if isinstance(module, nn.Conv2d):  # torch's default would fade out over fifty layers
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return ModelSet(
        generator=generator.freeze(),
        encoder=FixedEncoder(torch.randn(1, config.num_ws, config.w_dim)),
        clip=freeze(_seeded(lambda: OpenClip(RN50X4))),
        chart=freeze(chart),
        segmenter=freeze(_seeded(DeepLab)),
        name="full",
    )


def _seeded(make: Callable[[], ModuleT]) -> ModuleT:
    """The same weights in every setting, whatever was made before."""
    torch.manual_seed(0)
    return make()


def _compiled(models: ModelSet) -> ModelSet:
    compile_module: Callable[[nn.Module], None] = nn.Module.compile
    for part in (models.chart, models.segmenter, models.clip):
        assert isinstance(part, nn.Module)
        compile_module(part.model.visual if isinstance(part, OpenClip) else part)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue]
    assert isinstance(models.generator, Generator)
    compile_module(models.generator.synthesis)
    return models
