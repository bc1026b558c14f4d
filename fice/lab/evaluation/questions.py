"""The paper's questions as comparisons of two methods in one metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .bootstrap import Interval
from .measures import METRICS
from .methods import ABLATIONS, with_change
from .realism import SET_METRICS

Intervals = Mapping[str, Interval | None]


@dataclass(frozen=True)
class Question:
    """What ought to come out if the paper is right.

    Attributes:
        key: RQ1 to RQ3.
        claim: in words.
        rival: the method that ought to be worse; what starts with `@` is a change of the reference.
        metric: in which.
    """

    key: str
    claim: str
    rival: str
    metric: str


def _without(part: str) -> str:
    return f"@{ABLATIONS[part]}"


QUESTIONS: tuple[Question, ...] = (
    *(
        Question("RQ1", f"better than StyleCLIP's optimisation: {what}", "styleclip-latent", metric)
        for what, metric in (
            ("attributes that come out", "success"),
            ("pose kept", "pose_iou"),
            ("head kept", "head_psnr"),
        )
    ),
    *(
        Question("RQ2", f"removing {part} lowers its own metric", _without(f"minus {part}"), metric)
        for part, metric in (
            ("CLIP", "success"),
            ("pose", "pose_iou_generated"),
            ("image", "background_psnr_generated"),
            ("head", "head_iou_generated"),
            ("stitch", "head_psnr"),
        )
    ),
    *(
        Question(
            "RQ3",
            f"removing W+ regularisation worsens realism ({metric})",
            _without("minus W+ regularisation"),
            metric,
        )
        for metric in SET_METRICS
    ),
)


def answer(question: Question, reference: str, differences: Mapping[str, Intervals]) -> str:
    """`yes`, `no`, `not significant`, or `not measured`.

    Args:
        question: what is asked.
        reference: name of the method that ought to be better.
        differences: of each method from the reference, by metric.
    """
    rival = rival_name(question, reference, list(differences))
    found = differences.get(rival, {}).get(question.metric)
    if found is None or found.low is None:
        return "not measured"
    if not found.excludes_zero:
        return "not significant"
    better = {**METRICS, **SET_METRICS}[question.metric].better
    rival_is_worse = found.value < 0 if better == "higher" else found.value > 0
    return "yes" if rival_is_worse else "no"


def rival_name(question: Question, reference: str, methods: Sequence[str]) -> str:
    """Which of `methods` the rival is; the bare name if none is.

    A peer with other numbers (`styleclip-latent@steps=100`) stands for the peer.
    """
    if question.rival.startswith("@"):
        return with_change(reference, question.rival[1:])
    return next(
        (name for name in methods if name.partition("@")[0] == question.rival), question.rival
    )
