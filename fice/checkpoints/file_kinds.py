"""What a weight file is, by the names (of one without, the shape) of its tensors, and its place.

Every loader that is given the wrong file says so with `wrong_file` or `wrong_native`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal, cast

from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath
from .nvidia_pickle import module_state
from .pickle_values import PickledObject
from .reader import Checkpoint
from .safetensors_file import read_metadata, read_names
from .tensors import PARALLEL_PREFIX

Family = Literal[
    "generator", "encoder", "clip", "chart", "segmenter", "edit", "arcface", "inception", "other"
]

MAX_DEPTH = 3  # of dicts in dicts; weights lie in the first or second
UNIT_TOLERANCE = 1e-3  # in the length of a direction
MAX_NAMES = 50_000  # that are looked at; the largest known file has 10 000

WANTED: Mapping[Family, str] = {
    "generator": "a StyleGAN2 generator",
    "encoder": "a W+ encoder",
    "clip": "a CLIP model",
    "chart": "a DensePose",
    "segmenter": "a garment segmenter",
    "edit": "a saved edit",
    "arcface": "an ArcFace network",
    "inception": "an Inception network",
}


@dataclass(frozen=True)
class FileKind:
    """A kind of file that may lie in a models folder.

    Attributes:
        what: it is, with its article.
        family: what FICE uses it for, `other` = nothing.
        advice: where it belongs, as a sentence.
        names: patterns that all occur in the names of its tensors.
    """

    what: str
    family: Family
    advice: str
    names: tuple[str, ...] = ()


HOME = "It belongs in models/"


def _home(folder: str, node: str) -> str:
    return f"{HOME}{folder}, where {node} finds it."


GENERATOR_HOME = _home("stylegan2", "Load StyleGAN2")
ENCODER_HOME = _home("fice_encoders", "Load W+ Encoder")
CLIP_HOME = _home("fice_clip", "Load CLIP Guide")
CHART_HOME = _home("densepose", "Load DensePose")
SEGMENTER_HOME = _home("fice_segmenters", "Load Garment Segmenter")
JUDGE_HOME = "It is for `fice eval`."
NO_HOME = "FICE has no use for it."

NATIVE_KINDS: Mapping[str, FileKind] = {
    "stylegan2": FileKind("a StyleGAN2 generator", "generator", GENERATOR_HOME),
    "compact_encoder": FileKind("a W+ encoder", "encoder", ENCODER_HOME),
    "e4e": FileKind("a W+ encoder", "encoder", ENCODER_HOME),
    "clip": FileKind("a CLIP model", "clip", CLIP_HOME),
    "compact_chart": FileKind("a DensePose (compact)", "chart", CHART_HOME),
    "densepose": FileKind("a DensePose", "chart", CHART_HOME),
    "compact_regions": FileKind("a garment segmenter", "segmenter", SEGMENTER_HOME),
    "photo_regions": FileKind("a garment segmenter", "segmenter", SEGMENTER_HOME),
    "deeplab": FileKind("a garment segmenter", "segmenter", SEGMENTER_HOME),
    "segformer": FileKind("a SegFormer human parser", "segmenter", SEGMENTER_HOME),
    "latent_edit": FileKind("a saved edit", "edit", _home("fice_edits", "Load Edit")),
    "attribute_reader": FileKind("a judge of drawn figures", "other", JUDGE_HOME),
    "latent_basis": FileKind("a basis of drawn figures", "other", JUDGE_HOME),
}

WHOLE_CLIP = FileKind(
    "a CLIP model in the layout of transformers",
    "clip",
    CLIP_HOME,
    (r"\bvision_model\.encoder\.layers\.", r"\btext_model\.encoder\.layers\."),
)
IMAGE_HALF = FileKind(
    "the image half of a CLIP model",
    "clip",
    _home("clip_vision", "Load CLIP Vision"),
    (r"\bvision_model\.encoder\.layers\.",),
)
TEXT_HALF = FileKind(
    "the text half of a CLIP model",
    "clip",
    _home("text_encoders", "Load CLIP"),
    (r"\btext_model\.encoder\.layers\.",),
)
LATENT_DIRECTION = FileKind(
    "a latent direction",
    "edit",
    "Make an edit of it: `fice convert FILE OUT.safetensors --kind edit --generator GENERATOR`.",
)
STYLE_DIRECTION = FileKind(
    "a direction in the style space of single convolutions (StyleSpace or InterFaceGAN)",
    "other",
    "FICE edits W+, which cannot say the same; of StyleGAN-Human's directions, those in "
    "latent_direction/sefa can be used.",
)
LATENT_CODES = FileKind(
    "the latent code of a picture, as PTI writes it",
    "other",
    "FICE has no use for it: give the picture itself.",
)
MEAN_CODE = FileKind("a latent code or the mean of many", "other", NO_HOME)
TRANSFORMERS_CLIP = (WHOLE_CLIP, IMAGE_HALF, TEXT_HALF)

# Asked in this order: what wraps or adapts other networks comes before what it wraps.
KINDS: tuple[FileKind, ...] = (
    FileKind(
        "a LoRA",
        "other",
        _home("loras", "Load LoRA"),
        (r"\.lora[._]|lora_(up|down|A|B)\b|^lora_(unet|te\d?)_|\.hada_w|\.lokr_w|\.oft_blocks$",),
    ),
    FileKind(
        "a ControlNet",
        "other",
        _home("controlnet", "Load ControlNet Model"),
        (r"^control_model\.|^controlnet_|input_hint_block\.",),
    ),
    FileKind(
        "a checkpoint of Stable Diffusion",
        "other",
        _home("checkpoints", "Load Checkpoint"),
        (r"^model\.diffusion_model\.", r"^(first_stage_model|cond_stage_model|conditioner|vae)\."),
    ),
    FileKind(
        "a diffusion model",
        "other",
        _home("diffusion_models", "Load Diffusion Model"),
        (
            r"^(model\.)?(diffusion_model\.|(double|single|joint|transformer|input|down)_blocks\.\d"
            r"|(double|single)_(stream_blocks|layers)\.\d|(noise|context)_refiner\.\d"
            r"|blocks\.\d+\.cross_attn\.)",
        ),
    ),
    FileKind(
        "a VAE",
        "other",
        _home("vae", "Load VAE"),
        (
            r"^(first_stage_model\.|vae\.)?encoder\.(conv_in|conv1)\.",
            r"decoder\.(conv_\w+|conv1)\.",
        ),
    ),
    FileKind("an IP-Adapter", "other", NO_HOME, (r"^(ip_adapter|image_proj)\b",)),
    FileKind(
        "a textual inversion",
        "other",
        "It belongs in models/embeddings, and is named in a prompt.",
        (r"^(emb_params|string_to_param|clip_[lg])\b",),
    ),
    FileKind(
        "a human parser of SCHP",
        "segmenter",
        "FICE reads SegFormers: `fice models get segformer-b3-clothes`.",
        (r"\bcontext_encoding\.", r"\b(fushion|edge)\."),
    ),
    FileKind("a Segment Anything model", "other", NO_HOME, (r"^(\w+\.)?mask_decoder\.",)),
    FileKind(
        "an upscale model",
        "other",
        _home("upscale_models", "Load Upscale Model"),
        (r"^(params(_ema)?\.)?(model\.1\.sub\.\d|conv_first\.|body\.0\.rdb1\.|RRDB_trunk\.)",),
    ),
    FileKind("a DensePose", "chart", CHART_HOME, (r"roi_heads\.densepose_predictor\.",)),
    FileKind(
        "a detector without body charts",
        "other",
        "FICE needs a DensePose, e.g. densepose_rcnn_R_50_FPN_s1x.",
        (r"backbone\.bottom_up\.", r"roi_heads\.|proposal_generator\."),
    ),
    FileKind(
        "an e4e or pSp encoder",
        "encoder",
        ENCODER_HOME,
        (r"\binput_layer\.0\.weight$", r"\blatlayer2\.weight$"),
    ),
    FileKind(
        "an ArcFace network",
        "arcface",
        "It is for `fice eval --arcface`.",
        (r"\binput_layer\.0\.weight$", r"\boutput_layer\.3\.weight$"),
    ),
    FileKind(
        "an Inception network",
        "inception",
        "It is for `fice eval --inception`.",
        (r"\bConv2d_1a_3x3\.conv\.weight$", r"\bMixed_7c\."),
    ),
    FileKind(
        "an alias-free StyleGAN3 generator",
        "generator",
        "FICE edits the W+ of StyleGAN2: use a StyleGAN2 file; of StyleGAN-Human v2 instead of "
        "v3, `fice models get stylegan-human-1024`.",
        (r"\bsynthesis\.input\.weight$",),
    ),
    FileKind(
        "a StyleGAN2 generator",
        "generator",
        GENERATOR_HOME,
        (r"\bmapping\.fc0\.weight$|\bconv1\.conv\.modulation\.weight$|^G_ema$",),
    ),
    FileKind(
        "the segmenter of FICE (DeepLabV3)",
        "segmenter",
        SEGMENTER_HOME,
        (r"\bbackbone\.conv1\.weight$", r"\bclassifier\.0\.project\.0\.weight$"),
    ),
    FileKind(
        "a SegFormer",
        "segmenter",
        "Put it as model.safetensors beside its config.json and preprocessor_config.json, into a "
        "folder of its own in models/fice_segmenters.",
        (r"\bsegformer\.encoder\.",),
    ),
    FileKind(
        "a SigLIP model",
        "other",
        "FICE reads CLIP models, e.g. RN50x4.pt.",
        (r"\bvision_model\.head\.",),
    ),
    *TRANSFORMERS_CLIP,
    FileKind(
        "a text encoder",
        "other",
        _home("text_encoders", "Load CLIP"),
        (r"^encoder\.block\.0\.layer\.0\.SelfAttention\.|^(model\.)?layers\.0\.self_attn\.",),
    ),
    FileKind(
        "a CLIP model",
        "clip",
        CLIP_HOME,
        (r"\bvisual\.(conv1|proj|trunk|attnpool|class_embedding|head)\b", r"\blogit_scale$"),
    ),
)

OTHER_TORCHSCRIPT = FileKind(
    "a TorchScript archive of another network",
    "other",
    "FICE reads those of OpenAI's CLIP (RN50x4.pt) and of DensePose (densepose_r50_fpn_dl).",
)


def kind_of(names: Iterable[str]) -> FileKind | None:
    """What a file with tensors of these names is; None if it is nothing that is known here."""
    text = "\n".join(names)
    for kind in KINDS:
        if all(re.search(pattern, text, re.MULTILINE) for pattern in kind.names):
            return kind
    return None


def kind_of_file(checkpoint: Checkpoint) -> FileKind | None:
    """What the file `checkpoint` is; None if it is nothing that is known here."""
    if isinstance(checkpoint.content, Tensor):
        return _kind_of_tensor(checkpoint.content, checkpoint.container)
    if _is_style_statistics(checkpoint.content):
        return STYLE_DIRECTION
    native = NATIVE_KINDS.get(checkpoint.metadata.get("fice.kind", ""))
    return native or kind_of(_names(checkpoint.content))


def _kind_of_tensor(tensor: Tensor, container: str) -> FileKind | None:
    """What a file of a single tensor is, by its shape and length."""
    if not tensor.is_floating_point() or tensor.numel() == 0:
        return None
    shape = tuple(tensor.shape)
    if len(shape) == 1 and container == "pickle":  # of numpy, one file per convolution
        return STYLE_DIRECTION
    if len(shape) == 3 and shape[0] == 1:
        return LATENT_CODES
    if len(shape) == 1 or (len(shape) == 2 and shape[0] == 1):
        is_unit = abs(float(tensor.float().norm()) - 1.0) < UNIT_TOLERANCE
        return LATENT_DIRECTION if is_unit else MEAN_CODE
    return None


def _is_style_statistics(content: object) -> bool:
    """Whether it is StyleSpace's table of how much each channel matters: numbers by number."""
    if not isinstance(content, Mapping) or not content:
        return False
    table = cast("Mapping[object, object]", content)
    return all(type(key) is int and isinstance(table[key], Tensor) for key in table)


