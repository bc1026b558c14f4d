"""Load Garment Segmenter: a network that finds garment, head and background from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..fice.checkpoints import load_segmenter
from .host import SEGMENTERS, adopt, normal_tensors
from .model_files import DEMO, Weights, fingerprint, problem
from .wires import SegmenterWire

WEIGHTS = Weights(SEGMENTERS, "regions")


class LoadGarmentSegmenter(io.ComfyNode):
    """Loads a network that finds garment, head and background."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadSegmenter",
            display_name="Load Garment Segmenter",
            category="FICE/load",
            description="Loads a network that finds garment, head and background. "
            "Files lie in models/fice_segmenters.",
            search_aliases=["human parsing", "segmentation", "load model", "fice"],
            inputs=[
                io.Combo.Input(
                    "weights",
                    options=WEIGHTS.choices(),
                    default=DEMO,
                    tooltip="A file of models/fice_segmenters, "
                    "or the demo that comes with the pack.",
                )
            ],
            outputs=[
                SegmenterWire.Output(
                    "segmenter",
                    display_name="segmenter",
                    tooltip="Sees garment, head and background.",
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
            return io.NodeOutput(adopt(load_segmenter(WEIGHTS.find(weights)), f"'{weights}'"))
