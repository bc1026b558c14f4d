"""Edit Report: what an edit did and did not change, in figures and on one page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import ImageError
from ...fice.base.frame import Frame
from ...fice.base.images import resize, to_float
from ...fice.base.trained_size import at_trained_size
from ...fice.framing import crop
from ...fice.pipeline.exact import colour_to_photo
from ...fice.reports.foreign_edit import cast_figures, outside_figures, placed_figures
from ...fice.reports.judging import PERSON, Judges, judge_edit, measure_change
from ...fice.reports.page import PagePictures, report_page
from ..host.models import HostModel, normal_tensors, on_device
from ..host.report_wire import read_report
from ..host.wires import (
    MAX_PHOTO_SIDE,
    ChartNetworkWire,
    ClipWire,
    FrameWire,
    SegmenterWire,
    batched,
    image_in,
    image_out,
    mask_in,
)

PAGE_SIDE = 512  # pixels; more of a photo does not show on the page
READABLE = {
    "clip_before": "CLIP similarity before",
    "clip_after": "CLIP similarity after",
    "clip_direction": "CLIP direction",
    "clip_named_right": "named and come out, by CLIP",
    "clip_unnamed_kept": "not named and kept, by CLIP",
    "held_out_before": "held-out CLIP before",
    "held_out_after": "held-out CLIP after",
    "held_out_direction": "held-out CLIP direction",
    "held_out_named_right": "named and come out, held-out",
    "held_out_unnamed_kept": "not named and kept, held-out",
    "pose_overlap": "pose: overlap of body parts",
    "head_change": "head: mean change",
    "background_change": "background: mean change",
    "changed_share": "share of the photo changed",
    "max_change_outside": "largest change outside mask",
    "editor_shift_x": "editor: shift to the right, %",
    "editor_shift_y": "editor: shift downwards, %",
    "editor_zoom": "editor: zoom",
    "editor_rotation": "editor: rotation, degrees",
    "editor_cast": "editor: colour cast, ΔE",
    "editor_head_change": "editor: mean change of the head",
    "outside_changed_before": "pixels changed outside, by the editor",
    "outside_changed_after": "pixels changed outside, finished",
    "reconstruction_error": "reconstruction error",
    "seconds": "seconds",
}
"""What of the report is written on the page, and how."""


class EditReport(io.ComfyNode):
    """Judges an edit that these or any other nodes made."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEEditReport",
            display_name="Edit Report",
            category="FICE/judge",
            description="Tells in figures and on one page what an edit changed and what it kept. "
            "What is not linked is not judged.",
            search_aliases=["metrics", "compare images", "clip score", "evaluate", "fice"],
            inputs=[
                io.Image.Input("original", tooltip="The photo."),
                io.Image.Input("edited", tooltip="The finished photo, from Stitch or any node."),
                io.String.Input(
                    "text",
                    multiline=True,
                    default="",
                    tooltip="What was asked for; may stay empty without CLIP.",
                ),
                io.String.Input(
                    "source_text",
                    display_name="source text",
                    default=PERSON,
                    tooltip="What the photo shows: where the CLIP direction begins.",
                    advanced=True,
                ),
                io.Mask.Input("mask", optional=True, tooltip="What may have changed, from Stitch."),
                ClipWire.Input("clip", optional=True, tooltip="The CLIP that guided the edit."),
                ClipWire.Input(
                    "held_out",
                    display_name="held out",
                    optional=True,
                    tooltip="Another CLIP that took no part in the edit: only its figures are "
                    "evidence.",
                ),
                ChartNetworkWire.Input("densepose", optional=True, tooltip="Judges the pose."),
                SegmenterWire.Input(
                    "segmenter", optional=True, tooltip="Judges head and background."
                ),
                FrameWire.Input(
                    "frame",
                    optional=True,
                    tooltip="From Crop to Generator Frame: the networks look at that part only.",
                ),
                io.Image.Input(
                    "reconstruction",
                    optional=True,
                    tooltip="From Invert Image: how well the generator knows the photo.",
                ),
                io.Image.Input(
                    "loss_plot",
                    display_name="loss plot",
                    optional=True,
                    tooltip="From CLIP-Guided Inversion; on the page.",
                ),
                io.String.Input(
                    "run_report",
                    display_name="run report",
                    optional=True,
                    force_input=True,
                    tooltip="The report of CLIP-Guided Inversion: seed, steps, seconds.",
                ),
                io.Image.Input(
                    "aligned",
                    optional=True,
                    tooltip="From Align to Photo: what another editor gave back. Its colour cast, "
                    "and with a mask what it changed outside.",
                ),
                io.String.Input(
                    "alignment",
                    optional=True,
                    force_input=True,
                    tooltip="The report of Align to Photo: how the editor shifted, zoomed and "
                    "turned the picture.",
                ),
            ],
            outputs=[
                io.String.Output("report", display_name="report", tooltip="All figures as JSON."),
                io.Image.Output(
                    "page", display_name="page", tooltip="Pictures and figures, a page per image."
                ),
            ],
        )

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        original: Tensor,
        edited: Tensor,
        text: str,
        source_text: str,
        mask: Tensor | None = None,
        clip: HostModel | None = None,
        held_out: HostModel | None = None,
        densepose: HostModel | None = None,
        segmenter: HostModel | None = None,
        frame: tuple[Frame, ...] | None = None,
        reconstruction: Tensor | None = None,
        loss_plot: Tensor | None = None,
        run_report: str | None = None,
        aligned: Tensor | None = None,
        alignment: str | None = None,
    ) -> io.NodeOutput:
        """Judges each image of the batch."""
        with normal_tensors():
            photo, after = _pair(original, edited)
            used = None
            if mask is not None:
                used = batched(mask_in(mask, photo.shape[-2:]), len(photo), "The mask")
            seen = _Seen(*(_cropped(one, frame) for one in (photo, after)))
            networks = _Networks(clip, held_out, densepose, segmenter)
            drawn = None
            if reconstruction is not None:
                drawn = _reconstruction(seen.before, reconstruction)
            run = read_report(run_report)
            placed = read_report(alignment, "Align to Photo")
            report = {
                "text": text,
                **networks.judge(seen, text.strip(), source_text.strip() or PERSON),
                **measure_change(photo, after, used, drawn),
                **placed_figures(_images(placed)),
                **_Editor(aligned, segmenter, frame).judge(photo, after, used),
                **_seconds(run, len(photo)),
            }
            plots = None if loss_plot is None else image_in(loss_plot, "The loss plot")
            pages = [
                _page(text, report, photo, after, used, plots, index) for index in range(len(photo))
            ]
        if run:
            report["run"] = run
        return io.NodeOutput(json.dumps(report, indent=2), torch.cat(pages))


