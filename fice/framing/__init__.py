"""From a photo of any size to the generator's frame, and back into the photo."""

from __future__ import annotations

from .cropping import Join, crop, inside_frame, mask_in_photo, put_back
from .fit import Misfit, fit_size
from .frame import (
    STANDARD,
    TIGHT,
    Box,
    Frame,
    Padding,
    Placement,
    Size,
    frame_from_box,
    zoomed,
)
from .learning import learn_placement, measure_placement
from .overview import overview
from .people import frame_from_person, person_boxes
from .search import FoundPerson, PersonSearch, find_people, find_person

__all__ = [
    "STANDARD",
    "TIGHT",
    "Box",
    "FoundPerson",
    "Frame",
    "Join",
    "Misfit",
    "Padding",
    "PersonSearch",
    "Placement",
    "Size",
    "crop",
    "find_people",
    "find_person",
    "fit_size",
    "frame_from_box",
    "frame_from_person",
    "inside_frame",
    "learn_placement",
    "mask_in_photo",
    "measure_placement",
    "overview",
    "person_boxes",
    "put_back",
    "zoomed",
]
