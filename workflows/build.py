"""Builds the workflow files, their thumbnails, and the pictures of the documentation.

The graphs are written here in API format; the real frontend turns them into the files that it would
save itself. Needs a ComfyUI checkout and Chromium (see CONTRIBUTING):

    .venv/bin/python workflows/build.py [--only files|blueprint|pictures|help] [--match TEXT]
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import Frontend, open_frontend  # noqa: E402
from comfy_host import PACK_NAME, ComfyHost, find_host, prepare_base, running_host  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402
from workflow_files import ui_to_api  # noqa: E402

PHOTO = "fice_demo_photo.png"
LARGE_PHOTO = "fice_demo_large_photo.jpg"
DEMO = "demo (built in)"
THUMBNAIL = (400, 400)
HOST_VERSION = "0.33.0"
VERSION = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
PICTURES = ROOT / "docs" / "pictures"
HELP = ROOT / "nodes" / "web" / "docs"


@dataclass(frozen=True)
class Placed:
    """A node of a graph: what it is, where it lies, how large it is."""

    kind: str
    at: tuple[int, int]
    size: tuple[int, int]
    inputs: dict[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Scene:
    """A workflow as it is written by hand.

    Attributes:
        nodes: by name; a link is `("name", output)`.
        note: what the artist reads first, Markdown.
        note_at: where, and how large.
        groups: title, and left, top, width, height.
        result: the node whose picture becomes the thumbnail.
        before: the node whose picture is the left half of it; nothing is the demo photo.
        app: the widgets, `(node, widget)`, and result nodes of the form view.
        as_app: whether it opens in the form view.
        needs: weights that the pack does not bring; its thumbnail shows the graph up to `result`.
        stands_in: for the thumbnail, what takes the place of nodes that have to wait for them.
    """

    nodes: dict[str, Placed]
    note: str
    note_at: tuple[int, int, int, int]
    result: str
    before: str = ""
    groups: tuple[tuple[str, tuple[int, int, int, int]], ...] = ()
    app: tuple[tuple[tuple[str, str], ...], tuple[str, ...]] | None = None
    as_app: bool = False
    needs: str = ""
    stands_in: dict[str, Placed] = field(default_factory=dict)


def photo(at: tuple[int, int]) -> Placed:
    """The demo photo."""
    return Placed("LoadImage", at, (300, 330), {"image": PHOTO}, "Photo")


def show(source: tuple[str, int], at: tuple[int, int], title: str, size: tuple[int, int] = (260, 280)) -> Placed:
    """A preview."""
    return Placed("PreviewImage", at, size, {"images": source}, title)


def save(source: tuple[str, int], at: tuple[int, int], title: str, size: tuple[int, int] = (400, 440)) -> Placed:
    """A result."""
    return Placed("SaveImage", at, size, {"images": source, "filename_prefix": "fice"}, title)


def inversion(at: tuple[int, int], text: str, links: dict[str, Any], *, seed: int = 0, title: str = "") -> Placed:
    """The stage that takes the time; all its numbers stay as they are."""
    inputs = {**links, "text": text, "seed": seed}
    return Placed("FICEClipGuidedInversion", at, (340, 960), inputs, title)


LOADERS = {
    "generator": ("FICELoadStyleGAN2", "Load StyleGAN2"),
    "encoder": ("FICELoadEncoder", "Load W+ Encoder"),
    "clip": ("FICELoadCLIP", "Load CLIP Guide"),
    "densepose": ("FICELoadDensePose", "Load DensePose"),
    "segmenter": ("FICELoadSegmenter", "Load Garment Segmenter"),
}


def step_by_step() -> Scene:
    """All six stages, every network from a loader of its own."""
    loaders = {
        name: Placed(kind, (0, 420 + 130 * row), (300, 90), {"weights": DEMO}, title)
        for row, (name, (kind, title)) in enumerate(LOADERS.items())
    }
    nodes = {
        "photo": photo((0, 0)),
        **loaders,
        "pose": Placed("FICEDensePose", (380, 0), (260, 110), {"image": ("photo", 0), "densepose": ("densepose", 0)}),
        "regions": Placed("FICESegmentGarment", (380, 440), (260, 130), {"image": ("photo", 0), "segmenter": ("segmenter", 0)}),
        "start": Placed("FICEInvertImage", (380, 830), (260, 130), {"image": ("photo", 0), "generator": ("generator", 0), "encoder": ("encoder", 0)}),
        "constraint": Placed("FICEWPlusRegularize", (700, 830), (280, 130), {"mode": "w_delta", "weight": 0.02}),
        "inversion": inversion((1060, 0), "a red and white striped shirt with short sleeves", {
            "generator": ("generator", 0), "clip": ("clip", 0), "start": ("start", 0), "pose": ("pose", 0),
            "regions": ("regions", 0), "constraints": ("constraint", 0)}),
        "stitch": Placed("FICEStitch", (1980, 0), (420, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "chart": show(("pose", 1), (700, 0), "Body parts"),
        "garment": Placed("MaskPreview", (700, 440), (260, 280), {"mask": ("regions", 1)}, "Garment"),
        "generated": show(("inversion", 0), (1480, 0), "Generated figure", (420, 440)),
        "losses": show(("inversion", 2), (1480, 530), "Losses", (420, 300)),
        "result": save(("stitch", 0), (1980, 260), "Result", (420, 480)),
        "report": Placed("PreviewAny", (1980, 830), (420, 240), {"source": ("inversion", 3)}, "Report"),
    }
    note = (
        "## Change the garment by words\nWrite what the person should wear into **text** of *CLIP-Guided Inversion* and press "
        "**Run**; the figure changes while you watch.\n\n1. **DensePose** and **Segment Garment** look at the photo.\n"
        "2. **Invert Image** finds its latent codes.\n3. **CLIP-Guided Inversion** moves them towards the text.\n"
        "4. **Stitch** puts the new garment into the photo; all else stays as it was, pixel for pixel.\n\n"
        "Unlink *pose* or *regions* to see what they hold in place."
    )
    return Scene(nodes, note, (-420, 0, 380, 330), "result")


def one_node() -> Scene:
    """The whole edit in one node, as an app too."""
    nodes = {
        "photo": photo((0, 0)),
        "edit": Placed("FICEEdit", (360, 0), (360, 420), {"image": ("photo", 0), "text": "a green dress with long sleeves", "model_set": DEMO}),
        "result": save(("edit", 0), (780, 0), "Result"),
    }
    note = "## One node\nLoad a photo, write a text, press **Run**. The **Apps** tab shows the same as a form."
    app = ((("photo", "image"), ("edit", "text")), ("result",))
    return Scene(nodes, note, (0, 400, 300, 130), "result", app=app)


def _look(top: int) -> dict[str, Placed]:
    """Models and all that is seen in the photo, once for several inversions."""
    return {
        "models": Placed("FICELoadModelSet", (0, top + 420), (300, 150), {"model_set": DEMO}),
        "pose": Placed("FICEDensePose", (380, top), (260, 110), {"image": ("photo", 0), "densepose": ("models", 3)}),
        "regions": Placed("FICESegmentGarment", (380, top + 180), (260, 130), {"image": ("photo", 0), "segmenter": ("models", 4)}),
        "start": Placed("FICEInvertImage", (380, top + 380), (260, 130), {"image": ("photo", 0), "generator": ("models", 0), "encoder": ("models", 1)}),
        "constraint": Placed("FICEWPlusRegularize", (380, top + 580), (260, 130), {"mode": "w_delta", "weight": 0.02}),
    }


SEEN = {
    "generator": ("models", 0), "clip": ("models", 2), "start": ("start", 0), "pose": ("pose", 0),
    "regions": ("regions", 0), "constraints": ("constraint", 0),
}


def four_texts() -> Scene:
    """The photo is looked at once; each text has an inversion of its own."""
    texts = ("a yellow dress with dots", "a blue shirt with long sleeves", "a red and white striped shirt", "a green sleeveless top")
    nodes = {"photo": photo((0, 0)), **_look(0)}
    for column, text in enumerate(texts):
        x = 720 + 400 * column
        nodes[f"inversion{column}"] = inversion((x, 0), text, SEEN)
        nodes[f"stitch{column}"] = Placed("FICEStitch", (x, 1040), (340, 170), {"original": ("photo", 0), "generated": (f"inversion{column}", 0), "regions": ("regions", 0)})
        nodes[f"result{column}"] = save((f"stitch{column}", 0), (x, 1290), text, (340, 400))
    note = "## One photo, four texts\nThe photo is looked at once. Change one text: only that column runs again."
    return Scene(nodes, note, (0, 640, 300, 150), "result1")


def made_up_figure() -> Scene:
    """A figure from the generator, dressed in something else."""
    nodes = {
        "models": Placed("FICELoadModelSet", (0, 200), (300, 150), {"model_set": DEMO}),
        "sample": Placed("FICESampleW", (0, 0), (300, 150), {"generator": ("models", 0), "seed": 3, "truncation_psi": 0.7, "batch_size": 1}),
        "figure": Placed("FICEGenerate", (360, 0), (260, 80), {"generator": ("models", 0), "wplus": ("sample", 0)}),
        "before": show(("figure", 0), (360, 150), "Made-up figure", (300, 330)),
        "pose": Placed("FICEDensePose", (700, 0), (260, 110), {"image": ("figure", 0), "densepose": ("models", 3)}),
        "regions": Placed("FICESegmentGarment", (700, 180), (260, 130), {"image": ("figure", 0), "segmenter": ("models", 4)}),
        "constraint": Placed("FICEWPlusRegularize", (700, 380), (260, 130), {"mode": "w_delta", "weight": 0.02}),
        "inversion": inversion((1020, 0), "a blue dress with white dots", {**SEEN, "start": ("sample", 0)}),
        "stitch": Placed("FICEStitch", (1420, 0), (300, 170), {"original": ("figure", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1420, 240), "Result"),
    }
    note = "## A figure that never was\n**Sample W+** makes up a person; the edit starts from her own latent codes, so nothing has to be inverted."
    return Scene(nodes, note, (0, 420, 300, 150), "result")


def regularised() -> Scene:
    """The same edit with and without a constraint on W+."""
    text = "a yellow shirt with black stripes"
    free = {k: v for k, v in SEEN.items() if k != "constraints"}
    nodes = {"photo": photo((0, 0)), **_look(0)}
    nodes["constraint"] = Placed("FICEWPlusRegularize", (380, 580), (260, 130), {"mode": "distance to mean", "weight": 0.05})
    for column, (name, links) in enumerate((("off", free), ("on", SEEN))):
        x = 720 + 800 * column
        nodes[f"inversion_{name}"] = inversion((x, 0), text, links, title=f"CLIP-Guided Inversion: W+ Regularize {name}")
        nodes[f"generated_{name}"] = show((f"inversion_{name}", 0), (x + 380, 0), f"Generated, {name}", (340, 400))
        nodes[f"stitch_{name}"] = Placed("FICEStitch", (x + 380, 460), (340, 170), {"original": ("photo", 0), "generated": (f"inversion_{name}", 0), "regions": ("regions", 0)})
        nodes[f"result_{name}"] = save((f"stitch_{name}", 0), (x + 380, 700), f"Result, {name}", (340, 400))
    note = "## W+ Regularize off and on\nThe same photo, text and seed. The constraint keeps the latent codes where the generator has seen people."
    return Scene(nodes, note, (0, 640, 300, 150), "result_on")


EDIT_FILE = "red and white stripes.safetensors"


def ready_made_edit() -> Scene:
    """A saved edit on three figures; nothing is optimised."""
    nodes = {
        "models": Placed("FICELoadModelSet", (0, 230), (300, 150), {"model_set": DEMO}),
        "sample": Placed("FICESampleW", (0, 0), (300, 150), {"generator": ("models", 0), "seed": 21, "truncation_psi": 0.8, "batch_size": 3}),
        "figures": Placed("FICEGenerate", (360, 0), (260, 80), {"generator": ("models", 0), "wplus": ("sample", 0)}),
        "before": show(("figures", 0), (360, 130), "Three figures", (300, 330)),
        "regions": Placed("FICESegmentGarment", (360, 510), (300, 130), {"image": ("figures", 0), "segmenter": ("models", 4)}),
        "edit": Placed("FICELoadEdit", (720, 0), (320, 130), {"edit_file": EDIT_FILE}),
        "thumbnail": show(("edit", 2), (720, 180), "The edit, as it was made", (320, 280)),
        "apply": Placed("FICEApplyEdit", (720, 510), (320, 230), {"generator": ("models", 0), "wplus": ("sample", 0), "edit": ("edit", 0)}),
        "stitch": Placed("FICEStitch", (1100, 0), (340, 170), {"original": ("figures", 0), "generated": ("apply", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1100, 260), "All three, edited"),
    }
    note = (
        "## A ready-made edit\nEdits can be saved as small files and given to other people. **Load Edit** lists those of "
        "*models/fice_edits*; **Apply Edit** puts one on three figures at once, and nothing has to be optimised.\n\nFor a photo, "
        "link *Invert Image* in place of *Sample W+*."
    )
    return Scene(nodes, note, (0, 450, 300, 260), "result", before="before")


def edit_as_thing() -> Scene:
    """One edit: saved, made stronger, blended with another figure, and walked to."""
    links = {"generator": ("models", 0), "start": ("start", 0), "edited": ("inversion", 1)}
    back = {"original": ("photo", 0), "regions": ("regions", 0)}
    nodes = {
        "photo": photo((0, 0)),
        **_look(0),
        "inversion": inversion((720, 0), "a yellow dress with dots", SEEN),
        "save": Placed("FICESaveEdit", (1120, 0), (340, 300), {**links, "name": "yellow dots", "report": ("inversion", 3), "image": ("stitch", 0)}),
        "stitch": Placed("FICEStitch", (1120, 560), (340, 170), {**back, "generated": ("inversion", 0)}),
        "half": Placed("FICEEditStrength", (1520, 0), (300, 170), {**links, "strength": 0.5}, "Edit Strength: half"),
        "half_shown": show(("half", 0), (1520, 250), "Half of it"),
        "look": Placed("FICEEditStrength", (1520, 600), (300, 170), {**links, "pose_strength": 0.0, "shape_strength": 0.0}, "Edit Strength: colour and pattern only"),
        "look_stitch": Placed("FICEStitch", (1520, 850), (300, 170), {**back, "generated": ("look", 0)}),
        "look_shown": save(("look_stitch", 0), (1520, 1110), "The old cut, the new look", (300, 330)),
        "other": Placed("FICESampleW", (1880, 0), (300, 150), {"generator": ("models", 0), "seed": 8, "truncation_psi": 0.7, "batch_size": 1}),
        "blend": Placed("FICEBlendWPlus", (1880, 220), (300, 170), {"generator": ("models", 0), "a": ("other", 0), "b": ("inversion", 1), "amount": 1.0, "pose_strength": 0.0}),
        "blend_shown": show(("blend", 0), (1880, 470), "Another figure in her dress"),
        "walk": Placed("FICELatentWalk", (2240, 0), (300, 150), {"generator": ("models", 0), "wplus": ("start", 0), "to": ("inversion", 1), "frames": 16, "loop": True}),
        "video": Placed("SaveAnimatedWEBP", (2240, 220), (340, 420), {"images": ("walk", 0), "filename_prefix": "fice", "fps": 8.0, "lossless": False, "quality": 85, "method": "default"}, "Walk"),
        "result": save(("stitch", 0), (1120, 820), "Result", (340, 400)),
    }
    note = (
        "## What an edit is good for afterwards\nThe inversion runs once. Then the edit is **saved** for other photos, taken **by "
        "half**, or only its **colour and pattern**; given to **another figure**; and turned into a **video**."
    )
    return Scene(nodes, note, (0, 640, 300, 220), "result")


def edit_grid() -> Scene:
    """Texts and strengths on one sheet."""
    seen = {k: v for k, v in SEEN.items() if k != "constraints"}
    look = {k: v for k, v in _look(0).items() if k != "constraint"}
    nodes = {
        "photo": photo((0, 0)),
        **look,
        "grid": Placed("FICEEditGrid", (720, 0), (360, 420), {**seen, "texts": "a red dress with dots\na blue shirt with long sleeves", "strengths": "0.5, 1, 1.3"}),
        "result": save(("grid", 0), (1140, 0), "Sheet", (820, 520)),
        "report": Placed("PreviewAny", (720, 500), (360, 240), {"source": ("grid", 3)}, "Report"),
    }
    note = "## Edit grid\nOne text per line, strengths with commas between. The photo is inverted once; each text is optimised once, each further strength is only drawn."
    return Scene(nodes, note, (0, 640, 300, 160), "result")


def guides() -> Scene:
    """A second text, a text to avoid, a direction and a picture."""
    nodes = {
        "photo": photo((0, 0)),
        **_look(0),
        "sample": Placed("FICESampleW", (0, 860), (300, 150), {"generator": ("models", 0), "seed": 3, "truncation_psi": 0.7, "batch_size": 1}),
        "model_picture": Placed("FICEGenerate", (0, 1080), (300, 80), {"generator": ("models", 0), "wplus": ("sample", 0)}),
        "picture": Placed("FICEPictureGuide", (380, 1080), (280, 110), {"picture": ("model_picture", 0), "weight": 0.2}),
        "picture_shown": show(("model_picture", 0), (0, 1220), "To look a little like"),
        "sleeves": Placed("FICETextGuide", (720, 1060), (300, 170), {"text": "a shirt with long sleeves", "weight": 0.5, "guidance": ("picture", 0)}, "Text Guide: also"),
        "avoid": Placed("FICETextGuide", (1080, 1060), (300, 170), {"text": "a checked shirt", "move": "away from it", "weight": 0.3, "guidance": ("sleeves", 0)}, "Text Guide: not"),
        "direction": Placed("FICEDirectionGuide", (1440, 1060), (320, 220), {"source_text": "a person in a shirt", "target_text": "a person in a green shirt", "weight": 0.5, "guidance": ("avoid", 0)}),
        "inversion": inversion((720, 0), "a plain green shirt", {**SEEN, "guidance": ("direction", 0)}),
        "stitch": Placed("FICEStitch", (1120, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1520, 0), "Result"),
        "losses": show(("inversion", 2), (1120, 290), "Losses", (340, 280)),
    }
    note = (
        "## More than one wish\nGuides chain: each is one more term with a weight of its own. **Text Guide** draws to a text or away "
        "from it, **Direction Guide** asks for the change from one sentence to another, **Picture Guide** for what CLIP sees in a "
        "picture. Link a second *Load CLIP Guide* to one of them and that model judges it."
    )
    return Scene(nodes, note, (0, 620, 300, 220), "result")


CHECKPOINT = "v1-5-pruned-emaonly-fp16.safetensors"
CONTROL_NET = "controlnet_densepose_sd15.safetensors"
TORSO_COLOUR = 0x1450C2  # of the front of the torso on the chart of DensePose, as 0xRRGGBB


def sampler(at: tuple[int, int], latent: tuple[str, int], denoise: float, positive: tuple[str, int], negative: tuple[str, int]) -> Placed:
    """The host's own."""
    inputs = {
        "model": ("checkpoint", 0), "positive": positive, "negative": negative, "latent_image": latent, "seed": 0,
        "steps": 20, "cfg": 6.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": denoise,
    }
    return Placed("KSampler", at, (300, 270), inputs)


