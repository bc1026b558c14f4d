"""How much of head and background stayed as they were."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ....stitching.compositing import max_change_outside
from ..optional import require
from .look import CERTAIN, Look
from .metric import Measure, Metric, Values

MOST_DB = 100.0  # what identical pixels count as, whose PSNR has no end


def _metrics() -> dict[str, Metric]:
    result = {
        "outside_max": Metric(
            "outside, max",
            "lower",
            "Largest change of a value where the method's own mask is 0; 0 proves there is none.",
        )
    }
    for region in ("head", "background"):
        result |= {
            f"{region}_max": Metric(
                f"{region}, max", "lower", f"Largest change of a value in the photo's {region}."
            ),
            f"{region}_psnr": Metric(
                f"{region} PSNR",
                "higher",
                f"PSNR of the photo's {region} in dB; identical pixels count as {MOST_DB:g}.",
            ),
            f"{region}_ssim": Metric(
                f"{region} SSIM",
                "higher",
                f"SSIM of the photo's {region}, with the rest made equal.",
            ),
            f"{region}_lpips": Metric(
                f"{region} LPIPS",
                "lower",
                f"LPIPS of the photo's {region}, with the rest made equal.",
            ),
            f"{region}_psnr_generated": Metric(
                f"{region} PSNR, generated",
                "higher",
                f"As {region} PSNR, of the generated picture before stitching.",
            ),
        }
    return result


@torch.no_grad()
def measure_kept(look: Look) -> Mapping[str, Values]:
    """See the metrics; SSIM is left out without torchmetrics, LPIPS without its network."""
    photo, image, generated = look.photo, look.outcome.image, look.outcome.generated
    result: dict[str, Values] = {
        "outside_max": max_change_outside(photo, image, look.outcome.mask).tolist()
    }
    for name, share in (("head", look.before.head), ("background", look.before.background)):
        region = share > CERTAIN
        # The rest being equal, so that a window at the rim sees no change but the region's.
        mixed = torch.where(region, image, photo)
        similarity = ssim_map(mixed, photo)
        change = (image - photo).abs().amax(1, keepdim=True)
        result |= {
            f"{name}_max": _over(region, change, lambda values: values.max().item()),
            f"{name}_psnr": region_psnr(image, photo, region),
            f"{name}_ssim": _over(region, similarity, lambda values: values.mean().item()),
            f"{name}_psnr_generated": region_psnr(generated, photo, region),
        }
        if look.judges.lpips is not None:
            result[f"{name}_lpips"] = look.judges.lpips(mixed, photo).tolist()
    return result


def region_psnr(image: Tensor, target: Tensor, region: Tensor) -> Values:
    """PSNR in dB of each image over `region` `[B, 1, H, W]` bool, at most `MOST_DB`."""
    error = (image - target).square().mean(1, keepdim=True)
    return _over(region, error, lambda values: _decibels(values.mean().item()))


def ssim_map(image: Tensor, target: Tensor) -> Tensor:
    """SSIM around each pixel, `[B, 1, H, W]`, the mean over the colours."""
    library = require("torchmetrics.functional.image", "SSIM")
    _, full = library.structural_similarity_index_measure(
        image, target, data_range=1.0, reduction="none", return_full_image=True
    )
    whole: Tensor = full
    return whole.mean(1, keepdim=True)


def _decibels(error: float) -> float:
    return min(MOST_DB, -10 * math.log10(error)) if error > 0 else MOST_DB


def _over(region: Tensor, values: Tensor, figure: Callable[[Tensor], float]) -> Values:
    """`figure` of the values `[B, 1, H, W]` in the region of each image; None where it is empty."""
    pairs = zip(region, values, strict=True)
    return [figure(value[where]) if where.any() else None for where, value in pairs]


KEPT = Measure(_metrics(), measure_kept)
