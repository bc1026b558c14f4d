"""Together with a diffusion model: refining an edit, and editing what it made."""

from __future__ import annotations

from tools.workflows.model_addresses import CHECKPOINT, CONTROL_NET
from tools.workflows.parts import (
    LOOKED_AT,
    inversion,
    look,
    model_set,
    photo,
    save,
    sharpened,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Point, Scene, place

WORN = "a purple turtleneck sweater with long sleeves"
REFINED = (
    "## Refine with diffusion\n"
    "FICE decides **what** is worn and **where**; a sampler with little denoise adds cloth and "
    "light, only inside the mask that Stitch gives. The second **Stitch** puts it back, so outside "
    "the mask the photo is untouched.\n\n"
    "Needs a checkpoint of Stable Diffusion 1.5 or any other; choose yours in *Load Checkpoint*."
)


REFINEMENT = (*LOOKED_AT, "wish: The edit", "", "more: Diffusion", "result: The result")


def refined() -> Scene:
    """A low-denoise sampler inside the mask of the edit."""
    nodes = {
        **_edited(),
        **_prompts((1600, 0), f"photo of a person wearing {WORN}, detailed fabric"),
        **_refinement(("positive", 0), ("negative", 0)),
    }
    note_at = (0, 200, 260, 360)
    return Scene(
        nodes,
        REFINED,
        note_at,
        "edited_shown",
        captions=REFINEMENT,
        folded=("decode",),
        needs_weights=True,
        stands_in={"decode": sharpened(("edited", 0))},
    )


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
        "chart": show(("pose", 1), (400, 400), "What the pose is held by", (250, 0)),
        **_prompts((1600, 0), f"photo of a person wearing {WORN}, detailed fabric"),
        **_control(),
        **_refinement(("control", 0), ("control", 1)),
    }
    note_at = (0, 200, 260, 320)
    return Scene(
        *(nodes, REFINED_IN_POSE, note_at, "edited_shown"),
        before="chart",
        captions=REFINEMENT,
        folded=("decode", "constraint"),
        needs_weights=True,
        stands_in={"decode": sharpened(("edited", 0))},
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
        "shown": show(("photo", 0), (400, 200), "Made by diffusion"),
        **look(left=400),
        "models": model_set((0, 500)),
        "inversion": inversion((1200, 0), "a green dress with long sleeves"),
        "stitch": stitch((1600, 0)),
        "result": save(("stitch", 0), (1600, 100)),
    }
    captions = (
        *("more: A person out of nothing", "", "seen: What is seen"),
        *("wish: The wish", "result: The result"),
    )
    return Scene(
        *(nodes, FROM_DIFFUSION, (400, 300, 260, 240), "result"),
        captions=captions,
        needs_weights=True,
        stands_in={"photo": photo((0, 0))},
    )


def _edited() -> dict[str, Placed]:
    """The edit that diffusion starts from."""
    return {
        "photo": photo((0, 0)),
        **look(),
        "inversion": inversion((800, 0), WORN),
        "edited": stitch((1200, 0), "Stitch: the edit", size=(250, 0)),
        "edited_shown": show(("edited", 0), (1200, 100), "Before diffusion", (250, 0)),
    }


def _person() -> dict[str, Placed]:
    """A picture out of nothing, under the name that the stages know the photo by."""
    size = {"width": 512, "height": 512, "batch_size": 1}
    decoded = {"samples": ("sampler", 0), "vae": ("checkpoint", 2)}
    return {
        **_prompts((0, 0), "fashion photo of a person, full body, plain grey background"),
        "empty": place("EmptyLatentImage", (0, 300), (260, 0), **size),
        "sampler": _sampler((400, 0), ("empty", 0), 1.0, ("positive", 0), ("negative", 0)),
        "photo": place("VAEDecode", (400, 100), (260, 0), "The person", **decoded),
    }


def _prompts(at: Point, text: str) -> dict[str, Placed]:
    """Checkpoint and both texts."""
    left, top = at
    clip: Link = ("checkpoint", 1)
    positive = {"clip": clip, "text": text}
    negative = {"clip": clip, "text": "blurry, deformed"}
    size = (260, 110)
    return {
        "checkpoint": place("CheckpointLoaderSimple", at, (260, 0), ckpt_name=CHECKPOINT.name),
        "positive": place("CLIPTextEncode", (left, top + 100), size, "What to refine", **positive),
        "negative": place("CLIPTextEncode", (left, top + 200), size, "What to avoid", **negative),
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
        "net": place("ControlNetLoader", (1600, 300), (260, 0), control_net_name=CONTROL_NET.name),
        "control": place("ControlNetApplyAdvanced", (1600, 400), (260, 0), **inputs),
    }


def _refinement(positive: Link, negative: Link) -> dict[str, Placed]:
    """Diffusion inside the mask of the edit, and back into the photo."""
    size, vae = (260, 0), ("checkpoint", 2)
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
        "encode": place("VAEEncode", (1600, 500), size, pixels=("edited", 0), vae=vae),
        "inside": place("SetLatentNoiseMask", (1200, 200), (250, 0), **inside),
        "sampler": _sampler((2000, 0), ("inside", 0), 0.35, positive, negative),
        "decode": place("VAEDecode", (2000, 100), size, samples=("sampler", 0), vae=vae),
        "stitch": place("FICEStitch", (2000, 200), (260, 0), title, **back),
        "result": save(("stitch", 0), (2000, 300), size=(260, 0)),
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
    return place("KSampler", at, (260, 0), **inputs)
