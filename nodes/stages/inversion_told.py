"""What CLIP-Guided Inversion says under its picture after a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def told(report: Mapping[str, Any], older: Mapping[str, Any]) -> list[str]:
    """A report in sentences, the most important first.

    Args:
        report: of the run.
        older: what an older workflow set on the node itself, where it no longer shows.
    """
    return [*_texts(report), *report["warnings"], _effort(report["images"]), _older(older)]


def _texts(report: Mapping[str, Any]) -> list[str]:
    ignored = report["ignored_words"]
    if not ignored:
        return [f"Understood: {report['text'].strip()}."]
    words = ", ".join(f"'{word}'" for word in ignored)
    return [f"Not understood, so left out: {words}. The rest of the text was."]


def _effort(images: Sequence[Mapping[str, Any]]) -> str:
    steps, seconds = sum(one["steps"] for one in images), sum(one["seconds"] for one in images)
    ended = ", ended by Cancel" if any(one["cancelled"] for one in images) else ""
    pictures = "" if len(images) == 1 else f" for {len(images)} pictures"
    return f"{steps} steps in {seconds:.0f} s{pictures}{ended}."


def _older(numbers: Mapping[str, Any]) -> str:
    if not numbers:
        return ""
    shown = ", ".join(f"{name.replace('_', ' ')} {_short(v)}" for name, v in numbers.items())
    return f"Set here though no longer shown: {shown}; Inversion Settings goes before it."


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
