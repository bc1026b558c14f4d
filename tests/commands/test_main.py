from __future__ import annotations

import json

import pytest
import torch
from PIL import Image

import fice.lab.demo.check.run
import fice.pipeline.edit
import fice.pipeline.models
import fice.pipeline.precision
from fice.base.images import read_image, write_image
from fice.base.photo import Photo
from fice.base.photo_reading import read_photo
from fice.base.photo_writing import write_photo
from fice.commands.main import _parser, main
from fice.commands.options import MAX_SEED, load_recipe
from fice.edits import EVERYTHING, apply_edit, load_edit
from fice.inversion import TUNED

WRONG_WISHES = (":2", " ", "blue:-1", "blue:nan", "blue:inf")


@pytest.fixture
def models(monkeypatch, tiny_models):
    monkeypatch.setattr(fice.pipeline.models, "load_models", lambda _, **__: tiny_models)


@pytest.fixture
def photo_file(tmp_path, photo):
    write_image(tmp_path / "photo.png", photo)
    return tmp_path / "photo.png"


def run(*arguments):
    return main([str(argument) for argument in arguments])


def deep_cut_out():
    """A photo of 16 bits with random colours, also where it is transparent."""
    random = torch.Generator().manual_seed(4)
    values = torch.randint(0, 65536, (4, 16, 16), generator=random) / 65535
    values[3, :4], values[3, 4:12] = 0.0, 1.0
    return Photo(values[:3], values[3:], bits=16)


def edited_halfway(folder, photo, name):
    """The photo before and after an edit of its left half, and what the report says of the file."""
    write_photo(folder / "photo.png", photo, photo.image)
    write_image(folder / "mask.png", (torch.arange(16) < 8).float().expand(3, 16, 16))
    options = ("--mask", folder / "mask.png", "--json", folder / "report.json", "--steps", 2)
    assert run("edit", folder / "photo.png", "red", "-o", folder / name, *options) == 0
    report = json.loads((folder / "report.json").read_text())
    return read_photo(folder / "photo.png"), read_photo(folder / name), report["file"]


