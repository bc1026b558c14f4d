"""LPIPS (arXiv 1801.03924) by torchmetrics, with the weights that torchvision has on disk."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...base.errors import FiceError
from .optional import require


def load_lpips() -> Callable[[Tensor, Tensor], Tensor]:
    """The distance `[B]` of two batches `[B, 3, H, W]` in [0, 1], by AlexNet.

    Raises:
        FiceError: if torchmetrics or the weights of AlexNet are missing.
    """
    library = require("torchmetrics.image.lpip", "LPIPS")
    try:
        network = library.LearnedPerceptualImagePatchSimilarity(
            net_type="alex", reduction="none", normalize=True
        )
    except (OSError, ModuleNotFoundError) as error:
        raise FiceError(
            f"LPIPS needs torchvision and its weights of AlexNet on disk: {error}. Leave out "
            "--lpips, or put them into torch's cache."
        ) from None

    def distance(one: Tensor, other: Tensor) -> Tensor:
        with torch.no_grad():
            values: Tensor = network(one, other)
        return values.reshape(-1)

    return distance
