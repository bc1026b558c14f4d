"""DensePose with a chart head, as FICE uses it: one box, no detector.

Sources: DensePose, arXiv 1802.00434; Panoptic FPN's decoder, arXiv 1901.02446; formats section 6.
Modules carry the names of detectron2's files, with batch norms folded into the convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.shapes import check_image
from ...base.types import BodyChart
from .densepose_backbone import FeaturePyramid, ResNet
from .densepose_deeplab import DeepLabHead
from .roi_align import Box, roi_align

PIXEL_MEAN_BGR = (103.53, 116.28, 123.675)
SIZE_MULTIPLE = 32
POOLED_SIZE = 28
POOLED_STRIDE = 4
SAMPLING_RATIO = 2

# Name in the file -> channels.
CHART_CHANNELS = {"ann_index_lowres": 2, "index_uv_lowres": 25}
UV_CHANNELS = {"u_lowres": 25, "v_lowres": 25}


@dataclass(frozen=True)
class DensePoseConfig:
    """Architecture of a `DensePose`; the defaults are R50-FPN.

    Attributes:
        blocks: units per stage of the ResNet; (3, 4, 23, 3) is R101.
        stem_width: channels of its stem.
        inner: channels inside the units of each stage.
        widths: channels of each stage.
        fpn_width: channels of the feature pyramid.
        decoder_width: channels of the decoder.
        pooled_width: channels of the decoder's output.
        head_width: channels of the chart head.
        head_depth: convolutions of the chart head.
        with_uv: whether u and v are computed; FICE needs neither.
        deeplab: whether the chart head is that of the DL models.
    """

    blocks: tuple[int, ...] = (3, 4, 6, 3)
    stem_width: int = 64
    inner: tuple[int, ...] = (64, 128, 256, 512)
    widths: tuple[int, ...] = (256, 512, 1024, 2048)
    fpn_width: int = 256
    decoder_width: int = 256
    pooled_width: int = 256
    head_width: int = 512
    head_depth: int = 8
    with_uv: bool = False
    deeplab: bool = False


class DensePose(nn.Module):
    """Perceptor of `BodyChart`, `[B, *, 112, 112]` for any image.

    The person is assumed to fill the image; `BoxedDensePose` looks at a part of it.
    """

    person_height = 256  # pixels, of the photos that FICE shows it

    pixel_mean: Tensor

    def __init__(self, config: DensePoseConfig) -> None:
        super().__init__()
        self.config = config
        bottom_up = ResNet(config.stem_width, config.blocks, config.inner, config.widths)
        self.backbone = FeaturePyramid(bottom_up, config.widths, config.fpn_width)
        self.roi_heads = _ChartHeads(config)
        mean = torch.tensor(PIXEL_MEAN_BGR).view(3, 1, 1)
        self.register_buffer("pixel_mean", mean, persistent=False)

    def forward(self, image: Tensor) -> BodyChart:
        """The chart `[B, *, 112, 112]` of `image` `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        height, width = check_image(image).shape[-2:]
        return self.chart(image, (0.0, 0.0, float(width), float(height)))

    def chart(self, image: Tensor, box: Box) -> BodyChart:
        """The chart `[B, *, 112, 112]` of the part of `image` inside `box`.

        Args:
            image: `[B, 3, H, W]` in [0, 1].
            box: x0, y0, x1, y1 in pixels, the same for the whole batch.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        levels = self.backbone(self.preprocess(check_image(image)))
        return self.roi_heads(levels, box)

    def preprocess(self, image: Tensor) -> Tensor:
        """Input of the trunk: BGR without its mean, padded to multiples of 32."""
        x = image.flip(1) * 255 - self.pixel_mean
        bottom, right = (-size % SIZE_MULTIPLE for size in image.shape[-2:])
        return F.pad(x, (0, right, 0, bottom))


class _ChartHeads(nn.Module):
    def __init__(self, config: DensePoseConfig) -> None:
        super().__init__()
        self.decoder = _Decoder(config)
        head = DeepLabHead if config.deeplab else _ConvStack
        self.densepose_head = head(config.pooled_width, config.head_width, config.head_depth)
        channels = CHART_CHANNELS | (UV_CHANNELS if config.with_uv else {})
        self.densepose_predictor = nn.ModuleDict(
            {
                name: nn.ConvTranspose2d(config.head_width, count, 4, stride=2, padding=1)
                for name, count in channels.items()
            }
        )

    def forward(self, levels: list[Tensor], box: Box) -> BodyChart:
        pooled = roi_align(
            self.decoder(levels),
            box,
            output_size=POOLED_SIZE,
            spatial_scale=1 / POOLED_STRIDE,
            sampling_ratio=SAMPLING_RATIO,
        )
        features = self.densepose_head(pooled)
        maps = {
            name: _doubled(predict(features)) for name, predict in self.densepose_predictor.items()
        }
        u, v = maps.get("u_lowres"), maps.get("v_lowres")
        return BodyChart(
            coarse_segm=maps["ann_index_lowres"],
            fine_segm=maps["index_uv_lowres"],
            u=None if u is None else u.clamp(0, 1),
            v=None if v is None else v.clamp(0, 1),
        )


class _Decoder(nn.Module):
    """Sums all levels of the pyramid at the resolution of the finest."""

    def __init__(self, config: DensePoseConfig) -> None:
        super().__init__()
        for level in range(2, 2 + len(config.widths)):
            layers: list[nn.Module] = []
            for step in range(max(1, level - 2)):
                before = config.decoder_width if step else config.fpn_width
                conv = nn.Conv2d(before, config.decoder_width, 3, padding=1)
                layers += [conv, _Rectify(enlarge=level > 2)]
            self.add_module(f"p{level}", nn.Sequential(*layers))
        self.predictor = nn.Conv2d(config.decoder_width, config.pooled_width, 1)

    def forward(self, levels: list[Tensor]) -> Tensor:
        scaled = [self.get_submodule(f"p{i}")(x) for i, x in enumerate(levels, start=2)]
        return self.predictor(reduce(torch.add, scaled))


class _Rectify(nn.Module):
    """ReLU, then twice the size if `enlarge`."""

    def __init__(self, *, enlarge: bool) -> None:
        super().__init__()
        self.enlarge = enlarge

    def forward(self, x: Tensor) -> Tensor:
        return _doubled(x.relu()) if self.enlarge else x.relu()


class _ConvStack(nn.Module):
    def __init__(self, in_channels: int, width: int, depth: int) -> None:
        super().__init__()
        for index in range(1, depth + 1):
            before = in_channels if index == 1 else width
            self.add_module(f"body_conv_fcn{index}", nn.Conv2d(before, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.children():
            x = conv(x).relu()
        return x


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
