"""NVIDIA's `.pkl` (stylegan2-ada-pytorch, StyleGAN2 of stylegan3, StyleGAN-Human).

Each network is a `PickledObject` with the attributes of a torch module (formats, section 3).
"""

from __future__ import annotations

from ..errors import CheckpointError
from ..stylegan2 import config_from_state
from .generator_weights import (
    GeneratorFormat,
    GeneratorWeights,
    tensors,
)
from .pickle_values import PickledObject, expect
from .reader import Checkpoint
from .tensors import entries

GENERATOR = "G_ema"  # the mean over training, not the `G` that was trained last
MAX_MODULES = 1000  # the largest published generator has 89


def module_state(module: PickledObject) -> dict[str, object]:
    """State dict of a pickled torch module: parameters and persistent buffers by dotted name."""
    state: dict[str, object] = {}
    waiting = [("", module)]
    for _ in range(MAX_MODULES):
        if not waiting:
            return state
        prefix, part = waiting.pop()
        hidden = part.state.get("_non_persistent_buffers_set")
        state.update({prefix + k: v for k, v in entries(part.state.get("_parameters")).items()})
        for name, value in entries(part.state.get("_buffers")).items():
            if not isinstance(hidden, list) or name not in hidden:
                state[prefix + name] = value
        for name, child in entries(part.state.get("_modules")).items():
            if isinstance(child, PickledObject):
                waiting.append((f"{prefix}{name}.", child))
    raise CheckpointError("the file's network has more parts than any generator.")


def submodule(module: PickledObject, path: str) -> PickledObject:
    """The part of `module` at a dotted `path`.

    Raises:
        CheckpointError: if there is none.
    """
    for name in path.split("."):
        part = entries(module.state.get("_modules")).get(name)
        if not isinstance(part, PickledObject):
            raise CheckpointError(f"the file's network has no part {path}.")
        module = part
    return module


def _detect(checkpoint: Checkpoint) -> bool:
    return isinstance(entries(checkpoint.content).get(GENERATOR), PickledObject)


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    module = expect(entries(checkpoint.content)[GENERATOR], PickledObject)
    state = tensors(module_state(module))
    # The layers remember what their weights do not show; init kwargs differ between repositories.
    clamp = submodule(module, "synthesis.b4.conv1").state.get("conv_clamp")
    lr_multiplier = submodule(module, "mapping.fc0").state.get("bias_gain")
    config = config_from_state(
        state,
        float(clamp) if isinstance(clamp, (int, float)) else None,
        float(lr_multiplier) if isinstance(lr_multiplier, (int, float)) else 0.01,
    )
    return GeneratorWeights(config, state)


NVIDIA_PICKLE = GeneratorFormat("NVIDIA .pkl (2-ada, stylegan3, StyleGAN-Human)", _detect, _read)
