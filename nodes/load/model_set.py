"""Load Model Set: the five networks of an edit that belong together."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ...fice.base.errors import CheckpointError
from ...fice.pipeline.model_files import DEMO_WEIGHTS, files_elsewhere
from ...fice.pipeline.models import load_models
from ..host.folders import MODEL_SETS
from ..host.models import adopt, normal_tensors
from ..host.progress import Work
from ..host.wires import ChartNetworkWire, ClipWire, EncoderWire, GeneratorWire, SegmenterWire
from .weights import DEMO, fingerprint, missing, problem

PARTS = {
    "generator": "the generator",
    "encoder": "the encoder",
    "clip": "the CLIP guide",
    "chart": "DensePose",
    "regions": "the segmenter",
}
"""The networks of a set, by the names that the library gives them."""


class LoadModelSet(io.ComfyNode):
    """Loads all that an edit needs."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadModelSet",
            display_name="Load Model Set",
            category="FICE/load",
            description="Loads the five networks of an edit. The demo set comes with the pack; "
            "other sets are folders in models/fice.",
            search_aliases=["load model", "checkpoint", "stylegan", "fice"],
            inputs=[model_set_input()],
            outputs=[
                GeneratorWire.Output(
                    "generator", display_name="generator", tooltip="Draws a person from W+."
                ),
                EncoderWire.Output(
                    "encoder", display_name="encoder", tooltip="Finds the W+ of a photo."
                ),
                ClipWire.Output(
                    "clip", display_name="clip", tooltip="Compares pictures and texts."
                ),
                ChartNetworkWire.Output(
                    "densepose", display_name="densepose", tooltip="Sees the parts of the body."
                ),
                SegmenterWire.Output(
                    "segmenter",
                    display_name="segmenter",
                    tooltip="Sees garment, head and background.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, model_set: str) -> bool | str:
        """Tells before the run that a set is missing."""
        return problem(find_model_set, model_set)

    @classmethod
    def fingerprint_inputs(cls, model_set: str) -> str:
        """Changes when a file of the set does."""
        folder = find_model_set(model_set)
        return fingerprint(folder, *files_elsewhere(folder))

    @classmethod
    def execute(cls, model_set: str) -> io.NodeOutput:
        """Reads the files; the host moves the networks when they are needed."""
        with normal_tensors():
            work = Work(len(PARTS))
            models = load_models(
                find_model_set(model_set), on_part=lambda part: work.part(f"Loading {PARTS[part]}…")
            )
        parts = {
            "generator": models.generator,
            "encoder": models.encoder,
            "CLIP guide": models.clip,
            "DensePose": models.chart,
            "segmenter": models.segmenter,
        }
        return io.NodeOutput(
            *(adopt(part, f"the {what} of '{model_set}'") for what, part in parts.items())
        )


def model_set_input() -> io.Input:
    """The choice of a model set, for every node that offers one."""
    return io.Combo.Input(
        "model_set",
        display_name="model set",
        options=[DEMO, *MODEL_SETS.subfolders()],
        default=DEMO,
        tooltip="A folder of models/fice, or the demo that comes with the pack.",
    )


def find_model_set(name: str) -> Path:
    """The folder of the set `name`.

    Raises:
        CheckpointError: if it is not there.
    """
    if name == DEMO:
        return DEMO_WEIGHTS
    path = MODEL_SETS.find_subfolder(name)
    if path is None:
        raise CheckpointError(missing(MODEL_SETS, name))
    return path
