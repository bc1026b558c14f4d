"""Load W+ Encoder: an encoder that finds the W+ of a photo from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..fice.checkpoints import load_encoder
from .host import ENCODERS, adopt, normal_tensors
from .model_files import DEMO, Weights, fingerprint, problem
from .wires import EncoderWire

WEIGHTS = Weights(ENCODERS, "encoder")


class LoadEncoder(io.ComfyNode):
    """Loads an encoder that finds the W+ of a photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadEncoder",
            display_name="Load W+ Encoder",
            category="FICE/load",
            description="Loads an encoder that finds the W+ of a photo. "
            "Files lie in models/fice_encoders.",
            search_aliases=["e4e", "gan inversion", "load model", "fice"],
            inputs=[
                io.Combo.Input(
                    "weights",
                    options=WEIGHTS.choices(),
                    default=DEMO,
                    tooltip="A file of models/fice_encoders, or the demo that comes with the pack.",
                )
            ],
            outputs=[
                EncoderWire.Output(
                    "encoder",
                    display_name="encoder",
                    tooltip="Finds the W+ of a photo, for the generator it was trained with.",
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
            return io.NodeOutput(adopt(load_encoder(WEIGHTS.find(weights)), f"'{weights}'"))
