"""What a text says of a garment, what a CLIP sees in a photo, and both in one sentence."""

from .about import about
from .bank import Bank, Value, load_bank
from .completing import COMPLETIONS, Completed, Completion, complete
from .gauge import Gauge, gauge
from .hearing import Heard, hear
from .reading import Questions, Reading, questions, read_garment
from .telling import tell
from .weights import WeightedText, encode_sentence, encode_weighted, parse_weights

__all__ = [
    "COMPLETIONS",
    "Bank",
    "Completed",
    "Completion",
    "Gauge",
    "Heard",
    "Questions",
    "Reading",
    "Value",
    "WeightedText",
    "about",
    "complete",
    "encode_sentence",
    "encode_weighted",
    "gauge",
    "hear",
    "load_bank",
    "parse_weights",
    "questions",
    "read_garment",
    "tell",
]
