"""Single numbers that a program saved with the shape [1], as torch takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fice.base.errors import CheckpointError
from fice.checkpoints import (
    load_clip,
    load_encoder,
    load_generator,
    load_segmenter,
    save_generator,
)
from fice.checkpoints.convert import convert
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.perceptors.deeplab import DeepLab

ARCHIVE = Path(__file__).parents[1] / "parity" / "data" / "clip_tiny_torchscript.pt"


def widened(state):
    """`state` with every single number as a list of one."""
    assert any(tensor.ndim == 0 for tensor in state.values())
    return {
        key: (tensor.reshape(1) if tensor.ndim == 0 else tensor).contiguous()
        for key, tensor in state.items()
    }


def same(one, other):
    first, second = one.state_dict(), other.state_dict()
    assert first.keys() == second.keys()
    return all(torch.equal(first[key], second[key]) for key in first)


@pytest.fixture
def e4e_state():
    torch.manual_seed(0)
    encoder = E4eEncoder(E4eConfig(num_ws=8, stages=((16, 1), (32, 1)) * 2, input_width=16))
    state = encoder.state_dict()
    average = state.pop("latent_avg").normal_()
    return {f"encoder.{key}": value for key, value in state.items()}, average[0]


def test_segmenter(tmp_path):
    state = DeepLab().state_dict()
    torch.save({"state": state}, tmp_path / "a.pt")
    torch.save({"state": widened(state)}, tmp_path / "b.pt")
    assert same(load_segmenter(tmp_path / "a.pt"), load_segmenter(tmp_path / "b.pt"))


def test_encoder(tmp_path, e4e_state):
    state, average = e4e_state
    torch.save({"state_dict": state, "latent_avg": average}, tmp_path / "a.pt")
    torch.save({"state_dict": widened(state), "latent_avg": average}, tmp_path / "b.pt")
    assert same(load_encoder(tmp_path / "a.pt"), load_encoder(tmp_path / "b.pt"))


def test_clip_is_the_same_guide_with_the_same_fingerprint(tmp_path):
    guide = load_clip(ARCHIVE)
    facts = {name: torch.tensor([1]) for name in ("input_resolution", "context_length")}
    facts["vocab_size"] = torch.tensor([300])
    save_file(widened({**guide.model.state_dict(), **facts}), tmp_path / "b.safetensors")
    wide = load_clip(tmp_path / "b.safetensors")
    assert same(wide, guide)
    assert wide.fingerprint == guide.fingerprint
    convert(tmp_path / "b.safetensors", tmp_path / "c.safetensors")
    assert load_clip(tmp_path / "c.safetensors").fingerprint == guide.fingerprint


def test_generator_is_the_same_for_saved_edits(tmp_path, generator):
    state = generator.state_dict()
    torch.save({"G": widened(state), "G_kwargs": {}}, tmp_path / "b.pt")
    save_generator(tmp_path / "a.safetensors", generator)
    wide, plain = load_generator(tmp_path / "b.pt"), load_generator(tmp_path / "a.safetensors")
    assert wide.fingerprint == plain.fingerprint
    assert same(wide, plain)


def test_several_numbers_are_no_single_one(tmp_path):
    state = widened(DeepLab().state_dict())
    name = "model.backbone.bn1.num_batches_tracked"
    torch.save({"state": {**state, name: torch.zeros(2, dtype=torch.int64)}}, tmp_path / "b.pt")
    with pytest.raises(CheckpointError, match=r"bn1\.num_batches_tracked has shape \[2\]"):
        load_segmenter(tmp_path / "b.pt")
