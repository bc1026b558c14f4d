"""StyleCLIP's global directions (arXiv 2103.17249, section 6): one step in StyleSpace per text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save
from torch import Tensor

from ....base.errors import TextError
from ....base.files import StrPath, write_whole
from ....pipeline.models import ModelSet
from .method import Outcome, OwnNumbers, Task
from .style_space import StyleSpace

STATISTICS_PICTURES = 256
CHUNK = 16


@dataclass(frozen=True)
class GlobalDirections(OwnNumbers):
    """`s + strength · direction(text)`, the same for every photo but for its inverted W+.

    What each style does to CLIP's features is measured once per generator; a text is translated to
    the styles whose effect points its way.

    Attributes:
        strength: of the step, in standard deviations of a style (alpha of the paper).
        threshold: least cosine of a style's effect with the text's direction for it to move (beta).
        probe: standard deviations by which each style is moved to see its effect; 5 in the paper.
        pictures: over which an effect is averaged; 100 in the paper.
        neutral: the text that the wish is compared with.
    """

    strength: float = 4.0
    threshold: float = 0.15
    probe: float = 5.0
    pictures: int = 4
    neutral: str = "a person"
    title: str = "StyleCLIP global directions"
    seeded: bool = False

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Measures what each style does.

        Raises:
            PairingError: if the generator has no styles.
        """
        path = self._path(models, cache)
        if not path.is_file():
            effects, std = measure_effects(models, self.probe, self.pictures)
            write_whole(path, save({"effects": effects.cpu(), "std": std.cpu()}))

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Edits a batch; `prepare` comes first.

        Raises:
            FiceError: if CLIP cannot use a text, or no style answers to it.
        """
        effects, std = (one.to(models.device) for one in _read(self._path(models, cache)))
        space = StyleSpace(models.generator)
        with torch.no_grad():
            ws = models.encoder(task.photo)
            texts = models.clip.encode_text([*task.texts, self.neutral])
        wanted = F.normalize(texts[:-1] - texts[-1:], dim=1)
        shift = self.strength * std * self._directions(wanted, effects, task.texts)
        image = space.synthesize(ws, shift)
        return Outcome(image, image, torch.ones_like(image[:, :1]), 0)

    def _directions(self, wanted: Tensor, effects: Tensor, texts: tuple[str, ...]) -> Tensor:
        """Directions `[B, channels]` with a largest entry of 1 each."""
        likeness = wanted @ effects.T
        chosen = torch.where(likeness.abs() < self.threshold, 0.0, likeness)
        largest = chosen.abs().amax(1, keepdim=True)
        if not bool((largest > 0).all()):
            silent = texts[int(largest[:, 0].argmin())]
            raise TextError(
                f"No style of the generator answers to {silent!r} strongly enough; lower the "
                f"threshold, which is {self.threshold}."
            )
        return chosen / largest

    def _path(self, models: ModelSet, cache: StrPath) -> Path:
        names = (models.generator.fingerprint, models.clip.fingerprint)
        return Path(cache) / f"styles-{'-'.join(names)}-{self.probe:g}-{self.pictures}.safetensors"


@torch.no_grad()
def measure_effects(models: ModelSet, probe: float, pictures: int) -> tuple[Tensor, Tensor]:
    """What each style does to CLIP's features of random pictures.

    Args:
        models: generator and CLIP.
        probe: standard deviations by which a style is moved, both ways.
        pictures: over which the effect is averaged.

    Returns:
        Unit vectors `[channels, E]`, zero where a style does nothing; and the standard deviation
        of each style over random pictures, `[channels]`.
    """
    generator = models.generator
    space = StyleSpace(generator)
    random = torch.Generator().manual_seed(0)
    z = torch.randn(STATISTICS_PICTURES, generator.z_dim, generator=random).to(models.device)
    ws = generator.sample_w(z)[:, None].expand(-1, generator.num_ws, -1)
    styles = [space.read(part) for part in ws.split(CHUNK)]
    std = torch.cat(styles).std(0)
    total = ws.new_zeros(space.channels, 0)
    for one in ws[:pictures].split(1):
        effects = torch.cat(
            [_effects(models, space, one, part, std, probe) for part in _channels(space)]
        )
        total = effects if total.numel() == 0 else total + effects
    return F.normalize(total, dim=1), std


def _channels(space: StyleSpace) -> tuple[Tensor, ...]:
    return torch.arange(space.channels).split(CHUNK)


def _effects(
    models: ModelSet, space: StyleSpace, ws: Tensor, channels: Tensor, std: Tensor, probe: float
) -> Tensor:
    """Unit effects `[N, E]` of N styles on one picture."""
    channels = channels.to(ws.device)
    shift = ws.new_zeros(len(channels), space.channels)
    rows = torch.arange(len(channels), device=ws.device)
    shift[rows, channels] = probe * std[channels]
    many = ws.expand(len(channels), -1, -1)
    above, below = (
        models.clip.encode_image(space.synthesize(many, sign * shift)) for sign in (1.0, -1.0)
    )
    return F.normalize(above - below, dim=1)


@lru_cache(maxsize=2)
def _read(path: Path) -> tuple[Tensor, Tensor]:
    tensors = load_file(path)
    return tensors["effects"], tensors["std"]