def _prompts(left: int, top: int, text: str) -> dict[str, Placed]:
    """Checkpoint and both texts."""
    return {
        "checkpoint": Placed("CheckpointLoaderSimple", (left, top), (340, 110), {"ckpt_name": CHECKPOINT}),
        "positive": Placed("CLIPTextEncode", (left, top + 180), (340, 120), {"clip": ("checkpoint", 1), "text": text}, "What to refine"),
        "negative": Placed("CLIPTextEncode", (left, top + 370), (340, 100), {"clip": ("checkpoint", 1), "text": "blurry, deformed"}, "What to avoid"),
    }


REFINED = "a purple turtleneck sweater with long sleeves"


def _edited() -> dict[str, Placed]:
    """The edit that diffusion starts from."""
    return {
        "photo": photo((0, 0)),
        **_look(0),
        "inversion": inversion((720, 0), REFINED, SEEN),
        "edited": Placed("FICEStitch", (1120, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}, "Stitch: the edit"),
        "edited_shown": show(("edited", 0), (1120, 260), "Before diffusion", (340, 300)),
    }


def _refinement(left: int, positive: tuple[str, int], negative: tuple[str, int]) -> dict[str, Placed]:
    """Diffusion inside the mask of the edit, and back into the photo."""
    return {
        "encode": Placed("VAEEncode", (left, 0), (300, 80), {"pixels": ("edited", 0), "vae": ("checkpoint", 2)}),
        "inside": Placed("SetLatentNoiseMask", (left, 150), (300, 80), {"samples": ("encode", 0), "mask": ("edited", 1)}),
        "sampler": sampler((left, 300), ("inside", 0), 0.35, positive, negative),
        "decode": Placed("VAEDecode", (left, 640), (300, 80), {"samples": ("sampler", 0), "vae": ("checkpoint", 2)}),
        "stitch": Placed("FICEStitch", (left + 360, 0), (340, 170), {"original": ("photo", 0), "generated": ("decode", 0), "mask": ("edited", 1), "feather": 0, "grow": 0}, "Stitch: back into the photo"),
        "result": save(("stitch", 0), (left + 360, 260), "Result"),
    }


