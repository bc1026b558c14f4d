"""Short hashes of weights, by which a W+ knows its generator."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

FINGERPRINT_LENGTH = 16  # hex digits: 64 bits, enough to tell files apart


PIECE_ELEMENTS = 1 << 20  # that are hashed at a time, so that no tensor is copied as a whole


def fingerprint_state(state: Mapping[str, Tensor]) -> str:
    """Hash of names, shapes and values of `state`, as 16 hex digits."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        for piece in tensor.flatten().split(PIECE_ELEMENTS):
            digest.update(piece.to("cpu", torch.float32).contiguous().numpy().data)
    return digest.hexdigest()[:FINGERPRINT_LENGTH]
