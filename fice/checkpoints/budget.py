"""A limit on the memory and time that decoding one file may take."""

from __future__ import annotations

from ..base.errors import CheckpointError

BYTES_PER_FILE_BYTE = 4  # an honest file yields each of its bytes once
FREE_BYTES = 64 * 1024 * 1024  # so that small files may hold a little more than their size

ENTRY_BYTES = 100  # what a dict takes for one entry, about

MAX_STEPS = 1_000_000  # of all pickles of a file; the largest known file takes 50 000


class Budget:
    """Counts decoded bytes and steps, so that a small file cannot unfold into a huge one.

    Args:
        file_bytes: size of the file that is decoded.
    """

    def __init__(self, file_bytes: int) -> None:
        self.bytes_left = BYTES_PER_FILE_BYTE * file_bytes + FREE_BYTES
        self.steps_left = MAX_STEPS

    def spend(self, count: int) -> None:
        """Takes `count` bytes from the budget.

        Raises:
            CheckpointError: if the file unfolds to more than it can honestly hold.
        """
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise CheckpointError("The file claims to hold far more data than it has bytes.")

    def step(self) -> None:
        """Takes one step of a pickle from the budget.

        Raises:
            CheckpointError: if the file takes more steps than any weight file.
        """
        self.steps_left -= 1
        if self.steps_left < 0:
            raise CheckpointError("This is not a weight file: its pickle has too many steps.")