def refined() -> Scene:
    """A low-denoise sampler inside the mask of the edit."""
    nodes = {**_edited(), **_prompts(1120, 640, f"photo of a person wearing {REFINED}, detailed fabric"), **_refinement(1520, ("positive", 0), ("negative", 0))}
    note = (
        "## Refine with diffusion\nFICE decides **what** is worn and **where**; a sampler with little denoise adds cloth and light, only "
        "inside the mask that Stitch gives. The second **Stitch** puts it back, so outside the mask the photo is untouched.\n\nNeeds a "
        "checkpoint of Stable Diffusion 1.5 or any other; choose yours in *Load Checkpoint*."
    )
    return Scene(nodes, note, (0, 640, 300, 280), "edited_shown", needs="a checkpoint")


def refined_in_pose() -> Scene:
    """As `refined`, held by the body chart."""
    control = {
        "net": Placed("ControlNetLoader", (1520, 800), (300, 80), {"control_net_name": CONTROL_NET}),
        "control": Placed("ControlNetApplyAdvanced", (1520, 940), (300, 200), {
            "positive": ("positive", 0), "negative": ("negative", 0), "control_net": ("net", 0), "image": ("pose", 1), "strength": 0.8,
            "start_percent": 0.0, "end_percent": 1.0, "vae": ("checkpoint", 2)}),
    }
    chart = {"chart": show(("pose", 1), (720, 1040), "What the pose is held by", (340, 300))}
    nodes = {**_edited(), **chart, **_prompts(1120, 640, f"photo of a person wearing {REFINED}, detailed fabric"), **control, **_refinement(1880, ("control", 0), ("control", 1))}
    note = (
        "## Refine with diffusion, pose held\nThe chart of **DensePose**, in its customary colours, is also what a DensePose ControlNet "
        "expects: the same look at the photo holds the pose in both methods.\n\nNeeds a checkpoint and a DensePose ControlNet for it."
    )
    return Scene(nodes, note, (0, 640, 300, 260), "edited_shown", "chart", needs="a checkpoint and a ControlNet")


