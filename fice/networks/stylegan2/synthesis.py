"""Synthesis network: W+ to an image, block by block of doubling resolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.recompute import recomputed
from ...base.shapes import check_shape
from ..frozen import Frozen
from ..quick.winograd import pays, to_places
from .config import BASE_RESOLUTION, GeneratorConfig
from .linear import LRELU_GAIN, LRELU_SLOPE, EqualizedLinear
from .modulated_conv import (
    demodulation,
    modulated_conv2d,
    per_channel,
    prenormalize,
    transposed,
    weight_energy,
)
from .upfirdn import binomial_filter, upsample2d

NoiseMode = Literal["const", "random", "none"]


@dataclass(frozen=True, eq=False)
class Kernels:
    """A weight in the forms that a layer needs.

    Attributes:
        weight: `[O, I, 3, 3]`.
        energy: its `weight_energy`, `[O, I]`.
        up_weight: as `transposed` gives it, None if that is not at hand.
        places: as `winograd.to_places` gives it, None where that does not pay.
    """

    weight: Tensor
    energy: Tensor
    up_weight: Tensor | None = None
    places: Tensor | None = None


RESNET_GAIN = math.sqrt(0.5)  # keeps the variance of a sum of two branches


class SynthesisLayer(nn.Module):
    """Modulated and demodulated 3x3 convolution, noise, bias, leaky ReLU, clamp.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        w_dim: size of the latent code.
        size: height and width of the output.
        up: whether the layer doubles height and width.
        conv_clamp: bound of the output, None = not clamped.
    """

    noise_const: Tensor
    resample_filter: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        w_dim: int,
        size: tuple[int, int],
        *,
        up: bool = False,
        conv_clamp: float | None = None,
    ) -> None:
        super().__init__()
        self.size, self.up, self.conv_clamp = size, up, conv_clamp
        self.affine = EqualizedLinear(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(size))
        self.register_buffer("resample_filter", binomial_filter())

    def kernels(self, x: Tensor) -> Kernels:
        """What `x` `[B, I, h, w]` is convolved with."""
        del x
        return Kernels(self.weight, weight_energy(self.weight))

    def forward(
        self,
        x: Tensor,
        w: Tensor,
        noise_mode: NoiseMode,
        rng: torch.Generator | None,
        gain: float = 1.0,
    ) -> Tensor:
        """Maps `x` `[B, I, h, w]` with the style of `w` `[B, w_dim]` to `[B, O, *size]`.

        The output is multiplied by `gain`, and the clamp with it.
        """
        kernels, styles = self.kernels(x), self.affine(w)
        if x.dtype == torch.float16:
            weight, styles = prenormalize(kernels.weight, styles)
            kernels = Kernels(weight, weight_energy(weight))
        # A leaky ReLU commutes with a positive factor, so its gain is folded into what is smaller
        # than the feature maps: the demodulation factors, the bias and the noise.
        act_gain = LRELU_GAIN * gain
        scale = per_channel(demodulation(kernels.energy, styles) * act_gain, x.dtype)
        bias = per_channel(self.bias[None] * act_gain, x.dtype)
        up_filter = self.resample_filter if self.up else None
        y = modulated_conv2d(
            x,
            kernels.weight,
            styles,
            up_filter=up_filter,
            up_weight=kernels.up_weight,
            places=kernels.places,
        )
        y = torch.addcmul(bias, y, scale)
        noise = self._noise(len(x), noise_mode, rng)
        if noise is not None:
            y += (noise * (self.noise_strength * act_gain)).to(x.dtype)
        return _clamp(F.leaky_relu(y, LRELU_SLOPE), self.conv_clamp, gain)

    def _noise(
        self, batch: int, noise_mode: NoiseMode, rng: torch.Generator | None
    ) -> Tensor | None:
        """Noise of unit strength, broadcastable to the output."""
        if noise_mode == "none":
            return None
        fixed = self.noise_const
        if noise_mode == "const":
            return fixed
        shape = (batch, 1, *self.size)
        return torch.randn(shape, generator=rng, device=fixed.device, dtype=fixed.dtype)


class FrozenSynthesisLayer(SynthesisLayer, Frozen):
    """A `SynthesisLayer` that makes the forms of its weight once."""

    energy: Tensor
    up_weight: Tensor | None
    places: Tensor | None

    @torch.no_grad()
    def derive(self) -> None:
        """Makes what every call needs."""
        up_weight = transposed(self.weight) if self.up else None
        self.register_buffer("energy", weight_energy(self.weight), persistent=False)
        self.register_buffer("up_weight", up_weight, persistent=False)
        self.register_buffer("places", None, persistent=False)

    def kernels(self, x: Tensor) -> Kernels:
        """As made before."""
        return Kernels(self.weight_that_stays(), self.energy, self.up_weight, self._places(x))

    def _places(self, x: Tensor) -> Tensor | None:
        """Made when they are first asked for, since they are four times as large as the weight."""
        outs, ins = self.weight.shape[:2]
        if self.up or not pays(x, ins, outs):
            return None
        if self.places is None:
            self.places = to_places(self.weight)
        return self.places


class ToRGBLayer(nn.Module):
    """Modulated 1x1 convolution to colours: not demodulated, linear."""

    def __init__(
        self, in_channels: int, img_channels: int, w_dim: int, *, conv_clamp: float | None = None
    ) -> None:
        super().__init__()
        self.conv_clamp = conv_clamp
        self.affine = EqualizedLinear(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(img_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(img_channels))
        self.style_gain = 1 / math.sqrt(in_channels)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps `x` `[B, I, h, w]` to colours `[B, img_channels, h, w]`, at least float32."""
        y = modulated_conv2d(x, self.weight, self.affine(w) * self.style_gain)
        y = y.to(_image_dtype(x.dtype)) + self.bias[:, None, None]
        return _clamp(y, self.conv_clamp)


