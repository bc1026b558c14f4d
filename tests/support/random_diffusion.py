"""Writes a Stable Diffusion 1.5 checkpoint and a ControlNet of full shape with random weights.

Real ones cannot be had in a test. These prove that a graph is wired rightly: the host recognises
them by their names and shapes, and every layer computes. Run it with the host's Python:

    python random_diffusion.py CHECKOUT CHECKPOINT CONTROL_NET
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

DEPTHS = [1, 1, 1, 1, 1, 1, 0, 0]
UNET: dict[str, Any] = {
    "image_size": 32,
    "in_channels": 4,
    "model_channels": 320,
    "num_res_blocks": [2, 2, 2, 2],
    "channel_mult": [1, 2, 4, 4],
    "transformer_depth": DEPTHS,
    "transformer_depth_middle": 1,
    "use_spatial_transformer": True,
    "context_dim": 768,
    "num_heads": 8,
    "use_linear_in_transformer": False,
    "legacy": False,
}
DECODER_DEPTHS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
AUTOENCODER: dict[str, Any] = {
    "double_z": True,
    "z_channels": 4,
    "resolution": 256,
    "in_channels": 3,
    "out_ch": 3,
    "ch": 128,
    "ch_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "attn_resolutions": [],
    "dropout": 0.0,
}
NOT_IN_A_CHECKPOINT = ("text_projection", "logit_scale")
SPREAD = 0.02  # of the weights; small enough that nothing overflows in half precision


def main() -> None:
    """Writes both files."""
    checkout, checkpoint, control_net = sys.argv[1:]
    sys.path.insert(0, checkout)
    from comfy.cli_args import args

    args.cpu = True
    save_file(dict(_checkpoint()), checkpoint)
    save_file(dict(_control_net()), control_net)
    assert Path(checkpoint).stat().st_size > 2e9


def _checkpoint() -> Iterator[tuple[str, torch.Tensor]]:
    from comfy.ldm.models.autoencoder import AutoencoderKL
    from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
    from comfy.sd1_clip import SD1ClipModel

    with torch.device("meta"):
        unet = UNetModel(**UNET, out_channels=4, transformer_depth_output=DECODER_DEPTHS)
        vae = AutoencoderKL(ddconfig=AUTOENCODER, embed_dim=4)
        text = SD1ClipModel(device="meta", dtype=torch.float16)
    yield from _filled(unet, "model.diffusion_model.")
    yield from _filled(vae, "first_stage_model.")
    for name, tensor in _filled(text, ""):
        if not any(part in name for part in NOT_IN_A_CHECKPOINT):
            yield name.replace("clip_l.", "cond_stage_model.", 1), tensor


def _control_net() -> Iterator[tuple[str, torch.Tensor]]:
    from comfy.cldm.cldm import ControlNet
    from comfy.ops import disable_weight_init

    with torch.device("meta"):
        net = ControlNet(**UNET, hint_channels=3, operations=disable_weight_init)
    yield from _filled(net, "")


def _filled(module: torch.nn.Module, prefix: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Random matrices; scales of one and shifts of zero, so that norms do what they should."""
    random = torch.Generator().manual_seed(0)
    for name, tensor in module.state_dict().items():
        if tensor.dim() > 1:
            value = torch.empty(tensor.shape).normal_(0.0, SPREAD, generator=random)
        else:
            value = torch.full(tensor.shape, float(name.endswith("weight")))
        if not tensor.is_floating_point():  # position ids
            value = torch.arange(tensor.numel()).view(tensor.shape)
            yield prefix + name, value
            continue
        yield prefix + name, value.half()


if __name__ == "__main__":
    main()
