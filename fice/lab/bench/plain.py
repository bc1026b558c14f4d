"""The plain path: the same networks with the operators of the published implementation.

It exists to be measured against, so that the ratio to the reference can be had on any machine in
one run: one modulated weight per sample and grouped convolutions, up-sampling by zero insertion,
batch norms as layers of their own, u and v computed, every tensor in NCHW.
"""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...networks.perceptors.densepose import DensePose
from ...networks.perceptors.densepose_backbone import Bottleneck, Stem
from ...networks.stylegan2 import Generator
from ...networks.stylegan2.linear import LRELU_GAIN, LRELU_SLOPE
from ...networks.stylegan2.modulated_conv import DEMODULATION_EPS
from ...networks.stylegan2.synthesis import SynthesisLayer, ToRGBLayer
from ...networks.stylegan2.upfirdn import UP_GAIN
from ...pipeline.models import ModelSet


class PlainGenerator:
    """A `skip` generator, run as the published code runs it; implements `Synthesizer`.

    Args:
        generator: frozen; its parameters are shared.
    """

    def __init__(self, generator: Generator) -> None:
        if generator.config.architecture != "skip":
            raise ValueError("The plain path can only draw the `skip` architecture.")
        self._generator = generator.to(memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue]
        self.num_ws = generator.num_ws
        self.w_dim = generator.w_dim
        self.z_dim = generator.z_dim
        self.resolution = generator.resolution
        self.w_avg = generator.w_avg
        self.w_std = generator.w_std
        self.fingerprint = generator.fingerprint

    def sample_w(self, z: Tensor, *, truncation_psi: float = 1.0) -> Tensor:
        """See `Generator.sample_w`."""
        return self._generator.sample_w(z, truncation_psi=truncation_psi)

    def synthesize(self, ws: Tensor, *, recompute: bool = False) -> Tensor:
        """See `Generator.synthesize`; the published code keeps everything."""
        del recompute
        synthesis = self._generator.synthesis
        x, image = ws.new_zeros(0), None
        for index, height in enumerate(sorted(synthesis.config.channels)):
            block = synthesis.block(height)
            codes = ws[:, max(2 * index - 1, 0) : 2 * index + 2].unbind(1)
            if index == 0:
                x = block.const.expand(len(ws), -1, -1, -1)
            else:
                x = _layer(block.conv0, x, codes[0])
            x = _layer(block.conv1, x, codes[-2])
            assert block.torgb is not None
            colours = _colours(block.torgb, x, codes[-1])
            image = colours if image is None else _upsample(image, block.resample_filter) + colours
        assert image is not None
        return image * 0.5 + 0.5


def _layer(layer: SynthesisLayer, x: Tensor, w: Tensor) -> Tensor:
    fir = layer.resample_filter if layer.up else None
    y = per_sample_conv(x, layer.weight, layer.affine(w), demodulate=True, up_filter=fir)
    y = y + layer.noise_const * layer.noise_strength
    y = F.leaky_relu(y + layer.bias.view(1, -1, 1, 1), LRELU_SLOPE) * LRELU_GAIN
    return y if layer.conv_clamp is None else y.clamp(-layer.conv_clamp, layer.conv_clamp)


def _colours(layer: ToRGBLayer, x: Tensor, w: Tensor) -> Tensor:
    y = per_sample_conv(x, layer.weight, layer.affine(w) * layer.style_gain, demodulate=False)
    y = y + layer.bias.view(1, -1, 1, 1)
    return y if layer.conv_clamp is None else y.clamp(-layer.conv_clamp, layer.conv_clamp)


def per_sample_conv(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    demodulate: bool,
    up_filter: Tensor | None = None,
) -> Tensor:
    """Modulated convolution with one weight per sample, in groups (StyleGAN2, section 2.2).

    Args:
        x: `[B, I, H, W]`.
        weight: `[O, I, k, k]`.
        styles: `[B, I]`.
        demodulate: whether each sample's weight is brought to unit norm per output channel.
        up_filter: `[4, 4]` filter to double height and width, None = keep them.

    Returns:
        `[B, O, H, W]`, or twice as high and wide.
    """
    batch, (outs, ins, size, _) = len(x), weight.shape
    own = weight * styles.view(batch, 1, ins, 1, 1)
    if demodulate:
        own = own * torch.rsqrt(own.square().sum((2, 3, 4), keepdim=True) + DEMODULATION_EPS)
    grouped = x.reshape(1, batch * ins, *x.shape[2:])
    if up_filter is None:
        kernels = own.reshape(batch * outs, ins, size, size)
        y = F.conv2d(grouped, kernels, padding=size // 2, groups=batch)
        return y.reshape(batch, outs, *y.shape[2:])
    kernels = own.transpose(1, 2).reshape(batch * ins, outs, size, size)
    y = F.conv_transpose2d(grouped, kernels, stride=2, groups=batch)
    return _filtered(F.pad(y.reshape(batch, outs, *y.shape[2:]), (1, 1, 1, 1)), up_filter)


def _upsample(image: Tensor, fir: Tensor) -> Tensor:
    batch, channels, height, width = image.shape
    x = F.pad(image.reshape(batch, channels, height, 1, width, 1), (0, 1, 0, 0, 0, 1))
    return _filtered(F.pad(x.reshape(batch, channels, 2 * height, 2 * width), (2, 1, 2, 1)), fir)


def _filtered(x: Tensor, fir: Tensor) -> Tensor:
    kernel = (fir * UP_GAIN).expand(x.shape[1], 1, *fir.shape)
    return F.conv2d(x, kernel, groups=x.shape[1])


def plain_models(models: ModelSet) -> ModelSet:
    """`models`, fresh from their files and not quickened, on the plain path; takes them over."""
    generator = models.generator
    assert isinstance(generator, Generator)
    for part in (models.clip, models.chart, models.segmenter):
        assert isinstance(part, nn.Module)
        part.to(memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue]
    if isinstance(models.chart, DensePose):
        unfold_norms(models.chart)
    return replace(models, generator=PlainGenerator(generator))


def unfold_norms(network: DensePose) -> None:
    """Gives each convolution of the trunk the batch norm that was folded into it."""
    for module in list(network.backbone.bottom_up.modules()):
        if isinstance(module, (Stem, Bottleneck)):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.Conv2d):
                    setattr(module, name, _with_norm(child))


def _with_norm(conv: nn.Conv2d) -> nn.Sequential:
    norm = nn.BatchNorm2d(conv.out_channels, eps=0.0).eval().requires_grad_(False)
    if conv.bias is not None:
        norm.bias = nn.Parameter(conv.bias.detach(), requires_grad=False)
        conv.bias = None
    return nn.Sequential(conv, norm)
