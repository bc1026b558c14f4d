"""The CLIP networks of open_clip, built from plain numbers and without its download code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from torch import nn

from ...base.errors import CheckpointError

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)

# Parts that open_clip fetches from a hub when it builds them: nothing here may touch the network.
_REMOTE_TEXT_KEYS = ("hf_model_name", "hf_tokenizer_name")


@dataclass(frozen=True)
class ClipConfig:
    """Architecture of a CLIP model, in the words of open_clip's model configs.

    Attributes:
        embed_dim: size of the space that images and texts share.
        vision_cfg: keyword arguments of open_clip's `CLIPVisionCfg`.
        text_cfg: keyword arguments of open_clip's `CLIPTextCfg`.
        quick_gelu: whether it was trained with x·sigmoid(1.702 x) in place of GELU, as all of
            OpenAI's weights were.
        custom_text: whether the text tower is a module of its own (`CustomTextCLIP`).
        image_mean: mean per channel that the images are normalised with.
        image_std: deviation per channel that the images are normalised with.
        vocabulary: ids of the tokens whose embeddings the model carries, ascending, so that row
            `i` of the table is token `vocabulary[i]`; None where it carries all of them.
    """

    embed_dim: int
    vision_cfg: Mapping[str, object]
    text_cfg: Mapping[str, object]
    quick_gelu: bool = False
    custom_text: bool = False
    image_mean: tuple[float, ...] = OPENAI_MEAN
    image_std: tuple[float, ...] = OPENAI_STD
    vocabulary: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuses numbers that contradict each other.

        Raises:
            CheckpointError: if the vocabulary is not ascending or not as long as the table, or if
                a tower would have to be fetched.
        """
        ids = self.vocabulary
        if ids is not None:
            # The text feature is read at the largest row, which has to be the end token.
            if any(left >= right for left, right in pairwise(ids)):
                raise CheckpointError("The CLIP vocabulary is not in ascending order.")
            if len(ids) != self.vocab_size:
                raise CheckpointError(
                    f"The CLIP vocabulary lists {len(ids)} tokens, its table has {self.vocab_size}."
                )
        remote = [key for key in _REMOTE_TEXT_KEYS if self.text_cfg.get(key)]
        if remote:
            raise CheckpointError(
                f"This CLIP model takes its text tower from a hub ({remote[0]} = "
                f"{self.text_cfg[remote[0]]}), which is not supported; use one of open_clip's own."
            )

    @property
    def vocab_size(self) -> int:
        """Rows of the token table."""
        return int(cast("int", self.text_cfg.get("vocab_size", 49408)))

    @property
    def context_length(self) -> int:
        """Most tokens of one text, start and end included."""
        return int(cast("int", self.text_cfg.get("context_length", 77)))

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width the image tower looks at, in pixels."""
        size = cast("int | list[int]", self.vision_cfg.get("image_size", 224))
        return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def build_open_clip(config: ClipConfig) -> nn.Module:
    """The network of `config` with random weights.

    open_clip is imported here and not on top, because that takes seconds.
    """
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP

    model_class = CustomTextCLIP if config.custom_text else CLIP
    return model_class(
        config.embed_dim,
        CLIPVisionCfg(**cast("dict[str, Any]", dict(config.vision_cfg))),
        CLIPTextCfg(**cast("dict[str, Any]", dict(config.text_cfg))),
        quick_gelu=config.quick_gelu,
    )