def from_diffusion() -> Scene:
    """A person made by diffusion, dressed by FICE."""
    look = {k: replace(v, at=(v.at[0] + 760, v.at[1])) for k, v in _look(0).items()}
    person = {"photo": Placed("VAEDecode", (400, 400), (300, 80), {"samples": ("sampler", 0), "vae": ("checkpoint", 2)}, "The person")}
    nodes = {
        **_prompts(0, 0, "fashion photo of a person, full body, plain grey background"),
        "empty": Placed("EmptyLatentImage", (0, 560), (340, 130), {"width": 512, "height": 512, "batch_size": 1}),
        "sampler": sampler((400, 0), ("empty", 0), 1.0, ("positive", 0), ("negative", 0)),
        **person,
        "shown": show(("photo", 0), (400, 560), "Made by diffusion", (300, 330)),
        **look,
        "inversion": inversion((1480, 0), "a green dress with long sleeves", SEEN),
        "stitch": Placed("FICEStitch", (1880, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1880, 260), "Result"),
    }
    note = (
        "## Dress a person made by diffusion\nThe sampler's picture goes into the stages as any photo does. For pictures like these choose "
        "a model set that knows photos; the demo set knows drawn figures only."
    )
    stands_in = {"photo": photo((0, 0))}
    return Scene(nodes, note, (0, 760, 340, 200), "result", needs="a checkpoint", stands_in=stands_in)


