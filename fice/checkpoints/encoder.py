"""W+ encoders from files."""

from __future__ import annotations

from pathlib import Path

from ..base.files import StrPath
from ..networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from ..networks.encoders.e4e import E4eConfig, E4eEncoder
from .e4e import e4e_from_checkpoint, encoder_state, is_e4e
from .file_kinds import wrong_file
from .modules import load_module
from .native import native_kind
from .reader import read_checkpoint

COMPACT_ENCODER_KIND = "compact_encoder"
E4E_KIND = "e4e"


def load_encoder(path: StrPath) -> CompactEncoder | E4eEncoder:
    """The frozen W+ encoder in `path`, on the CPU.

    Args:
        path: a native file, or an e4e or pSp checkpoint, FICE's or official.

    Raises:
        CheckpointError: if the file is missing, damaged or of another kind.
    """
    path = Path(path)
    kind = native_kind(path)
    if kind == E4E_KIND:
        return load_module(path, E4E_KIND, E4eEncoder, E4eConfig)
    if kind is not None:
        return load_module(path, COMPACT_ENCODER_KIND, CompactEncoder, CompactEncoderConfig)
    checkpoint = read_checkpoint(path)
    if not is_e4e(encoder_state(checkpoint)):
        unknown = (
            f"{path.name} is not a W+ encoder that FICE knows. It reads those of e4e and pSp, e.g. "
            "e4e_w+.pt of StyleGAN-Human, and files that `fice convert` wrote."
        )
        raise wrong_file(checkpoint, "encoder", unknown)
    return e4e_from_checkpoint(checkpoint)
