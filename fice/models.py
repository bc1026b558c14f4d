"""The five networks of an edit, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from fice import checkpoints
from fice.errors import CheckpointError, PairingError
from fice.types import BodyChart, ClipGuide, LatentEncoder, Perceptor, Regions, Synthesizer

DEMO = "demo"
DEMO_WEIGHTS = Path(__file__).parent / "demo" / "weights"
FILES = ("generator", "encoder", "clip", "chart", "regions")


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
    clip: ClipGuide
    chart: Perceptor[BodyChart]
    segmenter: Perceptor[Regions]
    name: str = ""

    def __post_init__(self) -> None:
        """Refuses an encoder of another generator."""
        check_pairing(self.generator, self.encoder)


def load_models(name: str | Path = DEMO) -> ModelSet:
    """Loads a set of networks, on the CPU.

    Args:
        name: `demo` for the built-in set, else a folder with `generator`, `encoder`, `clip`,
            `chart` and `regions`, each a `.safetensors` file.

    Raises:
        CheckpointError: if a file is missing or is not what it has to be.
        PairingError: if encoder and generator do not belong together.
    """
    folder = DEMO_WEIGHTS if name == DEMO else Path(name)
    paths = {part: folder / f"{part}.safetensors" for part in FILES}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise CheckpointError(
            f"The model set {str(name)!r} lacks {', '.join(missing)} in {folder}; give `{DEMO}` or "
            f"a folder with {', '.join(FILES)} as .safetensors."
        )
    # A host may be in inference mode, whose tensors could never take part in a backward pass.
    with torch.inference_mode(False):
        return ModelSet(
            generator=checkpoints.load_generator(paths["generator"]),
            encoder=checkpoints.load_encoder(paths["encoder"]),
            clip=checkpoints.load_clip(paths["clip"]),
            chart=checkpoints.load_chart(paths["chart"]),
            segmenter=checkpoints.load_segmenter(paths["regions"]),
            name=str(name),
        )


def check_pairing(generator: Synthesizer, encoder: LatentEncoder) -> None:
    """Checks that `encoder` speaks the latent space of `generator`.

    Raises:
        PairingError: if the sizes of W+ differ, or the encoder names another generator.
    """
    wanted = (generator.num_ws, generator.w_dim)
    found = (encoder.num_ws, encoder.w_dim)
    if found != wanted:
        raise PairingError(
            f"The encoder gives W+ of {found[0]} x {found[1]}, the generator needs "
            f"{wanted[0]} x {wanted[1]}; load the encoder that was trained for this generator."
        )
    trained_for = str(getattr(encoder, "generator_fingerprint", ""))
    if trained_for and generator.fingerprint and trained_for != generator.fingerprint:
        raise PairingError(
            f"The encoder was trained for the generator {trained_for}, this one is "
            f"{generator.fingerprint}; load the two that belong together."
        )
