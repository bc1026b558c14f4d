"""StyleGAN2 generators from files of every known kind.

A class-conditional generator is used with no class: its label is all zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath
from ..base.fingerprint import fingerprint_state
from ..networks.stylegan2 import Generator, GeneratorConfig, generator_that_takes
from .e4e_decoder import E4E_DECODER
from .fice_generator import FICE_GENERATOR
from .file_kinds import wrong_file
from .generator_weights import GeneratorFormat, GeneratorWeights, check_weights
from .native import native_from, save_native
from .nvidia_pickle import NVIDIA_PICKLE
from .reader import Checkpoint, read_checkpoint
from .rosinality import ROSINALITY

STYLEGAN2_KIND = "stylegan2"


def _read_native(checkpoint: Checkpoint) -> GeneratorWeights:
    raw = cast("dict[str, Tensor]", checkpoint.content)
    native = native_from(checkpoint.path, raw, dict(checkpoint.metadata), STYLEGAN2_KIND)
    return GeneratorWeights(GeneratorConfig.from_json(native.config), native.state)


NATIVE = GeneratorFormat(
    "native .safetensors", lambda checkpoint: "fice.kind" in checkpoint.metadata, _read_native
)

# Every kind of file that is known, asked in this order.
FORMATS: tuple[GeneratorFormat, ...] = (
    NATIVE,
    NVIDIA_PICKLE,
    FICE_GENERATOR,
    ROSINALITY,
    E4E_DECODER,
)


def load_generator(path: StrPath) -> Generator:
    """The generator in `path`, on the CPU, whatever kind of file it is; no parameter learns yet.

    It holds what the file says and no more; `Generator.freeze` gives one for many drawings.

    Raises:
        CheckpointError: if the file is missing, damaged, unsafe, or holds no StyleGAN2 generator.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    try:
        weights = read_weights(checkpoint)
        del checkpoint  # which holds the tensors too
        fingerprint = fingerprint_state(weights.state)
        return generator_that_takes(weights.state, weights.config, fingerprint=fingerprint)
    except CheckpointError as error:
        named = str(error).startswith(path.name)
        raise CheckpointError(str(error) if named else f"{path.name}: {error}") from None


def is_generator(checkpoint: Checkpoint) -> bool:
    """Whether `checkpoint` is of one of `FORMATS`."""
    return any(known.detect(checkpoint) for known in FORMATS)


def read_weights(checkpoint: Checkpoint) -> GeneratorWeights:
    """Architecture and weights of the generator in `checkpoint`.

    Raises:
        CheckpointError: if it holds no StyleGAN2 generator, or one that cannot make an image.
    """
    weights = _detect(checkpoint).read(checkpoint)
    check_weights(weights)
    return weights


def save_generator(
    path: StrPath,
    generator: Generator,
    *,
    dtype: torch.dtype = torch.float32,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes `generator` as a native file, floating tensors as `dtype`."""
    config, state = generator.config.to_json(), generator.state_dict()
    save_native(path, STYLEGAN2_KIND, config, state, dtype=dtype, metadata=metadata)


def _detect(checkpoint: Checkpoint) -> GeneratorFormat:
    """The first format that the file is of."""
    for known in FORMATS:
        if known.detect(checkpoint):
            return known
    unknown = (
        f"{checkpoint.name} is not a StyleGAN2 generator that FICE knows. It reads the .pkl of "
        "NVIDIA and StyleGAN-Human (`fice models get stylegan-human-1024`), the .pt of rosinality "
        "and FICE, and files that `fice convert` wrote."
    )
    raise wrong_file(checkpoint, "generator", unknown)
