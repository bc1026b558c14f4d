"""Together with a diffusion model: refining an edit, and editing what it made."""

from __future__ import annotations

from tools.workflows.model_addresses import CHECKPOINT, CONTROL_NET
from tools.workflows.parts import inversion, look, photo, save, show, stitch
from tools.workflows.scene import Link, Placed, Point, Scene, place

WORN = "a purple turtleneck sweater with long sleeves"
REFINED = (
    "## Refine with diffusion\n"
    "FICE decides **what** is worn and **where**; a sampler with little denoise adds cloth and "
    "light, only inside the mask that Stitch gives. The second **Stitch** puts it back, so outside "
    "the mask the photo is untouched.\n\n"
    "Needs a checkpoint of Stable Diffusion 1.5 or any other; choose yours in *Load Checkpoint*."
)


def refined() -> Scene:
    """A low-denoise sampler inside the mask of the edit."""
    nodes = {
        **_edited(),
        **_prompts((1120, 640), f"photo of a person wearing {WORN}, detailed fabric"),
        **_refinement(1520, ("positive", 0), ("negative", 0)),
    }
    return Scene(nodes, REFINED, (0, 640, 300, 280), "edited_shown", needs_weights=True)


REFINED_IN_POSE = (
    "## Refine with diffusion, pose held\n"
    "The chart of **DensePose**, in its customary colours, is also what a DensePose ControlNet "
    "expects: the same look at the photo holds the pose in both methods.\n\n"
    "Needs a checkpoint and a DensePose ControlNet for it."
)


def refined_in_pose() -> Scene:
    """As `refined`, held by the body chart."""
    nodes = {
        **_edited(),
        "chart": show(("pose", 1), (720, 1040), "What the pose is held by", (340, 300)),
        **_prompts((1120, 640), f"photo of a person wearing {WORN}, detailed fabric"),
        **_control(),
        **_refinement(1880, ("control", 0), ("control", 1)),
    }
    note_at = (0, 640, 300, 260)
    return Scene(
        nodes, REFINED_IN_POSE, note_at, "edited_shown", before="chart", needs_weights=True
    )


FROM_DIFFUSION = (
    "## Dress a person made by diffusion\n"
    "The sampler's picture goes into the stages as any photo does. For pictures like these choose "
    "a model set that knows photos; the demo set knows drawn figures only."
)


def from_diffusion() -> Scene:
    """A person made by diffusion, dressed by FICE."""
    nodes = {
        **_person(),
        "shown": show(("photo", 0), (400, 560), "Made by diffusion", (300, 330)),
        **look(left=760),
        "inversion": inversion((1480, 0), "a green dress with long sleeves"),
        "stitch": stitch((1880, 0)),
        "result": save(("stitch", 0), (1880, 260)),
    }
    note_at, stands_in = (0, 760, 340, 200), {"photo": photo((0, 0))}
    return Scene(nodes, FROM_DIFFUSION, note_at, "result", needs_weights=True, stands_in=stands_in)


def _edited() -> dict[str, Placed]:
    """The edit that diffusion starts from."""
    return {
        "photo": photo((0, 0)),
        **look(),
        "inversion": inversion((720, 0), WORN),
        "edited": stitch((1120, 0), "Stitch: the edit"),
        "edited_shown": show(("edited", 0), (1120, 260), "Before diffusion", (340, 300)),
    }


def _person() -> dict[str, Placed]:
    """A picture out of nothing, under the name that the stages know the photo by."""
    size = {"width": 512, "height": 512, "batch_size": 1}
    decoded = {"samples": ("sampler", 0), "vae": ("checkpoint", 2)}
    return {
        **_prompts((0, 0), "fashion photo of a person, full body, plain grey background"),
        "empty": place("EmptyLatentImage", (0, 560), (340, 130), **size),
        "sampler": _sampler((400, 0), ("empty", 0), 1.0, ("positive", 0), ("negative", 0)),
        "photo": place("VAEDecode", (400, 400), (300, 80), "The person", **decoded),
    }


def _prompts(at: Point, text: str) -> dict[str, Placed]:
    """Checkpoint and both texts."""
    left, top = at
    clip: Link = ("checkpoint", 1)
    positive = {"clip": clip, "text": text}
    negative = {"clip": clip, "text": "blurry, deformed"}
    size, low = (340, 120), (340, 100)
    return {
        "checkpoint": place("CheckpointLoaderSimple", at, (340, 110), ckpt_name=CHECKPOINT.name),
        "positive": place("CLIPTextEncode", (left, top + 180), size, "What to refine", **positive),
        "negative": place("CLIPTextEncode", (left, top + 370), low, "What to avoid", **negative),
    }


def _control() -> dict[str, Placed]:
    """A ControlNet that reads the chart of the pose."""
    inputs = {
        "positive": ("positive", 0),
        "negative": ("negative", 0),
        "control_net": ("net", 0),
        "image": ("pose", 1),
        "strength": 0.8,
        "start_percent": 0.0,
        "end_percent": 1.0,
        "vae": ("checkpoint", 2),
    }
    return {
        "net": place("ControlNetLoader", (1520, 800), (300, 80), control_net_name=CONTROL_NET.name),
        "control": place("ControlNetApplyAdvanced", (1520, 940), (300, 200), **inputs),
    }


def _refinement(left: int, positive: Link, negative: Link) -> dict[str, Placed]:
    """Diffusion inside the mask of the edit, and back into the photo."""
    size, vae = (300, 80), ("checkpoint", 2)
    back = {
        "original": ("photo", 0),
        "generated": ("decode", 0),
        "mask": ("edited", 1),
        "feather": 0,
        "grow": 0,
    }
    inside = {"samples": ("encode", 0), "mask": ("edited", 1)}
    title = "Stitch: back into the photo"
    return {
        "encode": place("VAEEncode", (left, 0), size, pixels=("edited", 0), vae=vae),
        "inside": place("SetLatentNoiseMask", (left, 150), size, **inside),
        "sampler": _sampler((left, 300), ("inside", 0), 0.35, positive, negative),
        "decode": place("VAEDecode", (left, 640), size, samples=("sampler", 0), vae=vae),
        "stitch": place("FICEStitch", (left + 360, 0), (340, 170), title, **back),
        "result": save(("stitch", 0), (left + 360, 260)),
    }


def _sampler(at: Point, latent: Link, denoise: float, positive: Link, negative: Link) -> Placed:
    """The host's own."""
    inputs = {
        "model": ("checkpoint", 0),
        "positive": positive,
        "negative": negative,
        "latent_image": latent,
        "seed": 0,
        "steps": 20,
        "cfg": 6.0,
        "sampler_name": "dpmpp_2m",
        "scheduler": "karras",
        "denoise": denoise,
    }
    return place("KSampler", at, (300, 270), **inputs)
