"""All workflows, by the names of their files."""

from __future__ import annotations

from collections.abc import Callable

from tools.workflows.scene import Scene
from tools.workflows.scenes.comparisons import edit_grid, four_texts, regularised
from tools.workflows.scenes.diffusion import from_diffusion, refined, refined_in_pose
from tools.workflows.scenes.framing import large_photo
from tools.workflows.scenes.guides import guides
from tools.workflows.scenes.latent import edit_as_thing, made_up_figure, ready_made_edit
from tools.workflows.scenes.masks import mask_of_others
from tools.workflows.scenes.one_node import as_form, one_node
from tools.workflows.scenes.step_by_step import step_by_step

SCENES: dict[str, Callable[[], Scene]] = {
    "FICE - edit grid": edit_grid,
    "FICE - texts, a direction and a picture": guides,
    "FICE - refine with diffusion": refined,
    "FICE - refine with diffusion, pose held": refined_in_pose,
    "FICE - dress a person made by diffusion": from_diffusion,
    "FICE - a mask of other nodes": mask_of_others,
    "FICE - a ready-made edit": ready_made_edit,
    "FICE - save, strengthen and walk an edit": edit_as_thing,
    "FICE - change the garment by words": step_by_step,
    "FICE - edit in one node": one_node,
    "FICE - edit in one node.app": as_form,
    "FICE - a person in a large photo": large_photo,
    "FICE - one photo, four texts": four_texts,
    "FICE - dress a made-up figure": made_up_figure,
    "FICE - W+ Regularize off and on": regularised,
}


def chosen(match: str) -> dict[str, Callable[[], Scene]]:
    """The scenes whose names hold `match`."""
    return {name: make for name, make in SCENES.items() if match in name}
