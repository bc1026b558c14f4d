"""Load CLIP Guide: a CLIP model that compares pictures and texts from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..fice.checkpoints import load_clip
from .host import CLIP_GUIDES, adopt, normal_tensors
from .model_files import DEMO, Weights, fingerprint, problem
from .wires import ClipWire

WEIGHTS = Weights(CLIP_GUIDES, "clip")


class LoadClipGuide(io.ComfyNode):
    """Loads a CLIP model that compares pictures and texts."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadCLIP",
            display_name="Load CLIP Guide",
            category="FICE/load",
            description="Loads a CLIP model that compares pictures and texts. "
            "Files lie in models/fice_clip.",
            search_aliases=["open_clip", "text encoder", "load model", "fice"],
            inputs=[
                io.Combo.Input(
                    "weights",
                    options=WEIGHTS.choices(),
                    default=DEMO,
                    tooltip="A file of models/fice_clip, or the demo that comes with the pack.",
                )
            ],
            outputs=[
                ClipWire.Output("clip", display_name="clip", tooltip="Compares pictures and texts.")
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
            return io.NodeOutput(adopt(load_clip(WEIGHTS.find(weights)), f"'{weights}'"))
