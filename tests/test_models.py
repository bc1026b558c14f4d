from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from fice.errors import CheckpointError, PairingError
from fice.models import check_pairing, load_models


def test_sizes_must_agree(tiny_models):
    encoder = SimpleNamespace(num_ws=14, w_dim=512)
    with pytest.raises(PairingError, match="W\\+ of 14 x 512, the generator needs 6 x 8"):
        replace(tiny_models, encoder=encoder)


def test_encoder_of_another_generator(tiny_models):
    encoder = SimpleNamespace(num_ws=6, w_dim=8, generator_fingerprint="other")
    with pytest.raises(PairingError, match="trained for the generator other"):
        check_pairing(tiny_models.generator, encoder)


def test_encoder_that_names_no_generator_is_believed(tiny_models):
    check_pairing(tiny_models.generator, SimpleNamespace(num_ws=6, w_dim=8))


def test_missing_files_are_named(tmp_path):
    (tmp_path / "clip.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"lacks generator\.safetensors, encoder\.safe"):
        load_models(tmp_path)
