"""What texts and photo say before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..base.errors import TextError
from ..base.types import ClipModel
from ..guidance.source import Source
from ..guidance.text_weights import encode_weighted
from ..guidance.wish import Wish
from .models import ModelSet


def read_texts(text: str | Sequence[str], negative_text: str, clip: ClipModel, images: int) -> Wish:
    """The texts as CLIP features; an empty negative text is none.

    Raises:
        TextError: if there is neither one text nor one per image, or CLIP cannot use one.
    """
    texts = [text] if isinstance(text, str) else list(text)
    if len(texts) not in (1, images):
        raise TextError(f"There are {len(texts)} texts for {images} images; give one, or one each.")
    if not all(one.strip() for one in texts):
        raise TextError("The text is empty: write what the garment should be, e.g. 'a red dress'.")
    wanted = encode_weighted(clip, texts)
    unwanted = encode_weighted(clip, [negative_text]) if negative_text.strip() else None
    return Wish(clip, wanted, unwanted)


def look(image: Tensor, models: ModelSet, painted: Tensor | None = None) -> Source:
    """What the networks see in `image` `[B, 3, H, W]`, which has the size of the generator.

    Args:
        image: the framed photos, in [0, 1].
        models: the networks.
        painted: what may change, `[B, 1, H, W]` in [0, 1]; None leaves that to the recipe.
    """
    with torch.no_grad():
        ws = models.encoder(image)
    return Source.of(image, ws, models.chart, models.segmenter, painted)
