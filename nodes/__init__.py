"""The nodes: thin adapters between ComfyUI and the library, one file each.

Folders are the categories of the menu; `host` holds all contact with ComfyUI. To add a node, write
`nodes/<category>/<name>.py`, add its class to `NODES`, write its help page
`nodes/web/docs/<id>.md` and use it in a workflow; tests check each of these.
"""

from __future__ import annotations

from comfy_api.latest import io

from .edit import Edit
from .exact.align_to_photo import AlignToPhoto
from .exact.colour_to_photo import ColourToPhoto
from .exact.take_garment import TakeGarment
from .frame.crop_to_frame import CropToFrame
from .guidance.direction_guide import DirectionGuide
from .guidance.picture_guide import PictureGuide
from .guidance.text_guide import TextGuide
from .host.checked_first import CheckedFirst
from .judge.edit_report import EditReport
from .latent.apply_edit import ApplyEdit
from .latent.blend_wplus import BlendWPlus
from .latent.edit_grid import EditGrid
from .latent.edit_strength import EditStrength
from .latent.generate import GenerateFromWPlus
from .latent.latent_walk import LatentWalk
from .latent.load_edit import LoadEdit
from .latent.sample_w import SampleWPlus
from .latent.save_edit import SaveEdit
from .load.model_set import LoadModelSet
from .load.networks import NETWORK_NODES
from .stages.clip_guided_inversion import ClipGuidedInversion
from .stages.densepose import DensePose
from .stages.inversion_settings import InversionSettings
from .stages.invert_image import InvertImage
from .stages.regularize import RegularizeWPlus
from .stages.segment_garment import SegmentGarment
from .stages.stitch import Stitch

NODES: tuple[type[io.ComfyNode], ...] = (
    Edit,
    LoadModelSet,
    *NETWORK_NODES,
    CropToFrame,
    InvertImage,
    DensePose,
    SegmentGarment,
    RegularizeWPlus,
    ClipGuidedInversion,
    InversionSettings,
    Stitch,
    AlignToPhoto,
    TakeGarment,
    ColourToPhoto,
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
    CheckedFirst,
)
