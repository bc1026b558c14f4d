"""Set distances from files of pictures."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from fice.base.images import write_image
from fice.lab.evaluation.judges import Judges
from fice.lab.evaluation.parts import EDITED, GENERATED
from fice.lab.evaluation.realism import (
    choose_network,
    inception_metrics,
    read_features,
    set_differences,
    set_metrics,
)


@pytest.fixture
def pictures():
    random = torch.Generator().manual_seed(0)
    return list(torch.rand(6, 3, 16, 16, generator=random))


def written(folder, images):
    for index, image in enumerate(images):
        write_image(folder / f"{index}.png", image)
    return sorted(folder.iterdir())


class TestFeatures:
    def test_distances_of_sets(self, pictures, judges, tmp_path):
        network, encode = choose_network(judges)
        assert network == "judge CLIP"
        near = written(tmp_path / "near", pictures)
        far = written(tmp_path / "far", [image * 0.1 for image in pictures])
        sets = {
            "same": {EDITED: near, GENERATED: near},
            "dark": {EDITED: far, GENERATED: near},
            "red": {
                EDITED: written(
                    tmp_path / "red",
                    [image * torch.tensor([1.0, 0.1, 0.1])[:, None, None] for image in pictures],
                ),
                GENERATED: near,
            },
        }
        features = read_features(encode, network, iter(pictures), sets)
        values = {name: set_metrics(features, name)["kid_edited"].value for name in sets}
        # The tiny judge sees hue only, so a darker picture is the same to it.
        assert values["dark"] == pytest.approx(values["same"], abs=30)
        assert values["red"] > values["same"] + 100
        difference = set_differences(features, "red", "same", {"red": range(6), "same": range(6)})
        assert difference["kid_edited"].value == pytest.approx(values["red"] - values["same"])
        assert difference["kid_generated"].value == 0.0

    def test_nobody_to_look(self):
        assert choose_network(Judges()) is None


@pytest.mark.slow
def test_inception_by_torch_fidelity(pictures, tmp_path):
    """With random weights: what is tested is that they are read and reach both sets."""
    torch.manual_seed(0)
    with patch.object(FeatureExtractorInceptionV3, "load_state_dict"), patch("torch.load"):
        network = FeatureExtractorInceptionV3("random", ["2048"], "none")
    torch.save(network.state_dict(), tmp_path / "inception.pth")
    same = inception_metrics(
        tmp_path / "inception.pth", written(tmp_path / "a", pictures), pictures
    )
    dark = written(tmp_path / "b", [image * 0.1 for image in pictures])
    other = inception_metrics(tmp_path / "inception.pth", dark, pictures)
    assert other["fid"] > max(0.0, same["fid"])
    assert set(other) == {"fid", "kid"}
