"""How realistic the edited pictures are as a set: their distance to real ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from ...base.errors import FiceError
from ...base.files import StrPath
from ...base.images import read_image, to_pixels
from ...checkpoints.file_kinds import wrong_file
from ...checkpoints.reader import read_checkpoint
from ...checkpoints.tensors import state_dict
from ...pipeline.frames import choose_frames, crop_each
from ...pipeline.models import ModelSet
from .bootstrap import Interval
from .case import CaseSet
from .distances import KERNELS, SCALE, set_difference, set_distance
from .judges import Judges
from .measures import Metric
from .optional import require
from .parts import EDITED, GENERATED

BATCH = 32
FEWEST_REAL = 200
KID_SUBSET = 1000  # torch-fidelity's own, where there are as many
INCEPTION_MARKER = "Conv2d_1a_3x3.conv.weight"
INCEPTION_FEWEST = 2048  # below it FID's covariance has no full rank

Encode = Callable[[Tensor], Tensor]
Pictures = Mapping[str, Sequence[Path]]
"""Files of the pictures by their kind, `EDITED` and `GENERATED`, in the order of the cases."""

SET_METRICS: Mapping[str, Metric] = {
    f"{name}_{kind}": Metric(
        f"{name.upper()}, {kind}",
        "lower",
        f"{name.upper()} times 1000 of the {kind} pictures to real ones, on the features of a "
        "network that guided nothing.",
    )
    for kind in (EDITED, GENERATED)
    for name in KERNELS
}


@dataclass(frozen=True, eq=False)
class Features:
    """Features of pictures by a network that guided nothing.

    Attributes:
        network: what it is.
        real: of real pictures, `[M, E]`.
        sets: of each method's pictures of each kind, `[N, E]`.
    """

    network: str
    real: Tensor
    sets: Mapping[str, Mapping[str, Tensor]]


def choose_network(judges: Judges) -> tuple[str, Encode] | None:
    """The network whose features are compared: the judge CLIP, or else the attribute reader."""
    if judges.clip is not None:
        return "judge CLIP", judges.clip.encode_image
    if judges.reader is not None:
        return "attribute reader", judges.reader.features
    return None


def read_features(
    encode: Encode, network: str, real: Iterator[Tensor], pictures: Mapping[str, Pictures]
) -> Features:
    """Reads all pictures.

    Args:
        encode: the network.
        network: its name.
        real: real pictures, `[3, H, W]` each.
        pictures: of each method.
    """
    sets = {
        method: {
            kind: _encoded(encode, (read_image(path) for path in paths))
            for kind, paths in kinds.items()
        }
        for method, kinds in pictures.items()
    }
    return Features(network, _encoded(encode, real), sets)


def real_pictures(data: CaseSet, models: ModelSet, cases: int) -> Iterator[Tensor]:
    """Real photos at the size of the generator, of as many cases as there are, or some more.

    Those that cannot be read, or show nobody, are left out.
    """
    for index in range(min(len(data), max(cases, FEWEST_REAL))):
        try:
            photo = data.real(index)[None]
            framed = crop_each(photo, choose_frames(photo, "auto", models))[0]
        except FiceError:
            continue
        yield framed


def set_metrics(features: Features, method: str) -> dict[str, Interval | None]:
    """The metrics `SET_METRICS` of a method."""
    return {
        f"{name}_{kind}": set_distance(kernel, own, features.real)
        for kind, own in features.sets[method].items()
        for name, kernel in KERNELS.items()
        if min(len(own), len(features.real)) > 1
    }


def set_differences(
    features: Features, method: str, reference: str, shared: Mapping[str, Sequence[int]]
) -> dict[str, Interval | None]:
    """The same of `method` less those of `reference`, over the pictures of the same cases.

    Args:
        features: of all pictures.
        method: a method.
        reference: another.
        shared: for each of the two, which of its pictures are of cases that both have.
    """

    def of(name: str, kind: str) -> Tensor:
        return features.sets[name][kind][list(shared[name])]

    pairs = {kind: (of(method, kind), of(reference, kind)) for kind in (EDITED, GENERATED)}
    return {
        f"{name}_{kind}": set_difference(kernel, own, other, features.real)
        for kind, (own, other) in pairs.items()
        for name, kernel in KERNELS.items()
        if min(len(own), len(features.real)) > 1
    }


@torch.no_grad()
def _encoded(encode: Encode, images: Iterator[Tensor]) -> Tensor:
    parts: list[Tensor] = []
    while batch := list(islice(images, BATCH)):
        parts.append(encode(torch.stack(batch)))
    return torch.cat(parts) if parts else torch.zeros(0, 1)


def _inception(weights: StrPath) -> dict[str, Tensor]:
    """The tensors of torch-fidelity's Inception network in the file `weights`."""
    checkpoint = read_checkpoint(weights)
    state = state_dict(checkpoint)
    if INCEPTION_MARKER not in state:
        unknown = f"{checkpoint.name} is not the Inception network that torch-fidelity publishes."
        raise wrong_file(checkpoint, "inception", unknown)
    return state


def inception_metrics(
    weights: StrPath, edited: Sequence[StrPath], real: Sequence[Tensor]
) -> dict[str, float]:
    """FID and KID of Inception by torch-fidelity.

    Args:
        weights: of its Inception network, as published with torch-fidelity.
        edited: files of pictures.
        real: pictures `[3, H, W]`.

    Raises:
        CheckpointError: if the weights cannot be read or are of another network.
        FiceError: if torch-fidelity is missing.
    """
    library = require("torch_fidelity", "FID")
    with tempfile.TemporaryDirectory() as folder:
        # torch-fidelity runs what a pickle says; our reader does not.
        copy = Path(folder) / "inception.pth"
        torch.save(_inception(weights), copy)
        figures: Mapping[str, float] = library.calculate_metrics(
            input1=_Bytes([read_image(path) for path in edited]),
            input2=_Bytes(real),
            fid=True,
            kid=True,
            kid_subset_size=min(KID_SUBSET, len(edited), len(real)),
            feature_extractor_weights_path=str(copy),
            cuda=torch.cuda.is_available(),
            verbose=False,
            cache=False,
            save_cpu_ram=True,  # else it starts processes to read what is in memory already
        )
    return {
        "fid": float(figures["frechet_inception_distance"]),
        "kid": SCALE * float(figures["kernel_inception_distance_mean"]),
    }


class _Bytes(torch.utils.data.Dataset[Tensor]):
    """Pictures as torch-fidelity takes them: `[3, H, W]` bytes."""

    def __init__(self, images: Sequence[Tensor]) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Tensor:
        return torch.from_numpy(to_pixels(self._images[index])).permute(2, 0, 1)
