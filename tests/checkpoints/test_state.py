import pytest
import torch
from torch import nn

from fice.base.errors import CheckpointError
from fice.checkpoints.state import load_state


class TestLoadState:
    def test_tensors_become_the_networks_own(self):
        layer = nn.Linear(3, 2)
        state = {"weight": torch.rand(2, 3), "bias": torch.rand(2)}
        load_state(layer, state, "a.pt")
        assert layer.weight.data_ptr() == state["weight"].data_ptr()

    def test_half_precision_is_not_kept_beside_what_it_becomes(self):
        """Each tensor takes its own place, so the originals of all are never there at once."""
        layer = nn.Linear(3, 2)
        half = {"weight": torch.rand(2, 3).half(), "bias": torch.rand(2).half()}
        state = dict(half)
        load_state(layer, state, "a.pt")
        assert all(tensor.dtype == torch.float32 for tensor in state.values())
        assert layer.weight.data_ptr() == state["weight"].data_ptr()
        assert torch.equal(layer.weight, half["weight"].float())

    @pytest.mark.parametrize(
        ("state", "reason"),
        [
            ({"weight": torch.zeros(2, 3)}, r"missing \(bias\)"),
            ({"weight": torch.zeros(2, 3), "bias": torch.zeros(3)}, "bias has shape"),
            ({"weight": torch.full((2, 3), torch.nan), "bias": torch.zeros(2)}, "weight holds NaN"),
        ],
    )
    def test_exception(self, state, reason):
        with pytest.raises(CheckpointError, match=reason):
            load_state(nn.Linear(3, 2), state, "a.pt")