@pytest.mark.usefixtures("models")
class TestEdit:
    def test_writes_photo_and_report(self, tmp_path, photo_file, capsys):
        out, report = tmp_path / "out.png", tmp_path / "report.json"
        code = run("edit", photo_file, "red", "-o", out, "--json", report, "--steps", 3)
        assert code == 0
        assert read_image(out).shape == (3, 16, 16)
        assert json.loads(report.read_text())["steps"] == 3
        said = capsys.readouterr()
        assert "out.png: CLIP" in said.out
        assert "photo.png: 76/76, loss" in said.err

    def test_outside_is_untouched_in_the_file(self, tmp_path, photo_file):
        mask = torch.zeros(3, 16, 16)
        mask[:, :, :8] = 1.0
        write_image(tmp_path / "mask.png", mask)
        out = tmp_path / "out.png"
        code = run(
            "edit", photo_file, "red", "-o", out, "--mask", tmp_path / "mask.png", "--steps", 2
        )
        assert code == 0
        assert torch.equal(read_image(out)[:, :, 8:], read_image(photo_file)[:, :, 8:])

    @pytest.mark.parametrize("suffix", [".png", ".tif"])
    def test_depth_and_transparency_are_those_of_the_photo(self, tmp_path, suffix, capsys):
        before, after, changed = edited_halfway(tmp_path, deep_cut_out(), f"out{suffix}")
        assert after.bits == 16
        assert torch.equal(after.alpha, before.alpha)
        assert torch.equal(after.image[:, :, 8:], before.image[:, :, 8:])
        assert changed == {"max_change_outside": [0.0], "not_kept": []}
        assert "change outside the mask 0," in capsys.readouterr().out

    def test_what_a_format_cannot_hold_is_told(self, tmp_path, capsys):
        _, after, changed = edited_halfway(tmp_path, deep_cut_out(), "out.jpg")
        said = capsys.readouterr().out
        assert (after.bits, after.alpha) == (8, None)
        assert changed["max_change_outside"][0] > 0
        assert "change outside the mask 0," not in said
        assert len(changed["not_kept"]) == 3
        for sentence in ("every pixel", "8 bits per value", "without transparency"):
            assert sentence in said

    def test_transparency_is_edited_as_it_looks_on_white(self, tmp_path, monkeypatch):
        seen = []

        def edit(image, *arguments, **settings):
            seen.append(image)
            return whole_edit(image, *arguments, **settings)

        whole_edit = fice.pipeline.edit.edit
        monkeypatch.setattr(fice.pipeline.edit, "edit", edit)
        before, _, _ = edited_halfway(tmp_path, deep_cut_out(), "out.png")
        assert seen[0][:, before.alpha[0] == 0].min() == 1.0

    def test_several_pictures_are_refused(self, tmp_path, capsys):
        one, two = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
        one.save(tmp_path / "moves.gif", save_all=True, append_images=[two])
        assert run("edit", tmp_path / "moves.gif", "red", "-o", tmp_path / "out.png") == 1
        assert "holds 2 pictures" in capsys.readouterr().err

    def test_a_photo_too_long_for_the_format_is_refused_first(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(fice.pipeline.models, "load_models", None)
        write_image(tmp_path / "long.png", torch.zeros(3, 32, 16400))
        assert run("edit", tmp_path / "long.png", "red", "-o", tmp_path / "out.webp") == 1
        assert "at most 16383 pixels" in capsys.readouterr().err

    def test_person_by_hand_on_a_photo_of_any_size(self, tmp_path, photo_file):
        write_image(photo_file, torch.rand(3, 50, 70))
        out, report = tmp_path / "out.png", tmp_path / "report.json"
        options = ("--person", 30, 10, 54, 40, "--steps", 2, "--json", report)
        assert run("edit", photo_file, "red", "-o", out, *options) == 0
        (left, _, right, _) = json.loads(report.read_text())["frames"][0]
        assert (left + right) / 2 == 42
        before, after = read_image(photo_file), read_image(out)
        assert left > 0
        assert torch.equal(after[:, :, :left], before[:, :, :left])
        assert not torch.equal(after, before)

    def test_recomputing_gives_the_same_picture(self, tmp_path, photo_file):
        kept, again = tmp_path / "kept.png", tmp_path / "again.png"
        assert run("edit", photo_file, "red", "-o", kept, "--steps", 2) == 0
        assert run("edit", photo_file, "red", "-o", again, "--steps", 2, "--recompute") == 0
        assert kept.read_bytes() == again.read_bytes()
        options = _parser().parse_args(["demo", "--recompute"])
        assert load_recipe(options).inversion.recompute

    @pytest.mark.parametrize("has_it", [True, False])
    def test_bfloat16(self, tmp_path, photo_file, monkeypatch, capsys, has_it):
        monkeypatch.setattr(fice.pipeline.precision, "has_bfloat16", lambda _: has_it)
        report = tmp_path / "report.json"
        words = ("--bfloat16", "--steps", "2", "--json", report)
        assert run("edit", photo_file, "red", "-o", tmp_path / "out.png", *words) == 0
        assert json.loads(report.read_text())["models"].endswith(", bfloat16")
        assert ("emulates it" in capsys.readouterr().err) is not has_it

    def test_paper_recipe_and_head_region(self, tmp_path, photo_file):
        out = tmp_path / "out.png"
        options = ("--recipe", "paper", "--region", "head", "--steps", 2)
        assert run("edit", photo_file, "red", "-o", out, *options) == 0
        assert not torch.equal(read_image(out), read_image(photo_file))

    def test_saves_the_edit(self, tmp_path, photo_file, tiny_models):
        file = tmp_path / "red.safetensors"
        options = ("--save-edit", file, "--steps", 3)
        assert run("edit", photo_file, "red", "-o", tmp_path / "out.png", *options) == 0
        edit = load_edit(file)
        recipe = TUNED.in_steps(3)
        result = fice.pipeline.edit.edit(
            read_image(photo_file), "red", models=tiny_models, recipe=recipe
        )
        again = apply_edit(result.encoder_ws, edit, tiny_models.generator, groups=EVERYTHING)
        assert edit.text == "red"
        assert edit.settings["steps"] == 3
        assert edit.settings["models"] == tiny_models.name
        assert edit.thumbnail.startswith(b"\x89PNG")
        torch.testing.assert_close(again, result.ws, rtol=0, atol=2e-3)  # half precision
        assert not torch.allclose(again, result.encoder_ws, atol=0.1)

    def test_more_wishes(self, tmp_path, photo_file, monkeypatch):
        given = []

        def edit(*arguments, **settings):
            given.extend(settings["guides"])
            return whole_edit(*arguments, **settings)

        whole_edit = fice.pipeline.edit.edit
        monkeypatch.setattr(fice.pipeline.edit, "edit", edit)
        picture = torch.zeros(3, 16, 16)
        write_image(tmp_path / "black.png", picture)
        wishes = (
            *("--also", "green:0.5", "--also", "red: blue", "--avoid", "blue:2"),
            *("--direction", "red", "green", "--like", tmp_path / "black.png"),
        )
        out = tmp_path / "out.png"
        assert run("edit", photo_file, "red", "-o", out, *wishes, "--steps", 2) == 0
        also, colon, avoid, direction, like = given
        assert (also.text, also.weight, also.away) == ("green", 0.5, False)
        assert (colon.text, colon.weight, colon.away) == ("red: blue", 1.0, False)
        assert (avoid.text, avoid.weight, avoid.away) == ("blue", 2.0, True)
        assert (direction.source_text, direction.target_text) == ("red", "green")
        assert torch.equal(like.picture, picture[None])

    def test_wish_changes_the_result(self, tmp_path, photo_file):
        plain, wished = tmp_path / "plain.png", tmp_path / "wished.png"
        assert run("edit", photo_file, "red", "-o", plain, "--steps", 3) == 0
        assert run("edit", photo_file, "red", "-o", wished, "--also", "blue:3", "--steps", 3) == 0
        assert not torch.equal(read_image(wished), read_image(plain))

    def test_picture_to_look_like_is_missing(self, tmp_path, photo_file, capsys):
        wish = ("--like", tmp_path / "none.png")
        assert run("edit", photo_file, "red", "-o", tmp_path / "out.png", *wish) == 1
        assert "There is no image none.png" in capsys.readouterr().err

    def test_error_is_one_sentence(self, tmp_path, photo_file, capsys):
        assert run("edit", photo_file, "dress", "-o", tmp_path / "out.png", "--steps", 2) == 1
        (told,) = capsys.readouterr().err.splitlines()
        assert told.startswith("fice: Nothing that 'dress' says about a garment is understood. ")
        assert told.endswith("colour: red, green, blue.")
        assert not (tmp_path / "out.png").exists()

    def test_interruption_keeps_the_old_file(self, tmp_path, photo_file, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(fice.pipeline.edit, "edit", interrupted)
        out = tmp_path / "out.png"
        out.write_text("old")
        assert run("edit", photo_file, "red", "-o", out) == 130
        assert out.read_text() == "old"

    def test_no_memory_wherever_it_ends_is_one_sentence(
        self, tmp_path, photo_file, monkeypatch, capsys
    ):
        def large(*_, **__):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

        monkeypatch.setattr(fice.pipeline.edit, "edit", large)
        assert run("edit", photo_file, "red", "-o", tmp_path / "out.png") == 1
        assert "The device is out of memory. Close other programs" in capsys.readouterr().err

    def test_place_that_cannot_be_written(self, photo_file, capsys):
        out = photo_file / "inside-a-file" / "out.png"
        assert run("edit", photo_file, "red", "-o", out, "--steps", 2) == 1
        assert "cannot be written" in capsys.readouterr().err


@pytest.fixture
def no_models(monkeypatch):
    """Whatever is refused in such a test is refused before any network is loaded."""

    def load(name, device):
        raise AssertionError(f"{name} was loaded before everything was checked")

    monkeypatch.setattr(fice.pipeline.models, "load_models", load)


@pytest.mark.usefixtures("no_models")
class TestBeforeTheWork:
    @pytest.mark.parametrize("command", ["edit", "demo", "eval"])
    def test_a_device_that_is_not_there(self, tmp_path, photo_file, capsys, command):
        words = {"edit": (photo_file, "red", "-o", tmp_path / "out.png")}
        others = ("--out", tmp_path / "out")
        assert run(command, *words.get(command, others), "--device", "cuda:99") == 1
        said = capsys.readouterr().err.strip()
        assert said.startswith("fice: There is no device 'cuda:99' here")
        assert "\n" not in said

    def refused(self, capsys, *arguments):
        assert run("edit", *arguments) == 1
        said = capsys.readouterr().err
        assert said.startswith("fice: ")
        assert said.count("\n") == 1
        return said

    def test_what_can_be_known_first_is_all_right(self, tmp_path, photo_file):
        write_image(tmp_path / "mask.png", torch.ones(3, 16, 16))
        given = ("--mask", tmp_path / "mask.png", "--person", -2, -2, 12, 20)
        with pytest.raises(AssertionError, match="demo was loaded"):
            run("edit", photo_file, "red", "-o", tmp_path / "out.png", *given)

    @pytest.mark.parametrize("option", ["-o", "--json", "--save-edit"])
    def test_places_that_cannot_be_written(self, tmp_path, photo_file, capsys, option):
        outputs = {"-o": tmp_path / "out.png", option: photo_file / "inside-a-file" / "x.png"}
        words = [word for pair in outputs.items() for word in pair]
        assert "cannot be written" in self.refused(capsys, photo_file, "red", *words)
        outputs[option] = tmp_path / "folder.png"
        outputs[option].mkdir()
        words = [word for pair in outputs.items() for word in pair]
        assert "is a folder" in self.refused(capsys, photo_file, "red", *words)

    def test_two_outputs_in_one_file(self, tmp_path, photo_file, capsys):
        out, other = tmp_path / "out.png", tmp_path / "no" / ".." / "out.png"
        said = self.refused(capsys, photo_file, "red", "-o", out, "--json", other)
        assert "--out and --json are both" in said

    @pytest.mark.parametrize(
        ("name", "size", "level", "message"),
        [
            ("black.png", (16, 16), 0.0, "black all over"),
            ("wide.png", (16, 32), 1.0, "The mask is 32 x 16 pixels"),
            ("gone.png", None, 0.0, "no image gone.png"),
            ("broken.png", None, 0.0, "broken.png is not an image"),
        ],
    )
    def test_masks(self, tmp_path, photo_file, capsys, name, size, level, message):
        if size is not None:
            write_image(tmp_path / name, torch.full((3, *size), level))
        elif name != "gone.png":
            (tmp_path / name).write_text("no")
        words = (photo_file, "red", "-o", tmp_path / "out.png", "--mask", tmp_path / name)
        assert message in self.refused(capsys, *words)

    @pytest.mark.parametrize("option", ["photo", "--like"])
    def test_pictures_that_cannot_be_read(self, tmp_path, photo_file, capsys, option):
        bad = tmp_path / "bad.png"
        bad.write_text("no")
        photo, like = (bad, ()) if option == "photo" else (photo_file, (option, bad))
        said = self.refused(capsys, photo, "red", "-o", tmp_path / "out.png", *like)
        assert "bad.png is not an image" in said

    @pytest.mark.parametrize(
        ("box", "message"),
        [((8, 0, 8, 16), "is empty"), ((9, 0, 3, 16), "is empty"), ((20, 0, 30, 9), "beside")],
    )
    def test_person_boxes(self, tmp_path, photo_file, capsys, box, message):
        words = (photo_file, "red", "-o", tmp_path / "out.png", "--person", *box)
        assert message in self.refused(capsys, *words)

    @pytest.mark.parametrize("command", ["demo", "demo-check", "eval"])
    def test_other_commands(self, photo_file, capsys, command, monkeypatch):
        monkeypatch.setattr(fice.lab.demo.check.run, "run_check", pytest.fail)
        out = photo_file / "inside-a-file"
        option = "--json" if command == "demo-check" else "--out"
        assert run(command, option, out) == 1
        assert "cannot be written" in capsys.readouterr().err

    def test_convert(self, tmp_path, photo_file, capsys):
        assert run("convert", tmp_path / "none.pt", photo_file / "inside" / "x.safetensors") == 1
        assert "cannot be written" in capsys.readouterr().err


EDIT = ("edit", "a.png", "red", "-o", "b.png")
DEMO, EVAL = ("demo",), ("eval", "demo", "--out", "out")


@pytest.mark.usefixtures("no_models")
class TestNumbers:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            *(
                ((*command, option, value), f"{value!r} is not a whole number from 0 to {MAX_SEED}")
                for command, option in ((EDIT, "--seed"), (DEMO, "--seed"), (EVAL, "--seeds"))
                for value in (str(MAX_SEED + 1), "-1", "1.5", "x", "", "9" * 5000)
            ),
            ((*EVAL, "--seeds", "0,x"), "'x' is not a whole number from 0"),
            ((*EVAL, "--batch", "0"), "'0' is not a whole number of at least 1"),
            ((*EVAL, "--processes", "0"), "'0' is not a whole number of at least 1"),
            ((*EVAL, "--cases", "none"), "'none' is not a whole number of at least 1"),
            ((*EDIT, "--steps", "many"), "'many' is not a whole number of at least 1"),
            (("demo-check", "--edits", "-2"), "'-2' is not a whole number of at least 0"),
            (("edit", "a.png", " ", "-o", "b.png"), "the text is empty"),
            ((*EDIT, "--direction", "red", ""), "the text is empty"),
        ],
    )
    def test_wrong_ones_are_told_in_plain_words(self, words, message, capsys):
        with pytest.raises(SystemExit) as stop:
            run(*words)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err

    def test_largest_seed(self):
        assert fice.pipeline.edit.MAX_SEED == MAX_SEED
        assert _parser().parse_args([*EDIT, "--seed", str(MAX_SEED)]).seed == MAX_SEED
        seeds = _parser().parse_args([*EVAL, "--seeds", f"3,{MAX_SEED},3"]).seeds
        assert seeds == (3, MAX_SEED)


