from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from fice.base.errors import ShapeError
from fice.base.layer_groups import LayerGroups
from fice.guidance.terms import WeightedTerm
from fice.inversion import StartSearch, search_start, search_steps

SEARCH = StartSearch(candidates=40, chunk=7)


@dataclass
class Towards:
    """Distance of the last three codes, the toy's texture, to a wish per image."""

    wish: torch.Tensor
    name: str = "towards"

    def __call__(self, candidate):
        return (candidate.ws[:, 3:] - self.wish).square().mean((1, 2))


WISHES = torch.tensor([[[1.0, 0.0, -1.0, 0.5]], [[-1.0, 0.5, 1.0, 0.0]]])


def search(toy, item=slice(None), search=SEARCH, seed=3):
    start = torch.full((2, 6, 4), 2.0)
    terms = [WeightedTerm(Towards(WISHES[item]), 1.0)]
    return search_start(toy, start[item], terms, search, seed)


def test_finds_the_best_of_the_codes(toy):
    choice = search(toy)
    z = torch.randn(40, 4, generator=torch.Generator().manual_seed(3))
    distances = (z[None] - WISHES).square().mean(2)
    torch.testing.assert_close(choice.score, distances.amin(1))
    assert torch.equal(choice.ws[:, 4], z[distances.argmin(1)])


def test_goes_from_better_to_better(toy):
    """So that a search that is cut short has its best so far."""
    terms = [WeightedTerm(Towards(WISHES[:1]), 1.0)]
    start = torch.full((1, 6, 4), 2.0)
    choices = list(search_steps(toy, start, terms, SEARCH, 3))
    scores = [choice.score.item() for choice in choices]
    assert torch.equal(choices[0].ws, start)
    assert len(choices) == 1 + 6  # the start, and chunks of 7 of 40
    assert scores == sorted(scores, reverse=True)
    assert torch.equal(choices[-1].ws, search(toy, slice(0, 1)).ws)


def test_only_the_named_groups_change(toy):
    choice = search(toy)
    assert torch.equal(choice.ws[:, :3], torch.full((2, 3, 4), 2.0))


def test_an_image_finds_the_same_start_alone(toy):
    together = search(toy)
    for index in range(2):
        alone = search(toy, slice(index, index + 1))
        assert torch.equal(alone.ws, together.ws[index : index + 1])


def test_never_worse_than_the_start(toy):
    toy.sample_w = lambda z, **_: z + 100.0
    choice = search(toy)
    assert torch.equal(choice.ws, torch.full((2, 6, 4), 2.0))
    assert torch.equal(choice.score, choice.initial_score)


def test_later_passes_start_from_the_winner(toy):
    one = search(toy)
    two = search(toy, search=StartSearch(40, passes=(("texture",), ("pose", "shape"))))
    assert torch.equal(two.ws[:, 3:], one.ws[:, 3:])


def test_no_candidates_is_no_search(toy):
    choice = search(toy, search=StartSearch(candidates=0))
    assert torch.equal(choice.ws, torch.full((2, 6, 4), 2.0))


def test_seed_decides(toy):
    assert torch.equal(search(toy).ws, search(toy).ws)
    assert not torch.equal(search(toy).ws, search(toy, seed=4).ws)


def test_truncation_pulls_the_codes_to_the_mean(toy):
    choice = search(toy, search=StartSearch(40, truncation_psi=0.0))
    assert not choice.ws[:, 3:].any()


def test_generator_may_state_its_groups(toy):
    toy.layer_groups = LayerGroups(range(1), range(1, 2), range(2, 6))
    assert (search(toy).ws[:, 2] != 2.0).all()


def test_wrong_ws(toy):
    with pytest.raises(ShapeError, match="start_ws"):
        search_start(toy, torch.zeros(1, 5, 4), [], SEARCH, 0)


@dataclass
class Counting:
    """The same loss for each variant that it is shown."""

    seen: list[int]
    loss: float = 1.0
    name: str = "counting"

    def __call__(self, candidate):
        self.seen.append(len(candidate.ws))
        return torch.full((len(candidate.ws),), self.loss)


