from __future__ import annotations

from types import SimpleNamespace

import pytest

from fice.base.errors import ShapeError
from fice.base.layer_groups import GROUP_NAMES, LayerGroups


@pytest.mark.parametrize(("num_ws", "ends"), [(12, (4, 7)), (14, (4, 8)), (18, (5, 10))])
def test_usual_split(num_ws, ends):
    groups = LayerGroups.by_resolution(num_ws)
    assert (groups.pose.stop, groups.shape.stop, groups.texture.stop) == (*ends, num_ws)


@pytest.mark.parametrize("num_ws", range(2, 20))
def test_every_layer_once(num_ws):
    groups = LayerGroups.by_resolution(num_ws)
    assert groups.indices(*GROUP_NAMES) == tuple(range(num_ws))


def test_generator_may_state_its_own():
    stated = LayerGroups(range(1), range(1, 5), range(5, 6))
    assert LayerGroups.of(SimpleNamespace(layer_groups=stated), 6) is stated
    assert LayerGroups.of(SimpleNamespace(), 6) == LayerGroups.by_resolution(6)


def test_stated_groups_must_cover_the_layers():
    stated = LayerGroups(range(1), range(1, 5), range(5, 6))
    with pytest.raises(ShapeError, match="layer_groups"):
        LayerGroups.of(SimpleNamespace(layer_groups=stated), 12)
