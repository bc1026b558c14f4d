"""Inversion Settings: the numbers of an inversion, where the recipe's own are not wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from comfy_api.latest import io

from ..host.precision import FLOAT32, precision_input
from ..host.wires import SettingsWire
from .inversion_inputs import anyway_input, keep_on_cancel_input, preview_input
from .recipe_widgets import ALL_LOCKED, LOCK_NAMES, WIDGETS, lock_inputs, setting_inputs


@dataclass(frozen=True)
class Settings:
    """What Inversion Settings says.

    Attributes:
        numbers: by the name of the widget; what is not there is as the recipe says.
        preview_every: steps between two live previews, 0 for none.
        keep_on_cancel: whether Cancel ends the inversion with the best so far.
        precision: `float32` or `bfloat16`.
        anyway: whether to go on with a photo that the networks do not know.
    """

    numbers: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    preview_every: int = 5
    keep_on_cancel: bool = False
    precision: str = FLOAT32
    anyway: bool = False


class InversionSettings(io.ComfyNode):
    """Sets single numbers of the recipe."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEInversionSettings",
            display_name="Inversion Settings",
            category="FICE/stages",
            description="For those who want to turn every knob: single numbers in place of the "
            "recipe's. Link it to CLIP-Guided Inversion or FICE Edit; what is left as it is, the "
            "recipe decides.",
            search_aliases=["steps", "learning rate", "advanced settings", "recipe", "fice"],
            inputs=[
                *setting_inputs(),
                *lock_inputs(advanced=True),
                preview_input(advanced=True),
                keep_on_cancel_input(advanced=True),
                precision_input(),
                anyway_input(),
            ],
            outputs=[
                SettingsWire.Output(
                    "settings",
                    display_name="settings",
                    tooltip="For CLIP-Guided Inversion and FICE Edit.",
                )
            ],
        )

    @classmethod
    def validate_inputs(
        cls, lock_pose: bool = False, lock_shape: bool = False, lock_texture: bool = False
    ) -> bool | str:
        """Tells before the run what could never work."""
        return ALL_LOCKED if lock_pose and lock_shape and lock_texture else True

    @classmethod
    def execute(
        cls,
        preview_every: int,
        keep_on_cancel: bool,
        precision: str = FLOAT32,
        anyway: bool = False,
        **shown: Any,  # noqa: ANN401 - the widgets of the recipe
    ) -> io.NodeOutput:
        """Gathers what was set."""
        asked = {
            name: WIDGETS[name].chosen(value) for name, value in shown.items() if name in WIDGETS
        }
        numbers = {name: value for name, value in asked.items() if value is not None}
        numbers |= {name: True for name in LOCK_NAMES if shown.get(name)}
        return io.NodeOutput(
            Settings(MappingProxyType(numbers), preview_every, keep_on_cancel, precision, anyway)
        )