@dataclass(frozen=True)
class _Seen:
    """What the networks look at, `[B, 3, h, w]` each."""

    before: Tensor
    after: Tensor


@dataclass(frozen=True)
class _Networks:
    """The judges that are linked."""

    clip: HostModel | None
    held_out: HostModel | None
    densepose: HostModel | None
    segmenter: HostModel | None

    def judge(self, seen: _Seen, text: str, source_text: str) -> dict[str, Any]:
        linked = [one for one in vars(self).values() if one is not None]
        if not linked:
            return {}
        device = on_device(*linked)
        before, after = seen.before.to(device), seen.after.to(device)
        clips = {"clip": self.clip, "held_out": self.held_out} if text else {}
        judges = Judges({name: one.model for name, one in clips.items() if one is not None})
        figures = judge_edit(before, after, text, judges, source_text)
        # Each network looks at the size at which it knows people.
        for name, network in (("chart", self.densepose), ("segmenter", self.segmenter)):
            if network is not None:
                small = [at_trained_size(one, network.model) for one in (before, after)]
                figures |= judge_edit(*small, text, Judges({}, **{name: network.model}))
        return figures


@dataclass(frozen=True)
class _Editor:
    """What another editor gave back, and who looks at it."""

    aligned: Tensor | None
    segmenter: HostModel | None
    frame: tuple[Frame, ...] | None

    def judge(self, photo: Tensor, after: Tensor, mask: Tensor | None) -> dict[str, Any]:
        """What it did besides what it was asked for; its cast does not count as a new face."""
        if self.aligned is None:
            return {}
        raw = _pair_of(photo, self.aligned, "The aligned image", "Align to Photo")
        raw = batched(raw, len(photo), "The aligned image")
        somewhere = mask if mask is not None and bool(mask.any()) else None
        plain, casts = colour_to_photo(photo, raw, somewhere)
        figures = cast_figures(casts)
        if mask is not None:
            figures |= outside_figures(photo, raw, after, mask)
        if self.segmenter is not None:
            seen = _Seen(*(_cropped(one, self.frame) for one in (photo, plain)))
            judged = _Networks(None, None, None, self.segmenter).judge(seen, "", PERSON)
            figures["editor_head_change"] = judged["head_change"]
        return figures


