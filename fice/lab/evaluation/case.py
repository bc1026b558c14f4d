"""What is evaluated: photos with texts, and photos that say what is realistic."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Asked:
    """What an edit is asked for, which can be said even if its photo cannot be read.

    Attributes:
        id: unique in its data set, fit for a file name.
        text: what is asked for.
        source_text: what the photo shows, in words; empty if nobody knows.
        wanted: attributes that `text` names and the class each should get, where a judge can read
            them (the demo world).
    """

    id: str
    text: str
    source_text: str = ""
    wanted: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, eq=False)
class Case(Asked):
    """One edit to try.

    Attributes:
        image: the photo, `[3, H, W]` in [0, 1].
    """

    image: Tensor = field(kw_only=True)


def fingerprint_of(*parts: Sequence[str]) -> str:
    """A short hash of lists of words."""
    digest = hashlib.sha256(repr([list(part) for part in parts]).encode())
    return digest.hexdigest()[:16]


class CaseSet(Protocol):
    """A data set; equal indices give equal cases, in any process."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    @property
    def fingerprint(self) -> str:
        """Differs where ids, texts or photos differ, so that no result is taken for another's."""
        ...

    def state(self, index: int) -> str:
        """Differs where the case `index` has another photo than before, without opening it."""
        ...

    def __len__(self) -> int:
        """Number of cases."""
        ...

    def ids(self) -> Sequence[str]:
        """The id of each case, without opening any image."""
        ...

    def asked(self, index: int) -> Asked:
        """What the case `index` is asked for, without opening any image."""
        ...

    def problem(self, index: int) -> str:
        """Why the case `index` cannot be tried, if that shows without opening it; else empty."""
        ...

    def case(self, index: int) -> Case:
        """The case `index`.

        Raises:
            FiceError: if its photo cannot be read, or it has a `problem`.
        """
        ...

    def real(self, index: int) -> Tensor:
        """The real photo `index`, `[3, H, W]` in [0, 1], for distances between sets.

        Raises:
            FiceError: if it cannot be read.
        """
        ...
