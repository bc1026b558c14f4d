"""Puts the parts of the mapping network together as one StyleGAN2 mapping network.

Layers 0 to 3 hold the first parts side by side, layers 4 to 7 the one that needs their factors, and
two more turn factors into w. The result is an ordinary stack of dense layers with leaky ReLUs, as
every StyleGAN2 has; that most weights are zero is nobody's business.

What a layer has to hand on unchanged travels shifted by `SHIFT`: a leaky ReLU scales positive
values and leaves them alone otherwise. The last activation is undone by the layer before it:
`-1/(slope gain^2)` times the leaky ReLU of `-w` is what it turns into `w`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from ....networks.stylegan2.linear import LRELU_GAIN, LRELU_SLOPE, EqualizedLinear
from ....networks.stylegan2.mapping import MappingNetwork
from ..latents import LatentBasis
from .mapping_parts import DEPTH, FIRST, SECOND, Part, PartNetwork

SHIFT = 8.0
"""Above any entry of a z of mean square 1 in 64 dimensions, and above any standardised factor."""

NUM_LAYERS = 2 * DEPTH + 2


@dataclass(frozen=True)
class Readable:
    """Values as an affine function of a layer's outputs: `weight` `[N, width]`, `bias` `[N]`."""

    weight: Tensor
    bias: Tensor

    def rows(self, indices: list[int]) -> Readable:
        """Some of the values."""
        return Readable(self.weight[indices], self.bias[indices])

    def through(self, weight: Tensor, bias: Tensor) -> Readable:
        """What a linear layer makes of the values."""
        return Readable(weight @ self.weight, weight @ self.bias + bias)


@dataclass
class Layer:
    """A dense layer being filled, from the top: `outputs` says which rows are taken."""

    width: int
    rows: list[Tensor] = field(default_factory=list[Tensor])
    biases: list[Tensor] = field(default_factory=list[Tensor])

    def put(self, values: Readable) -> slice:
        """Adds `values` before activation; returns where they are."""
        start = sum(len(row) for row in self.rows)
        self.rows.append(values.weight)
        self.biases.append(values.bias)
        return slice(start, start + len(values.bias))

    def carry(self, values: Readable) -> Readable:
        """Adds `values` so that they pass the activation; returns how to read them after it."""
        where = self.put(Readable(values.weight, values.bias + SHIFT))
        count = len(values.bias)
        weight = torch.zeros(count, self.width, dtype=torch.float64)
        weight[:, where] = torch.eye(count, dtype=torch.float64) / LRELU_GAIN
        return Readable(weight, torch.full((count,), -SHIFT, dtype=torch.float64))

    def outputs(self, where: slice) -> Readable:
        """The activated rows `where`, to be read as they are."""
        count = where.stop - where.start
        weight = torch.zeros(count, self.width, dtype=torch.float64)
        weight[:, where] = torch.eye(count, dtype=torch.float64)
        return Readable(weight, torch.zeros(count, dtype=torch.float64))


@torch.no_grad()
def assemble(
    mapping: MappingNetwork, networks: Mapping[Part, PartNetwork], basis: LatentBasis
) -> None:
    """Overwrites the layers of `mapping` with the `networks` of all parts.

    Raises:
        ValueError: if `mapping` has too few or too narrow layers for them.
    """
    if mapping.num_layers != NUM_LAYERS:
        raise ValueError(f"the parts fill {NUM_LAYERS} layers, not {mapping.num_layers}")
    width = cast(EqualizedLinear, mapping.get_submodule("fc0")).weight.shape[0]
    layers = [Layer(width) for _ in range(NUM_LAYERS - 1)]
    z = _as_they_are(mapping.z_dim)
    hidden = {part: z.rows(part.reads) for part in FIRST}
    # Before the second part: the latents that it reads. Beside it: the factors that are known.
    kept = z.rows(SECOND.reads)
    for depth, layer in enumerate(layers[:DEPTH]):
        hidden = {part: _step(layer, networks[part], depth, hidden[part]) for part in FIRST}
        kept = layer.carry(kept)
    known = _stack([_linear(hidden[part], networks[part].out) for part in FIRST])
    order = [index for part in FIRST for index in part.writes]
    read = known.rows([order.index(index) for index in SECOND.reads_known])
    second = _stack([kept, read])
    for depth, layer in enumerate(layers[DEPTH : 2 * DEPTH]):
        second = _step(layer, networks[SECOND], depth, second)
        known = layer.carry(known)
    factors = _stack([known, _linear(second, networks[SECOND].out)])
    axes = basis.axes.double()[[*order, *SECOND.writes]]
    opposite = layers[-1].put(factors.through(-axes.T, torch.zeros(axes.shape[1]).double()))
    undone = -1 / (LRELU_SLOPE * LRELU_GAIN**2)
    last = layers[-1].outputs(opposite)
    w = Readable(last.weight * undone, last.bias)
    for index, layer in enumerate(layers):
        _write(mapping, index, torch.cat(layer.rows), torch.cat(layer.biases))
    _write(mapping, NUM_LAYERS - 1, w.weight, w.bias)


def _as_they_are(count: int) -> Readable:
    return Readable(torch.eye(count, dtype=torch.float64), torch.zeros(count, dtype=torch.float64))


def _stack(values: list[Readable]) -> Readable:
    return Readable(
        torch.cat([one.weight for one in values]), torch.cat([one.bias for one in values])
    )


def _linear(values: Readable, layer: EqualizedLinear) -> Readable:
    weight = layer.weight.double() * layer.weight_gain
    return values.through(weight, layer.bias.double() * layer.bias_gain)


def _step(layer: Layer, network: PartNetwork, depth: int, values: Readable) -> Readable:
    """Puts one layer of a part into `layer`; returns its activated outputs."""
    part_layer = cast(EqualizedLinear, network.hidden[depth])
    return layer.outputs(layer.put(_linear(values, part_layer)))


def _write(mapping: MappingNetwork, index: int, weight: Tensor, bias: Tensor) -> None:
    """Fills a layer from the top and with zeros below."""
    layer = cast(EqualizedLinear, mapping.get_submodule(f"fc{index}"))
    if len(weight) > len(layer.weight):
        raise ValueError(f"the parts need {len(weight)} outputs of layer {index}, it has fewer")
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[: len(weight), : weight.shape[1]] = (weight / layer.weight_gain).float()
    layer.bias[: len(bias)] = (bias / layer.bias_gain).float()
