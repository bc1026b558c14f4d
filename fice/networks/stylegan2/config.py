"""Everything that shapes a StyleGAN2 generator, and how to read it back from its tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from operator import index
from typing import Any, Literal, get_args

from torch import Tensor

from ...base.errors import CheckpointError

Architecture = Literal["skip", "resnet", "orig"]

BASE_RESOLUTION = 4  # height of the learned constant
MAX_SIZE = 8192  # of any dimension; the largest published generator has 1024
MAX_LR_MULTIPLIER = 1000.0  # anything larger, such as infinity, makes numbers that are none
DEFAULT_LR_MULTIPLIER = 0.01  # of the mapping network, in every published file
DEFAULT_CONV_CLAMP = 256.0  # value of every published preset that clamps


@dataclass(frozen=True)
class GeneratorConfig:
    """Constructor arguments of a `Generator`.

    Attributes:
        z_dim: size of the input of the mapping network.
        w_dim: size of one latent code.
        resolution: height of the images in pixels, a power of two.
        channels: feature channels of the block of each height, e.g. `{4: 512, 8: 512, ...}`.
        c_dim: number of classes, 0 = unconditional.
        img_channels: colour channels of the images.
        num_mapping_layers: fully connected layers from z to w.
        mapping_dim: width of the hidden mapping layers, None = `w_dim`.
        embed_dim: size of the class embedding, None = `w_dim`; unused if `c_dim` is 0.
        lr_multiplier: factor of the mapping network's weights (they are stored divided by it).
        architecture: how a block passes the image on (StyleGAN2, figure 7).
        conv_clamp: bound of the activations, None = not clamped.
        square: False = images are half as wide as high (StyleGAN-Human).
    """

    z_dim: int
    w_dim: int
    resolution: int
    channels: Mapping[int, int]
    c_dim: int = 0
    img_channels: int = 3
    num_mapping_layers: int = 8
    mapping_dim: int | None = None
    embed_dim: int | None = None
    lr_multiplier: float = 0.01
    architecture: Architecture = "skip"
    conv_clamp: float | None = None
    square: bool = True

    def __post_init__(self) -> None:
        """Refuses tables and sizes that no generator can have."""
        given = [self.z_dim, self.w_dim, self.img_channels, self.num_mapping_layers, self.c_dim + 1]
        optional = [size for size in (self.mapping_dim, self.embed_dim) if size is not None]
        for size in (*given, *optional, *self.channels.values()):
            if not 0 < index(size) <= MAX_SIZE:
                raise ValueError(f"Got a size of {size}, expected 1 to {MAX_SIZE}.")
        if not 0 < self.lr_multiplier <= MAX_LR_MULTIPLIER:
            raise ValueError(f"Got a learning rate multiplier of {self.lr_multiplier}.")
        if not (self.conv_clamp is None or self.conv_clamp > 0):
            raise ValueError("Got a clamp that is not positive.")
        heights = block_heights(min(self.resolution, MAX_SIZE))
        if self.resolution < 2 * BASE_RESOLUTION or heights[-1] != self.resolution:
            raise ValueError(f"Got resolution {self.resolution}, expected 8, 16, 32 and so on.")
        if sorted(self.channels) != heights:
            raise ValueError(f"Got channels for {sorted(self.channels)}, expected {heights}.")
        if self.architecture not in get_args(Architecture):
            raise ValueError(f"Got architecture {self.architecture!r}, expected skip|resnet|orig.")

    @property
    def num_ws(self) -> int:
        """Latent codes of one image: one per 3x3 convolution and one for the last toRGB."""
        return 2 * len(self.channels)

    def size(self, height: int) -> tuple[int, int]:
        """Height and width of the feature maps of the block of `height`."""
        return height, height if self.square else height // 2

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; `from_json` is the inverse."""
        return {**asdict(self), "channels": {str(k): v for k, v in self.channels.items()}}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> GeneratorConfig:
        """Rebuilds what `to_json` wrote.

        Raises:
            CheckpointError: if a key is missing, unknown, or has an impossible value.
        """
        unknown = set(config) - {field.name for field in fields(cls)}
        if unknown:
            raise CheckpointError(f"The generator's config has unknown keys {sorted(unknown)}.")
        try:
            channels = {int(height): int(count) for height, count in config["channels"].items()}
            arguments: dict[str, Any] = {**config, "channels": channels}
            return cls(**arguments)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"The generator's config cannot be used: {error}") from None


