"""Figures of merit of the demo networks: each compares an answer with what is known to be true."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def psnr(image: Tensor, target: Tensor) -> float:
    """Peak signal-to-noise ratio in dB over all pixels of two batches in [0, 1]."""
    return -10 * math.log10((image - target).square().mean().item())


def gradient_magnitude(image: Tensor) -> float:
    """Mean length of the forward-difference gradient of `image` `[B, C, H, W]`."""
    across = image[..., :-1, 1:] - image[..., :-1, :-1]
    along = image[..., 1:, :-1] - image[..., :-1, :-1]
    return (across.square() + along.square()).sqrt().mean().item()


def class_iou(guess: Tensor, truth: Tensor, classes: int) -> Tensor:
    """Intersection over union per class, `[classes]`; NaN for a class that neither shows."""
    confusion = torch.bincount((truth * classes + guess).flatten(), minlength=classes**2)
    confusion = confusion.view(classes, classes).double()
    union = confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
    return confusion.diagonal() / torch.where(union > 0, union, torch.nan)


def foreground_accuracy(guess: Tensor, truth: Tensor) -> float:
    """Share of the pixels that belong to a part (class > 0) that got the right one."""
    on_body = truth > 0
    return (guess == truth)[on_body].float().mean().item()


def cubic_kernel(one: Tensor, other: Tensor) -> Tensor:
    """KID's kernel (arXiv 1801.01401) of features `[N, E]` and `[M, E]`, `[N, M]`.

    The features are scaled to a mean square of one, for which the kernel was made.
    """
    one, other = (F.normalize(x.double(), dim=1) * x.shape[1] ** 0.5 for x in (one, other))
    return (one @ other.T / one.shape[1] + 1) ** 3


def kernel_distance(one: Tensor, other: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy with KID's cubic kernel.

    An estimate may be slightly negative where both sets are alike.

    Args:
        one: features `[N, E]`.
        other: features `[M, E]`.
    """

    def among(a: Tensor) -> Tensor:
        square = cubic_kernel(a, a)
        count = len(a)
        return (square.sum() - square.diagonal().sum()) / (count * (count - 1))

    return (among(one) + among(other) - 2 * cubic_kernel(one, other).mean()).item()