def mask_of_others() -> Scene:
    """What may change comes from core mask nodes."""
    nodes = {
        "photo": photo((0, 0)),
        **_look(0),
        "torso": Placed("ImageColorToMask", (380, 760), (260, 80), {"image": ("pose", 1), "color": TORSO_COLOUR}, "The torso on the chart"),
        "grown": Placed("GrowMask", (380, 900), (260, 100), {"mask": ("torso", 0), "expand": 6, "tapered_corners": True}),
        "mask_shown": Placed("MaskPreview", (0, 840), (300, 300), {"mask": ("grown", 0)}, "What may change"),
        "inversion": inversion((720, 0), "a yellow top with black stripes", SEEN),
        "stitch": Placed("FICEStitch", (1120, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1120, 260), "Result"),
    }
    regions = nodes["regions"]
    nodes["regions"] = replace(regions, inputs={**regions.inputs, "mask": ("grown", 0)})
    note = (
        "## A mask of other nodes\nAny MASK may say what changes: here core nodes pick the torso by its colour on the chart of DensePose. "
        "Put SAM3 Detect, or whatever you segment with, in place of *Convert Image Color to Mask*."
    )
    return Scene(nodes, note, (0, 620, 300, 200), "result")


def large_photo() -> Scene:
    """Framing, the edit of the crop, putting it back, and what can be said of the result."""
    crop, text = ("frame", 0), "a blue shirt with long sleeves"
    nodes = {
        "photo": Placed("LoadImage", (0, 0), (300, 430), {"image": LARGE_PHOTO}, "Large photo"),
        "models": Placed("FICELoadModelSet", (0, 520), (300, 150), {"model_set": DEMO}),
        "frame": Placed("FICECropToFrame", (360, 0), (300, 380), {"image": ("photo", 0), "generator": ("models", 0), "segmenter": ("models", 4), "encoder": ("models", 1)}),
        "overview": show(("frame", 2), (360, 480), "Where the frame lies", (300, 400)),
        "pose": Placed("FICEDensePose", (720, 0), (260, 110), {"image": crop, "densepose": ("models", 3)}),
        "regions": Placed("FICESegmentGarment", (720, 180), (260, 150), {"image": crop, "segmenter": ("models", 4), "frame": ("frame", 1)}),
        "start": Placed("FICEInvertImage", (720, 400), (260, 130), {"image": crop, "generator": ("models", 0), "encoder": ("models", 1)}),
        "constraint": Placed("FICEWPlusRegularize", (720, 600), (260, 130), {"mode": "w_delta", "weight": 0.02}),
        "inversion": inversion((1040, 0), text, SEEN),
        "stitch": Placed("FICEStitch", (1440, 0), (400, 290), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0), "frame": ("frame", 1)}),
        "result": save(("stitch", 0), (1440, 380), "Result", (400, 560)),
        "report": Placed("FICEEditReport", (1900, 0), (320, 420), {
            "original": ("photo", 0), "edited": ("stitch", 0), "text": text, "mask": ("stitch", 1), "frame": ("frame", 1),
            "clip": ("models", 2), "densepose": ("models", 3), "segmenter": ("models", 4), "reconstruction": ("start", 1),
            "loss_plot": ("inversion", 2), "run_report": ("inversion", 3)}),
        "figures": Placed("PreviewAny", (2280, 0), (440, 420), {"source": ("report", 0)}, "The figures"),
        "page": show(("report", 1), (1900, 500), "The page", (820, 560)),
    }
    note = (
        "## A person in a large photo\n**Crop to Generator Frame** finds the person and cuts the crop that the generator knows. All "
        "stages work on the crop; **Stitch** puts the garment back at full resolution.\n\nWrong place? Choose another *person*, link a "
        "mask, or set *frame_from* to *box by hand*.\n\n**Edit Report** tells what changed. Link another CLIP to *held_out*: the one that "
        "guided the edit is no fair judge."
    )
    return Scene(nodes, note, (-420, 0, 380, 260), "result", before="photo")


