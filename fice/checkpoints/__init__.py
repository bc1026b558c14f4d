"""Weight files: file -> tensors -> typed model. The only package that opens weight files."""

from .chart import load_chart
from .clip import load_clip
from .encoder import load_encoder
from .modules import save_module
from .segmenter import load_segmenter
from .stylegan2 import load_generator, save_generator

__all__ = [
    "load_chart",
    "load_clip",
    "load_encoder",
    "load_generator",
    "load_segmenter",
    "save_generator",
    "save_module",
]
