"""Metrics of single edits, against figures found by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.lab.evaluation.arcface import ArcFace
from fice.lab.evaluation.case import Case
from fice.lab.evaluation.judges import Judges
from fice.lab.evaluation.measures import METRICS, Look, measure_all
from fice.lab.evaluation.measures.attributes import attribute_row
from fice.lab.evaluation.measures.identity import head_crop, measure_identity
from fice.lab.evaluation.measures.kept import MOST_DB, measure_kept, region_psnr
from fice.lab.evaluation.measures.pose import centroid_distance, measure_pose
from fice.lab.evaluation.measures.text_match import measure_text_match
from fice.lab.evaluation.methods import Outcome
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder

SIDE = 16


@pytest.fixture
def look(tiny_models, judges, photo):
    """The photo, and one that is darker by a tenth in its upper half."""
    photos = torch.stack([photo, photo])
    image = photos.clone()
    image[1, :, : SIDE // 2] *= 0.9
    mask = torch.ones(2, 1, SIDE, SIDE)
    cases = [Case("a", "red", "blue", image=photo), Case("b", "green", image=photo)]
    return Look(cases, photos, Outcome(image, image, mask, 3), tiny_models, judges)


class TestKept:
    def test_unchanged(self, look):
        found = measure_kept(look)
        assert found["head_max"][0] == found["background_max"][0] == 0.0
        assert found["head_psnr"][0] == found["background_psnr"][0] == MOST_DB
        assert found["head_ssim"][0] == pytest.approx(1.0, abs=1e-5)
        assert found["head_max"][1] > 0
        assert found["head_psnr"][1] < 40
        assert found["head_ssim"][1] < 0.999

    def test_outside_is_where_the_mask_is_zero(self, look):
        mask = torch.zeros(2, 1, SIDE, SIDE)
        shown = replace(look, outcome=replace(look.outcome, mask=mask))
        values = measure_kept(shown)["outside_max"]
        assert values[0] == 0.0
        change = (look.outcome.image[1] - look.photo[1]).abs().max()
        assert values[1] == pytest.approx(change.item())

    def test_a_change_elsewhere_does_not_count(self, look):
        image = look.photo.clone()
        image[:, :, SIDE // 2 :, SIDE // 4 : -SIDE // 4] = 0.0  # the garment
        found = measure_kept(replace(look, outcome=replace(look.outcome, image=image)))
        assert found["head_ssim"][0] == pytest.approx(1.0, abs=1e-5)
        assert found["head_psnr"][0] == found["background_psnr"][0] == MOST_DB

    def test_psnr_by_hand(self):
        image, region = torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4, dtype=torch.bool)
        region[0, :, :2] = True
        target = torch.full_like(image, 0.5)
        target[:, :, :2] = 0.1
        assert region_psnr(image, target, region) == [pytest.approx(20.0, abs=1e-4), None]

    def test_generated_is_measured_apart(self, look):
        grey = torch.full_like(look.photo, 0.5)
        found = measure_kept(replace(look, outcome=replace(look.outcome, generated=grey)))
        assert found["head_psnr"][0] == MOST_DB
        assert found["head_psnr_generated"][0] < 15

    def test_lpips_sees_only_the_region(self, look, judges):
        seen = []

        def lpips(one, other):
            seen.append((one - other).abs().amax((1, 2, 3)))
            return seen[-1]

        shown = replace(look, judges=replace(judges, lpips=lpips))
        found = measure_kept(shown)
        assert found["head_lpips"][0] == 0.0
        assert found["head_lpips"][1] == found["head_max"][1]


class TestPose:
    def test_same_picture(self, look):
        found = measure_pose(look)
        assert found["pose_iou"][0] == 1.0
        assert found["pose_distance"][0] == 0.0
        assert found["pose_iou"][1] < 1.0

    def test_needs_a_judge(self, look):
        assert measure_pose(replace(look, judges=Judges())) == {}

    def test_centroids_by_hand(self):
        one, other = torch.zeros(20, 20, dtype=torch.long), torch.zeros(20, 20, dtype=torch.long)
        one[2:4, 2:4] = 1
        other[5:7, 6:8] = 1  # 3 down and 4 to the right of 20: a quarter of the height
        one[10:12, 10:12] = 2  # not in the other
        assert centroid_distance(one, other) == pytest.approx(25.0)
        assert centroid_distance(one, torch.zeros_like(one)) is None


class TestTextMatch:
    def test_by_hand(self, look):
        red = torch.zeros(2, 3, SIDE, SIDE)
        red[:, 0] = 1.0
        found = measure_text_match(replace(look, outcome=replace(look.outcome, image=red)))
        assert found["clip_judge_whole"] == [pytest.approx(1.0), pytest.approx(0.0)]
        # Guide and judge are the same here, so nothing is over-fitted.
        assert found["clip_gap"] == [pytest.approx(0.0)] * 2
        assert found["clip_direction"][1] is None
        assert found["clip_direction"][0] > 0

    def test_region_lies_on_white(self, look):
        red = torch.zeros(2, 3, SIDE, SIDE)
        red[:, 0] = 1.0
        found = measure_text_match(replace(look, outcome=replace(look.outcome, image=red)))
        region = look.garment.float()
        on_white = red * region + (1 - region)
        expected = look.models.clip.encode_image(on_white)[0, 0].item()
        assert found["clip_judge"][0] == pytest.approx(expected)
        assert 0.6 < expected < 1.0

    def test_without_a_judge(self, look):
        found = measure_text_match(replace(look, judges=Judges()))
        assert set(found) == {"clip_guide", "clip_guide_whole"}


class TestAttributes:
    def test_by_hand(self):
        before = {"colour": "red", "pattern": "solid", "sleeve": "long", "neckline": "v"}
        after = {"colour": "teal", "pattern": "dots", "sleeve": "long", "neckline": "v"}
        row = attribute_row({"colour": "teal", "sleeve": "short"}, before, after)
        assert row == {
            "success_colour": 1.0,
            "success_sleeve": 0.0,
            "success": 0.5,
            "success_all": 0.0,
            "unnamed_kept": 0.5,
            "invented": 0.5,
        }


class TestIdentity:
    def test_arcface_shares_its_trunk_with_e4e(self):
        stages = ((16, 1), (16, 1), (16, 1), (32, 2))
        own = ArcFace(stages, 16).state_dict()
        encoder = E4eEncoder(E4eConfig(2, stages, 16)).state_dict()
        trunk = {key for key in own if not key.startswith("output_layer")}
        assert trunk == {key for key in encoder if key.startswith(("input_layer", "body"))}
        assert own["output_layer.3.weight"].shape == (512, 32 * 49)

    def test_same_face_and_no_face(self, look, judges):
        torch.manual_seed(0)
        network = ArcFace(((16, 1), (16, 1), (16, 1), (16, 1)), 16).eval()
        shown = replace(look, judges=replace(judges, identity=network))
        values = measure_identity(shown)["identity"]
        assert values[0] == pytest.approx(1.0, abs=1e-5)
        assert head_crop(look.photo[0], torch.zeros(SIDE, SIDE, dtype=torch.bool)) is None

    def test_crop_is_square_around_the_head(self):
        image = torch.arange(32.0).expand(3, 32, 32) / 32
        head = torch.zeros(32, 32, dtype=torch.bool)
        head[4:20, 8:16] = True
        crop = head_crop(image, head)
        assert crop.shape == (1, 3, 112, 112)
        assert crop.min() == pytest.approx(4 / 32, abs=0.01)
        assert crop.max() == pytest.approx(19 / 32, abs=0.01)


def test_every_column_is_explained(look, judges):
    lpips = torch.nn.PairwiseDistance()
    columns = measure_all(
        replace(look, judges=replace(judges, lpips=lambda a, b: lpips(a, b).mean((1, 2))))
    )
    assert set(columns) <= set(METRICS)
    assert all(len(values) == 2 for values in columns.values())
