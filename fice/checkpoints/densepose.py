"""DensePose from the tensors of detectron2's model zoo (formats sections 1.4 and 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..networks.layers import freeze
from ..networks.perceptors.densepose import CHART_CHANNELS, UV_CHANNELS, DensePose, DensePoseConfig
from ..networks.perceptors.densepose_backbone import STAGES
from .build_for import build_for
from .state import load_state
from .tensors import sub_state

NORM_EPSILON = 1e-5
PREDICTOR = "roi_heads.densepose_predictor."
BOTTOM_UP = "backbone.bottom_up."

HEAD = "roi_heads.densepose_head."

_UNUSED = (
    # The detector, of which a fixed box needs nothing, and constants that the code has anyway.
    "proposal_generator.",
    "roi_heads.box_",
    "pixel_mean",
    "pixel_std",
    # Second names of the same layers in TorchScript exports, which need lists of modules.
    "backbone.lateral_convs.",
    "backbone.output_convs.",
    "backbone.bottom_up.stages.",
    "roi_heads.decoder.scale_heads.",
    "roi_heads.densepose_head.stacked_convs.",
)

NORM_PARTS = ("weight", "bias", "running_mean", "running_var")
CONV_AXES = 4
EMPTY = torch.empty(0)


def densepose_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the DensePose in `state`, without a prefix; empty if there is none.

    TorchScript exports (those that comfyui_controlnet_aux fetches) wrap it as `model`.
    """
    marker = f"{PREDICTOR}ann_index_lowres.weight"
    prefix = next((key.removesuffix(marker) for key in state if key.endswith(marker)), None)
    return {} if prefix is None else sub_state(state, prefix)


def densepose_from_state(
    state: dict[str, Tensor], name: str, *, with_uv: bool = False
) -> DensePose:
    """The frozen network of `state`, the content of the file `name`; takes over the tensors.

    Raises:
        CheckpointError: if it is a variant that is not supported, or tensors do not fit.
    """
    config, kept = densepose_weights(state, name, with_uv=with_uv)
    state.clear()
    network = build_for(kept, name, lambda: DensePose(config))
    return freeze(load_state(network, fold_frozen_norms(kept, name), name))


def densepose_weights(
    state: Mapping[str, Tensor], name: str, *, with_uv: bool
) -> tuple[DensePoseConfig, dict[str, Tensor]]:
    """Architecture and used tensors of `state`, the content of the file `name`.

    Raises:
        CheckpointError: if it is a variant that is not supported.
    """
    _refuse_variants(state, name)
    wanted = CHART_CHANNELS | (UV_CHANNELS if with_uv else {})
    kept = {key: value for key, value in state.items() if _is_used(key, wanted)}
    config = build_for(kept, name, lambda: densepose_config(state))
    return replace(config, with_uv=with_uv), kept


def densepose_config(state: Mapping[str, Tensor]) -> DensePoseConfig:
    """Architecture of `state`, read from its keys and shapes."""

    def rows(key: str) -> int:
        return state[f"{key}.weight"].shape[0]

    deeplab = any(key.startswith(f"{HEAD}ASPP.") for key in state)
    return DensePoseConfig(
        blocks=tuple(_count(state, rf"{BOTTOM_UP}{stage}\.(\d+)\.") for stage in STAGES),
        stem_width=rows(f"{BOTTOM_UP}stem.conv1"),
        inner=tuple(rows(f"{BOTTOM_UP}{stage}.0.conv1") for stage in STAGES),
        widths=tuple(rows(f"{BOTTOM_UP}{stage}.0.conv3") for stage in STAGES),
        fpn_width=rows("backbone.fpn_output2"),
        decoder_width=rows("roi_heads.decoder.p2.0"),
        pooled_width=rows("roi_heads.decoder.predictor"),
        head_width=rows(f"{HEAD}body_conv_fcn1"),
        head_depth=_count(state, rf"{re.escape(HEAD)}body_conv_fcn(\d+)\."),
        deeplab=deeplab,
    )


def fold_frozen_norms(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """Turns each convolution with a frozen batch norm into one convolution with a bias.

    Takes over `state`, which is empty afterwards, so that weights do not lie there twice. Computed
    in double precision, so that folding costs no accuracy.

    Raises:
        CheckpointError: if a norm of the file `name` is incomplete or does not fit.
    """
    folded: dict[str, Tensor] = {}
    norms = {key for key in state if key.endswith(".norm.running_var")}
    for conv in [key.removesuffix(".norm.running_var") for key in sorted(norms)]:
        keys = (f"{conv}.weight", *(f"{conv}.norm.{part}" for part in NORM_PARTS))
        weight, *norm = (state.pop(key, EMPTY).double() for key in keys)
        if weight.ndim != CONV_AXES or any(part.shape != weight.shape[:1] for part in norm):
            raise CheckpointError(
                f"{name} is damaged or incomplete: the batch norm of {conv[:80]} does not fit its "
                "convolution. Download it again."
            )
        gain, bias, mean, variance = norm
        scale = gain * torch.rsqrt(variance + NORM_EPSILON)
        folded[f"{conv}.weight"] = (weight * scale.view(-1, 1, 1, 1)).float()
        folded[f"{conv}.bias"] = (bias - mean * scale).float()
    folded |= state
    state.clear()
    return folded


def _refuse_variants(state: Mapping[str, Tensor], name: str) -> None:
    if any(key.startswith(f"{HEAD}NLBlock.") for key in state):
        raise CheckpointError(
            f"{name} is a DensePose variant that is not supported: a non-local block in its chart "
            "head, which no published model has."
        )
    needed = {
        f"{HEAD}body_conv_fcn1.weight": "other chart heads",
        "roi_heads.decoder.p2.0.weight": "models without a decoder (legacy models)",
        f"{BOTTOM_UP}stem.conv1.weight": "trunks other than ResNet",
    }
    for key, variant in needed.items():
        if key not in state:
            raise CheckpointError(
                f"{name} is a DensePose variant that is not supported: {variant}. "
                "Use densepose_rcnn_R_50_FPN_s1x or densepose_rcnn_R_101_FPN_s1x."
            )
    coarse = state[f"{PREDICTOR}ann_index_lowres.weight"].shape[1]
    if coarse != CHART_CHANNELS["ann_index_lowres"]:
        raise CheckpointError(
            f"{name} tells {coarse} coarse classes apart, expected body and background. "
            "Use densepose_rcnn_R_50_FPN_s1x or densepose_rcnn_R_101_FPN_s1x."
        )


def _is_used(key: str, wanted: Mapping[str, int]) -> bool:
    if key.startswith(_UNUSED) or key.endswith("num_batches_tracked"):
        return False
    # Predictors of confidences (WC models) may go; u and v only where they are not wanted.
    return not key.startswith(PREDICTOR) or key.split(".")[2] in wanted


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    return len({match[1] for key in state if (match := re.match(pattern, key))})
