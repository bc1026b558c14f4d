"""Workflows in API format, as the tests queue them."""

from __future__ import annotations

from typing import Any

from tools.host.comfy_host import ComfyHost, Graph

TEXT = "a red dress with long sleeves"
QUICK = {"steps": 6, "start_candidates": 4, "clip_views": 2, "preview_every": 1}
"""Few enough steps for a test, with every kind of step among them."""


def recipe_widgets(host: ComfyHost) -> dict[str, Any]:
    """The numbers of CLIP-Guided Inversion as the host offers them: those of the tuned recipe."""
    groups = host.get("/object_info/FICEClipGuidedInversion")[_INVERSION]["input"]
    specs = {**groups["required"], **groups["optional"]}
    return {name: spec[1]["default"] for name, spec in specs.items() if "default" in spec[1]}


_INVERSION = "FICEClipGuidedInversion"
INVERSION = {
    "text": TEXT,
    "negative_text": "",
    "seed": 0,
    "learning_rate": 0.02,
    "time_budget": 0.0,
    "clip_weight": 1.0,
    "image_weight": 30.0,
    "body_shape_weight": 10.0,
    "head_shape_weight": 1.0,
    "lock_pose": False,
    "lock_shape": False,
    "lock_texture": False,
    "schedule": "warm-up and cosine",
    "keep": "all but the garments, old and new",
    "image_loss_over": "kept area",
    "keep_best": True,
}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """One node of a graph."""
    return {"class_type": class_type, "inputs": inputs}


def probe_image(size: int = 64, *, batch: int = 1, channels: int = 3) -> dict[str, Any]:
    """A smooth picture that needs no file."""
    return node("ProbeImage", width=size, height=size, channels=channels, batch=batch)


def models(model_set: str = "tiny") -> dict[str, Any]:
    """The networks of a set."""
    return node("FICELoadModelSet", model_set=model_set)


def stages(image: dict[str, Any] | None = None, model_set: str = "tiny", **inversion: Any) -> Graph:
    """All six stages: photo, models, pose, regions, start, constraint, inversion, stitch."""
    return {
        "photo": image or probe_image(),
        "models": models(model_set),
        "pose": node("FICEDensePose", image=["photo", 0], densepose=["models", 3]),
        "regions": node("FICESegmentGarment", image=["photo", 0], segmenter=["models", 4]),
        "start": node(
            "FICEInvertImage",
            image=["photo", 0],
            generator=["models", 0],
            encoder=["models", 1],
            refine_steps=0,
            preview_every=0,
            start_from="encoder",
            tune_steps=0,
        ),
        "constraint": regularize("w_delta", 0.02),
        "inversion": node(
            "FICEClipGuidedInversion",
            generator=["models", 0],
            clip=["models", 2],
            start=["start", 0],
            pose=["pose", 0],
            regions=["regions", 0],
            constraints=["constraint", 0],
            **{**INVERSION, **QUICK, **inversion},
        ),
        "stitch": stitch(regions=["regions", 0]),
        "result": node("SaveImage", images=["stitch", 0], filename_prefix="fice"),
        "report": node("ProbeText", text=["inversion", 3]),
        "generated": node("ProbeDigest", value=["inversion", 0]),
    }


def regularize(mode: str, weight: float = 1.0, **inputs: Any) -> dict[str, Any]:
    """One constraint."""
    return node(
        "FICEWPlusRegularize",
        **{"mode": mode, "weight": weight, "first_layer": 0, "last_layer": -1, **inputs},
    )


def stitch(**inputs: Any) -> dict[str, Any]:
    """The photo with the generated garment."""
    defaults = {"mode": "garment", "feather": -1, "grow": -1}
    defaults |= {"seam": "colour match", "holes": "fill in found garments"}
    links = {"original": ["photo", 0], "generated": ["inversion", 0]}
    return node("FICEStitch", **{**links, **defaults, **inputs})


def crop(image: list[Any], **inputs: Any) -> dict[str, Any]:
    """The framed part of a photo."""
    defaults = {"frame_from": "person", "person": 0, "scale": 1.0, "padding": "edge"}
    box = {"left": 0, "top": 0, "width": 512, "height": 512}
    return node(
        "FICECropToFrame", image=image, generator=["models", 0], **{**defaults, **box, **inputs}
    )


def edit(image: dict[str, Any] | None = None, **inputs: Any) -> Graph:
    """The edit in one node."""
    defaults = {
        "image": ["photo", 0],
        "text": TEXT,
        "model_set": "tiny",
        "seed": 0,
        "negative_text": "",
        "recipe": "tuned",
        "preview_every": 5,
    }
    return {
        "photo": image or probe_image(),
        "edit": node("FICEEdit", **{**defaults, **inputs}),
        "result": node("SaveImage", images=["edit", 0], filename_prefix="fice"),
        "generated": node("ProbeDigest", value=["edit", 1]),
        "edited": node("ProbeDigest", value=["edit", 0]),
        "report": node("ProbeText", text=["edit", 3]),
    }


def library_edit(
    image: dict[str, Any], model_set: str, seed: int, recipe: str = "tuned", **inputs: Any
) -> Graph:
    """The edit of `stages` by the library alone, inside the host."""
    networks = ("generator", "encoder", "clip", "chart", "segmenter")
    links = {name: ["models", output] for output, name in enumerate(networks)}
    return {
        "photo": image,
        "models": models(model_set),
        "library": node(
            "ProbeLibraryEdit",
            image=["photo", 0],
            text=TEXT,
            seed=seed,
            recipe=recipe,
            **links,
            **inputs,
        ),
        "generated": node("ProbeDigest", value=["library", 0]),
        "edited": node("ProbeDigest", value=["library", 1]),
    }
