"""Edits as things: weaker, mixed, saved, loaded, applied, walked through."""

from __future__ import annotations

import json
import time

import graphs
import pytest
from graphs import node, stages
from safetensors import safe_open

from fice.edits.files import LARGEST_FILE

pytestmark = pytest.mark.host

FULL = {"pose_strength": 1.0, "shape_strength": 1.0, "texture_strength": 1.0}


def sample(seed, count=1):
    return node(
        "FICESampleW",
        generator=["models", 0],
        seed=seed,
        truncation_psi=0.7,
        batch_size=count,
    )


def two_figures(**more):
    return {"models": graphs.models(), "a": sample(5), "b": sample(6), **more}


def digest_of(run, name):
    return json.loads(run.outputs[name]["found"][0])


def strength(**inputs):
    links = {"generator": ["models", 0], "start": ["a", 0], "edited": ["b", 0]}
    return node("FICEEditStrength", **{**links, "strength": 1.0, **FULL, **inputs})


def shown(host, **nodes):
    """Digests of output 1 of each of `nodes`, and of W+ a and b."""
    graph = two_figures(**nodes)
    for name, output in {**dict.fromkeys(nodes, 1), "a": 0, "b": 0}.items():
        graph[f"{name}_seen"] = node("ProbeDigest", value=[name, output])
    run = host.run(graph)
    assert run.ended == "success", run.error
    return {name: digest_of(run, f"{name}_seen")["bits"] for name in (*nodes, "a", "b")}


class TestEditStrength:
    def test_ends_are_exact_and_between_is_new(self, host):
        seen = shown(
            host,
            none=strength(strength=0.0),
            half=strength(strength=0.5),
            full=strength(),
        )
        assert seen["none"] == seen["a"]
        assert seen["full"] == seen["b"]
        assert seen["half"] not in (seen["a"], seen["b"])

    def test_a_group_of_its_own(self, host):
        nothing = {"pose_strength": 0.0, "shape_strength": 0.0, "texture_strength": 0.0}
        seen = shown(
            host,
            nothing=strength(**nothing),
            texture=strength(**{**nothing, "texture_strength": 1.0}),
        )
        assert seen["nothing"] == seen["a"]
        assert seen["texture"] not in (seen["a"], seen["b"])

    def test_one_drawing(self, host):
        graph = two_figures(edit=strength(), out=node("ProbeDigest", value=["edit", 0]))
        run = host.run(graph)
        assert [e["value"] for e in run.named("progress") if e["node"] == "edit"] == [1]
        assert digest_of(run, "out")["shape"] == [1, 64, 64, 3]

    def test_codes_of_another_generator(self, host):
        graph = two_figures(edit=strength(), out=node("ProbeDigest", value=["edit", 0]))
        graph["others"] = graphs.models("other")
        graph["b"]["inputs"]["generator"] = ["others", 0]
        assert "another generator" in host.run(graph).error["exception_message"]


class TestBlend:
    def blend(self, **inputs):
        links = {"generator": ["models", 0], "a": ["a", 0], "b": ["b", 0]}
        return node("FICEBlendWPlus", **{**links, "amount": 0.5, **FULL, **inputs})

    def test_ends(self, host):
        seen = shown(host, none=self.blend(amount=0.0), full=self.blend(amount=1.0))
        assert (seen["none"], seen["full"]) == (seen["a"], seen["b"])

    def test_one_for_many(self, host):
        graph = two_figures(mix=self.blend(), out=node("ProbeDigest", value=["mix", 0]))
        graph["b"] = sample(6, 3)
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert digest_of(run, "out")["shape"] == [3, 64, 64, 3]

    def test_two_for_three(self, host):
        graph = two_figures(mix=self.blend(), out=node("ProbeDigest", value=["mix", 0]))
        graph["a"], graph["b"] = sample(5, 2), sample(6, 3)
        assert "1 or 3" in host.run(graph).error["exception_message"]


