"""The same numbers with less kept in the graph."""

import pytest
import torch

from fice.base.types import measure
from fice.guidance.crops import RandomCrops
from fice.guidance.objective import objective
from fice.guidance.source import Source
from fice.inversion import InversionConfig, invert
from fice.inversion.recipe import PAPER
from fice.networks.stylegan2 import Generator, GeneratorConfig
from fice.pipeline.memory import peak_bytes
from fice.pipeline.wording import read_texts


def run(models, *, recompute, steps=3, views=None):
    torch.manual_seed(0)
    w = models.generator.sample_w(torch.randn(2, models.generator.z_dim))
    ws = w[:, None].repeat(1, models.generator.num_ws, 1)
    with torch.no_grad():
        image = models.generator.synthesize(ws).clamp(0, 1)
    source = Source(image, ws, measure(models.chart, image), measure(models.segmenter, image))
    wish = read_texts("a red dress", "", models.clip, 2)
    terms = objective(PAPER.weights, source, wish, models.generator, views=views)
    config = InversionConfig(steps=steps, recompute=recompute)
    return list(invert(models.generator, ws + 0.1, terms, config))


@pytest.mark.parametrize("views", [None, RandomCrops(2, (3, 4))])
def test_same_path_bit_for_bit(tiny_models, views):
    kept = run(tiny_models, recompute=False, views=views)
    again = run(tiny_models, recompute=True, views=views)
    for one, other in zip(kept, again, strict=True):
        assert torch.equal(one.ws, other.ws)
        assert torch.equal(one.total, other.total)


def test_takes_less_memory(tiny_models):
    kept = peak_bytes(lambda: run(tiny_models, recompute=False, steps=2))
    again = peak_bytes(lambda: run(tiny_models, recompute=True, steps=2))
    assert again < 0.8 * kept


def test_random_noise_cannot_be_drawn_again():
    config = GeneratorConfig(z_dim=5, w_dim=4, resolution=8, channels={4: 6, 8: 4})
    generator = Generator(config).freeze()
    with pytest.raises(ValueError, match="recomputed"):
        generator.synthesis(torch.zeros(1, 4, 4), noise_mode="random", recompute=True)
