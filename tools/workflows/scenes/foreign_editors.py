"""Editors that run in the same graph, and what makes their results exact."""

from __future__ import annotations

from tools.workflows.model_addresses import CHECKPOINT, QWEN_EDIT, QWEN_TEXT, QWEN_VAE
from tools.workflows.parts import (
    inversion,
    look,
    model_set,
    photo,
    report,
    save,
    sharpened,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Point, Scene, Size, Value, place

LARGE_PHOTO = "fice_demo_large_photo.jpg"
EDIT = "fice_demo_foreign_edit.jpg"
WISH = "Change the colour of the garment. Keep everything else as it is."
WORN = "a purple turtleneck sweater with long sleeves"
WIDTH = 270

INSTRUCTED = (
    "## An instruction editor, made exact\n"
    "**Qwen-Image-Edit** changes the clothes as told, and shifts, zooms and tints the rest. "
    "**Align to Photo** and **Take the Clothes** undo that: outside the mask the photo stays as it "
    "was, bit for bit.\n\n"
    "Needs the three files of Qwen-Image-Edit 2511, which are large. FLUX Kontext or klein go into "
    "the same place."
)


def instructed() -> Scene:
    """Qwen-Image-Edit, laid back on the photo, and the clothes alone taken."""
    encoded: dict[str, Value] = {"clip": ("clip", 0), "vae": ("vae", 0), "image1": ("scaled", 0)}
    size = (WIDTH, 0)
    nodes: dict[str, Placed] = {
        "photo": place("LoadImage", (0, 0), (WIDTH, 320), "Photo", image=LARGE_PHOTO),
        "model": place(
            *("UNETLoader", (350, 0), size),
            unet_name=QWEN_EDIT.name,
            weight_dtype="default",
        ),
        "clip": place(
            *("CLIPLoader", (350, 100), size),
            clip_name=QWEN_TEXT.name,
            type="qwen_image",
            device="default",
        ),
        "vae": place("VAELoader", (350, 200), size, vae_name=QWEN_VAE.name),
        "scaled": place("FluxKontextImageScale", (350, 300), size, image=("photo", 0)),
        "shifted": place("ModelSamplingAuraFlow", (350, 400), size, model=("model", 0), shift=3.1),
        "wish": place(
            *("TextEncodeQwenImageEditPlus", (700, 0), (WIDTH, 160), "What to change"),
            **encoded,
            prompt=WISH,
        ),
        "avoided": place(
            *("TextEncodeQwenImageEditPlus", (700, 100), (WIDTH, 100), "What to avoid"),
            **encoded,
            prompt="",
        ),
        "start": place("VAEEncode", (700, 200), size, pixels=("scaled", 0), vae=("vae", 0)),
        "sampler": _sampler(
            *((700, 300), ("shifted", 0), ("start", 0), 1.0),
            cfg=4.0,
            positive=("wish", 0),
            negative=("avoided", 0),
        ),
        "edit": place("VAEDecode", (1050, 0), size, samples=("sampler", 0), vae=("vae", 0)),
        **_made_exact(("edit", 0), (1050, 100)),
        "result": save(("take", 0), (1400, 0), size=(WIDTH, 330)),
        **_told((1400, 100)),
    }
    captions = (
        *("photo: Photo", "more: Qwen-Image-Edit", "wish: The wish", "seen: Made exact"),
        "result: The result",
    )
    return Scene(
        *(nodes, INSTRUCTED, (0, 100, WIDTH, 330), "result"),
        before="photo",
        captions=captions,
        needs_weights=True,
        stands_in={"edit": place("LoadImage", (0, 0), size, image=EDIT)},
    )


INPAINTED = (
    "## Inpainting, made exact\n"
    "A sampler repaints the garment and gives the picture back softened, and cropped to multiples "
    "of 8 pixels. **Align to Photo** lays it back, **Take the Clothes** takes the garment "
    "alone.\n\n"
    "Works with any checkpoint; one that was made for inpainting is better. The mask may come from "
    "any node, e.g. SAM3 Detect."
)


def inpainted() -> Scene:
    """An inpainting model inside the garment's mask, and the clothes alone taken."""
    size = (WIDTH, 0)
    conditioned: dict[str, Value] = {
        "positive": ("positive", 0),
        "negative": ("negative", 0),
        "vae": ("checkpoint", 2),
        "pixels": ("photo", 0),
        "mask": ("grown", 0),
        "noise_mask": True,
    }
    grown: dict[str, Value] = {"mask": ("regions", 1), "expand": 6, "tapered_corners": True}
    looked: dict[str, Value] = {"image": ("photo", 0), "segmenter": ("models", 4)}
    nodes: dict[str, Placed] = {
        "photo": photo((0, 0)),
        "models": model_set((0, 100)),
        "regions": place("FICESegmentGarment", (350, 0), size, **looked),
        "grown": place("GrowMask", (350, 100), size, **grown),
        "mask": place(
            "MaskPreview", (350, 200), (WIDTH, 260), "What to repaint", mask=("grown", 0)
        ),
        **_prompts((700, 0), f"photo of a person wearing {WORN}"),
        "inside": place("InpaintModelConditioning", (700, 300), size, **conditioned),
        "sampler": _sampler(
            *((1050, 0), ("checkpoint", 0), ("inside", 2), 1.0),
            positive=("inside", 0),
            negative=("inside", 1),
        ),
        "edit": place(
            "VAEDecode", (1050, 100), size, samples=("sampler", 0), vae=("checkpoint", 2)
        ),
        **_made_exact(("edit", 0), (1400, 0), mask=("grown", 0)),
        "result": save(("take", 0), (1400, 200), size=(WIDTH, 330)),
    }
    captions = (
        *("photo: Photo and models", "seen: The mask", "wish: The wish", "more: Inpainting"),
        "result: Made exact",
    )
    return Scene(
        *(nodes, INPAINTED, (0, 200, WIDTH, 330), "mask"),
        captions=captions,
        needs_weights=True,
        stands_in={"edit": sharpened(("photo", 0))},
    )


WHOLE = (
    "## Refine the whole picture, made exact\n"
    "FICE decides what is worn; a sampler with little denoise goes over **all** of the picture, so "
    "that cloth, light and person fit. That changes the face and the room, too: **Align to Photo** "
    "and **Take the Clothes** keep the garment and give everything else back.\n\n"
    "Needs a checkpoint; choose yours in *Load Checkpoint*."
)


def refined_whole() -> Scene:
    """A low-denoise pass over all of an edit, of which only the garment stays."""
    vae: Link = ("checkpoint", 2)
    nodes: dict[str, Placed] = {
        "photo": photo((0, 0)),
        **look(),
        "inversion": inversion((800, 0), WORN),
        "edited": stitch((1200, 0), "Stitch: the edit", size=(250, 0)),
        "edited_shown": show(("edited", 0), (1200, 100), "Before diffusion", (250, 0)),
        **_prompts((1600, 0), f"photo of a person wearing {WORN}, detailed fabric"),
        "encode": place("VAEEncode", (1600, 300), (WIDTH, 0), pixels=("edited", 0), vae=vae),
        "sampler": _sampler((1600, 400), ("checkpoint", 0), ("encode", 0), 0.35),
        "edit": place("VAEDecode", (2000, 0), (WIDTH, 0), samples=("sampler", 0), vae=vae),
        **_made_exact(("edit", 0), (2000, 100), mask=("edited", 1)),
        "result": save(("take", 0), (2000, 300), size=(WIDTH, 260)),
    }
    captions = (
        *("photo: Photo and models", "seen: What is seen", "wish: The edit", "", "more: Diffusion"),
        "result: Made exact",
    )
    return Scene(
        *(nodes, WHOLE, (0, 200, 260, 400), "edited_shown"),
        captions=captions,
        folded=("encode", "constraint"),
        needs_weights=True,
        stands_in={"edit": sharpened(("edited", 0))},
    )


def _made_exact(edit: Link, at: Point, **more: Link) -> dict[str, Placed]:
    """The editor's result laid back on the photo, and the clothes taken from it."""
    left, top = at
    size: Size = (WIDTH, 0)
    original: dict[str, Value] = {"original": ("photo", 0)}
    taken: dict[str, Value] = {"aligned": ("align", 0), "shown": ("align", 1)}
    return {
        "align": place("FICEAlignToPhoto", at, size, **original, edited=edit, **more),
        "take": place("FICETakeClothes", (left, top + 100), size, **original, **taken, **more),
    }


def _told(at: Point) -> dict[str, Placed]:
    """What the editor did besides, before and after."""
    left, top = at
    judged: dict[str, Value] = {
        "original": ("photo", 0),
        "edited": ("take", 0),
        "mask": ("take", 1),
        "aligned": ("align", 0),
        "alignment": ("align", 8),
    }
    return {
        "judge": place("FICEEditReport", at, (WIDTH, 0), **judged),
        "told": report(("judge", 0), (left, top + 100), (WIDTH, 160), "What the editor did"),
    }


def _prompts(at: Point, text: str) -> dict[str, Placed]:
    """Checkpoint and both texts."""
    left, top = at
    clip: Link = ("checkpoint", 1)
    size = (WIDTH, 110)
    return {
        "checkpoint": place("CheckpointLoaderSimple", at, (WIDTH, 0), ckpt_name=CHECKPOINT.name),
        "positive": place(
            "CLIPTextEncode", (left, top + 100), size, "What to paint", clip=clip, text=text
        ),
        "negative": place(
            *("CLIPTextEncode", (left, top + 200), size, "What to avoid"),
            clip=clip,
            text="blurry, deformed",
        ),
    }


def _sampler(
    at: Point,
    model: Link,
    latent: Link,
    denoise: float,
    *,
    cfg: float = 6.0,
    positive: Link = ("positive", 0),
    negative: Link = ("negative", 0),
) -> Placed:
    """The host's own."""
    return place(
        *("KSampler", at, (WIDTH, 0)),
        model=model,
        latent_image=latent,
        positive=positive,
        negative=negative,
        seed=0,
        steps=20,
        cfg=cfg,
        sampler_name="euler",
        scheduler="simple",
        denoise=denoise,
    )