def saving(name="red", **inputs):
    """An edit of a photo, saved."""
    graph = stages(seed=3)
    graph["save"] = node(
        "FICESaveEdit",
        **{
            "generator": ["models", 0],
            "start": ["start", 0],
            "edited": ["inversion", 1],
            "name": name,
            "text": "",
            "report": ["inversion", 3],
            **inputs,
        },
    )
    graph["file"] = node("ProbeText", text=["save", 1])
    return graph


@pytest.fixture(scope="module")
def saved(host):
    run = host.run(saving("shirts/red", image=["stitch", 0]))
    assert run.ended == "success", run.error
    return run


class TestSaveEdit:
    def test_small_file_that_says_what_it_is(self, host, saved):
        name = saved.outputs["file"]["text"][0]
        path = host.base / "models" / "fice_edits" / name
        assert name == "shirts/red_00001_.safetensors"
        assert path.stat().st_size < LARGEST_FILE
        with safe_open(str(path), framework="pt") as file:
            metadata, delta = file.metadata(), file.get_tensor("delta")
        assert metadata["fice.text"] == graphs.TEXT
        assert json.loads(metadata["fice.settings"])["images"][0]["seed"] == 3
        assert metadata["fice.thumbnail"]
        assert delta.abs().max() > 0

    def test_shows_the_thumbnail(self, host, saved):
        (reference,) = saved.outputs["save"]["images"]
        assert host.image(reference).shape == (64, 64, 3)

    def test_the_host_lists_it(self, host, saved):
        assert saved.outputs["file"]["text"][0] in host.get("/models/fice_edits")

    def test_never_replaces(self, host):
        names = []
        for seed in (1, 2):
            graph = saving("same")
            graph["inversion"]["inputs"]["seed"] = seed
            names.append(host.run(graph).outputs["file"]["text"][0])
        assert names == ["same_00001_.safetensors", "same_00002_.safetensors"]

    @pytest.mark.parametrize("name", ["../out", "/tmp/out", " "])
    def test_stays_in_its_folder(self, host, name):
        run = host.run(saving(name))
        assert "is not a valid file name" in run.error["exception_message"]

    def test_the_date_is_in_the_name(self, host):
        days = [time.strftime("%Y-%m-%d")]
        run = host.run(saving("%date:yyyy-MM-dd%/at 10:20"))
        days.append(time.strftime("%Y-%m-%d"))
        assert run.ended == "success", run.error
        names = [f"{day}/at 10-20_00001_.safetensors" for day in days]
        assert run.outputs["file"]["text"][0] in names

    def test_something_else_as_report(self, host):
        run = host.run(saving("x", report="hello"))
        assert "not one of ours" in run.error["exception_message"]


def applying(file, **inputs):
    return {
        "models": graphs.models(),
        "load": node("FICELoadEdit", edit_file=file),
        "others": sample(20, 3),
        "apply": node(
            "FICEApplyEdit",
            **{
                "generator": ["models", 0],
                "wplus": ["others", 0],
                "edit": ["load", 0],
                "mode": "replace",
                "strength": 1.0,
                **FULL,
                "pose_strength": 0.0,
                **inputs,
            },
        ),
        "text": node("ProbeText", text=["load", 1]),
        "thumbnail": node("ProbeDigest", value=["load", 2]),
        "before": node("ProbeDigest", value=["others", 0]),
        "after": node("ProbeDigest", value=["apply", 1]),
        "image": node("ProbeDigest", value=["apply", 0]),
    }


@pytest.fixture(scope="module")
def file(host):
    return host.run(saving("to load")).outputs["file"]["text"][0]


