import pytest
import torch
import torch.nn.functional as F

from fice.base.errors import CheckpointError, ShapeError, TextError
from fice.networks.layers import freeze
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import OPENAI_MEAN, OPENAI_STD, ClipConfig
from fice.networks.perceptors.clip_tokens import END_TOKEN, START_TOKEN

TEXT = {"context_length": 8, "vocab_size": 5, "width": 16, "heads": 2, "layers": 1}
VOCABULARY = (320, 736, 2523, START_TOKEN, END_TOKEN)  # a, red, shirt
RESNET = ClipConfig(
    embed_dim=8,
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 4},
    text_cfg=TEXT,
    vocabulary=VOCABULARY,
)
VIT = ClipConfig(
    embed_dim=8,
    vision_cfg={"image_size": 16, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
    text_cfg=TEXT,
    quick_gelu=True,
    vocabulary=VOCABULARY,
)


def make_guide(config):
    torch.manual_seed(0)
    return freeze(OpenClip(config, "0123"))


@pytest.fixture(params=[RESNET, VIT], ids=["resnet", "vit"])
def guide(request):
    return make_guide(request.param)


class TestOpenClipGuide:
    def test_unit_vectors(self, guide):
        image = guide.encode_image(torch.rand(3, 3, 24, 24))
        text = guide.encode_text(["a red shirt", "a shirt"])
        assert image.shape == (3, 8)
        assert text.shape == (2, 8)
        torch.testing.assert_close(image.norm(dim=1), torch.ones(3))
        torch.testing.assert_close(text.norm(dim=1), torch.ones(2))
        assert (text[0] - text[1]).abs().max() > 1e-3

    @pytest.mark.parametrize("size", [(20, 20), (48, 48), (48, 24)])
    def test_gradient_reaches_the_image(self, guide, size):
        image = torch.rand(2, 3, *size, requires_grad=True)
        guide.encode_image(image)[:, 0].sum().backward()
        assert image.grad.isfinite().all()
        assert (image.grad.abs().sum((1, 2, 3)) > 0).all()
        assert all(p.grad is None for p in guide.parameters())

    def test_words(self, guide):
        known, some = guide.encode_text(["a red shirt", "a red velvet shirt"])
        assert torch.equal(known, some)
        assert guide.ignored_words("a red velvet shirt") == ("velvet",)
        with pytest.raises(TextError):
            guide.encode_text(["velvet"])

    def test_fingerprint(self, guide):
        assert guide.fingerprint == "0123"

    def test_exception(self, guide):
        with pytest.raises(ShapeError):
            guide.encode_image(torch.rand(3, 24, 24))


class TestPreprocess:
    @pytest.fixture
    def guide(self):
        return make_guide(RESNET)

    @staticmethod
    def normalised(image):
        mean, std = (torch.tensor(s).view(3, 1, 1) for s in (OPENAI_MEAN, OPENAI_STD))
        return (image - mean) / std

    def test_wider_images_by_area(self, guide):
        image = torch.rand(1, 3, 64, 64)
        expected = self.normalised(F.avg_pool2d(image, 2))
        torch.testing.assert_close(guide.preprocess(image), expected)

    def test_others_bilinearly(self, guide):
        image = torch.rand(1, 3, 16, 16)
        larger = F.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False)
        torch.testing.assert_close(guide.preprocess(image), self.normalised(larger))

    def test_tall_images_are_squashed(self, guide):
        image = torch.rand(1, 3, 64, 32)
        assert guide.preprocess(image).shape == (1, 3, 32, 32)


class TestClipConfig:
    def test_vocabulary_must_ascend(self):
        with pytest.raises(CheckpointError, match="ascending"):
            ClipConfig(8, {}, TEXT, vocabulary=VOCABULARY[::-1])

    def test_vocabulary_must_fit_the_table(self):
        with pytest.raises(CheckpointError, match="lists 4 tokens, its table has 5"):
            ClipConfig(8, {}, TEXT, vocabulary=VOCABULARY[1:])

    def test_remote_towers_are_refused(self):
        with pytest.raises(CheckpointError, match="roberta-base"):
            ClipConfig(8, {}, {"hf_model_name": "roberta-base"})
