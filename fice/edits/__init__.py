"""Edits as things: made weaker or stronger, saved, applied to other photos, walked through."""

from __future__ import annotations

from .direction import import_direction
from .files import load_edit, open_thumbnail, save_edit, thumbnail_of
from .interpolation import walk
from .latent_edit import KEEP_POSE, ApplyMode, LatentEdit, apply_edit, check_generator, latent_edit
from .strength import EVERYTHING, GroupStrengths, blend_ws, edit_strength

__all__ = [
    "EVERYTHING",
    "KEEP_POSE",
    "ApplyMode",
    "GroupStrengths",
    "LatentEdit",
    "apply_edit",
    "blend_ws",
    "check_generator",
    "edit_strength",
    "import_direction",
    "latent_edit",
    "load_edit",
    "open_thumbnail",
    "save_edit",
    "thumbnail_of",
    "walk",
]
