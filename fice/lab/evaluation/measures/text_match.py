"""How well a result fits the text, by a CLIP that guided nothing and by the guide itself."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ....base.types import ClipModel
from ..case import Case
from .look import Look
from .metric import Measure, Metric, Values

METRICS: Mapping[str, Metric] = {
    "clip_judge": Metric(
        "CLIP, judge",
        "higher",
        "Cosine of the text and the edited region over white (MGD's protocol), by a CLIP that "
        "guided nothing.",
    ),
    "clip_guide": Metric("CLIP, guide", "neither", "The same by the CLIP that guided the edit."),
    "clip_judge_whole": Metric(
        "CLIP, judge, whole", "higher", "Cosine of the text and the whole result, by the judge."
    ),
    "clip_guide_whole": Metric(
        "CLIP, guide, whole", "neither", "Cosine of the text and the whole result, by the guide."
    ),
    "clip_gap": Metric(
        "over-fit gap",
        "lower",
        "How much more the edit raised the guide's cosine of the whole picture than the judge's.",
    ),
    "clip_direction": Metric(
        "CLIP direction",
        "higher",
        "Cosine of the change of picture and the change of text (arXiv 2108.00946), by the judge; "
        "needs a text of the photo.",
    ),
}


@torch.no_grad()
def measure_text_match(look: Look) -> Mapping[str, Values]:
    """See `METRICS`."""
    guide, judge = look.models.clip, look.judges.clip
    image = look.outcome.image
    region = torch.where(look.garment, image, torch.ones_like(image))
    texts = [case.text for case in look.cases]
    result: dict[str, Values] = {
        "clip_guide": likeness(guide, region, texts).tolist(),
        "clip_guide_whole": likeness(guide, image, texts).tolist(),
    }
    if judge is None:
        return result
    whole = likeness(judge, image, texts)
    gains = [
        likeness(clip, image, texts) - likeness(clip, look.photo, texts) for clip in (guide, judge)
    ]
    return {
        **result,
        "clip_judge": likeness(judge, region, texts).tolist(),
        "clip_judge_whole": whole.tolist(),
        "clip_gap": (gains[0] - gains[1]).tolist(),
        "clip_direction": _directions(judge, look),
    }


def likeness(clip: ClipModel, image: Tensor, texts: list[str]) -> Tensor:
    """Cosine `[B]` of each picture and its text."""
    return (clip.encode_image(image) * clip.encode_text(texts)).sum(1)


def _directions(clip: ClipModel, look: Look) -> Values:
    known = [row for row, case in enumerate(look.cases) if case.source_text]
    values: Values = [None] * len(look.cases)
    if not known:
        return values
    texts = [clip.encode_text([case.text for case in _some(look, known)])]
    texts += [clip.encode_text([case.source_text for case in _some(look, known)])]
    pictures = [clip.encode_image(image[known]) for image in (look.outcome.image, look.photo)]
    cosines = F.cosine_similarity(pictures[0] - pictures[1], texts[0] - texts[1], dim=1)
    for row, cosine in zip(known, cosines.tolist(), strict=True):
        values[row] = cosine
    return values


def _some(look: Look, rows: list[int]) -> list[Case]:
    return [look.cases[row] for row in rows]


TEXT_MATCH = Measure(METRICS, measure_text_match)
