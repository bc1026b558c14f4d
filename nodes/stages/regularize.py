"""W+ Regularize: keeps latent codes where the generator draws well."""

from __future__ import annotations

from typing import get_args

from comfy_api.latest import io

from ...fice.guidance.constraints import LAST_LAYER, Constraint, ConstraintMode
from ..host.wires import ConstraintsWire

MODES: tuple[ConstraintMode, ...] = get_args(ConstraintMode)
MODE_OF_WEIGHT: dict[str, ConstraintMode] = {"w_delta": "w_delta", "w_prior": "distance to mean"}
"""Which mode a weight of `LossWeights` is that the inversion node does not have."""

MAX_LAYER = 63


class RegularizeWPlus(io.ComfyNode):
    """Adds a constraint on W+ to those that came in."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEWPlusRegularize",
            display_name="W+ Regularize",
            category="FICE/stages",
            description="Keeps the latent codes where the generator draws well. Chain several to "
            "combine them.",
            search_aliases=["latent regularisation", "w delta", "truncation", "fice"],
            inputs=[
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="w_delta: all layers agree with the first (FICE). distance to mean: "
                    "stay usual, measured in standard deviations of each direction. truncation "
                    "pull: straight to the mean figure, all directions alike. distance to start: "
                    "stay near the codes of the photo.",
                ),
                io.Float.Input(
                    "weight",
                    default=1.0,
                    min=0.0,
                    max=1000.0,
                    step=0.01,
                    tooltip="How much it counts against the other terms; FICE takes 1 for w_delta.",
                ),
                io.Int.Input(
                    "first_layer",
                    display_name="first layer",
                    default=0,
                    min=0,
                    max=MAX_LAYER,
                    tooltip="First layer that counts; coarse layers (pose) come first.",
                    advanced=True,
                ),
                io.Int.Input(
                    "last_layer",
                    display_name="last layer",
                    default=LAST_LAYER,
                    min=LAST_LAYER,
                    max=MAX_LAYER,
                    tooltip="Last layer that counts; -1 is the last of the generator.",
                    advanced=True,
                ),
                ConstraintsWire.Input(
                    "constraints",
                    optional=True,
                    tooltip="Constraints of another W+ Regularize; this one is added to them.",
                ),
            ],
            outputs=[
                ConstraintsWire.Output(
                    "constraints_out",
                    display_name="constraints",
                    tooltip="For CLIP-Guided Inversion, or another W+ Regularize.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        mode: ConstraintMode,
        weight: float,
        first_layer: int,
        last_layer: int,
        constraints: tuple[Constraint, ...] = (),
    ) -> io.NodeOutput:
        """Appends; nothing is computed before the inversion."""
        return io.NodeOutput((*constraints, Constraint(mode, weight, first_layer, last_layer)))
