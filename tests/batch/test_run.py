from __future__ import annotations

from batch_studio import Studio, picture_of

from fice.base.errors import ImageError
from fice.batch.run import failure, with_tries
from fice.batch.values import Edited, Failed


def done(unit, work, tries=3):
    return {one.key: one for one in with_tries(unit, work, tries, pause=0)}


def test_what_may_pass_is_begun_again_and_nothing_else(plan):
    (unit, _) = plan.units()
    answers = iter([lambda key: failure(key, OSError("gone")), picture_of])
    studio = Studio({"red": lambda key: next(answers)(key)})
    outcomes = done(unit, studio)
    assert [len(one.edits) for one in studio.units] == [2, 1]
    red, blue = (outcomes[one.key] for one in unit.edits)
    assert isinstance(red, Edited)
    assert (red.tries, blue.tries) == (2, 1)


def test_errors_that_stay_are_told_at_once(plan):
    (unit, _) = plan.units()
    studio = Studio({"red": lambda key: failure(key, ImageError("Nobody."))})
    outcome = done(unit, studio)[unit.edits[0].key]
    assert len(studio.units) == 1
    assert outcome == Failed(unit.edits[0].key, "Nobody.", tries=1)


def test_what_came_out_before_a_break_is_not_begun_again(plan):
    (unit, _) = plan.units()

    def broken(unit):
        yield picture_of(unit.edits[0].key)
        raise RuntimeError("no memory")

    outcomes = done(unit, broken, tries=2)
    assert [outcomes[one.key].tries for one in unit.edits] == [1, 2]


def test_a_worker_that_breaks_ends_no_other_row(plan):
    (unit, _) = plan.units()

    def broken(unit):
        raise RuntimeError("no memory")
        yield

    outcomes = done(unit, broken, tries=2).values()
    assert {(one.reason, one.tries) for one in outcomes} == {("RuntimeError: no memory", 2)}
