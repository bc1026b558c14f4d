"""StyleSpace of a StyleGAN2: the styles of all convolutions (arXiv 2011.12799)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import torch
from torch import Tensor, nn

from ....base.errors import PairingError
from ....base.types import Synthesizer
from ....networks.stylegan2 import Generator
from ....networks.stylegan2.linear import EqualizedLinear

Change = Callable[[int, Tensor], Tensor]
"""Takes the number of a layer and its styles `[B, C]`; returns those to use."""


class StyleSpace:
    """Reads and shifts the styles of a generator's convolutions, those of toRGB left out.

    Styles of all layers stand side by side, coarse to fine: `[B, channels]`.

    Args:
        synthesizer: a StyleGAN2 generator.

    Raises:
        PairingError: if it is another kind of generator.
    """

    def __init__(self, synthesizer: Synthesizer) -> None:
        if not isinstance(synthesizer, Generator):
            raise PairingError("Global directions need a StyleGAN2 generator, which has styles.")
        self._generator = synthesizer
        self._layers = [
            module
            for name, module in synthesizer.synthesis.named_modules()
            if isinstance(module, EqualizedLinear) and ".conv" in name
        ]
        self.widths = [layer.bias.shape[0] for layer in self._layers]

    @property
    def channels(self) -> int:
        """Number of styles of one picture."""
        return sum(self.widths)

    @torch.no_grad()
    def read(self, ws: Tensor) -> Tensor:
        """Styles `[B, channels]` of `ws` `[B, num_ws, w_dim]`."""
        seen: list[Tensor] = [ws] * len(self.widths)

        def keep(layer: int, styles: Tensor) -> Tensor:
            seen[layer] = styles
            return styles

        with self._changed(keep):
            self._generator.synthesize(ws)
        return torch.cat(seen, 1)

    @torch.no_grad()
    def synthesize(self, ws: Tensor, shift: Tensor) -> Tensor:
        """Pictures `[B, 3, H, W]` of `ws` with `shift` `[B, channels]` added to the styles."""
        shifts = list(shift.split(self.widths, 1))

        def add(layer: int, styles: Tensor) -> Tensor:
            return styles + shifts[layer]

        with self._changed(add):
            return self._generator.synthesize(ws).clamp(0.0, 1.0)

    def _changed(self, change: Change) -> AbstractContextManager[ExitStack]:
        """Within it, `change` stands between the styles and the convolutions."""
        stack = ExitStack()
        for index, layer in enumerate(self._layers):
            hook = layer.register_forward_hook(_as_hook(index, change))
            stack.callback(hook.remove)
        return stack


def _as_hook(index: int, change: Change) -> Callable[[nn.Module, object, Tensor], Tensor]:
    def hook(module: nn.Module, inputs: object, styles: Tensor) -> Tensor:
        del module, inputs
        return change(index, styles)

    return hook
