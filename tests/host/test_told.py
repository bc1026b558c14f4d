"""What nodes say of their work, where the artist looks."""

from __future__ import annotations

import graphs
import numpy as np
import pytest
from graphs import crop, node, stages

pytestmark = pytest.mark.host


def last_words(run, shown_on):
    return [text for where, text in run.said if where == shown_on][-1]


class TestAfterwards:
    def test_inversion_and_stitch(self, host):
        run = host.run(stages(seed=60))
        assert run.ended == "success", run.error
        words = last_words(run, "inversion")
        assert "Understood: " in words
        assert "CLIP sees: came out " in words
        assert "6 steps in" in words
        assert "Set here though no longer shown: " in words
        assert "steps 6" in words
        assert "% of the photo changed, no other pixel." in last_words(run, "stitch")

    def test_words_that_were_left_out(self, host):
        run = host.run(stages(seed=60, text="a red dress with xyzzy"))
        assert "Left out: xyzzy." in last_words(run, "inversion")

    def test_several_people(self, host):
        """As the mask of another node shows them."""
        pixels = np.zeros((100, 160, 3), np.uint8)
        pixels[10:90, 10:50] = pixels[30:90, 100:130] = 255
        graph = {
            "photo": node("LoadImage", image=host.put_input("pair.png", pixels)),
            "people": node("ImageToMask", image=["photo", 0], channel="red"),
            "models": graphs.models(),
            "frame": crop(["photo", 0], mask=["people", 0]),
            "shown": node("PreviewImage", images=["frame", 0]),
        }
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert "More than one person was found in the photo; one of them is edited." in last_words(
            run, "frame"
        )


class TestInOneNode:
    def test_every_phase_has_a_name(self, host):
        """They show on FICE Edit, and what came out stays."""
        host.free(free_memory=True, unload_models=True)
        run = host.run(graphs.edit(seed=61))
        assert run.ended == "success", run.error
        assert {where for where, _ in run.said} == {"edit"}
        words = [text for _, text in run.said]
        phases = [
            *("Loading the generator", "Loading the CLIP guide", "Looking for the person"),
            *("Looking at the body", "Looking for the garment", "Finding the figure"),
            *("Trying garments: ", "Step: ", "Stitching"),
        ]
        for phase in phases:
            assert any(text.startswith(phase) for text in words), phase
        assert "Understood: " in words[-1]
        assert "of the photo changed" in words[-1]

    def test_nobody_names_no_input_that_it_lacks(self, host):
        pixels = np.zeros((64, 200, 3), np.uint8)
        pixels[:] = np.linspace(100, 140, 200)[:, None]
        photo = node("LoadImage", image=host.put_input("nobody.png", pixels))
        run = host.run(graphs.edit(photo, model_set="demo (built in)"))
        assert run.ended == "error"
        said = run.error["exception_message"]
        assert said.startswith("Nobody was found in the photo. ")
        assert "frame" not in said
        assert "box" not in said

    @pytest.mark.parametrize("phase", ["Loading the CLIP guide", "Looking at the body", "Trying"])
    def test_cancel_in_each_phase(self, host, phase):
        host.free(free_memory=True, unload_models=True)
        pressed = False
        with host.queued(
            graphs.edit(seed=62, recipe="paper" if phase != "Trying" else "tuned")
        ) as (
            run,
            events,
        ):
            for event in events:
                if event["type"] == "text" and event["data"]["text"].startswith(phase):
                    host.interrupt()
                    pressed = True
        assert pressed
        assert run.ended == "interrupted"
