"""StyleGAN-Human's latent directions: what becomes an edit, and what is refused with the reason.

That the codes are those of its own code is shown in `tests/parity/test_sghuman_edit.py`.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from fice.base.errors import CheckpointError, PairingError
from fice.checkpoints import load_encoder
from fice.checkpoints.convert import convert
from fice.edits import EVERYTHING, apply_edit, import_direction, load_edit, save_edit
from fice.edits.files import LARGEST_FILE

DATA = Path(__file__).parents[1] / "parity" / "data" / "sghuman_latent_direction"
SEFA = DATA / "sefa_upper_length.pt"


def a_generator(num_ws=18, w_dim=32):
    return SimpleNamespace(num_ws=num_ws, w_dim=w_dim, fingerprint="0123456789abcdef")


def saved(tmp_path, tensor, name="direction.pt"):
    torch.save(tensor, tmp_path / name)
    return tmp_path / name


def unit(*shape):
    vector = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return vector / vector.norm()


class TestImport:
    def test_says_what_it_is(self):
        edit = import_direction(SEFA, a_generator(), strength=-3)
        assert edit.text == "sefa upper length"
        assert (edit.settings["method"], edit.settings["strength"]) == ("SeFa", -3)
        assert edit.only_mode == "add"
        assert import_direction(SEFA, a_generator(), text="shorter").text == "shorter"

    @pytest.mark.parametrize("shape", [(1, 32), (32,)])
    def test_shapes(self, tmp_path, shape):
        vector = unit(*shape)
        edit = import_direction(saved(tmp_path, vector), a_generator(), strength=2)
        assert torch.equal(edit.delta[4], 4 * vector.flatten())

    def test_at_full_width_it_is_a_small_file_without_rounding(self, tmp_path):
        path = saved(tmp_path, torch.eye(512)[None, 0] + 1e-5)
        edit = import_direction(path, a_generator(w_dim=512))
        save_edit(tmp_path / "a.safetensors", edit)
        loaded = load_edit(tmp_path / "a.safetensors")
        assert torch.equal(loaded.delta, edit.delta)
        assert loaded.only_mode == "add"
        assert (tmp_path / "a.safetensors").stat().st_size < LARGEST_FILE

    @pytest.mark.parametrize(
        ("num_ws", "w_dim"), [(14, 32), (16, 32), (18, 512)], ids=["256", "512", "other"]
    )
    def test_generator_of_another_size(self, num_ws, w_dim):
        with pytest.raises(PairingError, match=rf"18 layers of 32 .* this one has {num_ws} of"):
            import_direction(SEFA, a_generator(num_ws, w_dim))

    @pytest.mark.parametrize("strength", [float("nan"), float("inf")])
    def test_strength_that_is_no_number(self, strength):
        with pytest.raises(CheckpointError, match="The strength is"):
            import_direction(SEFA, a_generator(), strength=strength)


class TestApply:
    def test_cannot_replace(self):
        edit = import_direction(SEFA, a_generator())
        with pytest.raises(PairingError, match=r"is a direction, .* set the mode to add"):
            apply_edit(torch.zeros(1, 18, 32), edit, a_generator())

    def test_opposite(self):
        ws = torch.randn(2, 18, 32, generator=torch.Generator().manual_seed(0))
        edit = import_direction(SEFA, a_generator())
        there = apply_edit(ws, edit, a_generator(), mode="add", groups=EVERYTHING)
        opposite = import_direction(SEFA, a_generator(), strength=-5)
        back = apply_edit(there, opposite, a_generator(), mode="add", groups=EVERYTHING)
        torch.testing.assert_close(back, ws)


class TestRefused:
    """Each with what it is: a single tensor has no names to be told by."""

    @pytest.mark.parametrize(
        ("file", "reason"),
        [
            ("style_vect_mean_5.pkl", r"style space .*W\+, which cannot say the same.*sefa"),
            ("statis.pkl", r"style space .*W\+, which cannot say the same"),
            ("statis.csv", r"style space .*W\+, which cannot say the same"),
            ("mean_latent.pkl", "is a latent code or the mean of many"),
            ("pti_0.pt", "is the latent code of a picture, as PTI writes it"),
            ("none.pt", "There is no latent direction none.pt"),
        ],
    )
    def test_of_the_authors(self, file, reason):
        with pytest.raises(CheckpointError, match=reason) as error:
            import_direction(DATA / file, a_generator())
        assert file in str(error.value)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        "tensor",
        [
            torch.zeros(2, 32),
            torch.zeros(1, 0),
            torch.ones(1, 1, dtype=torch.int64),
            torch.full((1, 32), float("nan")),
            torch.zeros(()),
            {"a": torch.zeros(1)},
            [1, 2],
        ],
    )
    def test_of_others(self, tmp_path, tensor):
        with pytest.raises(CheckpointError):
            import_direction(saved(tmp_path, tensor), a_generator())

    def test_a_generator(self):
        path = DATA.parent / "rosinality_64.pt"
        with pytest.raises(CheckpointError, match="is a StyleGAN2 generator, not a latent direc"):
            import_direction(path, a_generator())

    def test_a_direction_in_place_of_a_network(self, tmp_path):
        match = "is a latent direction.*--kind edit --generator"
        with pytest.raises(CheckpointError, match=match):
            load_encoder(SEFA)
        with pytest.raises(CheckpointError, match=match):
            convert(SEFA, tmp_path / "out.safetensors")