def block_heights(resolution: int) -> list[int]:
    """Heights of all blocks up to `resolution`: 4, 8, 16 and so on."""
    heights = [BASE_RESOLUTION]
    while heights[-1] < resolution:
        heights.append(2 * heights[-1])
    return heights


def config_from_state(
    state: Mapping[str, Tensor],
    conv_clamp: float | None,
    lr_multiplier: float = DEFAULT_LR_MULTIPLIER,
) -> GeneratorConfig:
    """Reads a generator's architecture from the shapes of its state dict (NVIDIA's names).

    Args:
        state: the complete state dict.
        conv_clamp: cannot be seen in the tensors, so the caller says it.
        lr_multiplier: as `conv_clamp`.

    Raises:
        CheckpointError: naming the first tensor that is missing or has an impossible shape.
    """
    heights = sorted({int(m[1]) for m in map(_BLOCK.match, state) if m})
    depth = len({m[1] for m in map(_MAPPING_LAYER.match, state) if m})
    channels = {h: _dims(state, f"synthesis.b{h}.conv1.weight", 4)[0] for h in heights}
    if not heights or not depth:
        raise CheckpointError(
            "The file does not hold a StyleGAN2 generator: no mapping or no blocks."
        )
    w_dim = _dims(state, f"mapping.fc{depth - 1}.weight", 2)[0]
    mapping_dim = _dims(state, "mapping.fc0.weight", 2)[0] if depth > 1 else w_dim
    conditional = "mapping.embed.weight" in state
    embed_dim, c_dim = _dims(state, "mapping.embed.weight", 2) if conditional else (0, 0)
    _, base_height, base_width = _dims(state, "synthesis.b4.const", 3)
    try:
        return GeneratorConfig(
            z_dim=_dims(state, "mapping.fc0.weight", 2)[1] - embed_dim,
            w_dim=w_dim,
            resolution=heights[-1],
            channels=channels,
            c_dim=c_dim,
            img_channels=_dims(state, f"synthesis.b{heights[-1]}.torgb.weight", 4)[0],
            num_mapping_layers=depth,
            mapping_dim=None if mapping_dim == w_dim else mapping_dim,
            embed_dim=None if not conditional or embed_dim == w_dim else embed_dim,
            lr_multiplier=lr_multiplier,
            architecture=_architecture(state, heights),
            conv_clamp=conv_clamp,
            square=base_width == base_height,
        )
    except ValueError as error:
        raise CheckpointError(f"The file's generator is incomplete or unusual: {error}") from None


_BLOCK = re.compile(r"synthesis\.b(\d{1,5})\.")
_MAPPING_LAYER = re.compile(r"mapping\.fc(\d{1,3})\.weight$")


def _dims(state: Mapping[str, Tensor], name: str, ndim: int) -> tuple[int, ...]:
    """Shape of the tensor `name`, which must have `ndim` dimensions."""
    if name not in state:
        raise CheckpointError(
            f"The file does not hold a complete StyleGAN2 generator: no tensor {name}."
        )
    shape = tuple(state[name].shape)
    if len(shape) != ndim or not all(shape):
        raise CheckpointError(f"Tensor {name} has shape {list(shape)}, expected {ndim} dimensions.")
    return shape


def _architecture(state: Mapping[str, Tensor], heights: list[int]) -> Architecture:
    """Architecture by what the blocks carry (formats, section 1.1)."""
    if all(f"synthesis.b{height}.torgb.weight" in state for height in heights):
        return "skip"
    if any(f"synthesis.b{height}.skip.weight" in state for height in heights):
        return "resnet"
    return "orig"
