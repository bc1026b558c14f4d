"""The five networks of an edit, as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from .. import checkpoints
from ..base.files import StrPath
from ..base.pairing import check_encoder
from ..base.types import BodyChart, ClipModel, LatentEncoder, Perceptor, Regions, Synthesizer
from ..networks.moving import moved
from ..networks.quick.quicken import quicken
from .devices import find_device
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

    @property
    def device(self) -> torch.device:
        """Where the networks compute."""
        return self.generator.w_avg.device

    def to(self, device: str | torch.device) -> ModelSet:
        """The same networks on another device; these stay where they are.

        Args:
            device: a name of `find_device`, or a device.

        Raises:
            DeviceError: if this machine has no such device.
        """
        where = find_device(device) if isinstance(device, str) else device
        if where == self.device:
            return self
        return replace(
            self,
            generator=moved(self.generator, where),
            encoder=moved(self.encoder, where),
            clip=moved(self.clip, where),
            chart=moved(self.chart, where),
            segmenter=moved(self.segmenter, where),
        )


def load_models(
    name: StrPath = DEMO,
    *,
    device: str | torch.device = "cpu",
    on_part: Callable[[str], None] | None = None,
) -> ModelSet:
    """Loads a set of networks.

    Args:
        name: `demo` for the built-in set, else a folder with `generator`, `encoder`, `clip`,
            `chart` and `regions`, each a `.safetensors` file or called as in FICE's archive, or
            with a `set.json` that names five files.
        device: where they compute, see `find_device`; `auto` is the best there is.
        on_part: called before each network is loaded, with its name.

    Raises:
        DeviceError: if this machine has no such device.
        CheckpointError: if a file is missing or is not what it has to be.
        PairingError: if encoder and generator do not belong together.
    """
    where = find_device(device) if isinstance(device, str) else device
    paths = model_files(name)

    def path(part: str) -> Path:
        if on_part is not None:
            on_part(part)
        return paths[part]

    # A host may be in inference mode, whose tensors could never take part in a backward pass.
    with torch.inference_mode(False):
        models = ModelSet(
            generator=checkpoints.load_generator(path("generator")).freeze(),
            encoder=quicken(checkpoints.load_encoder(path("encoder"))),
            clip=quicken(checkpoints.load_clip(path("clip"))),
            chart=quicken(checkpoints.load_chart(path("chart"))),
            segmenter=quicken(checkpoints.load_segmenter(path("regions"))),
            name=set_name(name),
        )
    # Read and folded on the CPU, in double precision, which some GPUs do not have.
    return models.to(where)
