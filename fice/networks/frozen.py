"""Layers that keep tensors made of their weights, which therefore must not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from torch import Tensor, nn

from ..base.errors import FrozenError

FrozenT = TypeVar("FrozenT", bound="Frozen")


class Frozen(nn.Module):
    """A layer that keeps what it made of its `weight`; the weights behind it never change.

    A layer that learns is of another class and keeps nothing, so nothing can outlive a change of
    its weights. Here weights cannot learn nor be replaced; another dtype makes all of it anew.
    """

    weight: Tensor

    def derive(self) -> None:
        """Makes, of the weights, all that is kept."""
        raise NotImplementedError

    def requires_grad_(self: FrozenT, requires_grad: bool = True) -> FrozenT:
        """Refuses to learn.

        Raises:
            FrozenError: if `requires_grad` is true.
        """
        if requires_grad:
            refuse_to_learn()
        return super().requires_grad_(False)

    def weight_that_stays(self) -> Tensor:
        """The weight.

        Raises:
            FrozenError: if someone has it learn.
        """
        if self.weight.requires_grad:
            refuse_to_learn()
        return self.weight

    def _apply(self: FrozenT, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> FrozenT:
        dtype = self.weight.dtype
        super()._apply(fn, recurse)
        if self.weight.dtype != dtype:
            self.derive()
        return self

    def _load_from_state_dict(self, *_: object, **__: object) -> NoReturn:
        refuse_weights()


def refuse_to_learn() -> NoReturn:
    """Says why a frozen network cannot learn.

    Raises:
        FrozenError: always.
    """
    raise FrozenError(
        "A frozen network keeps tensors made of its weights, so these cannot learn. Train a "
        "network as it was loaded; of a frozen StyleGAN2, `thaw()` gives a copy that learns."
    )


def refuse_weights(*_: object) -> NoReturn:
    """Says why a frozen network cannot take other weights.

    Raises:
        FrozenError: always.
    """
    raise FrozenError(
        "A frozen network keeps tensors made of its weights, so it cannot take others. Load them "
        "into a network that is not frozen or quickened yet, and freeze that."
    )
