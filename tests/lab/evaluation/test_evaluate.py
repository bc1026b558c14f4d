"""A whole evaluation on tiny networks: resuming, failures, files, reports."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from dataclasses import replace

import pyarrow.parquet
import pytest
import torch

import fice.lab.evaluation.unit_work
from fice.base.errors import FiceError, ImageError, TextError
from fice.base.images import write_image
from fice.commands.evaluate import DEFAULT_METHODS
from fice.commands.main import main
from fice.inversion import RECIPES
from fice.lab.evaluation.bootstrap import Interval
from fice.lab.evaluation.evaluate import Evaluation, choose_reference
from fice.lab.evaluation.methods import ABLATIONS
from fice.lab.evaluation.methods.copy_input import CopyInput
from fice.lab.evaluation.methods.recipe import RecipeMethod
from fice.lab.evaluation.parts import claimed, part_path, read_part, write_part
from fice.lab.evaluation.plan import Settings, Wanted, folder_name
from fice.lab.evaluation.questions import QUESTIONS, answer
from fice.lab.evaluation.sweeps import Sweep, find_sweeps

pytestmark = pytest.mark.usefixtures("tiny_world")

METHODS = ("copy", "pixels@steps=2", "tuned@steps=2;candidates=2")


@pytest.fixture
def settings(tmp_path, photos, tiny_world):
    methods = tuple(Wanted(name) for name in METHODS)
    return Settings(tmp_path / "out", str(photos), methods, cases=5, seeds=(0, 1), batch=2)


@pytest.fixture
def edits(monkeypatch):
    """Counts the units that are edited, by method and first case."""
    done = []
    original = fice.lab.evaluation.unit_work._edit

    def counted(framed, method, unit, workshop):
        done.append((unit.method, unit.seed, framed.task.ids))
        return original(framed, method, unit, workshop)

    monkeypatch.setattr(fice.lab.evaluation.unit_work, "_edit", counted)
    return done


def run(settings, on_done=lambda *_: None):
    evaluation = Evaluation.plan(settings)
    evaluation.run(on_done)
    return evaluation


class TestRun:
    def test_everything_once(self, settings, edits):
        run(settings)
        # Three batches; the input itself has no randomness, so it is not repeated for the seeds.
        assert len(edits) == 3 * (1 + 2 + 2)
        assert len(set(edits)) == len(edits)

    def test_goes_on_after_an_interruption(self, settings, edits):
        def interrupt(unit, seconds):
            if unit.method.startswith("pixels"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(settings, interrupt)
        before = list(edits)
        assert 0 < len(before) < 15
        run(settings)
        assert len(edits) == len(set(edits)) == 15
        run(settings)
        assert len(edits) == 15

    def test_an_unfinished_unit_leaves_nothing_behind(self, settings, monkeypatch):
        monkeypatch.setattr(fice.lab.evaluation.unit_work, "write_part", _fail)
        with pytest.raises(OSError, match="full"):
            run(settings)
        assert len(Evaluation.plan(settings).pending()) == 15

    def test_more_cases_and_methods_use_what_is_there(self, settings, edits):
        run(settings)
        more = Settings(
            settings.folder,
            settings.data,
            (*settings.methods, Wanted("pixels@steps=1", 2)),
            cases=5,
            seeds=settings.seeds,
            batch=2,
        )
        run(more)
        assert len(edits) == 15 + 2

    def test_other_texts_are_done_anew(self, settings, edits, photos):
        run(settings)
        table = photos / "pairs.csv"
        table.write_text(table.read_text().replace("red shirt", "blue shirt"))
        run(settings)
        again = edits[15:]
        assert len(again) == 5
        assert {cases for _, _, cases in again} == {("2", "3")}

    def test_bfloat16_is_done_anew_and_said(self, settings, edits):
        run(settings)
        lower = run(replace(settings, bfloat16=True))
        assert len(edits) == 30
        assert lower.report("fice eval")["models"]["precision"] == "bfloat16"
        last = Evaluation.plan(settings).units[-1], lower.units[-1]
        exact, rounded = (read_part(settings.folder, one)[0]["clip_guide_whole"] for one in last)
        assert exact != rounded
        assert exact == pytest.approx(rounded, abs=0.05)

    def test_reports_do_not_say_where_things_lie(self, settings, tmp_path):
        made = tmp_path / "secret" / "made"
        shutil.copytree(tmp_path / "photos", made)
        settings = replace(settings, methods=(Wanted("copy"), Wanted(f"external:{made}")))
        run(settings).report(f"fice eval {tmp_path}/photos --methods copy,external:{made}")
        for name in ("report.json", "report.html"):
            text = (settings.folder / name).read_text()
            assert "external:made" in text
            assert str(tmp_path) not in text

    def test_a_failed_edit_is_a_row_and_spares_the_others(self, settings, monkeypatch):
        def refuse(self, task, models, cache):
            if "2" in task.ids:
                raise TextError("no such word")
            return original(self, task, models, cache)

        original = CopyInput.__call__
        monkeypatch.setattr(CopyInput, "__call__", refuse)
        evaluation = run(settings)
        report = evaluation.report("fice eval")
        copied = report["methods"][0]
        assert (copied["cases"], copied["failed"], copied["errors"]) == (4, 1, ["no such word"])
        assert "copy: 1 of 5 edits failed." in report["warnings"]

    def test_sets_are_compared_over_the_cases_that_both_have(self, settings, monkeypatch):
        _refuse(monkeypatch, RecipeMethod, lambda task: "1" in task.ids)
        evaluation = run(replace(settings, seeds=(0,)))
        copied = evaluation.report("fice eval", METHODS[-1])["methods"][0]
        assert copied["difference_from_reference"]["kid_edited"]["cases"] == 4

    def test_one_seed_that_failed_leaves_the_other_to_show(self, settings, monkeypatch):
        _refuse(monkeypatch, RecipeMethod, lambda task: task.seed == 0 and "2" in task.ids)
        report = run(settings).report("fice eval", METHODS[-1])
        ours = report["methods"][-1]
        assert (ours["cases"], ours["edits"], ours["failed"]) == (5, 10, 1)
        assert ours["metrics"]["pose_iou"]["cases"] == ours["metrics"]["kid_edited"]["cases"] == 5
        page = (settings.folder / "report.html").read_text(encoding="utf-8")
        assert page.count("data:image/jpeg;base64,") == 2

    def test_a_unit_waits_for_another_process(self, tmp_path, settings):
        unit = Evaluation.plan(settings).units[0]
        fcntl = pytest.importorskip("fcntl")
        path = tmp_path / "locks" / f"{unit.part_name}.lock"
        flags = fcntl.LOCK_EX | fcntl.LOCK_NB
        with claimed(tmp_path, unit.part_name), path.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, flags)
        with path.open() as file:
            fcntl.flock(file, flags)

    def test_comes_back_to_what_another_run_is_at(self, settings):
        pytest.importorskip("fcntl")
        order = []
        held = contextlib.ExitStack()

        def let_go_at_last(unit, seconds):
            order.append(unit)
            if len(order) == 14:
                held.close()

        units = Evaluation.plan(settings).units
        held.enter_context(claimed(settings.folder, units[0].part_name))
        run(settings, let_go_at_last)
        assert order == [*units[1:], units[0]]

    def test_does_other_units_while_another_run_prepares_a_method(self, settings):
        pytest.importorskip("fcntl")
        order = []
        held = contextlib.ExitStack()

        def let_go_at_last(unit, seconds):
            order.append(unit.method)
            if len(order) == 12:
                held.close()

        held.enter_context(claimed(settings.folder, f"prepare-{folder_name('copy', 0)}"))
        run(settings, let_go_at_last)
        assert "copy" not in order[:12]
        assert order[12:] == ["copy"] * 3


def _fail(*_):
    raise OSError("disk full")


def _refuse(monkeypatch, method, when):
    """Lets the edits of `method` fail `when` says so of their task."""
    original = method.__call__

    def call(self, task, models, cache):
        if when(task):
            raise TextError("no such word")
        return original(self, task, models, cache)

    monkeypatch.setattr(method, "__call__", call)


class TestBadRows:
    """One rule: noted, counted, told at the end, and the run goes on with the others."""

    ROWS = (
        "0.png,red",
        "gone.png,green",
        "broken.png,blue",
        "1.png,red",
        "empty.png,green",
        "2.png,",
        "nobody.png,blue",
        "3.png,a hat",
        "4.png,blue",
    )
    GOOD = ("0", "1", "4")

    @pytest.fixture
    def table(self, photos, monkeypatch):
        (photos / "broken.png").write_bytes((photos / "0.png").read_bytes()[:60])
        (photos / "empty.png").write_bytes(b"")
        write_image(photos / "nobody.png", torch.zeros(3, 16, 16))
        path = photos / "rows.csv"
        path.write_text("\n".join(("image,text", *self.ROWS)), encoding="utf-8")
        frames = fice.lab.evaluation.unit_work.choose_frames

        def choose(photo, frame, models):
            if bool((photo.flatten(1).amax(1) == 0).any()):
                raise ImageError("Nobody was found.")
            return frames(photo, frame, models)

        monkeypatch.setattr(fice.lab.evaluation.unit_work, "choose_frames", choose)
        return path

    @pytest.mark.parametrize("batch", [1, 4, 9])
    def test_spare_the_others(self, table, tmp_path, batch):
        methods = (Wanted("copy"), Wanted("tuned@steps=2"))
        settings = Settings(tmp_path / "out", str(table), methods, batch=batch)
        report = run(settings).report("fice eval")
        failed = report["failed"]
        assert (failed["edits"], failed["tried"]) == (12, 18)
        why = {row["case"]: row["error"] for row in failed["rows"]}
        assert why.keys() == {"gone", "broken", "empty", "2", "nobody", "3"}
        assert "no image gone.png" in why["gone"]
        assert "broken.png" in why["broken"]
        assert "Row 6 of rows.csv has no text" in why["2"]
        assert "Nobody was found" in why["nobody"]
        assert "Nothing that 'a hat' says" in why["3"]
        table = pyarrow.parquet.read_table(settings.folder / "results.parquet").to_pylist()
        good = [row["case"] for row in table if row["method"] != "copy" and not row["error"]]
        assert tuple(good) == self.GOOD
        assert all((row["error"] == "") == (row["seconds"] is not None) for row in table)
        page = (settings.folder / "report.html").read_text(encoding="utf-8")
        assert "12 of 18 edits failed" in page
        assert "no image gone.png" in page

    def test_those_that_can_be_framed_are_edited_together(self, table, tmp_path, edits):
        run(Settings(tmp_path / "out", str(table), (Wanted("copy"),), batch=9))
        assert edits[0] == ("copy", 0, ("0", "1", "3", "4"))

    def test_a_photo_that_was_mended_is_tried_again(self, table, photos, tmp_path, edits):
        settings = Settings(tmp_path / "out", str(table), (Wanted("copy"),), batch=2)
        run(settings)
        assert run(settings).pending() == []
        tried = len(edits)
        for name in ("gone", "broken"):
            write_image(photos / f"{name}.png", torch.rand(3, 16, 16))
        assert len(Evaluation.plan(settings).pending()) == 2
        report = run(settings).report("fice eval")
        assert len(edits) == tried + 2
        assert report["failed"]["edits"] == 4

    def test_a_full_disk_is_no_bad_row(self, settings, monkeypatch):
        def full(*_):
            raise FiceError("no room")

        monkeypatch.setattr(fice.lab.evaluation.unit_work, "write_pictures", full)
        with pytest.raises(FiceError, match="no room"):
            run(settings)

    def test_command_tells_before_and_after(self, table, tmp_path, capsys):
        words = ("eval", table, "--out", tmp_path / "out", "--methods", "copy")
        assert main([str(word) for word in words]) == 0
        said = capsys.readouterr()
        before, _, after = said.err.partition("eval:")
        assert "2 of 9 cases cannot be tried and are left out" in before
        assert "no image gone.png" in before
        assert "6 of 9 edits failed" in after
        assert "Nobody was found" in after

    def test_command_fails_if_none_worked(self, photos, tmp_path, capsys):
        for path in photos.glob("*.png"):
            path.write_bytes(b"")
        words = ("eval", str(photos), "--out", str(tmp_path / "out"), "--methods", "copy")
        assert main(list(words)) == 1
        assert "5 of 5 edits failed" in capsys.readouterr().err
        assert (tmp_path / "out" / "report.html").is_file()

    def test_no_photo_at_all_is_told_before_networks_load(self, photos, tmp_path, monkeypatch):
        for path in photos.glob("*.png"):
            path.unlink()
        monkeypatch.setattr(fice.lab.evaluation.unit_work, "load_models", _fail)
        settings = Settings(tmp_path / "out", str(photos), (Wanted("copy"),))
        with pytest.raises(FiceError, match=r"None of the 5 cases can be tried.*0\.png"):
            Evaluation.plan(settings)


class TestReport:
    @pytest.fixture
    def report(self, settings):
        run(settings).report("fice eval photos", "tuned@steps=2;candidates=2")
        return json.loads((settings.folder / "report.json").read_text())

    @pytest.mark.usefixtures("report")
    def test_parquet_has_a_row_per_edit(self, settings):
        table = pyarrow.parquet.read_table(settings.folder / "results.parquet")
        assert table.num_rows == 5 * (1 + 2 + 2)
        rows = table.to_pylist()
        assert {row["method"] for row in rows} == set(METHODS)
        assert {row["case"] for row in rows} == {"0", "1", "2", "3", "4"}
        copied = [row for row in rows if row["method"] == "copy"]
        assert all(row["head_max"] == 0.0 and row["steps"] == 0.0 for row in copied)
        assert all(row["success"] is None for row in rows)

    def test_figures_with_intervals(self, report):
        assert report["complete"]
        assert report["command"] == "fice eval photos"
        assert [one["name"] for one in report["methods"]] == list(METHODS)
        copied, pixels, ours = report["methods"]
        assert ours["difference_from_reference"] == {}
        pose = pixels["metrics"]["pose_iou"]
        assert pose["low"] <= pose["value"] <= pose["high"]
        assert pose["cases"] == 5
        difference = copied["difference_from_reference"]["pose_iou"]["value"]
        expected = 1.0 - ours["metrics"]["pose_iou"]["value"]
        assert difference == pytest.approx(expected, abs=1e-5)
        assert "kid_edited" in ours["metrics"]

    def test_seeds_one_by_one(self, report, settings):
        copied, pixels, ours = report["methods"]
        assert copied["by_seed"] == {}
        assert pixels["by_seed"].keys() == {"0", "1"}
        first, second = (ours["by_seed"][seed]["background_psnr_generated"] for seed in ("0", "1"))
        assert first != second
        mean = ours["metrics"]["background_psnr_generated"]["value"]
        assert mean == pytest.approx((first + second) / 2, abs=1e-5)
        page = (settings.folder / "report.html").read_text()
        table = page.partition("Seed by seed</h2>")[2].partition("</table>")[0]
        assert table.count("<tr>") == 1 + 2 * 2

    def test_says_what_it_rests_on(self, report):
        assert report["set_features"] == "judge CLIP"
        assert any("KID and CMMD rest on 5 pictures" in text for text in report["warnings"])

    @pytest.mark.usefixtures("report")
    def test_page_is_self_contained(self, settings):
        page = (settings.folder / "report.html").read_text()
        assert "ours (tuned)" in page
        assert page.count("data:image/jpeg;base64,") == 2
        assert page.count("data:image/png;base64,") >= 2
        assert "http" not in page
        assert "src=" not in page.replace('src="data:', "")

    def test_a_part_of_a_run_can_be_reported(self, settings):
        evaluation = Evaluation.plan(settings)

        def interrupt(*_):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            evaluation.run(interrupt)
        report = evaluation.report("fice eval")
        assert not report["complete"]
        assert report["warnings"][0] == "Unfinished: 1 of 15 units are done."

    def test_nothing_to_report(self, settings):
        with pytest.raises(FiceError, match="nothing to report"):
            Evaluation.plan(settings).report("fice eval")


class TestPlan:
    def test_file_names_are_unique_and_plain(self):
        names = [folder_name(name, 0) for name in ("a@b=1", "a;b=1", "a_b=1", "external:/x/y")]
        assert len(set(names)) == 4
        assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_=-.") for name in names)

    def test_counts(self):
        wanted = (Wanted.parse("copy#3"), Wanted.parse("copy"))
        assert wanted == (Wanted("copy", 3), Wanted("copy"))
        with pytest.raises(FiceError, match="number of cases"):
            Wanted.parse("copy#many")

    def test_nothing_to_do(self, tmp_path, photos):
        with pytest.raises(FiceError, match="nothing to do"):
            Evaluation.plan(Settings(tmp_path, str(photos), (), cases=1))

    def test_reference(self):
        assert choose_reference(["copy", "paper", "tuned@steps=3", "x"], None) == "tuned@steps=3"
        assert choose_reference(["copy", "paper"], None) == "copy"
        with pytest.raises(FiceError, match="not one of the methods"):
            choose_reference(["copy"], "paper")

    def test_every_recipe_is_tried_by_default(self):
        wanted = map(Wanted.parse, DEFAULT_METHODS.split(","))
        assert set(RECIPES) < {one.name for one in wanted}


class TestQuestions:
    def ask(self, low, high, metric="success"):
        question = next(one for one in QUESTIONS if (one.key, one.metric) == ("RQ1", metric))
        found = Interval((low + high) / 2, low, high, 9)
        return answer(question, "tuned", {"tuned": {}, "styleclip-latent@steps=9": {metric: found}})

    def test_answers(self):
        assert self.ask(-0.5, -0.1) == "yes"
        assert self.ask(0.1, 0.5) == "no"
        assert self.ask(-0.1, 0.5) == "not significant"

    def test_lower_is_better_for_distances(self):
        question = next(one for one in QUESTIONS if one.metric == "kid_generated")
        rival = f"tuned{question.rival}"
        differences = {rival: {"kid_generated": Interval(2.0, 1.0, 3.0, 9)}}
        assert answer(question, "tuned", differences) == "yes"
        assert answer(question, "tuned", {}) == "not measured"


def test_sweeps_are_found_among_methods():
    names = [
        "tuned",
        "tuned@clip=3",
        "tuned@clip=1",
        "tuned@clip=0.5",
        "tuned@image=0",
        "paper@a=b",
    ]
    assert find_sweeps(names) == [
        Sweep("clip", (0.5, 1.0, 3.0), ("tuned@clip=0.5", "tuned@clip=1", "tuned@clip=3"))
    ]


class TestCommand:
    def run(self, *arguments):
        return main(["eval", *map(str, arguments)])

    def test_writes_reports_and_goes_on(self, tmp_path, photos, capsys):
        out = tmp_path / "out"
        arguments = (photos, "--out", out, "--methods", "copy,pixels@steps=1", "--cases", 3)
        assert self.run(*arguments) == 0
        said = capsys.readouterr()
        assert "report.html shows the results" in said.out
        assert "eval: 6/6, seconds per edit" in said.err
        parts = sorted((out / "parts").iterdir())
        assert self.run(*arguments) == 0
        assert "6 of 6 edits are done already." in capsys.readouterr().out
        assert sorted((out / "parts").iterdir()) == parts

    def test_sweeps_become_methods(self, tmp_path, photos):
        out = tmp_path / "out"
        sweep = "pixels@learning_rate=0.1,0.2,0.3#1"
        options = ("--methods", "pixels@steps=1", "--sweep", sweep, "--cases", 2)
        assert self.run(photos, "--out", out, *options) == 0
        report = json.loads((out / "report.json").read_text())
        assert [one["cases"] for one in report["methods"]] == [2, 1, 1, 1]
        assert report["sweeps"][0]["values"] == [0.1, 0.2, 0.3]

    def test_ablations_become_methods(self, monkeypatch, tmp_path, photos):
        planned = []

        def plan(settings):
            planned.append(settings)
            raise KeyboardInterrupt

        monkeypatch.setattr(Evaluation, "plan", plan)
        options = ("--methods", "copy,tuned", "--ablations", "tuned#3")
        assert self.run(photos, "--out", tmp_path / "out", *options) == 130
        methods = planned[0].methods
        assert methods[:3] == (Wanted("copy"), Wanted("tuned"), Wanted("tuned@clip=0", 3))
        assert len(methods) == 2 + len(ABLATIONS)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--methods", "magic"), "There is no method 'magic'"),
            (("--sweep", "tuned=1"), "--sweep tuned=1"),
            (("--methods", "copy", "--reference", "paper"), "not one of the methods"),
        ],
    )
    def test_wrong_use_is_one_sentence(self, tmp_path, photos, capsys, options, message):
        assert self.run(photos, "--out", tmp_path / "out", *options, "--cases", 1) == 1
        assert message in capsys.readouterr().err


def test_finished_parts_are_found_by_their_file(settings):
    evaluation = Evaluation.plan(settings)
    path = part_path(settings.folder, evaluation.units[0])
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert len(evaluation.pending()) == len(evaluation.units) - 1


def test_largest_seed_has_a_place_in_the_table(settings):
    largest = replace(settings, seeds=((1 << 64) - 1,), cases=1)
    run(largest).report("fice eval")
    table = pyarrow.parquet.read_table(settings.folder / "results.parquet")
    assert set(table["seed"].to_pylist()) == {(1 << 64) - 1}


def test_library_of_the_report_is_asked_for_before_the_work(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FiceError, match="needs the package pyarrow"):
        Evaluation.plan(settings)


def test_texts_with_line_separators_come_back(settings):
    unit = Evaluation.plan(settings).units[0]
    rows = [{"text": "red\u2028blue\x85green", "case": "0"}]
    write_part(settings.folder, unit, rows)
    assert read_part(settings.folder, unit) == rows