SCENES = {
    "FICE - edit grid": edit_grid,
    "FICE - texts, a direction and a picture": guides,
    "FICE - refine with diffusion": refined,
    "FICE - refine with diffusion, pose held": refined_in_pose,
    "FICE - dress a person made by diffusion": from_diffusion,
    "FICE - a mask of other nodes": mask_of_others,
    "FICE - a ready-made edit": ready_made_edit,
    "FICE - save, strengthen and walk an edit": edit_as_thing,
    "FICE - change the garment by words": step_by_step,
    "FICE - edit in one node": one_node,
    "FICE - edit in one node.app": lambda: replace(one_node(), as_app=True),
    "FICE - a person in a large photo": large_photo,
    "FICE - one photo, four texts": four_texts,
    "FICE - dress a made-up figure": made_up_figure,
    "FICE - W+ Regularize off and on": regularised,
}

BLUEPRINT = "FICE edit"
# The frontend exposes the seed by itself.
EXPOSED = (("models", "model_set"), ("inversion", "text"), ("inversion", "negative_text"))

# Runs in the frontend: makes one node of the stages and returns it as a blueprint.
TO_BLUEPRINT = """([inner, exposed, name, pack, version]) => {
  const nodes = app.graph.nodes.filter(node => inner.includes(String(node.id)));
  const {subgraph, node} = app.graph.convertToSubgraph(new Set(nodes));
  for (const other of [...app.graph.nodes]) if (other !== node) app.graph.remove(other);
  subgraph.name = name;
  node.title = name;
  node.pos = [0, 0];
  for (const [id, widget] of exposed) {
    const owner = subgraph.nodes.find(one => String(one.id) === id);
    const slot = owner.inputs.find(one => one.widget?.name === widget);
    subgraph.addInput(widget, slot.type).connect(slot, owner);
  }
  node.setSize([380, 320]);
  for (const one of subgraph.nodes) {
    one.properties['cnr_id'] = pack; one.properties['ver'] = version;
    const control = one.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  return JSON.stringify(app.graph.serialize());
}"""