def test_later_terms_do_not_look_at_variants_that_cannot_win(toy):
    start, wish = torch.full((1, 6, 4), 2.0), WeightedTerm(Towards(WISHES[:1]), 1.0)
    expensive = Counting([])
    terms = [wish, WeightedTerm(expensive, 1.0)]
    pruned = search_start(toy, start, terms, SEARCH, 3)
    assert sum(expensive.seen) < 0.75 * SEARCH.candidates
    unpruned = search(toy, slice(0, 1))
    assert torch.equal(pruned.ws, unpruned.ws)
    torch.testing.assert_close(pruned.score, unpruned.score + 1.0)


def test_a_negative_weight_ends_no_variant(toy):
    start, wish = torch.full((1, 6, 4), 2.0), WeightedTerm(Towards(WISHES[:1]), 1.0)
    early, late = Counting([]), Counting([], loss=2.0)
    terms = [WeightedTerm(late, 1.0), WeightedTerm(early, -1.0), wish]
    choice = search_start(toy, start, terms, SEARCH, 3)
    assert torch.equal(choice.ws, search(toy, slice(0, 1)).ws)


@dataclass
class Listed:
    """Of the variants in their order, what a list says, with the noise of a processor."""

    scores: list[float]
    noise: torch.Generator | None = None
    name: str = "listed"

    def __post_init__(self):
        self.left = torch.tensor(self.scores, dtype=torch.float64)

    def __call__(self, candidate):
        count = len(candidate.ws)
        found, self.left = self.left[:count], self.left[count:]
        if self.noise is not None:
            found = found * (1 + 1e-6 * (2 * torch.rand(count, generator=self.noise) - 1))
        return found


class TestTies:
    # The start, and 12 variants: ties of the start, and of the best that is clearly better.
    SCORES = (5.0, 5.0, 4.99999, 4.0, 3.0, 7.0, 3.0, 2.99999, 3.00001, 3.0, 6.0, 2.9999, 3.0)

    def winner(self, toy, chunk, seed=None, scores=SCORES):
        noise = None if seed is None else torch.Generator().manual_seed(seed)
        terms = [WeightedTerm(Listed(list(scores), noise), 1.0)]
        search = StartSearch(candidates=len(scores) - 1, chunk=chunk)
        start = torch.full((1, 6, 4), 2.0)
        choice = search_start(toy, start, terms, search, 3)
        z = torch.randn(len(scores) - 1, 4, generator=torch.Generator().manual_seed(3))
        found = (z == choice.ws[:, 4]).all(1).nonzero()
        return int(found[0]) if len(found) else None

    @pytest.mark.parametrize("chunk", [1, 3, 4, 12])
    @pytest.mark.parametrize("seed", range(10))
    def test_noise_of_rounding_does_not_choose(self, toy, chunk, seed):
        assert self.winner(toy, chunk) == self.winner(toy, chunk, seed) == 3

    @pytest.mark.parametrize("chunk", [1, 4])
    def test_a_tie_of_the_start_leaves_it(self, toy, chunk):
        assert self.winner(toy, chunk, 0, (5.0, 4.99999, 5.0, 4.9999, 5.0)) is None

    @pytest.mark.parametrize("chunk", [1, 4])
    def test_nan_hides_no_better_one(self, toy, chunk):
        assert self.winner(toy, chunk, scores=(5.0, 6.0, float("nan"), 4.0, 4.5)) == 2


class TestDrawn:
    """The search knows the z of what it found."""

    def test_codes_are_those_of_its_z(self, toy):
        choice = search(toy, search=StartSearch(40, (("texture",), ("shape",)), truncation_psi=0.5))
        # No shape is better than another here, so none was taken.
        assert choice.drawn.drawn.tolist() == [[False, False, True]] * 2
        codes = toy.sample_w(choice.drawn.z.flatten(0, 1), truncation_psi=0.5).view(2, 3, 4)
        assert torch.equal(choice.ws[:, 3:], codes[:, 2:].expand(-1, 3, -1))
        groups = LayerGroups.by_resolution(6)
        again = choice.drawn.put_into(choice.ws, choice.drawn.z, toy, groups)
        assert torch.equal(again, choice.ws)

    def test_nothing_where_the_start_is_kept(self, toy):
        toy.sample_w = lambda z, **_: z + 100.0
        assert not search(toy).drawn.drawn.any()

    def test_a_later_winner_replaces_the_z(self, toy):
        one, two = search(toy), search(toy, search=StartSearch(40, (("texture",),) * 6))
        assert (two.score < one.score).any()
        for index in range(2):
            same = torch.equal(one.drawn.z[index], two.drawn.z[index])
            assert same == bool(one.score[index] == two.score[index])
