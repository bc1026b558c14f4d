"""How long the segmenter for photos is trained."""

from __future__ import annotations

from ...demo.train.run import Plan
from .fit import Course

COURSES = {
    "photos": Course(Plan(steps=4800, batch=16, lr=2e-3, warmup=300, flat=0.1)),
}
