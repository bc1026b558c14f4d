"""Any supported weight file to a native one: safe to share, and it says what it is.

Tensors keep their type and values, and are written one at a time: beside the source's own tensors
no more than one copy of one of them is in memory.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath, sha256_of
from ..base.types import JsonValue
from ..networks.encoders.e4e import E4eEncoder
from ..networks.perceptors.clip import OpenClip
from ..networks.perceptors.clip_model import ClipConfig
from ..networks.perceptors.deeplab import DeepLab
from ..networks.perceptors.densepose import UV_CHANNELS, DensePose
from ..networks.stylegan2.generator import generator_outline
from ..networks.uninitialised import Uninitialised
from .build_for import build_for
from .chart import DENSEPOSE_KIND
from .clip import (
    CLIP_KIND,
    clip_files,
    clip_weights,
    is_from_openai,
    is_transformers_clip,
    read_clip,
)
from .clip import PREFIX as CLIP_PREFIX
from .clip_layout import is_openai_layout
from .clip_names import names_that_fit, open_clip_config
from .densepose import densepose_state, densepose_weights, fold_frozen_norms
from .e4e import e4e_weights, encoder_state, is_e4e
from .encoder import E4E_KIND
from .file_kinds import kind_of_file, wrong_file
from .native import is_native, save_native
from .reader import Checkpoint, read_checkpoint
from .segformer import segformer_config, segformer_folder, segformer_weights
from .segmenter import DEEPLAB_KIND, SEGFORMER_KIND, deeplab_weights, is_deeplab
from .state import check_state
from .stylegan2 import STYLEGAN2_KIND, is_generator, read_weights
from .tensors import state_dict
from .weight_folder import OLD_WEIGHTS_FILE, WEIGHTS_FILE

NetworkKind = Literal["encoder", "clip", "chart", "segmenter", "generator"]

UNKNOWN = "unknown"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Network:
    """What a native file is going to hold.

    Attributes:
        kind: `fice.kind` of the file.
        config: constructor arguments of the network.
        state: its tensors.
        architecture: for people.
        resolution: height x width of its images, or `any`.
    """

    kind: str
    config: Mapping[str, JsonValue]
    state: Mapping[str, Tensor] = field(repr=False)
    architecture: str
    resolution: str


@dataclass(frozen=True)
class _Source:
    """The file that is converted."""

    checkpoint: Checkpoint
    clip_model: str | None

    @property
    def name(self) -> str:
        return self.checkpoint.name

    def tensors(self, *wrappers: str) -> dict[str, Tensor]:
        """Its named tensors, none where it has none or they cannot be a network's."""
        try:
            return state_dict(self.checkpoint, *wrappers)
        except CheckpointError:
            return {}


@dataclass(frozen=True)
class _Converter:
    """How one kind of network is recognised by its tensors, and taken out of a file."""

    detect: Callable[[_Source], bool]
    read: Callable[[_Source], Network]


def convert(
    source: StrPath,
    target: StrPath,
    *,
    kind: NetworkKind | None = None,
    clip_model: str | None = None,
    licence: str = UNKNOWN,
) -> Network:
    """Writes the network in `source` as the native file `target` and returns what was written.

    Args:
        source: a weight file of any supported kind, the folder of a SegFormer, or a folder with
            one weight file or the two halves of a CLIP.
        target: the `.safetensors` file to write; it appears only when it is complete.
        kind: which network to take, None = by the content. An e4e file also carries a `generator`.
        clip_model: open_clip's name of the architecture, for its weights.
        licence: of the weights, for the metadata.

    Raises:
        CheckpointError: if `source` is missing, damaged, unsafe, already native or unknown, or
            `target` is no place for the result.
        FiceError: if `target` cannot be written.
    """
    target = Path(target)
    if target.suffix != SUFFIX:
        raise CheckpointError(f"{target.name} has to end in {SUFFIX}.")
    files, network = _read(Path(source), kind, clip_model)
    metadata = {
        "architecture": network.architecture,
        "resolution": network.resolution,
        "licence": licence,
        "source_file": " + ".join(file.name for file in files),
        "source_sha256": " + ".join(map(sha256_of, files)),
    }
    save_native(target, network.kind, network.config, network.state, dtype=None, metadata=metadata)
    return network


def _read(
    path: Path, kind: NetworkKind | None, clip_model: str | None
) -> tuple[list[Path], Network]:
    """The files that hold the tensors, and their network."""
    is_folder = path.is_dir() or path.name in (WEIGHTS_FILE, OLD_WEIGHTS_FILE)
    if is_folder and kind in (None, "segmenter") and (folder := segformer_folder(path)):
        return [segformer_weights(folder)], _segformer(folder)
    files = clip_files(path)
    name = files[0].name
    if is_native(files[0]):
        raise CheckpointError(f"{name} is already a native file.")
    source = _Source(read_clip(files), clip_model)
    try:
        return files, _converter(source, kind).read(source)
    except CheckpointError as error:
        named = str(error).startswith(name)
        raise CheckpointError(str(error) if named else f"{name}: {error}") from None


