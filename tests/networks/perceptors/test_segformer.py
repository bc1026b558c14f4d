from types import SimpleNamespace

import pytest
import torch
from torch import nn

from fice.base.errors import CheckpointError
from fice.networks.perceptors.segformer import SegFormer, SegFormerInput, parts_of

ATR = [
    "Background",
    "Hat",
    "Hair",
    "Sunglasses",
    "Upper-clothes",
    "Skirt",
    "Pants",
    "Dress",
    "Belt",
    "Left-shoe",
    "Right-shoe",
    "Face",
    "Left-leg",
    "Right-leg",
    "Left-arm",
    "Right-arm",
    "Bag",
    "Scarf",
]
FASHN = [
    "background",
    "face",
    "hair",
    "top",
    "dress",
    "skirt",
    "pants",
    "belt",
    "bag",
    "hat",
    "scarf",
    "glasses",
    "arms",
    "hands",
    "legs",
    "feet",
    "torso",
    "jewelry",
]
FASHIONPEDIA = [
    "Unlabelled",
    "shirt, blouse",
    "top, t-shirt, sweatshirt",
    "sweater",
    "cardigan",
    "jacket",
    "vest",
    "pants",
    "shorts",
    "skirt",
    "coat",
    "dress",
    "jumpsuit",
    "cape",
    "glasses",
    "hat",
    "headband, head covering, hair accessory",
    "tie",
    "glove",
    "watch",
    "belt",
    "leg warmer",
    "tights, stockings",
    "sock",
    "shoe",
    "bag, wallet",
    "scarf",
    "umbrella",
    "hood",
    "collar",
    "lapel",
    "epaulette",
    "sleeve",
    "pocket",
    "neckline",
    "buckle",
    "zipper",
    "applique",
    "bead",
    "bow",
    "flower",
    "fringe",
    "ribbon",
    "rivet",
    "ruffle",
    "sequin",
    "tassel",
]
INPUT = SegFormerInput(size=(16, 16))


class StandIn(nn.Module):
    """In place of a network of transformers: logits at a quarter of the resolution."""

    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, classes, 4, stride=4)

    def forward(self, pixel_values):
        return SimpleNamespace(logits=self.conv(pixel_values))


def always(labels, name, **options):
    """A parser that sees class `name` everywhere."""
    network = StandIn(len(labels))
    nn.init.zeros_(network.conv.weight)
    with torch.no_grad():
        network.conv.bias.copy_(torch.tensor([40.0 * (label == name) for label in labels]))
    return SegFormer(network, labels, INPUT, **options)(torch.rand(1, 3, 24, 20))


class TestSegFormer:
    @pytest.mark.parametrize(
        "labels", [ATR, FASHN, FASHIONPEDIA], ids=["atr", "fashn", "fashionpedia"]
    )
    def test_regions_sum_to_one(self, labels):
        torch.manual_seed(0)
        image = torch.rand(2, 3, 24, 20, requires_grad=True)
        regions = SegFormer(StandIn(len(labels)), labels, INPUT)(image)
        total = regions.background + regions.body + regions.head
        assert total.shape == (2, 1, 24, 20)
        torch.testing.assert_close(total, torch.ones_like(total))
        assert (regions.garment <= regions.body).all()
        regions.garment.sum().backward()
        assert image.grad.abs().sum() > 0

    @pytest.mark.parametrize(
        ("name", "background", "body", "garment", "head"),
        [
            ("Background", 1, 0, 0, 0),
            ("Upper-clothes", 0, 1, 1, 0),
            ("Pants", 0, 1, 1, 0),
            ("Left-arm", 0, 1, 0, 0),
            ("Bag", 0, 1, 0, 0),
            ("Hair", 0, 0, 0, 1),
            ("Sunglasses", 0, 0, 0, 1),
        ],
    )
    def test_classes(self, name, background, body, garment, head):
        regions = always(ATR, name)
        seen = [regions.background, regions.body, regions.garment, regions.head]
        means = [region.mean().round().item() for region in seen]
        assert means == [background, body, garment, head]

    @pytest.mark.parametrize(("name", "garment"), [("top", 1), ("dress", 0), ("pants", 0)])
    def test_chosen_garments(self, name, garment):
        regions = always(FASHN, name, garments=("upper",))
        assert regions.garment.mean().round() == garment
        assert regions.body.mean().round() == 1


def means(regions):
    """Whether background, body, garment and head are everywhere, 0 or 1."""
    seen = [regions.background, regions.body, regions.garment, regions.head]
    return [region.mean().round().item() for region in seen]


class TestFashionpedia:
    """It knows sleeves and necklines, and calls faces what it calls scenery."""

    @pytest.mark.parametrize(
        ("name", "garments", "garment"),
        [
            ("shirt, blouse", ("upper",), 1),
            ("jacket", ("dress", "lower"), 0),
            ("shorts", ("lower",), 1),
            ("jumpsuit", ("dress",), 1),
            ("sleeve", ("upper",), 1),
            ("sleeve", ("dress",), 1),
            ("neckline", ("lower",), 0),
            ("pocket", ("lower",), 1),
            ("zipper", ("dress",), 1),
            ("zipper", (), 0),
            ("hat", ("upper", "lower", "dress"), 0),
            ("shoe", ("lower",), 0),
        ],
    )
    def test_garments(self, name, garments, garment):
        assert means(always(FASHIONPEDIA, name, garments=garments)) == [0, 1, garment, 0]

    def test_rest(self):
        assert means(always(FASHIONPEDIA, "Unlabelled")) == [1, 0, 0, 0]

    def test_sees_no_heads(self):
        """Not even those that wear a hat: their faces would be scenery."""
        assert not SegFormer(StandIn(47), FASHIONPEDIA, INPUT).sees_heads
        assert SegFormer(StandIn(len(ATR)), ATR, INPUT).sees_heads
        assert not always(FASHIONPEDIA, "hat").head.any()

    def test_with_faces_it_is_a_human_parser(self):
        labels = ["Everything Else", *FASHIONPEDIA[1:], "hair", "face"]
        assert SegFormer(StandIn(len(labels)), labels, INPUT).sees_heads
        assert means(always(labels, "hat")) == [0, 0, 0, 1]


class TestPartsOf:
    def test_unknown_class(self):
        with pytest.raises(CheckpointError, match="it tells apart road"):
            parts_of(["background", "face", "road"])

    def test_no_head(self):
        with pytest.raises(CheckpointError, match="no head"):
            parts_of(["background", "top"])
