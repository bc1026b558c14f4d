"""Errors an artist can read: what was wrong, actual and expected, what to do.

Every error the library raises on purpose derives from `FiceError`, so a program or a node may show
`str(error)` as it is and let everything else be a bug.
"""

from __future__ import annotations


class FiceError(Exception):
    """Base of all errors that say what to do about them in one or two sentences."""


class ShapeError(FiceError):
    """A tensor has the wrong shape.

    Attributes:
        actual: the shape that came.
        expected: the pattern that was asked for, e.g. `("B", 3, "H", "W")`.
    """

    def __init__(
        self, what: str, actual: tuple[int, ...], expected: tuple[int | str, ...], hint: str = ""
    ) -> None:
        """Builds the sentence from `what`, both shapes, and a `hint` on what to do."""
        wanted = ", ".join(str(size) for size in expected)
        text = f"{what} has shape {list(actual)}, expected [{wanted}]."
        super().__init__(f"{text} {hint}".rstrip())
        self.actual = actual
        self.expected = expected


class CheckpointError(FiceError):
    """A weight file is missing, unsafe, damaged or of a kind that is not supported."""


class PairingError(FiceError):
    """Two parts do not belong together, e.g. an encoder and a generator with other layers."""


class TextError(FiceError):
    """A text cannot be used as guidance: empty, too long, or made of unknown words."""


class ImageError(FiceError):
    """An image or mask cannot be used: no person in it, nothing selected, or a wrong size."""


class NobodyError(ImageError):
    """There is nobody in a photo."""


class DeviceError(FiceError):
    """A device is not there, or has too little memory."""


class FrozenError(FiceError):
    """A network that was made ready for many looks was asked to learn, or to take other weights."""


class DivergedError(FiceError):
    """The optimisation produced NaN or infinity.

    The message names the step; the steps yielded before it stay valid.
    """
