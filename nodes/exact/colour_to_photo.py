"""Colour to Photo: the colour cast of an edit undone."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...fice.alignment import CastModel
from ...fice.base.errors import ImageError
from ...fice.pipeline.exact import colour_to_photo
from ..host.models import normal_tensors
from ..host.wires import (
    MAX_PHOTO_SIDE,
    batched,
    image_in,
    image_out,
    mask_in,
    wanted_after_checks,
)

MODELS: dict[str, CastModel] = {"global": "global", "local, smooth": "local"}


class ColourToPhoto(io.ComfyNode):
    """Takes the cast out of an edit, measured where it shows what the photo shows."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEColourToPhoto",
            display_name="Colour to Photo",
            category="FICE/exact",
            description="Undoes the colour cast of an aligned edit. It is measured on what did not "
            "change, so that the new colour of the garment stays the one that was meant.",
            search_aliases=["color match", "white balance", "cast", "fice"],
            inputs=[
                io.Image.Input("original", tooltip="The photo."),
                io.Image.Input(
                    "aligned",
                    tooltip="From Align to Photo, or any edit that lies on the photo already.",
                    lazy=True,
                ),
                io.Mask.Input(
                    "shown",
                    optional=True,
                    tooltip="From Align to Photo: only what the edit shows is compared.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What was to change and is not compared. Not needed; helps where that "
                    "is most of the picture.",
                ),
                io.Combo.Input(
                    "model",
                    options=list(MODELS),
                    default="global",
                    tooltip="One correction for all of the picture, or one that changes smoothly "
                    "across it.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "image", display_name="image", tooltip="The edit in the colours of the photo."
                ),
                io.Float.Output(
                    "cast",
                    display_name="cast",
                    tooltip="ΔE of the cast, a mean over what was compared; of the first picture.",
                ),
                io.Float.Output(
                    "left", display_name="left", tooltip="What is left of it, likewise."
                ),
            ],
        )

    @classmethod
    def check_lazy_status(
        cls,
        original: Tensor,
        aligned: Tensor | None = None,
        mask: Tensor | None = None,
        **_: object,
    ) -> list[str]:
        """Looks at what is known before the editor runs.

        Raises:
            ImageError: if photo or mask cannot be used.
        """
        return wanted_after_checks("aligned", aligned, original, mask)

    @classmethod
    def execute(
        cls,
        original: Tensor,
        aligned: Tensor,
        model: str,
        shown: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Corrects each picture of the batch."""
        with normal_tensors():
            photo, new, covered = on_photo(original, aligned, shown)
            painted = None
            if mask is not None:
                painted = batched(mask_in(mask, photo.shape[-2:]), len(photo), "The mask")
            done, casts = colour_to_photo(photo, new, painted, covered=covered, model=MODELS[model])
        return io.NodeOutput(image_out(done), casts[0].delta, casts[0].left)


def on_photo(
    original: Tensor, aligned: Tensor, shown: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Photos, edits that lie on them, and what these show, as many of each.

    Raises:
        ImageError: if an edit has another size than the photo.
    """
    photo = image_in(original, "The original", MAX_PHOTO_SIDE)
    new = image_in(aligned, "The aligned image", MAX_PHOTO_SIDE)
    if photo.shape[-2:] != new.shape[-2:]:
        raise ImageError(
            f"The original is {photo.shape[-1]} x {photo.shape[-2]} pixels, the aligned image "
            f"{new.shape[-1]} x {new.shape[-2]}; put 'Align to Photo' before it."
        )
    count = max(len(photo), len(new))
    photo, new = batched(photo, count, "The original"), batched(new, count, "The aligned image")
    if shown is None:
        return photo, new, None
    return photo, new, batched(mask_in(shown, photo.shape[-2:], "'shown'"), count, "'shown'")