def blueprint() -> Scene:
    """The stages of an edit around a photo, to become one node that can be opened."""
    nodes = {
        "photo": photo((-400, 0)),
        **_look(0),
        "inversion": inversion((720, 0), "a green dress with long sleeves", SEEN),
        "stitch": Placed("FICEStitch", (1120, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1520, 0), "Result"),
    }
    return Scene(nodes, "", (0, 0, 0, 0), "result")


def build_blueprint(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Writes the subgraph that the host lists among its blueprints."""
    if match not in BLUEPRINT:
        return
    scene = blueprint()
    api, layout = numbered(scene, host)
    frontend.load_api(api, BLUEPRINT)
    frontend.page.evaluate(LAYOUT, [layout, HOST_VERSION, VERSION, PACK_NAME])
    number = {node: str(index + 1) for index, node in enumerate(scene.nodes)}
    inner = [number[name] for name in scene.nodes if name not in ("photo", "result")]
    exposed = [[number[name], widget] for name, widget in EXPOSED]
    saved = json.loads(frontend.page.evaluate(TO_BLUEPRINT, [inner, exposed, BLUEPRINT, PACK_NAME, VERSION]))
    saved.pop("id", None)
    (ROOT / "subgraphs").mkdir(exist_ok=True)
    text = json.dumps(saved, indent=1, ensure_ascii=False)
    (ROOT / "subgraphs" / f"{BLUEPRINT}.json").write_text(text + "\n", encoding="utf-8")


# Runs in the frontend: gives the loaded graph its layout and returns what it would save.
LAYOUT = """([scene, core, version, pack]) => {
  for (const node of app.graph.nodes) {
    const plan = scene.nodes[node.id];
    node.pos = plan.at;
    const needed = node.computeSize();
    node.setSize(plan.size.map((side, axis) => Math.max(side, needed[axis])));
    if (plan.title) node.title = plan.title;
    const ours = node.type.startsWith('FICE');
    node.properties['cnr_id'] = ours ? pack : 'comfy-core';
    node.properties['ver'] = ours ? version : core;
    const control = node.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  if (scene.note) {
  const note = LiteGraph.createNode('MarkdownNote');
  app.graph.add(note);
  note.pos = scene.note_at.slice(0, 2); note.setSize(scene.note_at.slice(2));
  note.title = 'Read me'; note.widgets[0].value = scene.note;
  note.properties['cnr_id'] = 'comfy-core'; note.properties['ver'] = core;
  }
  if (scene.app) {
    app.graph.extra.linearMode = scene.as_app;
    app.graph.extra.linearData = scene.app;
  }
  const saved = app.graph.serialize();
  saved.extra = {...saved.extra, ds: {scale: 0.6, offset: [460, 80]}};
  return JSON.stringify(saved);
}"""


def numbered(scene: Scene, host: ComfyHost) -> tuple[dict[str, Any], dict[str, Any]]:
    """The scene in API format, and the layout, both by number."""
    number = {name: str(index + 1) for index, name in enumerate(scene.nodes)}
    api, layout = {}, {}
    for name, placed in scene.nodes.items():
        inputs = defaults(host, placed.kind)
        for key, value in placed.inputs.items():
            inputs[key] = [number[value[0]], value[1]] if isinstance(value, tuple) else value
        api[number[name]] = {"class_type": placed.kind, "inputs": inputs}
        layout[number[name]] = {"at": placed.at, "size": placed.size, "title": placed.title}
    app = None
    if scene.app:
        widgets, results = scene.app
        app = {
            "inputs": [[int(number[node]), widget] for node, widget in widgets],
            "outputs": [int(number[node]) for node in results],
        }
    return api, {"nodes": layout, "note": scene.note, "note_at": scene.note_at, "app": app, "as_app": scene.as_app}


def defaults(host: ComfyHost, kind: str) -> dict[str, Any]:
    """What the widgets of a node show before somebody touches them."""
    groups = host.get(f"/object_info/{kind}")[kind]["input"]
    specs = {**groups.get("required", {}), **groups.get("optional", {})}
    known = {name: spec[1] for name, spec in specs.items() if len(spec) > 1}
    return {name: options["default"] for name, options in known.items() if "default" in options}


def build_files(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Writes the workflow files."""
    for name, make in chosen(match).items():
        api, layout = numbered(make(), host)
        frontend.load_api(api, name)
        arguments = [layout, HOST_VERSION, VERSION, PACK_NAME]
        saved = json.loads(frontend.page.evaluate(LAYOUT, arguments))
        saved.pop("id", None)
        text = json.dumps(saved, indent=1, ensure_ascii=False)
        (ROOT / "workflows" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def chosen(match: str) -> dict[str, Callable[[], Scene]]:
    """The scenes whose names hold `match`."""
    return {name: make for name, make in SCENES.items() if match in name}


def build_pictures(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Runs each workflow, and takes its thumbnail and a screenshot."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, make in chosen(match).items():
        workflow = json.loads((ROOT / "workflows" / f"{name}.json").read_text(encoding="utf-8"))
        scene = make()
        number = {node: str(index + 1) for index, node in enumerate(scene.nodes)}
        graph = ui_to_api(workflow)
        if scene.needs:
            graph = without_weights(graph, scene, number)
        run = host.run(graph)
        if run.ended != "success":
            raise RuntimeError(f"{name}: {run.error}")
        result = first_picture(host, run.outputs[number[scene.result]])
        before = left_half(host, run.outputs, number, scene)
        thumbnail(before, result).save(ROOT / "workflows" / f"{name}.jpg", quality=88)
        if scene.needs:
            continue
        host.free(free_memory=True, unload_models=True)  # so that the previews appear
        frontend.load(workflow, name)
        frontend.run()
        slug = name.removeprefix("FICE - ").lower().replace(" ", "-").replace(",", "").replace("+", "plus")
        frontend.screenshot(PICTURES / f"{slug}.jpg")


def without_weights(graph: dict[str, Any], scene: Scene, number: dict[str, str]) -> dict[str, Any]:
    """What of the scene runs with the demo models alone: the nodes before its two pictures."""
    for name, placed in scene.stands_in.items():
        graph[number[name]] = {"class_type": placed.kind, "inputs": placed.inputs}
    ends = [number[name] for name in (scene.result, scene.before) if name]
    return {node: one for end in ends for node, one in upstream(graph, end).items()}


def upstream(graph: dict[str, Any], node: str) -> dict[str, Any]:
    """The part of a graph that `node` depends on, and itself."""
    found = {node: graph[node]}
    for value in graph[node]["inputs"].values():
        if isinstance(value, list):
            found |= upstream(graph, value[0])
    return found


def left_half(host: ComfyHost, outputs: dict[str, Any], number: dict[str, str], scene: Scene) -> Image.Image:
    """The picture before the edit: what a node shows, or the file that it loads."""
    node = scene.nodes[scene.before] if scene.before else photo((0, 0))
    if node.kind == "LoadImage":  # shows nothing by itself
        return Image.open(ROOT / "workflows" / "assets" / node.inputs["image"]).convert("RGB")
    return first_picture(host, outputs[number[scene.before]])


def first_picture(host: ComfyHost, outputs: dict[str, Any]) -> Image.Image:
    """What a node shows."""
    return Image.open(io.BytesIO(host.file(outputs["images"][0]))).convert("RGB")


def thumbnail(before: Image.Image, after: Image.Image) -> Image.Image:
    """Both pictures, half of each."""
    width, height = THUMBNAIL
    canvas = Image.new("RGB", THUMBNAIL, "white")
    for left, picture in ((0, before), (width // 2, after)):
        canvas.paste(ImageOps.fit(picture, (width // 2, height), Image.LANCZOS), (left, 0))
    return canvas


def build_help(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Takes a picture of each node for its help page."""
    kinds = sorted(kind for kind in host.get("/object_info") if kind.startswith("FICE") and match in kind)
    for kind in kinds:
        frontend.picture_of_node(kind, HELP / f"{kind}.png")


def main() -> None:
    """Builds what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("files", "blueprint", "pictures", "help"))
    parser.add_argument("--match", default="", help="only workflows, or nodes of the help, whose name holds this")
    options = parser.parse_args()
    checkout = find_host()
    if checkout is None:
        raise SystemExit("no ComfyUI found; see CONTRIBUTING")
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            steps = {"files": build_files, "blueprint": build_blueprint, "pictures": build_pictures, "help": build_help}
            for name, step in steps.items():
                if options.only in (None, name):
                    step(host, frontend, options.match)


if __name__ == "__main__":
    main()
