"""NVIDIA's `.pkl` (stylegan2-ada-pytorch, StyleGAN2 of stylegan3, StyleGAN-Human).

Each network is a `PickledObject` with the attributes of a torch module (formats, section 3).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from ..base.errors import CheckpointError
from ..networks.stylegan2 import config_from_state
from ..networks.stylegan2.config import DEFAULT_LR_MULTIPLIER
from .generator_weights import GeneratorFormat, GeneratorWeights, tensors
from .pickle_values import PickledObject, expect, expect_name
from .reader import Checkpoint
from .tensors import entries

GENERATOR = "G_ema"  # the mean over training, not the `G` that was trained last
MAX_MODULES = 1000  # the largest published generator has 89
MAX_ENTRIES = 20_000  # of all modules, tensors and empty ones


def module_state(module: PickledObject) -> dict[str, object]:
    """State dict of a pickled torch module: parameters and persistent buffers by dotted name."""
    state: dict[str, object] = {}
    waiting = [("", module)]
    seen = 0
    for _ in range(MAX_MODULES):
        if not waiting:
            return state
        prefix, part = waiting.pop()
        parameters, buffers, children = (
            entries(part.state.get(kind)) for kind in ("_parameters", "_buffers", "_modules")
        )
        hidden = _names(part.state.get("_non_persistent_buffers_set"))
        seen += len(parameters) + len(buffers) + len(children) + len(hidden)
        if seen > MAX_ENTRIES:
            break
        kept = {name: value for name, value in buffers.items() if name not in hidden}
        for name, value in {**parameters, **kept}.items():
            state[expect_name(prefix + expect_name(name))] = value
        for name, child in children.items():
            if isinstance(child, PickledObject):
                waiting.append((expect_name(f"{prefix}{expect_name(name)}."), child))
    raise CheckpointError("the file's network has more parts than any generator.")


def _names(value: object) -> Collection[object]:
    """The items of a pickled set, which the reader returns as a list."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return {item for item in items[: MAX_ENTRIES + 1] if isinstance(item, str)}


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
        float(lr_multiplier) if isinstance(lr_multiplier, (int, float)) else DEFAULT_LR_MULTIPLIER,
    )
    return GeneratorWeights(config, state)


NVIDIA_PICKLE = GeneratorFormat("NVIDIA .pkl (2-ada, stylegan3, StyleGAN-Human)", _detect, _read)
