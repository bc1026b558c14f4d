"""Load StyleGAN2: a StyleGAN2 generator of people from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..fice.checkpoints import load_generator
from .host import GENERATORS, adopt, normal_tensors
from .model_files import DEMO, Weights, fingerprint, problem
from .wires import GeneratorWire

WEIGHTS = Weights(GENERATORS, "generator")


class LoadStyleGAN2(io.ComfyNode):
    """Loads a StyleGAN2 generator of people."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadStyleGAN2",
            display_name="Load StyleGAN2",
            category="FICE/load",
            description="Loads a StyleGAN2 generator of people. Files lie in models/stylegan2.",
            search_aliases=["stylegan", "generator", "load model", "fice"],
            inputs=[
                io.Combo.Input(
                    "weights",
                    options=WEIGHTS.choices(),
                    default=DEMO,
                    tooltip="A file of models/stylegan2, or the demo that comes with the pack.",
                )
            ],
            outputs=[
                GeneratorWire.Output(
                    "generator", display_name="generator", tooltip="Draws a person from W+."
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
            generator = load_generator(WEIGHTS.find(weights)).freeze()
            return io.NodeOutput(adopt(generator, f"'{weights}'"))
