"""How fast this machine convolves at best: the roof that everything else is held against."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .clock import repeated

# Channels and size of 3x3 convolutions that the networks run, from few to many channels.
SHAPES = ((64, 64), (128, 64), (256, 64), (512, 64))
EMULATED_SHAPES = ((64, 32),)  # where bfloat16 is emulated, larger ones would take minutes
REPEATS = 3


def best_rate(device: torch.device, dtype: torch.dtype, *, quick: bool = False) -> dict[str, float]:
    """GFLOP/s of the fastest convolution, per cpu second and per second on the wall.

    Args:
        device: where to.
        dtype: of images and kernels.
        quick: one small shape only.
    """
    best = {"per_cpu_second": 0.0, "per_wall_second": 0.0}
    for channels, size in EMULATED_SHAPES if quick else SHAPES:
        for layout in (torch.contiguous_format, torch.channels_last):
            x = torch.rand(1, channels, size, size, device=device).to(dtype, memory_format=layout)
            w = torch.rand(channels, channels, 3, 3, device=device).to(dtype, memory_format=layout)
            with torch.no_grad():
                took = repeated(lambda x=x, w=w: F.conv2d(x, w, padding=1), device, REPEATS)
            work = 2 * 9 * channels**2 * size**2 / 1e9
            best["per_cpu_second"] = max(best["per_cpu_second"], work / max(took.cpu, 1e-9))
            best["per_wall_second"] = max(best["per_wall_second"], work / took.wall)
    return best
