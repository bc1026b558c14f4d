"""From texts, and what the guide sees in the photos, to the wish that an edit aims at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.errors import TextError
from ..base.types import ClipModel
from ..guidance.wish import Wish
from ..networks.perceptors.clip_tokens import is_word
from ..words import (
    Bank,
    Completed,
    Completion,
    Gauge,
    Heard,
    Questions,
    Reading,
    about,
    complete,
    encode_sentence,
    encode_weighted,
    gauge,
    hear,
    load_bank,
    questions,
    read_garment,
)
from ..words.bank import FILLER, LOWER
from ..words.items import items_of
from ..words.reading import knows, readable
from ..words.tokens import STOP, tokens_of


@dataclass(frozen=True)
class Texts:
    """What an edit was asked for, checked before any network looks at a photo.

    Attributes:
        texts: one for all images, or one per image, as they were typed.
        heard: what each says.
        negative_text: what the picture should not look like; empty for nothing.
        how: what becomes of that which they leave open.
        bank: the words.
    """

    texts: tuple[str, ...]
    heard: tuple[Heard, ...]
    negative_text: str
    how: Completion
    bank: Bank


def hear_texts(
    text: str | Sequence[str],
    negative_text: str,
    clip: ClipModel,
    images: int,
    how: Completion = "free",
    bank: Bank | None = None,
) -> Texts:
    """The texts as far as they can be understood without a photo.

    Raises:
        TextError: if there is neither one text nor one per image, or nothing of one is understood.
    """
    texts = (text,) if isinstance(text, str) else tuple(text)
    if len(texts) not in (1, images):
        raise TextError(f"There are {len(texts)} texts for {images} images; give one, or one each.")
    if not all(one.strip() for one in texts):
        raise TextError("The text is empty: write what the garment should be, e.g. 'a red dress'.")
    bank = bank or load_bank()
    heard = tuple(hear(one, bank, is_word) for one in texts)
    for one, typed in zip(heard, texts, strict=True):
        if not _understood(one, clip, how, bank):
            raise TextError(_nothing_understood(typed, clip, bank))
    return Texts(texts, heard, negative_text, how, bank)


def read_texts(text: str | Sequence[str], negative_text: str, clip: ClipModel, images: int) -> Wish:
    """The texts as they are, as FICE reads them; an empty negative text is none.

    Raises:
        TextError: as `hear_texts`.
    """
    return _plain_wish(hear_texts(text, negative_text, clip, images), clip)


@dataclass(frozen=True, eq=False)
class Understood:
    """What is aimed at, and how it came about.

    Attributes:
        wish: the features of what is aimed at.
        said: each image's text, completed; empty if there is no photo to complete it by. Where
            texts are taken as they are, this is what would have been said.
        read: what the guide sees in each photo.
        asked: how it was asked; None if there is no photo.
        completed: whether that is what is aimed at.
    """

    wish: Wish
    said: tuple[Completed, ...]
    read: tuple[Reading, ...]
    asked: Questions | None
    completed: bool

    def gauges(self, edited: Tensor) -> tuple[Gauge, ...]:
        """How well each edit listened, as the guide reads `edited`, of the size of the photos."""
        if self.asked is None:
            return ()
        after = read_garment(self.asked, edited)
        return tuple(
            gauge(said.named, before, now, self.asked.bank)
            for said, before, now in zip(self.said, self.read, after, strict=True)
        )

    def left_out(self) -> dict[str, object]:
        """The words that do not count, for a report, where texts are not taken as they are."""
        if not self.completed:
            return {}
        words = (word for one in self.said for word in one.left_out)
        return {"ignored_words": list(dict.fromkeys(words))}


def understand(texts: Texts, clip: ClipModel, image: Tensor | None) -> Understood:
    """What is aimed at for each image.

    Args:
        texts: what was asked for.
        clip: the guide.
        image: the framed photos, `[B, 3, H, W]` in [0, 1]; without them nothing can be completed.
    """
    if image is None:
        return Understood(_plain_wish(texts, clip), (), (), None, completed=False)
    speaker, asked = _Speaker(texts, clip), questions(clip, texts.bank)
    readings = read_garment(asked, image, tints=True)
    said = tuple(speaker.complete(index, reading) for index, reading in enumerate(readings))
    completed = texts.how != "free"
    wish = _completed_wish(texts, clip, said) if completed else _plain_wish(texts, clip)
    return Understood(wish, said, readings, asked, completed)


def _plain_wish(texts: Texts, clip: ClipModel) -> Wish:
    """The texts as they are."""
    unwanted = _unwanted(texts)
    away = encode_weighted(clip, unwanted) if unwanted else None
    return Wish(clip, encode_weighted(clip, texts.texts), away)


def _completed_wish(texts: Texts, clip: ClipModel, said: Sequence[Completed]) -> Wish:
    wanted = torch.cat([encode_sentence(clip, one.wish) for one in said])
    unwanted, away = _unwanted(texts), None
    if unwanted or any(one.avoided for one in said):
        away = torch.cat([_mean_features(clip, [*unwanted, *one.avoided], wanted) for one in said])
    return Wish(clip, wanted, away, groups=tuple(one.groups for one in said))


def _unwanted(texts: Texts) -> list[str]:
    return [texts.negative_text] if texts.negative_text.strip() else []


class _Speaker:
    """Completes the texts of an edit; words that the bank lacks are looked up once."""

    def __init__(self, texts: Texts, clip: ClipModel) -> None:
        self.texts = texts
        self.knows: Callable[[str], bool] = cache(partial(knows, clip))
        self.about = [
            about(clip, [word for word in heard.unknown if self.knows(word)], texts.bank)
            for heard in texts.heard
        ]

    def complete(self, index: int, reading: Reading) -> Completed:
        """The text of an image, completed by what is read off it."""
        which = index if len(self.texts.heard) > 1 else 0
        return complete(
            self.texts.heard[which],
            reading,
            self.texts.bank,
            self.texts.how,
            self.knows,
            self.about[which],
        )


def _mean_features(clip: ClipModel, sentences: Sequence[str], like: Tensor) -> Tensor:
    """Features `[1, E]` of all `sentences` together; zeros, which nothing is like, for none."""
    if not sentences:
        return torch.zeros_like(like[:1])
    return F.normalize(encode_weighted(clip, sentences).mean(0, keepdim=True), dim=-1)


def _understood(heard: Heard, clip: ClipModel, how: Completion, bank: Bank) -> bool:
    """Whether anything of a text can be aimed at."""
    if how == "free":
        return any(
            item.kind not in (FILLER, STOP) and knows(clip, item.said)
            for item in items_of(tokens_of(heard.text), bank)
        )
    sayable = partial(bank.sayable, knows=partial(knows, clip))
    named = any(sayable(name, one.value) for name, one in heard.named.items())
    implied = any(sayable(name, value) for name, value in heard.implied.items())
    rest = bool(heard.moved or heard.avoided or heard.lower)
    words = (word for word in heard.unknown if word not in bank.beside_words)
    return named or implied or rest or any(knows(clip, word) for word in words)


def _nothing_understood(typed: str, clip: ClipModel, bank: Bank) -> str:
    known = (
        f"{name}: {', '.join(value.name for value in readable(bank, name, clip))}"
        for name in bank.attributes
        if name != LOWER and len(readable(bank, name, clip)) > 1
    )
    return (
        f"Nothing that {typed!r} says about a garment is understood. What this CLIP model can tell "
        f"apart is, among other things, {'; '.join(known)}."
    )
