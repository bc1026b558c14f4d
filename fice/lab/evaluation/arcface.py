"""ArcFace with an IR-SE50 trunk (arXiv 1801.07698), as the pSp and e4e authors measure identity.

Modules carry the names of the released file (`model_ir_se50.pth`). It was not at hand when this was
written: the layout is that of the code that reads it, and of the trunk that e4e shares with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from ...base.files import StrPath
from ...base.shapes import check_shape
from ...checkpoints.file_kinds import wrong_file
from ...checkpoints.reader import read_checkpoint
from ...checkpoints.state import load_state
from ...checkpoints.tensors import state_dict
from ...networks.encoders.e4e import INPUT_WIDTH, IR_SE50, residual_units
from ...networks.layers import freeze

FACE_SIZE = 112
HALVINGS = 4
FEATURES = 512
MARKERS = {"input_layer.0.weight", "output_layer.3.weight"}


class ArcFace(nn.Module):
    """Faces to unit vectors whose cosine tells persons apart.

    Args:
        stages: channels and number of units of each stage of the trunk.
        input_width: channels of the first layer.
    """

    def __init__(
        self, stages: Sequence[tuple[int, int]] = IR_SE50, input_width: int = INPUT_WIDTH
    ) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, input_width, 3, padding=1, bias=False),
            nn.BatchNorm2d(input_width),
            nn.PReLU(input_width),
        )
        self.body = nn.Sequential(*residual_units(stages, input_width))
        channels, side = stages[-1][0], FACE_SIZE >> HALVINGS
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Dropout(0.4),
            nn.Flatten(),
            nn.Linear(channels * side**2, FEATURES),
            nn.BatchNorm1d(FEATURES),
        )

    def forward(self, face: Tensor) -> Tensor:
        """Unit vectors `[B, 512]` of `face` `[B, 3, 112, 112]` in [0, 1].

        Raises:
            ShapeError: if the faces have another size.
        """
        check_shape(face, ("B", 3, FACE_SIZE, FACE_SIZE), "face")
        return F.normalize(self.output_layer(self.body(self.input_layer(face * 2 - 1))), dim=1)


def load_arcface(path: StrPath) -> ArcFace:
    """The frozen network in `path`.

    Raises:
        CheckpointError: if the file is missing, damaged or of another network.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    state = state_dict(checkpoint, "state_dict")
    if not state.keys() >= MARKERS:
        unknown = f"{path.name} is not an ArcFace with an IR-SE50 trunk, e.g. model_ir_se50.pth."
        raise wrong_file(checkpoint, "arcface", unknown)
    return freeze(load_state(ArcFace(), state, path.name))
