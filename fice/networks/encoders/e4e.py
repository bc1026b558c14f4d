"""The encoders e4e and pSp: an IR-SE50 trunk, a feature pyramid, and one head per latent code.

Sources: e4e, arXiv 2102.02766; pSp, arXiv 2008.00951; formats section 5b. Modules carry the names
of the released files, so that their state dicts fit without renaming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.errors import CheckpointError
from ...base.images import averaged, resize
from ...base.shapes import check_image

Resize = Literal["area", "bilinear"]

IMAGE_SIDE = 256  # the longer one
INPUT_WIDTH = 64
IR_SE50 = ((64, 3), (128, 4), (256, 14), (512, 3))

# Heads below the first bound read the coarsest features, those below the second the middle ones.
COARSE_BOUND, MIDDLE_BOUND = 3, 7
COARSE_SIZE = IMAGE_SIDE // 16
LEAKY_SLOPE = 0.01


@dataclass(frozen=True)
class E4eConfig:
    """Architecture of an e4e or pSp encoder.

    Attributes:
        num_ws: latent codes of one image.
        stages: channels and number of units of each stage of the trunk.
        input_width: channels of the first layer.
        residual: whether heads predict what they add to the first code (e4e), or each code itself
            (pSp).
        image_size: height and width that it looks at, in pixels; the tensors do not show it.
        resize: how other images are brought to that size: by `area`, as FICE does, or `bilinear`
            with antialiasing, as StyleGAN-Human does.
    """

    num_ws: int
    stages: tuple[tuple[int, int], ...] = IR_SE50
    input_width: int = INPUT_WIDTH
    residual: bool = True
    image_size: tuple[int, int] = (IMAGE_SIDE, IMAGE_SIDE)
    resize: Resize = "area"

    def __post_init__(self) -> None:
        """Refuses images that the heads do not bring down to one pixel.

        Raises:
            CheckpointError: if the longer side is not 256 pixels, or `resize` is unknown.
        """
        sides = tuple(self.image_size)
        whole = all(type(side) is int for side in sides)
        if not whole or len(sides) != 2 or min(sides) < 1 or max(sides) != IMAGE_SIDE:
            raise CheckpointError(
                f"This encoder is said to look at images of {sides} pixels, but one of this kind "
                f"looks at {IMAGE_SIDE} on the longer side."
            )
        if self.resize not in get_args(Resize):
            raise CheckpointError(
                f"This encoder asks for images resized by {self.resize!r}, expected one of "
                f"{', '.join(get_args(Resize))}."
            )

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        return self.stages[-1][0]


class E4eEncoder(nn.Module):
    """Image to W+ of a StyleGAN2 generator.

    The buffer `latent_avg` `[1, num_ws, w_dim]` is added to all predictions.
    """

    latent_avg: Tensor

    def __init__(self, config: E4eConfig) -> None:
        super().__init__()
        self.config = config
        w_dim = config.w_dim
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, config.input_width, 3, padding=1, bias=False),
            nn.BatchNorm2d(config.input_width),
            nn.PReLU(config.input_width),
        )
        self.body = nn.Sequential(*residual_units(config.stages, config.input_width))
        self.styles = nn.ModuleList(_StyleHead(w_dim, _depth(i)) for i in range(config.num_ws))
        self.latlayer1 = nn.Conv2d(config.stages[-2][0], w_dim, 1)
        self.latlayer2 = nn.Conv2d(config.stages[-3][0], w_dim, 1)
        self.register_buffer("latent_avg", torch.zeros(1, config.num_ws, w_dim))
        # Last unit of the three coarsest stages.
        self._taps = [end - 1 for end in accumulate(count for _, count in config.stages)][-3:]

    @property
    def num_ws(self) -> int:
        """Number of latent codes that it predicts."""
        return self.config.num_ws

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        return self.config.w_dim

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the images that it looks at, in pixels."""
        return self.config.image_size

    def forward(self, image: Tensor) -> Tensor:
        """W+ `[B, num_ws, w_dim]` of `image` `[B, 3, H, W]` in [0, 1].

        An image of another size is resized as the config says; one of other proportions is
        squashed to those that the encoder was trained on.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        pyramid = self.pyramid(self._resized(check_image(image)) * 2 - 1)
        codes = torch.stack(
            [style(pyramid[_level(i)]) for i, style in enumerate(self.styles)], dim=1
        )
        if self.config.residual:
            codes = torch.cat([codes[:, :1], codes[:, :1] + codes[:, 1:]], dim=1)
        return codes + self.latent_avg

    def pyramid(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features for the coarse, middle and fine heads, `[B, w_dim, H / 16|8|4, W / 16|8|4]`.

        Args:
            x: image `[B, 3, H, W]` of `image_size` in [-1, 1].
        """
        x = self.input_layer(x)
        taps: list[Tensor] = []
        for index, unit in enumerate(self.body):
            x = unit(x)
            if index in self._taps:
                taps.append(x)
        fine, middle, coarse = taps
        middle = _enlarged(coarse, middle) + self.latlayer1(middle)
        return coarse, middle, _enlarged(middle, fine) + self.latlayer2(fine)

    def _resized(self, image: Tensor) -> Tensor:
        size = self.config.image_size
        if image.shape[-2:] == size:
            return image
        return averaged(image, size) if self.config.resize == "area" else resize(image, size)


class _Unit(nn.Module):
    """One bottleneck of IR-SE50."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.shortcut_layer = (
            nn.Identity()
            if in_channels == out_channels
            else nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
            nn.PReLU(out_channels),
            nn.Conv2d(out_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            _SqueezeExcite(out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        residual = self.res_layer(x)
        if isinstance(self.shortcut_layer, nn.Identity):
            return residual + x[..., :: self.stride, :: self.stride]
        return residual + self.shortcut_layer(x)


class _SqueezeExcite(nn.Module):
    """Weighs channels by what their means say (arXiv 1709.01507)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        return x * self.fc2(self.fc1(mean).relu()).sigmoid()


class _StyleHead(nn.Module):
    """Features `[B, C, h, w]`, 2^depth on the longer side, to one code `[B, C]`.

    A side that has come down to one pixel stays so while the other is still halved.
    """

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(depth):
            layers += [
                nn.Conv2d(channels, channels, 3, stride=2, padding=1),
                nn.LeakyReLU(LEAKY_SLOPE),
            ]
        self.convs = nn.Sequential(*layers)
        self.linear = _EqualLinear(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.convs(x).flatten(1))


class _EqualLinear(nn.Module):
    """A linear layer whose stored weights have unit variance."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight / self.weight.shape[1] ** 0.5, self.bias)


def residual_units(stages: Sequence[tuple[int, int]], input_width: int) -> list[nn.Module]:
    """The bottlenecks of a trunk: each stage halves the resolution in its first one."""
    units: list[nn.Module] = []
    width = input_width
    for channels, count in stages:
        units += [_Unit(width, channels, stride=2)]
        units += [_Unit(channels, channels, stride=1) for _ in range(count - 1)]
        width = channels
    return units


def _level(index: int) -> int:
    """Which features head `index` reads: 0 coarse, 1 middle, 2 fine."""
    return (index >= COARSE_BOUND) + (index >= MIDDLE_BOUND)


def _depth(index: int) -> int:
    """Halvings that bring the features of head `index` down to one pixel."""
    return COARSE_SIZE.bit_length() - 1 + _level(index)


def _enlarged(coarse: Tensor, fine: Tensor) -> Tensor:
    return F.interpolate(coarse, fine.shape[-2:], mode="bilinear", align_corners=True)
