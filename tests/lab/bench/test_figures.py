"""Clocks, pairing, the file of figures and the page."""

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from fice.base.images import read_image, to_pixels
from fice.inversion import FAST, InversionConfig
from fice.lab.bench.__main__ import main
from fice.lab.bench.clock import gigaflops, peak_gibibytes, timed
from fice.lab.bench.cost_plots import write_cost_plots
from fice.lab.bench.loop import components, iterations
from fice.lab.bench.paired import paired
from fice.lab.bench.parts import PARTS, Plan
from fice.lab.bench.store import add_figures, read_figures
from fice.lab.bench.table import write_page
from fice.reports.drawing import INK
from fice.reports.plots import ACCENT

CPU = torch.device("cpu")


@pytest.mark.parametrize("content", [b"{", '{"a": "é"}'.encode("latin-1")])
def test_a_damaged_file_of_figures_is_told_in_a_sentence(tmp_path, capsys, content):
    (tmp_path / "figures.json").write_bytes(content)
    words = ("table", "--edits", tmp_path / "figures.json", "--out", tmp_path / "page.md")
    assert main([str(word) for word in words]) == 1
    said = capsys.readouterr().err
    assert said.startswith("bench: ")
    assert "figures.json" in said


def test_gigaflops_counts_multiplications_and_additions():
    a = torch.rand(100, 200)
    assert gigaflops(lambda: a @ a.T) == pytest.approx(2 * 100 * 200 * 100 / 1e9)


def test_waiting_is_no_cpu_time():
    took = timed(lambda: time.sleep(0.2), CPU)
    assert took.cpu < took.wall


def test_peak_memory_is_of_this_process_alone():
    imports = "import torch; from fice.lab.bench.clock import peak_gibibytes"
    ask = f"{imports}; print(peak_gibibytes(torch.device('cpu')))"
    ballast = torch.ones(1 << 28)  # 1 GiB, more than a fresh Python with torch has
    child = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert float(child.stdout) < 0.9
    assert peak_gibibytes(CPU) > float(child.stdout) + ballast.numel() * 4 / 2**31


class TestPaired:
    def test_settings_take_turns(self):
        order = []

        def loop(name):
            while True:
                order.append(name)
                yield name

        result = paired({"a": loop("a"), "b": loop("b")}, CPU, rounds=2)
        assert order[4:] == ["a", "b", "a", "b"]  # after two of each that are not counted
        assert result.cpu_ratio["a"] == 1.0
        assert result.seconds.keys() == {"a", "b"}

    def test_the_time_to_start_is_told_apart(self):
        def compiled():
            time.sleep(0.05)
            while True:
                yield 0

        result = paired({"plain": iter(range(9)), "compiled": compiled()}, CPU, rounds=3)
        assert result.warm_up["plain"] < 0.05 <= result.warm_up["compiled"]
        assert result.seconds["compiled"].wall < 0.05


class TestLoop:
    def test_iterates_with_all_losses_of_fice(self, tiny_models):
        steps = iterations(tiny_models, 2, CPU)
        first, second = next(steps), next(steps)
        assert set(first.losses) == {"clip", "image", "body_shape", "head_shape", "w_delta"}
        assert not torch.equal(first.ws, second.ws)

    def test_backward_of_a_frozen_network_costs_no_more_than_forward(self, tiny_models):
        cost = components(tiny_models, 1, CPU, repeats=1)["densepose"]
        assert cost.forward_gflop > 0
        # u and v are computed, and no loss looks at them.
        assert 0.5 * cost.forward_gflop < cost.backward_gflop <= cost.forward_gflop


class TestStore:
    def test_grows_part_by_part(self, tmp_path):
        path = tmp_path / "figures.json"
        assert read_figures(path) == {}
        add_figures(path, "a", {"x": 1})
        add_figures(path, "b", {"y": 2})
        add_figures(path, "a", {"x": 3})
        assert read_figures(path) == {"a": {"x": 3}, "b": {"y": 2}}


def edit(variant, case, read, loss):
    return {
        "variant": variant,
        "case": case,
        "wanted": {"sleeve": "long", "colour": "red"},
        "read": {"sleeve": read, "colour": "red"},
        "pose": 0.9,
        "cpu_seconds": 8.0,
        "reference_loss": loss,
    }


def page_of(folder, **edits):
    numbered = {
        file: {str(index): one for index, one in enumerate(done)} for file, done in edits.items()
    }
    write_page(folder / "page.md", {}, numbered)
    return (folder / "page.md").read_text()


