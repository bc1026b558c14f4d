"""Networks that judge edits and guide none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from ...base.files import StrPath, sha256_of
from ...base.fingerprint import fingerprint_state
from ...base.types import BodyChart, ClipModel, Perceptor
from ...checkpoints import load_chart, load_clip
from ...pipeline.model_files import DEMO, DEMO_WEIGHTS
from ..demo.judges import load_judges
from ..demo.reader import AttributeReader
from .arcface import load_arcface
from .perceptual import load_lpips

JUDGE_CLIP = DEMO_WEIGHTS / "judge_clip.safetensors"


@dataclass(frozen=True)
class JudgeFiles:
    """Where the judges are; None leaves out what one measures.

    The demo models bring judges of their own, which are used where none is named.

    Attributes:
        clip: a CLIP other than the guide.
        clip_name: open_clip's name of its architecture, where the file does not tell.
        chart: a body chart network other than the guide.
        arcface: weights of ArcFace (IR-SE50).
        inception: weights of Inception for the FID of torch-fidelity.
        lpips: whether to measure LPIPS, whose weights torchvision must have on disk.
    """

    clip: StrPath | None = None
    clip_name: str | None = None
    chart: StrPath | None = None
    arcface: StrPath | None = None
    inception: StrPath | None = None
    lpips: bool = False


@dataclass(frozen=True, eq=False)
class Judges:
    """The judges that are at hand.

    Attributes:
        clip: compares pictures and texts.
        chart: sees body parts.
        reader: reads the attributes of drawn figures.
        identity: features of the face in a crop of a head, `[B, E]`.
        lpips: perceptual distance `[B]` of two batches.
        names: what each is, for reports.
        fingerprint: differs where their weights differ.
        missing: what cannot be measured, and why.
    """

    clip: ClipModel | None = None
    chart: Perceptor[BodyChart] | None = None
    reader: AttributeReader | None = None
    identity: Perceptor[Tensor] | None = None
    lpips: Callable[[Tensor, Tensor], Tensor] | None = None
    names: dict[str, str] = field(default_factory=dict[str, str])
    fingerprint: str = ""
    missing: dict[str, str] = field(default_factory=dict[str, str])


def resolve(files: JudgeFiles, models: str) -> JudgeFiles:
    """`files` with the judges that belong to the model set, where none is named."""
    if models != DEMO:
        return files
    clip = files.clip or (JUDGE_CLIP if JUDGE_CLIP.is_file() else None)
    chart = files.chart or DEMO_WEIGHTS / "judge_chart.safetensors"
    return JudgeFiles(clip, files.clip_name, chart, files.arcface, files.inception, files.lpips)


def open_judges(files: JudgeFiles, models: str) -> Judges:
    """Loads the judges.

    Args:
        files: where they are, as returned by `resolve`.
        models: name of the model set whose edits are judged.

    Raises:
        CheckpointError: if a file is missing or is not what it has to be.
        FiceError: if a library is missing.
    """
    given = {"clip": files.clip, "chart": files.chart, "arcface": files.arcface}
    hashes = {name: sha256_of(path)[:16] for name, path in given.items() if path is not None}
    reader = load_judges().reader if models == DEMO else None
    read_by = "" if reader is None else fingerprint_state(reader.state_dict())
    return Judges(
        clip=None if files.clip is None else load_clip(files.clip, files.clip_name),
        chart=None if files.chart is None else load_chart(files.chart),
        reader=reader,
        identity=None if files.arcface is None else load_arcface(files.arcface),
        lpips=load_lpips() if files.lpips else None,
        names={name: f"{Path(given[name]).name} {digest}" for name, digest in hashes.items()},  # pyright: ignore[reportArgumentType]
        fingerprint=repr((sorted(hashes.items()), files.clip_name, read_by, files.lpips)),
        missing=_missing(files, models),
    )


def _missing(files: JudgeFiles, models: str) -> dict[str, str]:
    reasons = {
        "text match": (
            files.clip,
            "there is no CLIP that guided none of the edits; give --judge-clip",
        ),
        "pose": (
            files.chart,
            "there is no body chart network that guided none of the edits; give --judge-chart",
        ),
        "identity": (files.arcface, "there are no weights of ArcFace; give --arcface"),
        "FID and KID of Inception": (
            files.inception,
            "there are no weights of Inception; give --inception",
        ),
        "LPIPS": (
            files.lpips or None,
            "it was not asked for; give --lpips (its weights must be on disk)",
        ),
        "attributes": (models == DEMO or None, "they can only be read in the demo world"),
    }
    return {name: reason for name, (given, reason) in reasons.items() if given is None}
