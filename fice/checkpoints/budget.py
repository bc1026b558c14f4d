"""A limit on the memory that decoding one file may take."""

from __future__ import annotations

from fice.errors import CheckpointError

BYTES_PER_FILE_BYTE = 4  # an honest file yields each of its bytes once
FREE_BYTES = 64 * 1024 * 1024  # so that small files may hold a little more than their size


class Budget:
    """Counts decoded bytes, so that a small file cannot unfold into a huge one.

    Args:
        file_bytes: size of the file that is decoded.
    """

    def __init__(self, file_bytes: int) -> None:
        self.left = BYTES_PER_FILE_BYTE * file_bytes + FREE_BYTES

    def spend(self, count: int) -> None:
        """Takes `count` bytes from the budget.

        Raises:
            CheckpointError: if the file unfolds to more than it can honestly hold.
        """
        self.left -= count
        if self.left < 0:
            raise CheckpointError("The file claims to hold far more data than it has bytes.")
