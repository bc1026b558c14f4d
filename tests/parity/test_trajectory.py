"""The loop against the authors' loop: 21 evaluated W+ of tiny networks (data/trajectory_vit.json).

CLIP, the pose net and the segmenter are built here from the weights in the fixture, so that this
tests the generator, the terms and the loop, and nothing of our perceptors.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from safetensors.torch import load_file

from fice.base.types import BodyChart, Regions, measure
from fice.guidance.losses import BodyShapeTerm, ClipTerm, HeadShapeTerm, ImageTerm, WDeltaTerm
from fice.guidance.terms import WeightedTerm
from fice.inversion import PAPER, InversionConfig, invert
from fice.networks.stylegan2 import config_from_state, generator_from_state
from fice.stitching.compositing import blend

DATA = Path(__file__).parent / "data"
CLIP_MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
CLIP_STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)


class PoseStandIn:
    """Two convolutions on BGR·255, as the fixture's README says."""

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, image):
        x = (image[:, [2, 1, 0]] * 255 - self.weights["mean"]) / 64
        x = F.conv2d(x, self.weights["conv1.weight"], self.weights["conv1.bias"], 2, 1).relu()
        x = F.conv2d(x, self.weights["conv2.weight"], self.weights["conv2.bias"], 1, 1)
        return BodyChart(coarse_segm=x[:, 25:], fine_segm=x[:, :25])


class SegmenterStandIn:
    def __init__(self, weights):
        self.weights = weights

    def __call__(self, image):
        x = F.conv2d(image, self.weights["conv1.weight"], self.weights["conv1.bias"], 1, 1).relu()
        x = F.conv2d(x, self.weights["conv2.weight"], self.weights["conv2.bias"], 1, 1)
        background, body, head = x.softmax(1).split(1, dim=1)
        return Regions(background, body, garment=body, head=head)


class ClipStandIn:
    def __init__(self, weights, kwargs):
        self.size = kwargs["image_resolution"]
        self.model = CLIP(
            kwargs["embed_dim"],
            CLIPVisionCfg(
                layers=kwargs["vision_layers"],
                width=kwargs["vision_width"],
                patch_size=kwargs["vision_patch_size"],
                image_size=self.size,
            ),
            CLIPTextCfg(
                context_length=kwargs["context_length"],
                vocab_size=kwargs["vocab_size"],
                width=kwargs["transformer_width"],
                heads=kwargs["transformer_heads"],
                layers=kwargs["transformer_layers"],
            ),
            quick_gelu=True,
        )
        self.model.load_state_dict(weights)
        self.model.eval().requires_grad_(False)

    def encode_image(self, image):
        mode = "area" if image.shape[-1] > self.size else "bilinear"
        resized = F.interpolate(image, (self.size, self.size), mode=mode)
        return self.model.encode_image((resized - CLIP_MEAN) / CLIP_STD)


def part(tensors, prefix):
    return {
        key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
    }


@pytest.fixture(scope="module")
def expected():
    return json.loads((DATA / "trajectory_vit.json").read_text())


@pytest.fixture(scope="module")
def tensors():
    return load_file(DATA / "trajectory_vit.safetensors")


@pytest.fixture(scope="module")
def clip(expected, tensors):
    return ClipStandIn(part(tensors, "clip."), expected["clip_kwargs"])


@pytest.fixture(scope="module")
def pose(tensors):
    return measure(PoseStandIn(part(tensors, "pose.")), tensors["io.image"])


@pytest.fixture(scope="module")
def regions(tensors):
    return measure(SegmenterStandIn(part(tensors, "seg.")), tensors["io.image"])


@pytest.fixture(scope="module")
def steps(tensors, clip):
    """22 steps: the reference makes 21 updates, so it also knows the W+ after the last."""
    return run(tensors, clip, tensors["io.image"], tensors["io.w0"], 22)


