"""Which codes belong to which generator."""

from __future__ import annotations

from .errors import PairingError
from .types import LatentEncoder, Synthesizer


def check_wplus(
    shape: tuple[int, ...], fingerprint: str, synthesizer: Synthesizer, what: str, name: str
) -> None:
    """Checks that codes are of the latent space of a generator.

    Args:
        shape: number of layers and numbers per layer.
        fingerprint: of the generator that they were made with.
        synthesizer: the generator that is to draw them.
        what: the codes, for the message: `This W+`.
        name: the generator, likewise.

    Raises:
        PairingError: if they were made with another generator.
    """
    needed = (synthesizer.num_ws, synthesizer.w_dim)
    if shape != needed:
        raise PairingError(
            f"{what} has {shape[0]} layers of {shape[1]} numbers, but {name} takes {needed[0]} of "
            f"{needed[1]}: it was made with another generator. Use the generator it was made with."
        )
    if fingerprint != synthesizer.fingerprint:
        raise PairingError(
            f"{what} was made with another generator than {name} (fingerprint {fingerprint}, not "
            f"{synthesizer.fingerprint}); each generator has a latent space of its own. Use the "
            "one it was made with."
        )


def check_encoder(
    generator: Synthesizer,
    encoder: LatentEncoder,
    generator_name: str = "the generator",
    encoder_name: str = "The encoder",
) -> None:
    """Checks that `encoder` predicts W+ of `generator`.

    Raises:
        PairingError: if the sizes of W+ differ, or the encoder names another generator, or looks at
            images of other proportions.
    """
    needed = (generator.num_ws, generator.w_dim)
    found = (encoder.num_ws, encoder.w_dim)
    if found != needed:
        raise PairingError(
            f"{encoder_name} and {generator_name} do not belong together: the encoder predicts "
            f"{found[0]} layers of {found[1]} numbers, the generator takes {needed[0]} of "
            f"{needed[1]}. Load the encoder that was trained for this generator."
        )
    trained_for = str(getattr(encoder, "generator_fingerprint", ""))
    if trained_for and generator.fingerprint and trained_for != generator.fingerprint:
        raise PairingError(
            f"{encoder_name} and {generator_name} do not belong together: the encoder was trained "
            f"for the generator {trained_for}, this one is {generator.fingerprint}. Load the two "
            "from one model set."
        )
    seen = getattr(encoder, "image_size", None)
    drawn = generator.resolution
    if seen is not None and seen[0] * drawn[1] != seen[1] * drawn[0]:
        raise PairingError(
            f"{encoder_name} and {generator_name} do not belong together: the encoder looks at "
            f"images of {seen[0]}x{seen[1]} pixels, the generator draws {drawn[0]}x{drawn[1]}, and "
            "a squashed person is another one. Load the encoder that was trained for this "
            "generator, from its original file: that carries the decoder, which tells its size."
        )
