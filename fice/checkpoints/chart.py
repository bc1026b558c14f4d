"""Body chart networks from files."""

from __future__ import annotations

from pathlib import Path

from ..base.files import StrPath
from ..networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from ..networks.perceptors.densepose import DensePose
from .densepose import densepose_from_state, densepose_state
from .file_kinds import wrong_file
from .modules import load_module
from .native import native_kind, read_native
from .reader import read_checkpoint
from .tensors import state_dict

COMPACT_CHART_KIND = "compact_chart"
DENSEPOSE_KIND = "densepose"  # its tensors have the names of the model zoo


def load_chart(path: StrPath, *, with_uv: bool = False) -> CompactChart | DensePose:
    """The frozen body chart network in `path`, on the CPU.

    Args:
        path: a native file, or a DensePose of detectron2's model zoo (.pkl, or its tensors in any
            other container, TorchScript included; its code is not run).
        with_uv: whether DensePose also computes u and v, which FICE does not need.

    Raises:
        CheckpointError: if the file is missing, damaged or of another kind.
    """
    path = Path(path)
    kind = native_kind(path)
    if kind == DENSEPOSE_KIND:
        native = read_native(path, DENSEPOSE_KIND)
        return densepose_from_state(native.state, path.name, with_uv=with_uv)
    if kind is not None:
        return load_module(path, COMPACT_CHART_KIND, CompactChart, CompactChartConfig)
    checkpoint = read_checkpoint(path)
    state = densepose_state(state_dict(checkpoint, "model"))
    if not state:
        unknown = (
            f"{path.name} is not a DensePose that FICE knows. It reads those of detectron2's model "
            "zoo, e.g. densepose_rcnn_R_50_FPN_s1x (`fice models get densepose-r50`), and files "
            "that `fice convert` wrote."
        )
        raise wrong_file(checkpoint, "chart", unknown)
    del checkpoint  # which holds the tensors too
    return densepose_from_state(state, path.name, with_uv=with_uv)
