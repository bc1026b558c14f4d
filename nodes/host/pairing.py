"""Which parts belong together, by the names that an artist knows them by."""

from __future__ import annotations

from ...fice.base.pairing import check_encoder, check_wplus
from .models import HostModel
from .wires import WPlus


def require_pair(generator: HostModel, wplus: WPlus) -> None:
    """Checks that `wplus` is of `generator`.

    Raises:
        PairingError: if it is of another.
    """
    shape = tuple(wplus.ws.shape[1:])
    check_wplus(shape, wplus.generator, generator.model, "This W+", generator.name)


def require_encoder(generator: HostModel, encoder: HostModel) -> None:
    """Checks that `encoder` predicts W+ of `generator`.

    Raises:
        PairingError: if it was trained for another.
    """
    check_encoder(generator.model, encoder.model, generator.name, encoder.name)