def kind_of_safetensors(path: StrPath) -> FileKind | None:
    """What the `.safetensors` file `path` is, by its header; None if that tells nothing."""
    try:
        native = NATIVE_KINDS.get(read_metadata(path).get("fice.kind", ""))
        return native or kind_of(read_names(path))
    except (OSError, CheckpointError):
        return None


def wrong_file(checkpoint: Checkpoint, wanted: Family, unknown: str) -> CheckpointError:
    """What to raise if the file `checkpoint` holds no network of the family `wanted`.

    Args:
        checkpoint: the file.
        wanted: what it would have to be.
        unknown: what to say if nobody knows what the file is.
    """
    kind = kind_of_file(checkpoint)
    if kind is None and checkpoint.container == "torchscript":
        kind = OTHER_TORCHSCRIPT
    if kind is None or (kind.family == wanted and kind.advice.startswith(HOME)):
        return CheckpointError(unknown)
    return CheckpointError(misplaced(checkpoint.name, kind, wanted))


def wrong_native(name: str, found: str, wanted: str) -> CheckpointError:
    """What to raise if the native file `name` is of the kind `found` where `wanted` is needed."""
    kind, needed = NATIVE_KINDS.get(found), NATIVE_KINDS.get(wanted)
    if kind is None or needed is None or kind.family == needed.family:
        return CheckpointError(f"{name} holds a {found[:40]}, but a {wanted} is needed here.")
    return CheckpointError(misplaced(name, kind, needed.family))


def misplaced(name: str, kind: FileKind, wanted: Family) -> str:
    """The sentences for the file `name` of `kind` in the place of one of the family `wanted`."""
    contrast = "" if kind.family == wanted else f", not {WANTED[wanted]}"
    return f"{name} is {kind.what}{contrast}. {kind.advice}"


def _names(content: object) -> list[str]:
    """Names of what lies in the dicts of a file."""
    return list(islice(_walk(content, 0), MAX_NAMES))


def _walk(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, PickledObject):
        with contextlib.suppress(CheckpointError):  # damaged: what it is shows in the rest
            yield from module_state(value)
    if not isinstance(value, Mapping) or depth > MAX_DEPTH:
        return
    for key, part in cast("Mapping[object, object]", value).items():
        if not isinstance(key, str):
            continue
        yield key.removeprefix(PARALLEL_PREFIX)
        yield from _walk(part, depth + 1)
