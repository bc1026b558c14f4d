"""The nodes: thin adapters between ComfyUI and the library, one file each.

To add a node, write `nodes/<name>.py`, add its class to `NODES`, write its help page
`nodes/web/docs/<id>.md` and use it in a workflow; tests check each of these.
"""

from __future__ import annotations

from comfy_api.latest import io

from .apply_edit import ApplyEdit
from .blend_wplus import BlendWPlus
from .clip_guided_inversion import ClipGuidedInversion
from .crop_to_frame import CropToFrame
from .densepose import DensePose
from .direction_guide import DirectionGuide
from .edit import Edit
from .edit_grid import EditGrid
from .edit_report import EditReport
from .edit_strength import EditStrength
from .generate import GenerateFromWPlus
from .invert_image import InvertImage
from .latent_walk import LatentWalk
from .load_clip import LoadClipGuide
from .load_densepose import LoadDensePose
from .load_edit import LoadEdit
from .load_encoder import LoadEncoder
from .load_model_set import LoadModelSet
from .load_segmenter import LoadGarmentSegmenter
from .load_stylegan2 import LoadStyleGAN2
from .picture_guide import PictureGuide
from .regularize import RegularizeWPlus
from .sample_w import SampleWPlus
from .save_edit import SaveEdit
from .segment_garment import SegmentGarment
from .stitch import Stitch
from .text_guide import TextGuide

NODES: tuple[type[io.ComfyNode], ...] = (
    Edit,
    LoadModelSet,
    LoadStyleGAN2,
    LoadEncoder,
    LoadClipGuide,
    LoadDensePose,
    LoadGarmentSegmenter,
    CropToFrame,
    InvertImage,
    DensePose,
    SegmentGarment,
    RegularizeWPlus,
    ClipGuidedInversion,
    Stitch,
    EditReport,
    SampleWPlus,
    GenerateFromWPlus,
    EditStrength,
    BlendWPlus,
    SaveEdit,
    LoadEdit,
    ApplyEdit,
    LatentWalk,
    EditGrid,
    TextGuide,
    DirectionGuide,
    PictureGuide,
)
