"""3x3 convolutions with a quarter of the multiplications: Winograd's F(4x4, 3x3).

Source: Lavin and Gray, arXiv 1509.09308. A tile of 4x4 outputs sees a patch of 6x6 inputs. Both are
taken to 36 places where the convolution is a product per place, so that all tiles together are 36
matrix products. The result differs from a direct convolution by rounding only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..frozen import Frozen
from ..uninitialised import Uninitialised

TILE, PATCH = 4, 6
# Where it was measured to be faster on a CPU: below, moving tiles costs more than it saves.
FEWEST_CHANNELS = 128
FEWEST_TILES = 16
MOST_DILATION = 4
DTYPES = (torch.float32, torch.float64)

_PATCH_TO_PLACES = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_KERNEL_TO_PLACES = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_PLACES_TO_TILE = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


class WinogradConv2d(nn.Conv2d, Frozen):
    """A frozen convolution that takes the quick way where one exists and pays."""

    places: Tensor | None

    @classmethod
    def of(cls, conv: nn.Conv2d) -> WinogradConv2d:
        """The same convolution, with the parameters of `conv` itself."""
        step = conv.dilation[0]
        with Uninitialised(), torch.device("meta"):
            made = cls(conv.in_channels, conv.out_channels, 3, padding=step, dilation=step)
        made.weight, made.bias = conv.weight, conv.bias
        made.derive()
        return made.train(conv.training)

    def derive(self) -> None:
        """Forgets the places; they are four times as large as the weight, and made when needed."""
        self.register_buffer("places", None, persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        """Convolves."""
        weight = self.weight_that_stays()
        step = self.dilation[0]
        if not pays(input, self.in_channels, self.out_channels, step):
            return super().forward(input)
        if self.places is None:
            self.places = to_places(weight)
        y = convolve(input, self.places, step)
        return y if self.bias is None else y + self.bias[:, None, None]


def is_candidate(conv: nn.Module) -> bool:
    """Whether `conv` is a 3x3 convolution that keeps the size, for which a quick way exists."""
    if type(conv) is not nn.Conv2d or conv.kernel_size != (3, 3) or conv.stride != (1, 1):
        return False
    same = conv.dilation[0] == conv.dilation[1] and conv.padding == conv.dilation
    plain = conv.groups == 1 and conv.padding_mode == "zeros"
    return same and plain and min(conv.in_channels, conv.out_channels) >= FEWEST_CHANNELS


def pays(x: Tensor, in_channels: int, out_channels: int, dilation: int = 1) -> bool:
    """Whether the quick way is faster for `x` `[B, C, H, W]`: on a CPU, in full precision."""
    device, (batch, _, height, width) = x.device.type, x.shape
    if device != "cpu" or x.dtype not in DTYPES or torch.is_autocast_enabled(device):
        return False
    if dilation > MOST_DILATION or height % dilation or width % dilation:
        return False
    rows, columns = (-(-side // dilation // TILE) for side in (height, width))
    tiles = batch * dilation**2 * rows * columns
    return tiles >= FEWEST_TILES and min(in_channels, out_channels) >= FEWEST_CHANNELS


@torch.inference_mode(False)
@torch.no_grad()
def to_places(weight: Tensor) -> Tensor:
    """`[36, I, O]`, what `convolve` takes, of `weight` `[O, I, 3, 3]`."""
    # On the CPU: some GPUs have no double precision.
    g = torch.tensor(_KERNEL_TO_PLACES, dtype=torch.float64)
    places = torch.einsum("ap,bq,oipq->abio", g, g, weight.to("cpu", torch.float64))
    return places.flatten(0, 1).to(weight.dtype).contiguous().to(weight.device)


def convolve(x: Tensor, places: Tensor, dilation: int = 1) -> Tensor:
    """3x3 convolution of `x` `[B, I, H, W]` that keeps its size; `[B, O, H, W]`, channels last.

    Args:
        x: whose height and width are multiples of `dilation`; alone gets a gradient.
        places: the kernel, of `to_places`.
        dilation: distance of the taps.
    """
    x = x.permute(0, 2, 3, 1)
    if dilation == 1:
        return _run(x, places).permute(0, 3, 1, 2)
    # Taps `dilation` apart never meet: these are dilation² convolutions of every n-th pixel.
    batch, height, width, channels = x.shape
    rows, columns = height // dilation, width // dilation
    x = x.reshape(batch, rows, dilation, columns, dilation, channels).permute(0, 2, 4, 1, 3, 5)
    y = _run(x.reshape(-1, rows, columns, channels), places)
    y = y.view(batch, dilation, dilation, rows, columns, -1).permute(0, 3, 1, 4, 2, 5)
    return y.reshape(batch, height, width, -1).permute(0, 3, 1, 2)


def _run(x: Tensor, places: Tensor) -> Tensor:
    return cast(Tensor, _Convolution.apply(x, places))


class _Convolution(torch.autograd.Function):
    """`[B, H, W, I]` and places to `[B, H, W, O]`; the gradient needs nothing of the input."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        batch, height, width, channels = x.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        below, right = rows * TILE + 1 - height, columns * TILE + 1 - width
        to_places, to_tile = _transforms(x.dtype)
        patches = _patches(F.pad(x, (0, 0, 1, right, 1, below)), rows, columns)
        product = torch.bmm(_both_axes(to_places, patches).view(PATCH**2, -1, channels), places)
        y = _both_axes(to_tile, product).view(TILE, TILE, batch, rows, columns, -1)
        y = y.permute(2, 3, 0, 4, 1, 5).reshape(batch, rows * TILE, columns * TILE, -1)
        return y[:, :height, :width].contiguous()

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        (places,) = cast("tuple[Tensor]", ctx.saved_tensors)  # pyright: ignore[reportAttributeAccessIssue]
        (grad,) = grads
        batch, height, width, channels = grad.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        to_places, to_tile = _transforms(grad.dtype)
        g = F.pad(grad, (0, 0, 0, columns * TILE - width, 0, rows * TILE - height))
        g = g.reshape(batch, rows, TILE, columns, TILE, channels).permute(2, 4, 0, 1, 3, 5)
        product = _both_axes(to_tile.t(), g.reshape(TILE**2, -1)).view(PATCH**2, -1, channels)
        patches = _both_axes(to_places.t(), torch.bmm(product, places.mT))
        patches = patches.view(PATCH, PATCH, batch, rows, columns, -1)
        return _summed(patches)[:, 1 : height + 1, 1 : width + 1].contiguous(), None


