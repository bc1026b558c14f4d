"""A photo of a person, edited with models that were trained on photos."""

from __future__ import annotations

from tools.workflows.model_addresses import PHOTOS
from tools.workflows.parts import DEMO, constraint, inversion, invert, save, show, stitch
from tools.workflows.scene import Link, Placed, Scene, place
from tools.workflows.scenes.framing import LARGE_PHOTO, TEXT
from tools.workflows.scenes.step_by_step import LINKS, LOADERS

GET = "fice models get photos"
NOTE = (
    "## Edit a photo of a person\n"
    "Needs files of other publishers: 1.5 GB, and the encoder. In a terminal, in the folder of "
    "this pack:\n\n"
    f"`python -m {GET} --models-dir MODELS`\n\n"
    "MODELS is the models folder of ComfyUI. It says sizes and licences, asks once, and uses what "
    "other packs have put there; then press **R**. By hand, under these names:\n\n"
    + "".join(f"- [{file.name}]({file.url}) → `models/{file.directory}`\n" for file in PHOTOS)
    + "\nThe last one wants `config.json` and `preprocessor_config.json` of its page beside it."
    "\n\nLoad a photo of one person, upright, from head to feet, on a calm background, and press "
    "**Run**. On a CPU this takes hours at full size; a card is advised."
)


def photo_of_a_person() -> Scene:
    """The stages with a loader for each file of the set for photos."""
    nodes = {
        "photo": place("LoadImage", (0, 0), (260, 340), "Your photo", image=LARGE_PHOTO),
        **_loaders(),
        **_frame(),
        **_looked_at(),
        "inversion": inversion((1600, 0), TEXT, LINKS, size=(300, 0)),
        "stitch": stitch((2000, 0), size=(270, 0), frame=("frame", 1)),
        "result": save(("stitch", 0), (2000, 100), size=(270, 420)),
    }
    captions = (
        *("photo: Your photo", "more: Models of people", "more: The frame"),
        *("seen: What is seen", "wish: The wish", "result: The result"),
    )
    return Scene(
        *(nodes, NOTE, (0, 200, 260, 560), "result"),
        before="photo",
        captions=captions,
        needs_weights=True,
        stands_in={
            name: place(kind, (0, 0), (0, 0), weights=DEMO) for name, (kind, _) in LOADERS.items()
        },
    )


def _loaders() -> dict[str, Placed]:
    files = zip(LOADERS.items(), PHOTOS, strict=True)
    return {
        name: place(kind, (400, row), (250, 0), title, weights=file.name)
        for row, ((name, (kind, title)), file) in enumerate(files)
    }


def _frame() -> dict[str, Placed]:
    links: dict[str, Link] = {
        "image": ("photo", 0),
        "generator": ("generator", 0),
        "segmenter": ("segmenter", 0),
        "encoder": ("encoder", 0),
    }
    return {
        "frame": place("FICECropToFrame", (800, 0), (250, 0), **links),
        "overview": show(("frame", 2), (800, 100), "Where the frame lies", (250, 300)),
    }


def _looked_at() -> dict[str, Placed]:
    crop: dict[str, Link] = {"image": ("frame", 0)}
    regions: dict[str, Link] = {"segmenter": ("segmenter", 0), "frame": ("frame", 1)}
    networks: dict[str, Link] = {"generator": ("generator", 0), "encoder": ("encoder", 0)}
    return {
        "pose": place("FICEDensePose", (1200, 0), (240, 0), **crop, densepose=("densepose", 0)),
        "regions": place("FICESegmentGarment", (1200, 100), (240, 0), **crop, **regions),
        "start": invert((1200, 200), **crop, **networks),
        "constraint": constraint((1200, 300), (240, 0)),
    }