class TestUsage:
    def test_missing_photo(self, tmp_path, capsys):
        assert run("edit", tmp_path / "no.png", "red", "-o", tmp_path / "out.png") == 1
        assert "There is no image no.png" in capsys.readouterr().err

    def test_missing_photo_in_the_current_folder(self, capsys):
        assert run("edit", "nosuch.png", "red", "-o", "out.png") == 1
        assert (
            capsys.readouterr().err == "fice: There is no image nosuch.png in the current folder.\n"
        )

    def test_bad_suffix_is_told_before_anything_else(self, tmp_path, photo_file, capsys):
        assert run("edit", photo_file, "red", "-o", tmp_path / "out.doc") == 1
        assert "out.doc cannot be written as an image" in capsys.readouterr().err

    def test_unknown_model_set(self, tmp_path, photo_file, capsys):
        out = tmp_path / "out.png"
        assert run("edit", photo_file, "red", "-o", out, "--models", tmp_path / "none") == 1
        assert "lacks generator.safetensors" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "arguments",
        [(), ("edit",), ("edit", "a.png", "red", "-o", "b.png", "--steps", "0"), ("sew",)]
        + [("edit", "a.png", "red", "-o", "b.png", "--also", bad) for bad in WRONG_WISHES],
    )
    def test_wrong_usage(self, arguments, capsys):
        with pytest.raises(SystemExit) as stop:
            run(*arguments)
        assert stop.value.code == 2
        assert "usage: fice" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_demo(tmp_path, capsys, monkeypatch):
    import fice.demo.showcase

    cases = (fice.demo.showcase.Case(1, "red stripes"), fice.demo.showcase.Case(2, "blue"))
    monkeypatch.setattr(fice.demo.showcase, "CASES", cases)
    assert run("demo", "--out", tmp_path / "shown", "--steps", 2) == 0
    sheet = read_image(tmp_path / "shown" / "demo.png")
    assert sheet.shape[1] > 400
    assert {path.name for path in (tmp_path / "shown").iterdir()} == {
        "1-before.png", "1-after.png", "1.json", "2-before.png", "2-after.png", "2.json", "demo.png"
    }  # fmt: skip
    assert "ignored: stripes" in capsys.readouterr().out