def _pair(original: Tensor, edited: Tensor) -> tuple[Tensor, Tensor]:
    photo = image_in(original, "The original", MAX_PHOTO_SIDE)
    after = _pair_of(photo, edited, "The edited image", "Stitch")
    count = max(len(photo), len(after))
    return batched(photo, count, "The original"), batched(after, count, "The edited image")


def _pair_of(photo: Tensor, other: Tensor, what: str, source: str) -> Tensor:
    """`other` as it comes from the host, if it has the size of the photo.

    Raises:
        ImageError: if it has not.
    """
    image = image_in(other, what, MAX_PHOTO_SIDE)
    if photo.shape[-2:] != image.shape[-2:]:
        raise ImageError(
            f"The original is {photo.shape[-1]} x {photo.shape[-2]} pixels, {_small(what)} "
            f"{image.shape[-1]} x {image.shape[-2]}; link two pictures of one size, e.g. the photo "
            f"and the result of {source}."
        )
    return image


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


def _images(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What a report says of each picture."""
    listed = report.get("images")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _cropped(photo: Tensor, frame: tuple[Frame, ...] | None, height: int = 0) -> Tensor:
    """The framed part of each photo, at the size of the generator or so high; without a frame all.

    Raises:
        ImageError: if the frame is of another photo.
    """
    if frame is None:
        return photo
    if frame[0].photo_size != tuple(photo.shape[-2:]) or len(frame) not in (1, len(photo)):
        raise ImageError("The frame is of another photo; link the one that was edited.")
    rows, columns = frame[0].size
    size = (height, max(1, round(height * columns / rows))) if height else (rows, columns)
    frames = frame * (len(photo) // len(frame))
    pairs = zip(photo.split(1), frames, strict=True)
    return torch.cat([crop(one, replace(which, size=size)) for one, which in pairs])


def _reconstruction(before: Tensor, reconstruction: Tensor) -> Tensor:
    """The photo as the networks see it and as the generator draws it, `[2, B, 3, h, w]`."""
    drawn = image_in(reconstruction, "The reconstruction")
    drawn = batched(drawn, len(before), "The reconstruction")
    return torch.stack([resize(before, drawn.shape[-2:]), drawn])


def _seconds(run: dict[str, Any], count: int) -> dict[str, Any]:
    """Seconds of each inversion, if its report is linked."""
    found = [one["seconds"] for one in _images(run) if "seconds" in one]
    return {"seconds": found} if len(found) == count else {}


def _page(
    text: str,
    report: dict[str, Any],
    photo: Tensor,
    edited: Tensor,
    mask: Tensor | None,
    plots: Tensor | None,
    index: int,
) -> Tensor:
    def item(batch: Tensor | None, side: int) -> Tensor | None:
        if batch is None:
            return None
        one = batch[min(index, len(batch) - 1)].unsqueeze(0)
        scale = min(1.0, side / max(one.shape[-2:]))
        size = tuple(max(1, round(length * scale)) for length in one.shape[-2:])
        return resize(one, size)[0]

    pictures = PagePictures(
        item(photo, PAGE_SIDE), item(edited, PAGE_SIDE), item(mask, PAGE_SIDE), item(plots, 2048)
    )
    figures = {
        words: f"{report[name][index]:.4g}" for name, words in READABLE.items() if name in report
    }
    return image_out(to_float(report_page(text, pictures, figures)).unsqueeze(0))