class TestLoadAndApply:
    def test_on_three_others(self, host, file):
        run = host.run(applying(file))
        assert run.ended == "success", run.error
        assert run.outputs["text"]["text"] == [graphs.TEXT]
        assert digest_of(run, "thumbnail")["shape"] == [1, 64, 64, 3]
        assert digest_of(run, "image")["shape"] == [3, 64, 64, 3]
        assert digest_of(run, "after")["bits"] != digest_of(run, "before")["bits"]

    def test_two_ways(self, host, file):
        replaced, added = (host.run(applying(file, mode=mode)) for mode in ("replace", "add"))
        assert added.ended == "success", added.error
        assert digest_of(replaced, "after")["bits"] != digest_of(added, "after")["bits"]

    def test_strength_zero_changes_nothing(self, host, file):
        run = host.run(applying(file, strength=0.0))
        assert digest_of(run, "after")["bits"] == digest_of(run, "before")["bits"]

    def test_back_on_the_photo_it_is_the_edit(self, host, file):
        """The file holds half-precision numbers, so the pictures agree closely."""
        graph = {**stages(seed=3), **applying(file)}
        graph["apply"]["inputs"].update(wplus=["start", 0], pose_strength=1.0)
        run = host.run(graph)
        assert run.ended == "success", run.error
        again, made = digest_of(run, "image"), digest_of(run, "generated")
        assert again["sum"] == pytest.approx(made["sum"], rel=1e-3)

    def test_another_generator_is_refused(self, host, file):
        graph = applying(file)
        graph["models"] = graphs.models("other")
        assert "another generator" in host.run(graph).error["exception_message"]

    def test_the_shipped_edit_fits_the_demo(self, host):
        graph = applying("red and white stripes.safetensors")
        graph["models"] = graphs.models("demo (built in)")
        run = host.run(graph)
        assert run.ended == "success", run.error


class TestWalk:
    def walk(self, **inputs):
        links = {"generator": ["models", 0], "wplus": ["a", 0], "to": ["b", 0]}
        return node("FICELatentWalk", **{**links, "frames": 5, "loop": False, **inputs})

    def run(self, host, **inputs):
        graph = two_figures(walk=self.walk(**inputs), out=node("ProbeDigest", value=["walk", 0]))
        for name in ("a", "b"):
            graph[f"{name}_drawn"] = node("FICEGenerate", generator=["models", 0], wplus=[name, 0])
        for name, index in (("first", 0), ("last", inputs.get("frames", 5) - 1)):
            graph[name] = node("ImageFromBatch", image=["walk", 0], batch_index=index, length=1)
        for name, source in (("first", "a_drawn"), ("last", "b_drawn")):
            graph[f"{name}_seen"] = node("ProbeDigest", value=[name, 0])
            graph[f"{name}_wanted"] = node("ProbeDigest", value=[source, 0])
        return host.run(graph)

    def test_from_one_to_the_other(self, host):
        run = self.run(host)
        assert run.ended == "success", run.error
        assert digest_of(run, "out")["shape"] == [5, 64, 64, 3]
        for end in ("first", "last"):
            assert digest_of(run, f"{end}_seen")["bits"] == digest_of(run, f"{end}_wanted")["bits"]

    def test_a_loop_does_not_show_the_first_twice(self, host):
        run = self.run(host, loop=True)
        assert digest_of(run, "last_seen")["bits"] != digest_of(run, "last_wanted")["bits"]
        assert digest_of(run, "first_seen")["bits"] == digest_of(run, "first_wanted")["bits"]

    def test_nowhere_to_go(self, host):
        graph = two_figures(walk=self.walk(), out=node("ProbeDigest", value=["walk", 0]))
        del graph["walk"]["inputs"]["to"]
        assert "only one figure" in host.run(graph).error["exception_message"]

    def test_can_be_cancelled(self, host):
        graph = two_figures(walk=self.walk(frames=4000), out=node("ProbeDigest", value=["walk", 0]))
        with host.queued(graph) as (run, events):
            for event in events:
                if event["type"] == "preview":
                    host.interrupt()
        assert run.ended == "interrupted"
