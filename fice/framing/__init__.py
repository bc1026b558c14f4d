"""From a photo of any size to the generator's frame: finding a person, framing, cropping."""

from __future__ import annotations

from .cropping import crop
from .fit import fit_size
from .learning import learn_placement, measure_placement
from .misfit import UNEXPLAINED_MOST, Misfit, misfit, unexplained
from .overview import overview
from .people import frame_from_person, person_boxes
from .placement import STANDARD, TIGHT, Placement, frame_from_box, zoomed
from .recognition import Recognition, recognition
from .search import FoundPerson, PersonSearch, find_people, find_person

__all__ = [
    "STANDARD",
    "TIGHT",
    "UNEXPLAINED_MOST",
    "FoundPerson",
    "Misfit",
    "PersonSearch",
    "Placement",
    "Recognition",
    "crop",
    "find_people",
    "find_person",
    "fit_size",
    "frame_from_box",
    "frame_from_person",
    "learn_placement",
    "measure_placement",
    "misfit",
    "overview",
    "person_boxes",
    "recognition",
    "unexplained",
    "zoomed",
]
