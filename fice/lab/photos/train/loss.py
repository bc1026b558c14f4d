"""What a segmentation of photos is held to."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .augment import IGNORED

SMOOTHING = 0.05
DICE_WEIGHT = 0.5
SURE = 0.9  # probability of another class than the label's, above which the label is doubted
FEWEST = 1.0  # pixels: what a class that is not in the batch is divided by


def loss_of(logits: Tensor, classes: Tensor, weights: Tensor, *, doubt: bool) -> Tensor:
    """Cross-entropy with weights per class, and dice over the batch.

    Args:
        logits: `[B, C, h, w]`.
        classes: `[B, h, w]` int64, `IGNORED` where unknown.
        weights: of the classes, `[C]`.
        doubt: leave out pixels whose label a trained network is sure is wrong: the outlines of the
            labels are those of superpixels, and some parts carry another part's label.
    """
    known = classes != IGNORED
    probabilities = logits.softmax(1)
    if doubt:
        top, choice = probabilities.detach().max(1)
        known = known & ~((top > SURE) & (choice != classes))
    target = torch.where(known, classes, IGNORED)
    entropy = F.cross_entropy(
        logits, target, weights, ignore_index=IGNORED, label_smoothing=SMOOTHING
    )
    return entropy + DICE_WEIGHT * _dice(probabilities, target, known)


def _dice(probabilities: Tensor, classes: Tensor, known: Tensor) -> Tensor:
    count = probabilities.shape[1]
    truth = F.one_hot(classes.clamp(max=count - 1), count).permute(0, 3, 1, 2) * known[:, None]
    seen = probabilities * known[:, None]
    both = (seen * truth).sum((0, 2, 3))
    each = (seen + truth).sum((0, 2, 3))
    present = truth.sum((0, 2, 3)) > 0
    return (1 - 2 * both / each.clamp(min=FEWEST))[present].mean()
