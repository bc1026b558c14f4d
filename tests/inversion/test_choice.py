from __future__ import annotations

import torch

from fice.inversion import Plateau, choose_steps
from fice.inversion.step import InversionStep


class Guard:
    """Holds the pose as it is told, step by step."""

    def __init__(self, *answers):
        self._answers = answers

    def holds(self, step):
        return torch.tensor(self._answers[step.index])


def run(*totals):
    for index, total in enumerate(totals):
        mark = torch.full((len(total), 1, 1), float(index))
        total = torch.tensor(total)
        yield InversionStep(index, mark, mark[..., None], {"clip": total}, total)


def kept(steps, **how):
    """Index of the kept step of each image, after each step."""
    return [best.index.tolist() for _, best in choose_steps(steps, **how)]


TOTALS = ([3.0, 2.0], [1.0, 4.0], [2.0, 1.0])


def test_last():
    assert kept(run(*TOTALS), best=False) == [[0, 0], [1, 1], [2, 2]]


def test_best():
    assert kept(run(*TOTALS), best=True) == [[0, 0], [1, 0], [1, 2]]


def test_steps_out_of_pose_are_not_kept():
    pose = Guard([True, True], [False, True], [True, False])
    assert kept(run(*TOTALS), best=True, pose=pose) == [[0, 0], [0, 0], [2, 0]]
    assert kept(run(*TOTALS), best=False, pose=pose) == [[0, 0], [0, 1], [2, 1]]


def test_ends_when_all_lost_the_pose():
    pose = Guard([True, True], [False, False], [True, True])
    assert kept(run(*TOTALS), best=True, pose=pose) == [[0, 0], [0, 0]]


def test_the_first_step_is_kept_whatever_its_pose():
    assert kept(run(*TOTALS), best=True, pose=Guard([False, False])) == [[0, 0]]


def test_ends_on_a_plateau():
    flat = ([1.0], [1.0], [1.0], [0.1])
    assert kept(run(*flat), best=True, plateau=Plateau(2)) == [[0], [0], [0]]