def _converter(source: _Source, kind: NetworkKind | None) -> _Converter:
    """The first that recognises `source`, among all or those of `kind`."""
    for name, converter in CONVERTERS.items():
        if kind in (None, name) and converter.detect(source):
            return converter
    if kind is not None:
        unknown = f"this {source.checkpoint.container} file holds no {kind}."
        raise wrong_file(source.checkpoint, kind, unknown)
    if found := kind_of_file(source.checkpoint):
        raise CheckpointError(f"{source.name} is {found.what}. {found.advice}")
    raise CheckpointError(
        f"this {source.checkpoint.container} file does not hold a network that FICE knows: "
        "expected a StyleGAN2 generator, an e4e or pSp encoder, a DensePose, FICE's "
        "segmentator.pt, the folder of a SegFormer, or a CLIP model."
    )


def _generator(source: _Source) -> Network:
    weights = read_weights(source.checkpoint)
    generator_outline(weights.state, weights.config)
    config = weights.config
    height, width = config.size(config.resolution)
    name = f"StyleGAN2, {config.architecture}"
    return Network(STYLEGAN2_KIND, config.to_json(), weights.state, name, f"{height}x{width}")


def _encoder(source: _Source) -> Network:
    config, state = e4e_weights(source.checkpoint)
    check_state(build_for(state, source.name, lambda: E4eEncoder(config)), state, source.name)
    name = "e4e" if config.residual else "pSp"
    name = f"{name}, {config.num_ws} codes"
    height, width = config.image_size
    return Network(E4E_KIND, dataclasses.asdict(config), state, name, f"{height}x{width}")


def _chart(source: _Source) -> Network:
    found = densepose_state(source.tensors("model"))
    with_uv = all(any(f".{name}." in key for key in found) for name in UV_CHANNELS)
    config, state = densepose_weights(found, source.name, with_uv=with_uv)
    shapes = fold_frozen_norms({key: value.to("meta") for key, value in state.items()}, source.name)
    check_state(build_for(state, source.name, lambda: DensePose(config)), shapes, source.name)
    units = (
        3 * sum(config.blocks) + 2
    )  # as ResNets are counted: three layers each, stem, classifier
    name = f"DensePose R_{units}_FPN{'_DL' if config.deeplab else ''}"
    return Network(DENSEPOSE_KIND, dataclasses.asdict(config), state, name, "any")


def _deeplab(source: _Source) -> Network:
    state = deeplab_weights(source.tensors("state", "state_dict"))
    with Uninitialised():
        check_state(DeepLab(), state, source.name)
    return Network(DEEPLAB_KIND, {}, state, "DeepLabV3 ResNet-50", "any")


def _segformer(folder: Path) -> Network:
    config = segformer_config(folder)
    state = state_dict(read_checkpoint(segformer_weights(folder)))
    return Network(SEGFORMER_KIND, config, state, "SegFormer", "any")


def _clip(source: _Source) -> Network:
    config, weights = clip_weights(source.checkpoint, source.clip_model)
    guide = build_for(weights, source.name, lambda: OpenClip(config))
    check_state(guide.model, weights, source.name)
    state = {f"{CLIP_PREFIX}{name}": tensor for name, tensor in weights.items()}
    height, width = config.image_size
    own = is_from_openai(source.checkpoint, source.tensors("state_dict"))
    name = f"CLIP {source.clip_model or ('of OpenAI' if own else _clip_name(config))}"
    fields = cast("Mapping[str, JsonValue]", dataclasses.asdict(config))
    return Network(CLIP_KIND, fields, state, name, f"{height}x{width}")


def _clip_name(config: ClipConfig) -> str:
    """open_clip's name of the model, if it has one."""
    names = names_that_fit(config)
    same = (name for name in names if open_clip_config(name).quick_gelu == config.quick_gelu)
    return next(same, names[0] if names else "that open_clip has no name for")


def _is_clip(source: _Source) -> bool:
    state = source.tensors("state_dict")
    return (
        is_openai_layout(state) or "logit_scale" in state or is_transformers_clip(source.checkpoint)
    )


def _is_encoder(source: _Source) -> bool:
    try:
        return is_e4e(encoder_state(source.checkpoint))
    except CheckpointError:
        return False


# Asked in this order: an e4e file holds a generator too, and is told by its encoder.
CONVERTERS: Mapping[NetworkKind, _Converter] = {
    "encoder": _Converter(_is_encoder, _encoder),
    "clip": _Converter(_is_clip, _clip),
    "chart": _Converter(lambda source: bool(densepose_state(source.tensors("model"))), _chart),
    "segmenter": _Converter(
        lambda source: is_deeplab(source.tensors("state", "state_dict")), _deeplab
    ),
    "generator": _Converter(lambda source: is_generator(source.checkpoint), _generator),
}
