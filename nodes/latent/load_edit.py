"""Load Edit: a saved edit."""

from __future__ import annotations

from pathlib import Path

import torch
from comfy_api.latest import io

from ...fice.base.errors import CheckpointError
from ...fice.edits import load_edit, open_thumbnail
from ..host.folders import EDITS
from ..host.wires import EditWire, image_out
from ..load.weights import fingerprint, problem

NO_THUMBNAIL = (3, 64, 64)  # grey


class LoadEdit(io.ComfyNode):
    """Reads an edit that Save Edit wrote."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELoadEdit",
            display_name="Load Edit",
            category="FICE/latent",
            description="Loads a saved edit, to be applied to other photos. Files lie in "
            "models/fice_edits; some come with the pack.",
            search_aliases=["import edit", "latent direction", "edit preset", "fice"],
            inputs=[
                io.Combo.Input(
                    "edit_file",
                    display_name="edit file",
                    options=EDITS.files(),
                    tooltip="A file of models/fice_edits. Press R after saving a new one.",
                )
            ],
            outputs=[
                EditWire.Output("edit", display_name="edit", tooltip="For Apply Edit."),
                io.String.Output("text", display_name="text", tooltip="What was asked for."),
                io.Image.Output(
                    "thumbnail",
                    display_name="thumbnail",
                    tooltip="The photo the edit was made on, afterwards.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, edit_file: str) -> bool | str:
        """Tells before the run that a file is missing."""
        return problem(_find, edit_file)

    @classmethod
    def fingerprint_inputs(cls, edit_file: str) -> str:
        """Changes when the file does."""
        return fingerprint(_find(edit_file))

    @classmethod
    def execute(cls, edit_file: str) -> io.NodeOutput:
        """Reads it; only Apply Edit knows whether it fits the generator."""
        edit = load_edit(_find(edit_file))
        shown = open_thumbnail(edit.thumbnail) if edit.thumbnail else torch.full(NO_THUMBNAIL, 0.5)
        return io.NodeOutput(edit, edit.text, image_out(shown.unsqueeze(0)))


def _find(name: str) -> Path:
    """The file `name`.

    Raises:
        CheckpointError: if it is not there.
    """
    path = EDITS.find(name)
    if path is None:
        raise CheckpointError(
            f"There is no edit '{name}' in models/{EDITS.category}. Put it into {EDITS.places[0]} "
            "and press R, or make it with Save Edit."
        )
    return path
