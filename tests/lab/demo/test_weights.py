"""The shipped weights do their job on figures they were never trained on.

Bounds are what the issue asks of the demo world where the weights reach it; the model card holds
the exact figures on larger samples.
"""

from __future__ import annotations

from typing import cast

import pytest
import torch

from fice.demo.world.dataset import HELD_OUT_SEED
from fice.inversion import TUNED
from fice.lab.demo.cases import draw_case
from fice.lab.demo.check.edits import judge_edits, summarise
from fice.lab.demo.check.generation import fidelity, known_ws, synthesize
from fice.lab.demo.check.perception import chart_figures, reader_accuracy, region_iou
from fice.lab.demo.data import FigureData
from fice.lab.demo.judges import load_judges
from fice.lab.demo.zero_shot import zero_shot
from fice.networks.perceptors.clip import OpenClip
from fice.pipeline.model_files import DEMO_WEIGHTS, FILES
from fice.pipeline.models import load_models

FIGURES = 192
MEGABYTE = 1_000_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models():
    return load_models("demo")


@pytest.fixture(scope="module")
def judges():
    return load_judges()


@pytest.fixture(scope="module")
def held_out():
    return FigureData.render(HELD_OUT_SEED + 20_000, FIGURES)


@pytest.fixture(scope="module")
def renders(held_out):
    return held_out.images(torch.arange(FIGURES))


@pytest.fixture(scope="module")
def samples(models, judges, held_out):
    return synthesize(models.generator, known_ws(models.generator, judges.basis, held_out.factors))


def test_the_five_networks_are_small():
    sizes = [(DEMO_WEIGHTS / f"{name}.safetensors").stat().st_size for name in FILES]
    assert sum(sizes) <= 16 * MEGABYTE


def test_generator_draws_the_figure_of_a_code(renders, samples):
    figures = fidelity(samples, renders)
    assert figures["psnr"] > 27
    assert figures["relative_gradient"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("source", ["renders", "samples"])
def test_perceptors_see(source, models, judges, held_out, request):
    images = request.getfixturevalue(source)
    clip = zero_shot(cast(OpenClip, models.clip), held_out, images)
    regions = region_iou(models.segmenter, images, held_out)
    chart = chart_figures(models.chart, images, held_out)
    reader = reader_accuracy(judges.reader, images, held_out)
    least = {"colour": 0.9, "sleeve": 0.95, "pattern": 0.95, "neckline": 0.85}
    assert all(clip[name] >= bound for name, bound in least.items()), clip
    assert min(regions["background"], regions["garment"], regions["head"]) > 0.94, regions
    assert chart["foreground_accuracy"] > 0.93, chart
    assert min(reader.values()) > 0.98, reader


def test_encoder_finds_the_figure(models, renders):
    with torch.no_grad():
        rebuilt = synthesize(models.generator, models.encoder(renders[:64]))
    assert fidelity(rebuilt, renders[:64])["psnr"] > 25


def test_most_edits_come_out_and_nothing_else_changes(models, judges):
    verdicts = [verdict for verdict, _, _ in judge_edits(models, judges, TUNED, range(4), 4)]
    summary = summarise(verdicts)
    assert cast(float, summary["all_named"]) >= 50, [(v.text, v.read) for v in verdicts]
    assert summary["largest_change_outside"] == 0
    assert summary["largest_change_of_head"] == 0
    assert {draw_case(v.index).text for v in verdicts} == {v.text for v in verdicts}
