"""Apply Edit: a saved edit on another photo."""

from __future__ import annotations

from comfy_api.latest import io

from ...fice.edits import ApplyMode, GroupStrengths, LatentEdit, apply_edit
from ..host.models import HostModel, normal_tensors
from ..host.pairing import require_pair
from ..host.wires import EditWire, GeneratorWire, WPlus, WPlusWire
from .layer_strengths import drawn, group_inputs, strength_input

MODES: tuple[ApplyMode, ...] = ("replace", "add")


class ApplyEdit(io.ComfyNode):
    """Gives other figures an edit that was made on one."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEApplyEdit",
            display_name="Apply Edit",
            category="FICE/latent",
            description="Gives other figures an edit that was made on one, in one drawing: "
            "nothing is optimised. A batch gets it at once.",
            search_aliases=["latent direction", "edit preset", "reuse edit", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator the edit was made with."),
                WPlusWire.Input(
                    "wplus", display_name="W+", tooltip="The figures, e.g. from Invert Image."
                ),
                EditWire.Input("edit", tooltip="From Load Edit or Save Edit."),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="replace: all figures get the garment of the edit. add: what the edit "
                    "changed is added, so that what a figure wore shows through.",
                ),
                strength_input("strength", 1.0, "1 is the edit as it was made."),
                *group_inputs(pose=0.0),
            ],
            outputs=[
                io.Image.Output("image", display_name="image", tooltip="The figures, for Stitch."),
                WPlusWire.Output("edited", display_name="W+", tooltip="Their latent codes."),
            ],
        )

    @classmethod
    def execute(
        cls,
        generator: HostModel,
        wplus: WPlus,
        edit: LatentEdit,
        mode: ApplyMode,
        strength: float,
        pose_strength: float,
        shape_strength: float,
        texture_strength: float,
    ) -> io.NodeOutput:
        """Draws once per image."""
        require_pair(generator, wplus)
        groups = GroupStrengths(pose_strength, shape_strength, texture_strength)
        with normal_tensors():
            ws = apply_edit(
                wplus.ws, edit, generator.model, mode=mode, strength=strength, groups=groups
            )
            return drawn(generator, ws)
