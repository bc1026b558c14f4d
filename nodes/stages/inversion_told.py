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
    done = f"{_stayed(report['images'])}{_effort(report['images'])}"
    return [*_texts(report), *report["warnings"], done, _older(older)]


def _texts(report: Mapping[str, Any]) -> list[str]:
    understood = [one["understood"] for one in report["images"] if one.get("understood")]
    if understood:
        return list(dict.fromkeys(understood))
    ignored = report["ignored_words"]
    if not ignored:
        return [f"Understood: {report['text'].strip()}."]
    words = ", ".join(f"'{word}'" for word in ignored)
    return [f"Not understood, so left out: {words}. The rest of the text was."]


def _stayed(images: Sequence[Mapping[str, Any]]) -> str:
    """How well the edit listened, by the guide's own reading."""
    kept = [one["unnamed_kept"] for one in images if one.get("unnamed_kept") is not None]
    missed = [one["named_right"] for one in images if one.get("named_right") is not None]
    invented = dict.fromkeys(name for one in images for name in one.get("invented", ()))
    parts = [
        f"came out {sum(missed) / len(missed):.0%}" if missed else "",
        f"stayed {sum(kept) / len(kept):.0%}" if kept else "",
        f"not asked for: {', '.join(invented)}" if invented else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f"CLIP sees: {said}. " if said else ""


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
