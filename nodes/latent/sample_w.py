"""Sample W+: a figure that the generator makes up."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ..host.models import HostModel, normal_tensors, on_device, to_host
from ..host.wires import GeneratorWire, WPlus, WPlusWire

MAX_SEED = 0xFFFFFFFFFFFFFFFF


class SampleWPlus(io.ComfyNode):
    """Draws latent codes of random figures."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICESampleW",
            display_name="Sample W+",
            category="FICE/latent",
            description="Makes up a figure: the W+ of a random person. Image number i of a batch "
            "is the figure of seed + i.",
            search_aliases=["random figure", "random latent", "stylegan sample", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="From Load StyleGAN2 or Load Model Set."),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=True,
                    tooltip="Another number is another figure.",
                ),
                io.Float.Input(
                    "truncation_psi",
                    display_name="truncation psi",
                    default=0.7,
                    min=0.0,
                    max=1.5,
                    step=0.05,
                    tooltip="1 shows all that the generator knows, less is more ordinary and "
                    "cleaner, 0 is its mean figure.",
                ),
                io.Int.Input(
                    "batch_size",
                    display_name="batch size",
                    default=1,
                    min=1,
                    max=64,
                    tooltip="How many figures.",
                ),
            ],
            outputs=[
                WPlusWire.Output(
                    "wplus",
                    display_name="W+",
                    tooltip="For Generate from W+, or as the start of CLIP-Guided Inversion.",
                )
            ],
        )

    @classmethod
    def execute(
        cls, generator: HostModel, seed: int, truncation_psi: float, batch_size: int
    ) -> io.NodeOutput:
        """Draws on the CPU, so that a seed is the same figure on every device."""
        with normal_tensors():
            device = on_device(generator)
            model = generator.model
            z = torch.cat([_draw(seed + i, model.z_dim) for i in range(batch_size)])
            w = model.sample_w(z.to(device), truncation_psi=truncation_psi)
            ws = to_host(w).unsqueeze(1).repeat(1, model.num_ws, 1)
        return io.NodeOutput(WPlus(ws, model.fingerprint))


def _draw(seed: int, z_dim: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed & MAX_SEED)
    return torch.randn(1, z_dim, generator=source)
