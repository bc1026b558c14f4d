"""W+ of photos that were inverted before, whatever node or workflow they come back through.

The host keeps the results of a graph; this remembers across graphs, and when the host was told to
forget. A W+ is small, so some hundred of them are no burden.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from torch import Tensor, device, nn

from ...fice.base.fingerprint import fingerprint_state

MOST_ENTRIES = 256

_found: OrderedDict[Hashable, Tensor] = OrderedDict()
_fingerprints: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()


def key_of(photo: Tensor, generator: nn.Module, encoder: nn.Module | None, *how: Hashable) -> str:
    """What tells one inversion from another.

    Args:
        photo: `[1, 3, H, W]`, as the generator sees it.
        generator: with a fingerprint.
        encoder: hashed once per network; None if there is none.
        how: the numbers of the inversion.
    """
    digest = hashlib.sha256(photo.detach().cpu().contiguous().numpy().tobytes())
    networks = (generator.fingerprint, "" if encoder is None else _fingerprint(encoder))
    # What tells two networks of equal weights apart, e.g. the size at which an encoder looks.
    built = [repr(getattr(one, "config", "")) for one in (generator, encoder)]
    digest.update(repr((tuple(photo.shape), networks, built, how)).encode())
    return digest.hexdigest()


def recall(key: str, where: device) -> Tensor | None:
    """The W+ `[1, num_ws, w_dim]` that was remembered, brought to `where` others are."""
    ws = _found.get(key)
    if ws is None:
        return None
    _found.move_to_end(key)
    return ws.to(where)


def remember(key: str, ws: Tensor) -> None:
    """Keeps a W+; the one that was not asked for the longest makes room."""
    _found[key] = ws.detach().to("cpu", copy=True)
    while len(_found) > MOST_ENTRIES:
        _found.popitem(last=False)


def _fingerprint(encoder: nn.Module) -> str:
    if encoder not in _fingerprints:
        _fingerprints[encoder] = fingerprint_state(encoder.state_dict())
    return _fingerprints[encoder]