def run(tensors, clip, image, w0, count):
    """The first `count` steps of the authors' loop on `image`, from `w0`."""
    pose = measure(PoseStandIn(part(tensors, "pose.")), image)
    regions = measure(SegmenterStandIn(part(tensors, "seg.")), image)
    state = part(tensors, "generator.")
    generator = generator_from_state(state, config_from_state(state, conv_clamp=256.0))
    weights = PAPER.weights
    terms = [
        WeightedTerm(ClipTerm(clip.encode_image, tensors["io.text_feats"]), weights.clip),
        WeightedTerm(ImageTerm(image, 1 - regions.seen.body), weights.image),
        WeightedTerm(BodyShapeTerm(pose.perceptor, pose.seen.body), weights.body_shape),
        WeightedTerm(HeadShapeTerm(regions.perceptor, regions.seen.head), weights.head_shape),
        WeightedTerm(WDeltaTerm(), weights.w_delta),
    ]
    paper = PAPER.inversion
    config = InversionConfig(count, paper.learning_rate, paper.betas, paper.eps)
    return list(invert(generator, w0, terms, config))


def test_a_batch_is_as_if_each_were_alone(tensors, clip):
    """Losses are summed over the batch, so no image pulls at another's W+."""
    image, w0 = tensors["io.image"], tensors["io.w0"]
    images, starts = torch.cat((image, image.flip(-1))), torch.cat((w0, w0 * 0.9))
    both = run(tensors, clip, images, starts, 6)
    for index in range(2):
        alone = run(tensors, clip, images[index : index + 1], starts[index : index + 1], 6)
        for together, single in zip(both, alone, strict=True):
            torch.testing.assert_close(together.ws[index : index + 1], single.ws)
            for name, value in single.losses.items():
                torch.testing.assert_close(together.losses[name][index : index + 1], value)


def test_targets(tensors, pose, regions, absolute_error):
    assert absolute_error(pose.seen.body, tensors["io.shape_real"]) < 1e-5
    assert absolute_error(1 - regions.seen.body, tensors["io.img_mask"]) < 1e-5
    assert absolute_error(regions.seen.head, tensors["io.head_shape_init"]) < 1e-5


def test_text_features(tensors, clip, absolute_error):
    features = clip.model.encode_text(tensors["io.tokens"], normalize=True)
    assert absolute_error(features, tensors["io.text_feats"]) < 1e-5


def test_ws_of_every_step(tensors, steps, absolute_error, record_property):
    ws, expected = torch.stack([step.ws for step in steps]), tensors["io.ws_after_step"]
    assert absolute_error(ws, expected) < 1e-4
    final = (ws[-1] - expected[-1]).norm() / expected[-1].norm()
    record_property("final, relative to its norm", final.item())
    assert final < 1e-5


def test_losses_of_every_step(expected, steps, relative_error):
    names = {"img": "image", "shape": "body_shape"}
    for step, wanted in zip(steps, expected["losses_scaled"], strict=False):
        assert relative_error(step.total.sum(), torch.tensor(wanted["total"]), "total") < 1e-3
        for name, value in wanted.items():
            if name != "total":
                ours = step.losses[names.get(name, name)].sum()
                error = relative_error(ours, torch.tensor(value), name)
                assert error < 1e-3, (step.index, name)


def test_returned_image_is_before_the_last_update(tensors, steps, absolute_error):
    assert absolute_error(steps[0].image, tensors["io.img_gen_iter0"], "first") < 1e-4
    assert absolute_error(steps[20].image, tensors["io.img_gen_last"], "last") < 1e-3


def test_stitched_image(tensors, regions, steps, absolute_error):
    head = regions.seen.head
    assert absolute_error(1 - head, tensors["io.blend_mask"], "mask") < 1e-5
    final = blend(tensors["io.image"], steps[20].image, 1.0 - head).image
    assert absolute_error(final, tensors["io.img_final"], "image") < 1e-3
