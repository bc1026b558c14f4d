"""No step of anything waits for the device, and nothing of the CPU is among its tensors.

See `far_device`: a device without numbers that writes down who asks for some.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest
import torch
from far_device import FAR, FarDevice, MixedDevicesError
from tiny_models import write_model_set

import fice
from fice import PAPER, edit, load_models
from fice.base import sampling
from fice.base.frame import Frame
from fice.edits import apply_edit, edit_strength, latent_edit, load_edit, save_edit, walk
from fice.framing import STANDARD, crop, find_people, fit_size, misfit
from fice.guidance import crops
from fice.guidance.constraints import Constraint
from fice.guidance.guides import DirectionGuide, PictureGuide, TextGuide
from fice.inversion.projection import FROM_MEAN, project
from fice.inversion.tuning import TuningConfig, tune
from fice.lab.evaluation.methods import open_method
from fice.lab.evaluation.methods.method import Task
from fice.networks.perceptors import densepose_box, roi_align
from fice.networks.perceptors.densepose import DensePose, DensePoseConfig
from fice.networks.perceptors.densepose_box import BoxedDensePose
from fice.reports.judging import Judges, judge_edit
from fice.stitching.seams import SEAM_METHODS

SIDE = 64
# Photos that show somebody; all other answers are as they come.
ANSWERS = {"pipeline.guard.doubts_about": 0.0}


def somebody():
    """Answers that lead on to a person, upright in each frame."""
    return {
        "framing.search._upright": cycle((300.0, 900.0, 1500.0, 18000.0)),  # head, body, their rows
        "framing.search._found": cycle((0.95, 0.0)),  # certain, and not cut by the sides
        "framing.learning.head_side": 200.0,
    }


# Who may wait in search and steps: after how many steps again, and how often then. All others are
# 0 per step. The last step is always looked at.
RARE = {
    "inversion.finite.note": (10, 1),  # NaN ends a run
    "inversion.plateau.reached_by": (10, 1),  # patience
    "inversion.choice.choose_steps": (10, 1),  # the pose is lost
    "inversion.tuning.note": (10, 1),  # NaN ends a tuning
    "guidance.crops._taps": (16, 2),  # where the views look: across and down
}
PER_PASS = {"inversion.start.search_steps": 1}  # the random codes of a pass
# Before the first step, or after the last: once per edit, or per image or network in it.
AROUND = {
    "networks.perceptors.clip.encode_tokens",
    "networks.stylegan2.generator.latent_statistics",
    "inversion.loop.__init__",
    "inversion.finite.require_finite",
    "inversion.tuning.tune",
    "base.sampling.resizing_matrix",  # once per size
    "base.sampling.averaging_matrix",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_model_set(folder)
    return load_models(folder).to(FAR)


def forget_matrices():
    """Those of earlier edits, so that each edit tells what it needs."""
    for made_once in (crops._taps, sampling.resizing_matrix, sampling.averaging_matrix):
        made_once.cache_clear()
    densepose_box._sampling.cache_clear()
    roi_align._sampling.cache_clear()


def photos(count=1):
    return torch.rand(count, 3, SIDE, SIDE)


def waits_of(models, recipe, steps, count=1, **wishes):
    """Who waits how often in an edit of `steps` steps, stitching and figures left out."""
    forget_matrices()
    with FarDevice(ANSWERS) as far:
        result = edit(
            photos(count), "a red dress", models=models, recipe=recipe.in_steps(steps), **wishes
        )
    assert result.image.device.type == "cpu"
    return {
        where: waits
        for where, waits in far.waits.items()
        if where.split(".")[0] in ("networks", "inversion", "guidance", "base")
        and not where.startswith("base.types.")  # what comes back at the end
    }


STEPS = 20
SEARCH = replace(fice.TUNED.start, candidates=6)  # two looks per pass
TUNED = replace(fice.TUNED, start=SEARCH)
FAST = replace(fice.FAST, start=SEARCH)
WATCHFUL = replace(TUNED, patience=50, least_pose_overlap=0.5, shape_every=3)
RECIPES = {"paper": PAPER, "tuned": TUNED, "fast": FAST, "watchful": WATCHFUL}


class TestSteps:
    @pytest.mark.parametrize("name", RECIPES)
    def test_none_waits_but_those_that_may(self, models, name):
        waits = waits_of(models, RECIPES[name], STEPS)
        passes = len(RECIPES[name].start.passes)
        for where, (every, times) in RARE.items():
            assert waits.pop(where, 0) <= times * (1 + STEPS // every)
        for where, most in PER_PASS.items():
            assert waits.pop(where, 0) <= most * passes
        assert set(waits) <= AROUND

    @pytest.mark.parametrize("name", RECIPES)
    def test_more_steps_do_not_wait_more(self, models, name):
        few, many = (waits_of(models, RECIPES[name], steps) for steps in (3, 9))
        for where in RARE:
            few.pop(where, 0)
            many.pop(where, 0)
        few.pop("networks.stylegan2.generator.latent_statistics", None)  # once per generator
        assert many == few

    @pytest.mark.parametrize("name", ["tuned", "paper"])
    def test_a_batch(self, models, name):
        waits = waits_of(models, RECIPES[name], 3, count=2)
        assert set(waits) <= AROUND | set(RARE) | set(PER_PASS)

    def test_wishes_of_all_kinds(self, models):
        guides = (
            TextGuide("a blue shirt", 0.5),
            TextGuide("striped", -0.5),
            DirectionGuide("a shirt", "a dress", 0.5),
            PictureGuide(photos(), 0.5),
        )
        modes = ("w_delta", "distance to mean", "truncation pull", "distance to start")
        constraints = [
            Constraint(mode, 0.1, first, last)
            for mode in modes
            for first, last in ((0, -1), (2, 4))
        ]
        recipe = replace(TUNED, start=PAPER.start)
        few, many = (
            waits_of(models, recipe, steps, guides=guides, constraints=constraints)
            for steps in (3, 9)
        )
        for where in RARE:
            few.pop(where, 0)
            many.pop(where, 0)
        assert many == few

    def test_recomputed(self, models):
        waits = waits_of(models, PAPER.recomputed(), 3)
        assert set(waits) <= AROUND | set(RARE)

    def test_a_chart_of_a_box(self, models):
        config = DensePoseConfig(
            blocks=(1, 1, 1, 1),
            stem_width=4,
            inner=(2, 2, 2, 2),
            widths=(4, 6, 8, 10),
            fpn_width=4,
            decoder_width=4,
            pooled_width=4,
            head_width=6,
            head_depth=2,
        )
        network = DensePose(config).eval().requires_grad_(False).to(FAR)
        boxed = replace(models, chart=BoxedDensePose(network, (8.0, 8.0, 48.0, 60.0)))
        few, many = (waits_of(boxed, PAPER, steps) for steps in (3, 9))
        assert few["networks.perceptors.roi_align._sampling"] == 2  # once per box
        assert many == few


class TestTheRest:
    def run_project(self, models, steps):
        start = models.generator.w_avg.expand(1, models.generator.num_ws, -1)
        config = replace(FROM_MEAN, steps=steps)
        with FarDevice() as far:
            for _ in project(models.generator, photos().to(FAR), start, config):
                pass
        far.waits.pop("inversion.finite.note", 0)
        far.waits.pop("networks.stylegan2.generator.latent_statistics", 0)
        far.waits.pop("test", 0)
        return far.waits

    def test_projection(self, models):
        assert self.run_project(models, 9) == self.run_project(models, 3)

    @pytest.mark.parametrize(("steps", "looks"), [(5, 1), (13, 2)])
    def test_tuning(self, models, steps, looks):
        ws = torch.zeros(1, models.generator.num_ws, models.generator.w_dim, device=FAR)
        with FarDevice() as far:
            tune(models.generator, ws, photos().to(FAR), TuningConfig(steps=steps))
        assert far.waits["inversion.tuning.tune"] == 1  # all random people, before the first step
        assert far.waits["inversion.tuning.note"] == looks

    @pytest.mark.parametrize("seam", SEAM_METHODS)
    @pytest.mark.parametrize("how", ["found", "painted"])
    def test_framing_and_stitching(self, models, seam, how):
        photo = torch.rand(1, 3, 90, 80)
        frame = Frame((5, 10, 75, 80), (90, 80), (SIDE, SIDE))
        mask = None if how == "found" else torch.ones(90, 80)
        with FarDevice(ANSWERS):
            result = edit(
                photo,
                "a red dress",
                models=models,
                recipe=PAPER.in_steps(2),
                frame=frame,
                seam=seam,
                mask=mask,
                region="garment",
            )
        assert result.image.shape == photo.shape

    def test_finding_people(self, models):
        photo, size = torch.rand(1, 3, 80, 120), models.generator.resolution
        with FarDevice(somebody()) as far:
            there = photo.to(FAR)
            find_people(there, models.segmenter, size)
            known = misfit(models.generator, models.encoder)
            frame = Frame((30, 5, 90, 65), (80, 120), size)
            assert fit_size(there, frame, STANDARD, known).size == size
        assert far.waits["framing.search._found"] > 0  # somebody was found upright

    @pytest.mark.parametrize("padding", ["edge", "white", "reflect"])
    def test_a_crop_beyond_the_photo(self, padding):
        frame = Frame((-5, -3, 75, 77), (70, 60), (SIDE, SIDE), padding)
        with FarDevice():
            assert crop(photos().new_zeros(1, 3, 70, 60).to(FAR), frame).device == FAR

    def test_saved_edits(self, models, tmp_path):
        generator = models.generator
        ws = torch.zeros(1, generator.num_ws, generator.w_dim)
        with FarDevice():
            made = latent_edit(ws.to(FAR), ws.to(FAR), generator, text="a red dress")
            save_edit(tmp_path / "one.safetensors", made)
            loaded = load_edit(tmp_path / "one.safetensors")
            assert apply_edit(ws.to(FAR), loaded, generator).device == FAR
            assert latent_edit(ws.to(FAR), ws, generator).delta.device == FAR
            assert edit_strength(ws.to(FAR), ws, 0.5).device == FAR
            assert len(list(walk([ws.to(FAR), ws.to(FAR)], 3))) == 3

    def test_reports(self, models):
        judges = Judges({"clip": models.clip}, models.chart, models.segmenter)
        with FarDevice():
            before = photos().to(FAR)
            figures = judge_edit(before, before, "a red dress", judges, "a person")
        assert figures

    def test_codes_that_were_drawn(self, models):
        with FarDevice():
            z = torch.zeros(2, models.generator.z_dim, device=FAR)
            ws = models.generator.sample_w(z)[:, None].expand(-1, models.generator.num_ws, -1)
            assert models.generator.synthesize(ws).shape == (2, 3, SIDE, SIDE)


X = torch.ones(3, 4, device=FAR)
WAITS = {
    "a number": lambda x: x.sum().item(),
    "float": lambda x: float(x.mean()),
    "bool": lambda x: bool((x > 0).all()),
    "list": lambda x: x[0].tolist(),
    "which": lambda x: (x > 0).nonzero(),
    "selection": lambda x: x[0][x[0] > 0],
    "list of indices": lambda x: x[:, [0, 2]],
    "put at a list": lambda x: x.clone().__setitem__((slice(None), [0, 2]), 1.0),
    "to the device": torch.ones(3).to,
    "from the device": lambda x: x.cpu(),
    "made of a list": lambda x: torch.tensor([1.0, 2.0], device=x.device),
    "to numpy": lambda x: x.to("cpu", torch.uint8).numpy(),
}
FREE = {
    "arithmetic": lambda x: x * 2 + x.mean(),
    "slices": lambda x: x[:, 1:3],
    "written there": lambda x: x.clone().__setitem__((0, 1), 1.0),
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "made there": lambda x: torch.zeros(3, device=x.device) + x[:, 0],
}


class TestTheDeviceItself:
    """It must see what a GPU waits for, or the tests above show nothing."""

    @pytest.mark.parametrize("what", WAITS)
    def test_waits(self, what):
        with FarDevice() as far:
            WAITS[what](X)
        assert far.waits["test"] >= 1

    @pytest.mark.parametrize("what", FREE)
    def test_does_not_wait(self, what):
        with FarDevice() as far:
            FREE[what](X)
        assert not far.waits

    @pytest.mark.parametrize(
        "careless",
        [
            lambda x: x + torch.ones(4),
            lambda x: x[:, torch.tensor([0])],
            lambda x: x.double(),
            lambda x: torch.zeros(2, dtype=torch.float64, device=x.device),
        ],
    )
    def test_refuses(self, careless):
        with FarDevice(), pytest.raises(MixedDevicesError):
            careless(X)


class TestEvaluation:
    @pytest.mark.parametrize(
        "name",
        [
            "copy",
            "pixels@steps=2",
            "styleclip-latent@steps=2",
            "styleclip-global",
            "paper@steps=2",
        ],
    )
    def test_methods_edit_on_the_device(self, models, tmp_path, name):
        method = open_method(name)
        frame = Frame.whole((SIDE, SIDE), (SIDE, SIDE))
        task = Task(("a",), photos(), ("a red dress",), (frame,), 0)
        with FarDevice(ANSWERS | {"lab.evaluation.methods.global_directions._directions": 1.0}):
            method.prepare(models, tmp_path)
            outcome = method(task.to(FAR), models, tmp_path).to(torch.device("cpu"))
        assert outcome.image.shape == (1, 3, SIDE, SIDE)
