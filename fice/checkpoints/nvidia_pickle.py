"""NVIDIA's `.pkl` (stylegan2-ada-pytorch, StyleGAN2 of stylegan3, StyleGAN-Human).

Each network is a `PickledObject` with the attributes of a torch module (formats, section 3).
"""

from __future__ import annotations

from fice.checkpoints.generator_weights import (
    GeneratorFormat,
    GeneratorWeights,
    entries,
    tensors,
)
from fice.checkpoints.pickle_values import PickledObject
from fice.checkpoints.reader import Checkpoint
from fice.errors import CheckpointError
from fice.stylegan2 import config_from_state

GENERATOR = "G_ema"  # the mean over training, not the `G` that was trained last
MAX_DEPTH = 16


def module_state(module: PickledObject) -> dict[str, object]:
    """State dict of a pickled torch module: parameters and persistent buffers by dotted name."""
    state: dict[str, object] = {}
    _collect(module, "", state, 0)
    return state


def submodule(module: PickledObject, path: str) -> PickledObject:
    """The part of `module` at a dotted `path`.

    Raises:
        CheckpointError: if there is none.
    """
    for name in path.split("."):
        part = entries(module.state, "_modules").get(name)
        if not isinstance(part, PickledObject):
            raise CheckpointError(f"the file's network has no part {path}.")
        module = part
    return module


def _collect(module: PickledObject, prefix: str, state: dict[str, object], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CheckpointError("the file's network is nested too deeply to be one.")
    hidden = module.state.get("_non_persistent_buffers_set")
    state.update({prefix + k: v for k, v in entries(module.state, "_parameters").items()})
    for name, value in entries(module.state, "_buffers").items():
        if not isinstance(hidden, list) or name not in hidden:
            state[prefix + name] = value
    for name, part in entries(module.state, "_modules").items():
        if isinstance(part, PickledObject):
            _collect(part, f"{prefix}{name}.", state, depth + 1)


def _generator(checkpoint: Checkpoint) -> object:
    return entries(checkpoint.content).get(GENERATOR)


def _detect(checkpoint: Checkpoint) -> bool:
    return isinstance(_generator(checkpoint), PickledObject)


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    module = _generator(checkpoint)
    assert isinstance(module, PickledObject)  # noqa: S101
    state = tensors(module_state(module))
    # The layers remember what their weights do not show; init kwargs differ between repositories.
    clamp = submodule(module, "synthesis.b4.conv1").state.get("conv_clamp")
    lr_multiplier = submodule(module, "mapping.fc0").state.get("bias_gain")
    config = config_from_state(
        state,
        float(clamp) if isinstance(clamp, (int, float)) else None,
        lr_multiplier if isinstance(lr_multiplier, float) else 0.01,
    )
    return GeneratorWeights(config, state)


NVIDIA_PICKLE = GeneratorFormat("NVIDIA .pkl (2-ada, stylegan3, StyleGAN-Human)", _detect, _read)
