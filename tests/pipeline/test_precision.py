from types import SimpleNamespace

import pytest
import torch

from fice.base.errors import FrozenError
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.densepose_box import BoxedDensePose
from fice.pipeline.precision import has_bfloat16, in_bfloat16, perceptor_in_bfloat16


def test_close_to_float32_and_of_its_dtype(tiny_models):
    models = tiny_models
    image = torch.rand(1, 3, *models.generator.resolution)
    ws = torch.randn(1, models.generator.num_ws, models.generator.w_dim)
    expected = [
        models.generator.synthesize(ws),
        models.clip.encode_image(image),
        models.chart(image).fine_segm,
        models.segmenter(image).head,
    ]
    lower = in_bfloat16(models)
    actual = [
        lower.generator.synthesize(ws),
        lower.clip.encode_image(image),
        lower.chart(image).fine_segm,
        lower.segmenter(image).head,
    ]
    for one, wanted in zip(actual, expected, strict=True):
        assert one.dtype == torch.float32
        assert (one - wanted).norm() < 0.05 * wanted.norm()
    # The other two stand-ins have nothing that autocast would lower.
    assert not torch.equal(actual[0], expected[0])
    assert not torch.equal(actual[2], expected[2])


def test_the_models_stay_as_they_are(tiny_models):
    before = tiny_models.generator.dtype
    lower = in_bfloat16(tiny_models)
    assert tiny_models.generator.dtype is before is not torch.bfloat16
    assert lower.generator.dtype == torch.bfloat16
    for one, other in zip(
        tiny_models.generator.parameters(), lower.generator.parameters(), strict=True
    ):
        assert one is other
    assert lower.generator.fingerprint == tiny_models.generator.fingerprint
    assert lower.clip.fingerprint != tiny_models.clip.fingerprint


def test_texts_are_read_as_before(tiny_models):
    words = ["red"]
    assert torch.equal(
        in_bfloat16(tiny_models).clip.encode_text(words), tiny_models.clip.encode_text(words)
    )


def test_gradient_reaches_the_image_in_float32(tiny_models):
    image = torch.rand(1, 3, *tiny_models.generator.resolution, requires_grad=True)
    in_bfloat16(tiny_models).segmenter(image).head.sum().backward()
    assert image.grad.dtype == torch.float32
    assert image.grad.isfinite().all()


class TestWeights:
    def test_those_that_may_change_are_not_rounded_once(self):
        with pytest.raises(FrozenError):
            perceptor_in_bfloat16(CompactChart(CompactChartConfig(widths=(4, 8))))

    def test_only_what_layers_multiply_by_is_there_twice(self, tiny_models):
        before = dict(tiny_models.chart.state_dict())
        after = in_bfloat16(tiny_models).chart.network.state_dict()
        lowered = {name for name in after if after[name].dtype == torch.bfloat16}
        assert lowered == {name for name in before if before[name].dim() == 4}
        for name in before.keys() - lowered:
            assert after[name].data_ptr() == before[name].data_ptr()

    def test_rounded_ahead_they_give_what_autocast_gives(self, tiny_models):
        image = torch.rand(1, 3, *tiny_models.generator.resolution)
        with torch.autocast("cpu", torch.bfloat16):
            expected = tiny_models.chart(image).fine_segm.float()
        assert torch.equal(in_bfloat16(tiny_models).chart(image).fine_segm, expected)

    def test_a_network_that_looks_into_a_box(self, tiny_models):
        boxed = BoxedDensePose(tiny_models.chart, (2.0, 4.0, 15.0, 14.0))
        image = torch.rand(1, 3, *tiny_models.generator.resolution)
        with torch.autocast("cpu", torch.bfloat16):
            expected = boxed(image).fine_segm.float()
        lower = perceptor_in_bfloat16(boxed)
        assert torch.equal(lower(image).fine_segm, expected)
        weights = {w.dtype for w in lower.network.network.parameters()}
        assert torch.bfloat16 in weights


class TestHasBfloat16:
    def test_a_torch_without_the_question_has_none(self, monkeypatch):
        monkeypatch.setattr(torch, "ops", SimpleNamespace(mkldnn=SimpleNamespace()))
        assert has_bfloat16(torch.device("cpu")) is False

    def test_a_torch_without_onednn_has_none(self, monkeypatch):
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
        assert has_bfloat16(torch.device("cpu")) is False

    @pytest.mark.parametrize("told", [True, False])
    def test_of_a_cpu_onednn_is_asked(self, monkeypatch, told):
        operators = SimpleNamespace(_is_mkldnn_bf16_supported=lambda: told)
        monkeypatch.setattr(torch, "ops", SimpleNamespace(mkldnn=operators))
        assert has_bfloat16(torch.device("cpu")) is told

    @pytest.mark.parametrize("told", [True, False])
    def test_of_a_card_cuda_is_asked(self, monkeypatch, told):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: told)
        assert has_bfloat16(torch.device("cuda")) is told

    @pytest.mark.parametrize("told", [True, False])
    def test_of_an_intel_card_xpu_is_asked(self, monkeypatch, told):
        monkeypatch.setattr(torch.xpu, "is_bf16_supported", lambda: told)
        assert has_bfloat16(torch.device("xpu")) is told

    @pytest.mark.parametrize("kind", ["mps", "meta"])
    def test_others_are_not_faster(self, kind):
        assert has_bfloat16(torch.device(kind)) is False
