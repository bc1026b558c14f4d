"""Load DensePose: a network that charts the body from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..fice.checkpoints import load_chart
from .host import CHARTS, adopt, normal_tensors
from .model_files import DEMO, Weights, fingerprint, problem
from .wires import ChartNetworkWire

WEIGHTS = Weights(CHARTS, "chart")


class LoadDensePose(io.ComfyNode):
    """Loads a network that charts the body."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadDensePose",
            display_name="Load DensePose",
            category="FICE/load",
            description="Loads a network that charts the body. Files lie in models/densepose.",
            search_aliases=["pose", "body parts", "load model", "fice"],
            inputs=[
                io.Combo.Input(
                    "weights",
                    options=WEIGHTS.choices(),
                    default=DEMO,
                    tooltip="A file of models/densepose, or the demo that comes with the pack.",
                )
            ],
            outputs=[
                ChartNetworkWire.Output(
                    "densepose", display_name="densepose", tooltip="Sees the parts of the body."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, weights: str) -> bool | str:
        """Tells before the run that a file is missing."""
        return problem(WEIGHTS.find, weights)

    @classmethod
    def fingerprint_inputs(cls, weights: str) -> str:
        """Changes when the file does."""
        return fingerprint(WEIGHTS.find(weights))

    @classmethod
    def execute(cls, weights: str) -> io.NodeOutput:
        """Reads the file; the host moves the network when it is needed."""
        with normal_tensors():
            return io.NodeOutput(adopt(load_chart(WEIGHTS.find(weights)), f"'{weights}'"))
