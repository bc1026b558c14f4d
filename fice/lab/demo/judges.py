"""What judges the demo world's edits and guides none: a reader, a chart network, a CLIP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...base.files import StrPath
from ...base.types import BodyChart, ClipModel, Perceptor
from ...checkpoints import load_chart, load_clip
from ...checkpoints.modules import load_module
from ...checkpoints.native import read_native
from ...pipeline.model_files import DEMO_WEIGHTS
from .latents import LatentBasis
from .reader import AttributeReader, ReaderConfig

READER_KIND = "attribute_reader"
BASIS_KIND = "latent_basis"


@dataclass(frozen=True)
class Judges:
    """Networks that take no part in an edit.

    Attributes:
        reader: reads sleeve, pattern and neckline.
        chart: a body chart network trained with other widths, data order and seed than the guide.
        clip: a CLIP of another width, picture size and seed than the guide.
        basis: the true W code of a figure's parameters.
    """

    reader: AttributeReader
    chart: Perceptor[BodyChart]
    clip: ClipModel
    basis: LatentBasis


def load_judges(folder: StrPath = DEMO_WEIGHTS) -> Judges:
    """Loads the judges that the package ships.

    Raises:
        CheckpointError: if a file is missing or damaged.
    """
    folder = Path(folder)
    path = folder / "judge_reader.safetensors"
    reader = load_module(path, READER_KIND, AttributeReader, ReaderConfig)
    state = read_native(folder / "judge_basis.safetensors", BASIS_KIND).state
    basis = LatentBasis(state["mean"], state["scale"], state["axes"])
    chart = load_chart(folder / "judge_chart.safetensors")
    return Judges(reader, chart, load_clip(folder / "judge_clip.safetensors"), basis)