class SkipProjection(nn.Module):
    """Shortcut of a residual block: 1x1 convolution and up-sampling by two."""

    resample_filter: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 1, 1))
        self.weight_gain = 1 / math.sqrt(in_channels)
        self.register_buffer("resample_filter", binomial_filter())

    def forward(self, x: Tensor) -> Tensor:
        """Maps `[B, I, h, w]` to `[B, O, 2h, 2w]`."""
        y = F.conv2d(x, (self.weight * self.weight_gain).to(x.dtype))
        return upsample2d(y, self.resample_filter)


class SynthesisBlock(nn.Module):
    """The layers of one resolution. The block of height 4 starts from a learned constant."""

    resample_filter: Tensor

    def __init__(self, config: GeneratorConfig, height: int) -> None:
        super().__init__()
        channels, size = config.channels[height], config.size(height)
        is_first, is_last = height == BASE_RESOLUTION, height == config.resolution
        clamp, w_dim = config.conv_clamp, config.w_dim
        self.register_buffer("resample_filter", binomial_filter())
        self.skip: SkipProjection | None = None
        if is_first:
            self.const = nn.Parameter(torch.randn(channels, *size))
        else:
            previous = config.channels[height // 2]
            self.conv0 = SynthesisLayer(previous, channels, w_dim, size, up=True, conv_clamp=clamp)
            if config.architecture == "resnet":
                self.skip = SkipProjection(previous, channels)
        self.conv1 = SynthesisLayer(channels, channels, w_dim, size, conv_clamp=clamp)
        self.torgb: ToRGBLayer | None = None
        if is_last or config.architecture == "skip":
            self.torgb = ToRGBLayer(channels, config.img_channels, w_dim, conv_clamp=clamp)

    def forward(
        self,
        x: Tensor | None,
        image: Tensor | None,
        codes: Sequence[Tensor],
        noise_mode: NoiseMode,
        rng: torch.Generator | None,
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor | None]:
        """Runs the block.

        What comes in may have a batch of one where it is the same for all images.

        Args:
            x: `[B, I, h/2, w/2]`, None for the first block.
            image: sum of the colours so far, `[B, img_channels, h/2, w/2]`, None if there is none.
            codes: of this block's layers, `[B, w_dim]` each, two in the first block, else three.
            noise_mode: see `SynthesisNetwork.forward`.
            rng: as there.
            dtype: of the feature maps.

        Returns:
            Features `[B, O, h, w]` and the image `[B, img_channels, h, w]` (None before the first
            toRGB).
        """
        *convs, last = codes
        if x is None:
            y = self.const.to(dtype).expand(len(convs[0]), -1, -1, -1)
            y = self.conv1(y, convs[0], noise_mode, rng)
        elif self.skip is None:
            y = self.conv0(x, convs[0], noise_mode, rng)
            y = self.conv1(y, convs[1], noise_mode, rng)
        else:
            y = self.conv0(x, convs[0], noise_mode, rng)
            y = self.conv1(y, convs[1], noise_mode, rng, RESNET_GAIN)
            y = y + self.skip(x) * RESNET_GAIN
        if image is not None:
            image = upsample2d(image, self.resample_filter)
        if self.torgb is not None:
            colours = self.torgb(y, last)
            image = colours if image is None else image + colours
        return y, image


class SynthesisNetwork(nn.Module):
    """All blocks, `b4` to the full resolution."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        for height in sorted(config.channels):
            self.add_module(f"b{height}", SynthesisBlock(config, height))

    def block(self, height: int) -> SynthesisBlock:
        """The block that works at `height`."""
        return cast(SynthesisBlock, self.get_submodule(f"b{height}"))

    def forward(
        self,
        ws: Tensor,
        *,
        noise_mode: NoiseMode = "const",
        rng: torch.Generator | None = None,
        dtype: torch.dtype | None = None,
        max_resolution: int | None = None,
        recompute: bool = False,
    ) -> Tensor:
        """Synthesises images.

        Args:
            ws: `[B, num_ws, w_dim]`.
            noise_mode: `const` = the generator's own noise maps, `random` = fresh ones, `none`.
            rng: source of the random noise, None = torch's default.
            dtype: of the feature maps, None = that of the parameters. Styles, demodulation and the
                image stay in at least float32.
            max_resolution: height of the last block to run, None = all (`skip` architecture only:
                the others have no image before the end).
            recompute: keep nothing of the inside of a block for the backward pass, which runs it
                again; not with random noise.

        Returns:
            `[B, img_channels, H, W]`, nominally in [-1, 1], not clamped.

        Raises:
            ShapeError: if `ws` does not fit this generator.
            ValueError: if there is no image at `max_resolution`, or random noise would have to be
                drawn again.
        """
        if recompute and noise_mode == "random":
            raise ValueError("Random noise cannot be recomputed; take the noise mode const.")
        height, width = self.config.size(self.config.resolution)
        check_shape(
            ws,
            ("B", self.config.num_ws, self.config.w_dim),
            "ws",
            f"The generator makes {height}x{width} px; use W+ of this generator.",
        )
        heights = self._heights(max_resolution)
        dtype = self.block(heights[0]).const.dtype if dtype is None else dtype
        codes = list(ws.unbind(1))
        if noise_mode != "random":
            codes = _shared_once(ws, codes)
        x, image = None, None
        for index, height in enumerate(heights):
            # A toRGB shares its code with the next block's first convolution.
            own = codes[max(2 * index - 1, 0) : 2 * index + 2]
            given = (x, image, own, noise_mode, rng, dtype)
            block = self.block(height)
            x, image = recomputed(block, *given) if recompute else block(*given)
        return cast(Tensor, image).expand(len(ws), -1, -1, -1)

    def _heights(self, max_resolution: int | None) -> list[int]:
        """Heights of the blocks to run."""
        heights = sorted(self.config.channels)
        if max_resolution is None or max_resolution == heights[-1]:
            return heights
        if self.config.architecture != "skip" or max_resolution not in heights:
            raise ValueError(f"Got max_resolution {max_resolution}, this generator has no image.")
        return heights[: heights.index(max_resolution) + 1]


def _shared_once(ws: Tensor, codes: list[Tensor]) -> list[Tensor]:
    """`codes` with a batch of one for the leading layers that are the same in all images.

    Variants of one image, e.g. of a start search, then share the layers before the first that
    differs. Only without a graph, and never on a GPU, which would be waited for: there, a few
    small layers more take no time.
    """
    if torch.is_grad_enabled() or len(ws) == 1 or ws.device.type != "cpu":
        return codes
    differing = (ws != ws[:1]).any(2).any(0).nonzero()
    shared = int(differing[0]) if len(differing) else len(codes)
    return [code[:1] if index < shared else code for index, code in enumerate(codes)]


def _clamp(x: Tensor, bound: float | None, gain: float = 1.0) -> Tensor:
    """`x` within ±`bound`·`gain`."""
    # Same as `clamp`, whose backward pass reads the feature map several times instead of once.
    return x if bound is None else F.hardtanh(x, -bound * gain, bound * gain)


def _image_dtype(dtype: torch.dtype) -> torch.dtype:
    """Dtype of the image for feature maps of `dtype`: colours are summed in at least float32."""
    return torch.promote_types(dtype, torch.float32)