def _both_axes(transform: Tensor, x: Tensor) -> Tensor:
    """`transform` `[M, N]` along rows and then columns of `x` `[N·N, ...]`; `[M, M, ...]`, flat.

    Two small products: a single one by their Kronecker product would multiply three times as much.
    """
    made, given = transform.shape
    rows = transform @ x.reshape(given, -1)
    return transform @ rows.view(made, given, -1)


def _patches(padded: Tensor, rows: int, columns: int) -> Tensor:
    """`[36, B·rows·columns·C]`: all patches, of which neighbours overlap by two."""
    image, row, column, channel = padded.stride()
    batch, channels = padded.shape[0], padded.shape[3]
    size = (PATCH, PATCH, batch, rows, columns, channels)
    strides = (row, column, image, row * TILE, column * TILE, channel)
    return padded.as_strided(size, strides).reshape(PATCH**2, -1)


def _summed(patches: Tensor) -> Tensor:
    """The image whose patches `[6, 6, B, rows, columns, C]` overlap, added up where they do."""
    _, _, batch, rows, columns, channels = patches.shape
    image = patches.new_zeros(batch, rows + 1, TILE, columns + 1, TILE, channels)
    # What a patch holds of its own tile, and of the next.
    own, over = (slice(0, TILE), slice(0, -1)), (slice(TILE, PATCH), slice(1, None))
    for inside, tiles in (own, over):
        for inside_x, tiles_x in (own, over):
            part = patches[inside, inside_x].permute(2, 3, 0, 4, 1, 5)
            image[:, tiles, : part.shape[2], tiles_x, : part.shape[4]] += part
    return image.view(batch, (rows + 1) * TILE, (columns + 1) * TILE, channels)


@lru_cache(maxsize=len(DTYPES))
@torch.inference_mode(False)
def _transforms(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Per axis: patches to places `[6, 6]` and places to tiles `[4, 6]`."""
    b, a = (torch.tensor(rows, dtype=dtype) for rows in (_PATCH_TO_PLACES, _PLACES_TO_TILE))
    return b, a
