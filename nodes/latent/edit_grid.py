"""Edit Grid: several texts in several strengths, side by side."""

from __future__ import annotations

import json

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import FiceError, TextError
from ...fice.base.images import Pixels, to_float, to_pixels
from ...fice.base.layer_groups import LayerGroups
from ...fice.edits import edit_strength
from ...fice.inversion import RECIPES, Recipe
from ...fice.pipeline.wording import hear_texts
from ...fice.reports.sheets import Row, contact_sheet
from ..host.models import HostModel, normal_tensors, on_device, to_host
from ..host.pairing import require_pair
from ..host.precision import FLOAT32, Precision, precision_input
from ..host.progress import Cancel, Progress
from ..host.watched import Watched
from ..host.wires import Pose, RegionMap, WPlus, WPlusWire, image_out
from ..stages.inversion_inputs import MAX_STEPS, held_inputs, network_inputs, seed_input
from ..stages.inverting import images_drawn, invert_image
from ..stages.recipe_widgets import recipe_input
from ..stages.source import LinkedPhoto, linked_wish
from .layer_strengths import STRONGEST

MOST_CELLS = 400
CELL = 192  # side of a picture on the sheet, in pixels


class EditGrid(io.ComfyNode):
    """Edits a photo once per text and draws each edit in every strength."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEEditGrid",
            display_name="Edit Grid",
            category="FICE/latent",
            description="Compares texts and strengths on one labelled sheet. The photo is inverted "
            "once, each text takes one optimisation, each further strength only a drawing.",
            search_aliases=["xy plot", "prompt comparison", "contact sheet", "fice"],
            inputs=[*_wires(), *_widgets()],
            outputs=[
                io.Image.Output(
                    "sheet",
                    display_name="sheet",
                    tooltip="A row per text, a column per strength, the photo's own figure first.",
                ),
                io.Image.Output(
                    "images", display_name="images", tooltip="The pictures, row by row."
                ),
                WPlusWire.Output(
                    "wplus", display_name="W+", tooltip="The edit of each text at strength 1."
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="Figures of each run as JSON."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, texts: str | None = None, strengths: str | None = None) -> bool | str:
        """Tells before the run what could never work; what is linked comes later."""
        try:
            _ = texts is None or _texts(texts)
            _ = strengths is None or _strengths(strengths)
        except FiceError as error:
            return str(error)
        return True

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        generator: HostModel,
        clip: HostModel,
        start: WPlus,
        texts: str,
        strengths: str,
        seed: int,
        recipe: str,
        steps: int,
        pose: Pose | None = None,
        regions: RegionMap | None = None,
        precision: str = FLOAT32,
    ) -> io.NodeOutput:
        """Edits text by text."""
        require_pair(generator, start)
        wishes, amounts = _texts(texts), _strengths(strengths)
        if len(start.ws) != 1 or len(wishes) * len(amounts) > MOST_CELLS:
            raise FiceError(
                f"Edit Grid takes one figure and at most {MOST_CELLS} pictures, not "
                f"{len(start.ws)} and {len(wishes) * len(amounts)}; take fewer."
            )
        photo = LinkedPhoto(start, pose, regions)
        numbers = _recipe(recipe, steps)
        texts_heard = [hear_texts(text, "", clip.model, 1, numbers.complete) for text in wishes]
        with normal_tensors():
            model = generator.model
            height, width = model.resolution
            device = on_device(generator, clip, *photo.networks, pixels=height * width)
            progress = Progress(len(wishes) * (images_drawn(numbers) + len(amounts)) + 1, 5)
            lowered = Precision.on(device, precision)
            synthesizer = Watched(lowered.generator(model), progress)
            source = photo.source(0, model, device, lowered)
            cancel = Cancel(keeps_result=False)
            edits = [
                invert_image(
                    synthesizer,
                    source,
                    linked_wish(clip, heard, lowered),
                    numbers,
                    seed=seed,
                    cancel=cancel,
                )
                for heard in texts_heard
            ]
            before = image_out(synthesizer.synthesize(source.ws))
            layers = LayerGroups.of(model, model.num_ws)
            drawn = [
                [
                    image_out(
                        synthesizer.synthesize(
                            edit_strength(source.ws, edit.run.chosen.ws, amount, layers=layers)
                        )
                    )
                    for amount in amounts
                ]
                for edit in edits
            ]
            ws = torch.cat([to_host(edit.run.chosen.ws) for edit in edits])
        report = {
            text: {**edit.report, "precision": lowered.name}
            for text, edit in zip(wishes, edits, strict=True)
        }
        images = torch.cat([image for row in drawn for image in row])
        return io.NodeOutput(
            _sheet(wishes, amounts, before, drawn),
            images,
            WPlus(ws, model.fingerprint),
            json.dumps(report, indent=2, ensure_ascii=False),
        )


def _recipe(name: str, steps: int) -> Recipe:
    recipe = RECIPES[name]
    return recipe.in_steps(steps) if steps else recipe


def _texts(lines: str) -> list[str]:
    """The lines that are not empty, each once.

    Raises:
        TextError: if there is none.
    """
    texts = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    if not texts:
        raise TextError("Edit Grid has no text: write one per line, e.g. 'a red dress'.")
    return texts


def _strengths(line: str) -> list[float]:
    """The numbers between commas or spaces.

    Raises:
        FiceError: if one is no number, or too large.
    """
    words = line.replace(",", " ").split()
    try:
        strengths = [float(word) for word in words]
    except ValueError:
        strengths = []
    # Written so that NaN fails.
    if not strengths or not all(abs(strength) <= STRONGEST for strength in strengths):
        raise FiceError(
            f"'{line}' are no strengths: write numbers from {-STRONGEST:g} to {STRONGEST:g} with "
            "commas between, e.g. '0.5, 1, 1.5'."
        )
    return strengths


def _sheet(
    texts: list[str], strengths: list[float], before: Tensor, drawn: list[list[Tensor]]
) -> Tensor:
    columns = ["0", *(f"{strength:g}" for strength in strengths)]
    rows = [
        Row(text, [_pixels(image) for image in (before, *row)])
        for text, row in zip(texts, drawn, strict=True)
    ]
    return image_out(to_float(contact_sheet(columns, rows, CELL)).unsqueeze(0))


def _pixels(image: Tensor) -> Pixels:
    return to_pixels(image[0].movedim(-1, 0))


def _wires() -> list[io.Input]:
    return [
        *network_inputs(),
        WPlusWire.Input(
            "start", display_name="start W+", tooltip="The W+ of one photo, from Invert Image."
        ),
        *held_inputs(),
    ]


def _widgets() -> list[io.Input]:
    return [
        io.String.Input(
            "texts",
            multiline=True,
            default="a red dress\na blue shirt with white stripes",
            tooltip="One text per line; each is a row.",
        ),
        io.String.Input(
            "strengths",
            default="0.5, 1, 1.5",
            tooltip="Numbers with commas between; each is a column. 1 is the edit as it is made.",
        ),
        seed_input(),
        recipe_input(),
        io.Int.Input(
            "steps",
            default=0,
            min=0,
            max=MAX_STEPS,
            tooltip="Steps per text; 0 takes those of the recipe.",
        ),
        precision_input(),
    ]
