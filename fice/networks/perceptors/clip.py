"""CLIP as a guide: images and texts to unit vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.images import averaged
from ...base.shapes import check_image
from .clip_model import ClipConfig, build_open_clip
from .clip_tokens import ClipTokenizer


class OpenClip(nn.Module):
    """`ClipModel` on top of a CLIP network of open_clip, which is the attribute `model`.

    Images are brought to the size of the image tower as FICE does (formats 1.5): by area if they
    are wider than it, else bilinearly, without antialiasing. An image that is not square is
    squashed, so that nothing of the garment falls outside.

    Args:
        config: architecture of the network, which starts with random weights.
        fingerprint: short hash of the weights it is going to carry.
    """

    image_mean: Tensor
    image_std: Tensor

    def __init__(self, config: ClipConfig, fingerprint: str = "") -> None:
        super().__init__()
        self.config = config
        self.model = build_open_clip(config)
        self._fingerprint = fingerprint
        mean, std = (torch.tensor(s).view(3, 1, 1) for s in (config.image_mean, config.image_std))
        self.register_buffer("image_mean", mean, persistent=False)
        self.register_buffer("image_std", std, persistent=False)

    @property
    def fingerprint(self) -> str:
        """Short hash of the weights."""
        return self._fingerprint

    @property
    def logit_scale(self) -> Tensor:
        """Factor of the cosine that the model was trained to, a scalar where the model is."""
        return cast("Tensor", self.model.logit_scale).exp()

    @cached_property
    def tokenizer(self) -> ClipTokenizer:
        """What turns texts into rows of the token table."""
        ids = self.config.vocabulary or range(self.config.vocab_size)
        return ClipTokenizer(ids, self.config.context_length)

    def preprocess(self, image: Tensor) -> Tensor:
        """Input of the image tower, `[B, 3, S, S]`, from `image` `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        size = self.config.image_size
        if check_image(image).shape[-1] > size[1]:
            image = averaged(image, size)
        else:
            image = F.interpolate(image, size, mode="bilinear", align_corners=False)
        return (image - self.image_mean) / self.image_std

    def encode_image(self, image: Tensor) -> Tensor:
        """Unit vectors `[B, E]` of `image` `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        encode = cast("Callable[[Tensor], Tensor]", self.model.encode_image)
        return _unit(encode(self.preprocess(image)))

    def encode_tokens(self, rows: Tensor) -> Tensor:
        """Unit vectors `[N, E]` of N texts given as `rows` `[N, context_length]` of the table."""
        encode = cast("Callable[[Tensor], Tensor]", self.model.encode_text)
        return _unit(encode(rows.to(self.image_mean.device)))

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors `[N, E]` of N texts.

        Words that the model does not know are left out, see `ignored_words`.

        Raises:
            TextError: if a text is empty, longer than the context, or has no word that is known.
        """
        return self.encode_tokens(self.tokenizer(texts))

    def ignored_words(self, text: str) -> tuple[str, ...]:
        """The words of `text` that this model has never seen and leaves out."""
        return self.tokenizer.ignored_words(text)


def _unit(features: Tensor) -> Tensor:
    return features / features.norm(dim=-1, keepdim=True)
