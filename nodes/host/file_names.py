"""File names that artists type: dates filled in, nothing that some system refuses."""

from __future__ import annotations

import re
from datetime import datetime

DATE = re.compile(r"%date(?::([^%]*))?%")
DATE_PART = re.compile(r"yyyy|yy|MM?|dd?|hh?|mm?|ss?")
PLAIN_DATE = "yyyy-MM-dd"
FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')  # by Windows
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # likewise


def with_dates(name: str, now: datetime) -> str:
    """`name` with each `%date:FORMAT%` written out, as the frontend does it for Save Image.

    Args:
        name: in FORMAT, yyyy or yy is the year, MM the month, dd the day, hh the hour of 24, mm the
            minute and ss the second; one letter is the number without a zero before it.
        now: the time to write.
    """
    return DATE.sub(lambda found: _formatted(found.group(1) or PLAIN_DATE, now), name)


def fit_for_files(name: str) -> str:
    """`name`, which may have folders, as a relative path that every system can write.

    Empty if nothing is left of it.
    """
    parts = (FORBIDDEN.sub("-", part).strip().rstrip(". ") for part in re.split(r"[\\/]", name))
    return "/".join(f"_{part}" if RESERVED.match(part) else part for part in parts if part)


def _formatted(pattern: str, now: datetime) -> str:
    numbers = {"M": now.month, "d": now.day, "h": now.hour, "m": now.minute, "s": now.second}

    def number(found: re.Match[str]) -> str:
        part = found.group()
        if part[0] == "y":
            return f"{now.year:04}"[-len(part) :]
        return str(numbers[part[0]]).zfill(len(part))

    return DATE_PART.sub(number, pattern)
