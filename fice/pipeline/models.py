"""The five networks of an edit, as one value."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .. import checkpoints
from ..base.files import StrPath
from ..base.pairing import check_encoder
from ..base.types import BodyChart, ClipModel, LatentEncoder, Perceptor, Regions, Synthesizer
from ..networks.quick.quicken import quicken
from .model_files import DEMO, model_files, set_name


@dataclass(frozen=True, eq=False)
class ModelSet:
    """Networks that belong together.

    Attributes:
        generator: draws people from W+.
        encoder: finds the W+ of a photo, for this generator.
        clip: compares pictures and texts.
        chart: sees body parts (DensePose).
        segmenter: sees garment, body, head and background.
        name: of the set, for reports.
    """

    generator: Synthesizer
    encoder: LatentEncoder
    clip: ClipModel
    chart: Perceptor[BodyChart]
    segmenter: Perceptor[Regions]
    name: str = ""

    def __post_init__(self) -> None:
        """Refuses an encoder of another generator."""
        check_encoder(self.generator, self.encoder)


def load_models(name: StrPath = DEMO) -> ModelSet:
    """Loads a set of networks, on the CPU.

    Args:
        name: `demo` for the built-in set, else a folder with `generator`, `encoder`, `clip`,
            `chart` and `regions`, each a `.safetensors` file or called as in FICE's archive, or
            with a `set.json` that names five files.

    Raises:
        CheckpointError: if a file is missing or is not what it has to be.
        PairingError: if encoder and generator do not belong together.
    """
    paths = model_files(name)
    # A host may be in inference mode, whose tensors could never take part in a backward pass.
    with torch.inference_mode(False):
        return ModelSet(
            generator=checkpoints.load_generator(paths["generator"]).freeze(),
            encoder=quicken(checkpoints.load_encoder(paths["encoder"])),
            clip=quicken(checkpoints.load_clip(paths["clip"])),
            chart=quicken(checkpoints.load_chart(paths["chart"])),
            segmenter=quicken(checkpoints.load_segmenter(paths["regions"])),
            name=set_name(name),
        )