class TestPage:
    def test_only_cases_that_all_variants_did_are_compared(self, tmp_path):
        done = [edit("a", 0, "long", 0.5), edit("a", 1, "short", 9.0), edit("b", 0, "short", 0.6)]
        page = page_of(tmp_path, x=done)
        assert "1 cases that all variants of `x` did" in page
        assert "| a | 100.0 % | 0.5000 | 0.5000 | 0.900 | 8.0 | 1.00 | 1.00 | 1.00 |" in page
        assert "| b | 50.0 % | 0.6000 | 0.6000 | 0.900 | 8.0 | 1.20 | 1.20 | 1.00 |" in page

    def test_median_of_ratios_and_ratio_of_means(self, tmp_path):
        first = [edit("a", case, "long", loss) for case, loss in enumerate((0.1, 0.2, 0.7))]
        other = [edit("b", case, "long", loss) for case, loss in enumerate((0.2, 0.4, 0.4))]
        page = page_of(tmp_path, x=first + other)
        assert "| b | 100.0 % | 0.4000 | 0.3333 | 0.900 | 8.0 | 2.00 | 1.00 | 1.00 |" in page

    def test_files_are_not_compared_with_each_other(self, tmp_path):
        page = page_of(tmp_path, x=[edit("a", 0, "long", 0.5)], y=[edit("b", 0, "long", 1.0)])
        assert "| b | 100.0 % | 1.0000 | 1.0000 | 0.900 | 8.0 | 1.00 | 1.00 | 1.00 |" in page

    def test_rates_from_the_command_line(self, tmp_path, monkeypatch):
        monkeypatch.setattr("fice.lab.bench.rates.SHAPES", ((4, 8),))
        monkeypatch.setattr("fice.lab.bench.rates.EMULATED_SHAPES", ((4, 8),))
        file = tmp_path / "figures.json"
        threads = torch.get_num_threads()
        words = ["--set", "demo", "--only", "rates", "--json", str(file)]
        assert main([*words, "--threads", str(threads)]) == 0
        (found,) = read_figures(file).values()
        assert found["rates"]["float32"]["per_wall_second"] > 0
        write_page(tmp_path / "page.md", read_figures(file), {})
        assert "GFLOP per cpu second" in (tmp_path / "page.md").read_text()


def test_page_tells_what_the_host_adds(tmp_path):
    host = {
        "host": "0.33.0",
        "threads": "1",
        "date": "2026-11-25",
        "seconds_nodes": [3.0, 5.0, 4.0],
        "seconds_library": [2.0, 4.0, 4.0],
        "ratios": [1.5, 1.25, 1.0],
        "median_ratio": 1.25,
        "workflow_seconds": 9.0,
        "first_preview_seconds": 0.5,
        "import_seconds": 0.2,
    }
    write_page(tmp_path / "page.md", {}, {}, host)
    page = (tmp_path / "page.md").read_text()
    assert "| FICE Edit, median s | 4.00 |" in page
    assert "| node / library, median of the rounds | 1.250 |" in page
    assert "| node / library, least and most | 1.0, 1.5 |" in page


def test_cost_plots_show_what_was_measured(tmp_path):
    sizes = {"64 px": {"cpu_seconds": 1.0}, "128 px": {"cpu_seconds": 3.5}}
    write_cost_plots(tmp_path, {"cpu | full | sizes": {"figures": sizes}, "cpu | any | rates": {}})
    assert [path.name for path in tmp_path.iterdir()] == ["cost-by-pixels.png"]
    plot = to_pixels(read_image(tmp_path / "cost-by-pixels.png"))
    shown = plot[60:600, 400:660]  # without labels
    dashed, solid = (np.nonzero((shown == colour).all(2))[0] for colour in (INK, ACCENT))
    assert 0 < dashed.mean() < solid.mean()  # in proportion it would be 4 s, which is higher up
    sizes["128 px"] = {"cpu_seconds": 2.0}
    write_cost_plots(tmp_path, {"cpu | full | sizes": {"figures": sizes}})
    assert (to_pixels(read_image(tmp_path / "cost-by-pixels.png")) != plot).any()


def test_page_has_the_warm_up_where_it_was_measured(tmp_path):
    figures = dict.fromkeys(("cpu_seconds", "wall_seconds", "cpu_ratio", "wall_ratio"), 1.0)
    settings = {"exact": figures, "compiled": figures | {"warm_up_wall_seconds": 61.2}}
    rate = {"per_cpu_second": 100.0}
    rates = {"float32": rate, "bfloat16": rate, "bfloat16_is_emulated": False}
    machine = dict.fromkeys(("device", "threads", "cores", "torch", "date"), "?") | {"load": [0]}
    found = {"machine": machine, "rates": rates, "figures": settings}
    write_page(tmp_path / "page.md", {"cpu | demo | settings": found}, {})
    page = (tmp_path / "page.md").read_text()
    assert "| exact | 1.000 | 1.000 | 1.00 | 1.00 |  |" in page
    assert "| compiled | 1.000 | 1.000 | 1.00 | 1.00 | 61.2 |" in page


def test_a_whole_edit_needs_no_garment(tmp_path, tiny_models, monkeypatch):
    built = []

    def build(name, setting, device):
        built.append((name, setting))
        return tiny_models

    monkeypatch.setattr("fice.lab.bench.parts.build", build)
    monkeypatch.setattr(
        "fice.lab.bench.parts.FAST", replace(FAST, inversion=InversionConfig(steps=2))
    )
    plan = Plan("full", ("plain", "exact", "bf16"), CPU, rounds=1)
    found = PARTS["edit"](plan)
    assert built == [("full", "exact"), ("full", "bf16")]
    assert list(found) == ["fast, exact", "fast, bf16"]
    assert all(one["cpu_seconds"] > 0 for one in found.values())
