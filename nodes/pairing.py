"""Which parts belong together."""

from __future__ import annotations

from ..fice.errors import PairingError
from .host import HostModel
from .wires import WPlus


def require_pair(generator: HostModel, wplus: WPlus) -> None:
    """Checks that `wplus` is of `generator`.

    Raises:
        PairingError: if it is of another.
    """
    model = generator.model
    shape, needed = tuple(wplus.ws.shape[1:]), (model.num_ws, model.w_dim)
    if shape != needed:
        raise PairingError(
            f"This W+ has {shape[0]} layers of {shape[1]} numbers, but {generator.name} takes "
            f"{needed[0]} of {needed[1]}: it was made with another generator. Link the W+ and the "
            "generator it was made with."
        )
    if wplus.generator != model.fingerprint:
        raise PairingError(
            f"This W+ was made with another generator than {generator.name} (fingerprint "
            f"{wplus.generator}, not {model.fingerprint}); each generator has a latent space of "
            "its own. Link the one it was made with."
        )


def require_encoder(generator: HostModel, encoder: HostModel) -> None:
    """Checks that `encoder` predicts W+ of `generator`.

    Raises:
        PairingError: if it was trained for another.
    """
    made, needed = encoder.model, generator.model
    same_space = (made.num_ws, made.w_dim) == (needed.num_ws, needed.w_dim)
    trained_for = getattr(made, "generator_fingerprint", "")
    if not same_space or trained_for not in ("", needed.fingerprint):
        raise PairingError(
            f"{encoder.name} and {generator.name} do not belong together: an encoder only knows "
            f"the generator it was trained for (it predicts {made.num_ws} layers of {made.w_dim} "
            f"numbers, the generator takes {needed.num_ws} of {needed.w_dim}). Load both from one "
            "model set."
        )
