"""Save Edit: what an edit changed, as a small file."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io, ui
from torch import Tensor

from ...fice.edits import latent_edit, open_thumbnail, save_edit, thumbnail_of
from ..host.folders import EDITS
from ..host.models import HostModel, normal_tensors, on_device
from ..host.pairing import require_pair
from ..host.report_wire import read_report
from ..host.wires import EditWire, GeneratorWire, WPlus, WPlusWire, image_in, image_out


class SaveEdit(io.ComfyNode):
    """Writes an edit into `models/fice_edits`, where Load Edit finds it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICESaveEdit",
            display_name="Save Edit",
            category="FICE/latent",
            description="Saves what an edit changed as a file of less than 100 kB, to be applied "
            "to other photos. An older file is never replaced.",
            search_aliases=["export edit", "latent direction", "edit preset", "fice"],
            is_output_node=True,
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator both W+ are for."),
                WPlusWire.Input(
                    "start", display_name="start W+", tooltip="Before: from Invert Image."
                ),
                WPlusWire.Input(
                    "edited",
                    display_name="edited W+",
                    tooltip="After: from CLIP-Guided Inversion or Edit Strength.",
                ),
                io.String.Input(
                    "name",
                    default="edit",
                    tooltip="Name of the file, without its number; folders and %date:yyyy-MM-dd% "
                    "as in Save Image.",
                ),
                io.String.Input(
                    "text",
                    multiline=True,
                    default="",
                    tooltip="What was asked for; empty takes it from the report.",
                ),
                io.String.Input(
                    "report",
                    optional=True,
                    force_input=True,
                    tooltip="The report of CLIP-Guided Inversion: how the edit was made.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="What the thumbnail shows, e.g. the stitched photo. Unlinked: the "
                    "edited figure.",
                ),
            ],
            outputs=[
                EditWire.Output("edit", display_name="edit", tooltip="For Apply Edit."),
                io.String.Output(
                    "file", display_name="file", tooltip="Its name, as Load Edit shows it."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        generator: HostModel,
        start: WPlus,
        edited: WPlus,
        name: str,
        text: str,
        report: str | None = None,
        image: Tensor | None = None,
    ) -> io.NodeOutput:
        """Writes one file."""
        require_pair(generator, start)
        require_pair(generator, edited)
        settings = read_report(report)
        with normal_tensors():
            shown = _figure(generator, edited) if image is None else image_in(image)
            edit = latent_edit(
                start.ws,
                edited.ws,
                generator.model,
                text=text.strip() or str(settings.get("text", "")),
                settings=settings,
                thumbnail=thumbnail_of(shown[0]),
            )
            path = EDITS.new_file(name, ".safetensors")
            save_edit(path, edit)
            shown_small = image_out(open_thumbnail(edit.thumbnail).unsqueeze(0))
        return io.NodeOutput(edit, _name_in_folder(path), ui=ui.PreviewImage(shown_small, cls=cls))


def _figure(generator: HostModel, edited: WPlus) -> Tensor:
    device = on_device(generator)
    return generator.model.synthesize(edited.ws[:1].to(device)).clamp(0.0, 1.0)


def _name_in_folder(path: Path) -> str:
    places = [place for place in EDITS.places if path.is_relative_to(place)]
    return path.relative_to(places[0]).as_posix()
