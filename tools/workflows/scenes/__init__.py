"""All workflows, by the names of their files."""

from __future__ import annotations

from collections.abc import Callable

from tools.workflows.scene import Scene
from tools.workflows.scenes.comparisons import edit_grid, four_texts, regularised
from tools.workflows.scenes.diffusion import from_diffusion, refined, refined_in_pose
from tools.workflows.scenes.exact import any_editor
from tools.workflows.scenes.foreign_editors import inpainted, instructed, refined_whole
from tools.workflows.scenes.framing import large_photo
from tools.workflows.scenes.guides import guides
from tools.workflows.scenes.latent import edit_as_thing, made_up_figure, ready_made_edit
from tools.workflows.scenes.masks import mask_of_others
from tools.workflows.scenes.one_node import as_form, one_node
from tools.workflows.scenes.photos import photo_of_a_person
from tools.workflows.scenes.step_by_step import step_by_step

SCENES: dict[str, Callable[[], Scene]] = {
    "FICE 01 - edit in one node": one_node,
    "FICE 02 - edit with a form": as_form,
    "FICE 03 - change the garment by words": step_by_step,
    "FICE 04 - one photo, four texts": four_texts,
    "FICE 05 - a person in a large photo": large_photo,
    "FICE 06 - texts, a direction and a picture": guides,
    "FICE 07 - edit grid": edit_grid,
    "FICE 08 - a mask of other nodes": mask_of_others,
    "FICE 09 - a ready-made edit": ready_made_edit,
    "FICE 10 - save, strengthen and walk an edit": edit_as_thing,
    "FICE 11 - dress a made-up figure": made_up_figure,
    "FICE 12 - with and without W+ Regularize": regularised,
    "FICE 13 - refine with diffusion": refined,
    "FICE 14 - refine with diffusion, pose held": refined_in_pose,
    "FICE 15 - dress a person made by diffusion": from_diffusion,
    "FICE 16 - the result of any editor, made exact": any_editor,
    "FICE 17 - edit a photo of a person": photo_of_a_person,
    "FICE 18 - edit by instruction, made exact": instructed,
    "FICE 19 - inpaint, made exact": inpainted,
    "FICE 20 - refine the whole picture, made exact": refined_whole,
}


def chosen(match: str) -> dict[str, Callable[[], Scene]]:
    """The scenes whose names hold `match`."""
    return {name: make for name, make in SCENES.items() if match in name}
