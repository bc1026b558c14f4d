"""Weight files: file -> tensors -> typed model. The only package that opens weight files."""

from fice.checkpoints.chart import load_chart
from fice.checkpoints.clip import load_clip
from fice.checkpoints.encoder import load_encoder
from fice.checkpoints.modules import save_module
from fice.checkpoints.segmenter import load_segmenter
from fice.checkpoints.stylegan2 import load_generator, save_generator

__all__ = [
    "load_chart",
    "load_clip",
    "load_encoder",
    "load_generator",
    "load_segmenter",
    "save_generator",
    "save_module",
]
