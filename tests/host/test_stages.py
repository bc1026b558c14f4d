"""The stages as an artist wires them: what comes out, what is shown, what is computed again."""

from __future__ import annotations

import json
from pathlib import Path

import graphs
import numpy as np
import pytest
import torch
from graphs import node, probe_image, regularize, stages, stitch

from fice.base.images import to_pixels
from fice.checkpoints import load_generator

pytestmark = pytest.mark.host

PARITY_DATA = Path(__file__).parents[1] / "parity" / "data"
ALL_TERMS = {"clip", "image", "body_shape", "head_shape", "w_delta", "start_prior"}


@pytest.fixture(scope="module")
def full(host):
    """One run of all six stages."""
    return host.run(stages(seed=3))


def report_of(run):
    return json.loads(run.outputs["report"]["text"][0])


def digest_of(run, name="generated"):
    return json.loads(run.outputs[name]["found"][0])


class TestSixStages:
    def test_succeeds(self, full):
        assert full.ended == "success", full.error

    def test_result_is_at_the_size_of_the_photo(self, full, host):
        (reference,) = full.outputs["result"]["images"]
        assert host.image(reference).shape == (64, 64, 3)

    def test_report_names_text_seed_and_every_loss(self, full):
        report = report_of(full)
        (item,) = report["images"]
        assert report["text"] == graphs.TEXT
        assert item["seed"] == 3
        assert item["steps"] == graphs.QUICK["steps"]
        assert set(item["losses"]) == ALL_TERMS

    def test_every_step_shows_progress_and_a_preview(self, full):
        drawn = 1 + 3 * 1 + graphs.QUICK["steps"]  # the start, three passes of one chunk, the steps
        values = [e["value"] for e in full.named("progress") if e["node"] == "inversion"]
        assert values == list(range(1, drawn + 1))
        assert [shown for _, shown in full.previews].count("inversion") == drawn
        assert full.preview_bytes.startswith(b"\xff\xd8")  # JPEG

    def test_nothing_travels_on_with_a_graph(self, full):
        assert digest_of(full)["requires_grad"] is False

    def test_the_host_stays_in_its_own_mode(self, full):
        assert digest_of(full)["inference_mode"] is True


class TestRepeating:
    def test_same_seed_same_bits(self, host, full):
        host.free(free_memory=True, unload_models=True)
        again = host.run(stages(seed=3))
        assert "inversion" in again.executed
        assert digest_of(again)["bits"] == digest_of(full)["bits"]

    def test_other_seed_other_picture(self, host, full):
        other = host.run(stages(seed=4))
        assert digest_of(other)["bits"] != digest_of(full)["bits"]

    def test_nothing_is_computed_twice(self, host):
        first, second = host.run(stages(seed=5)), host.run(stages(seed=5))
        assert first.ended == second.ended == "success"
        assert second.executed == set()

    def test_a_change_downstream_computes_only_what_follows(self, host):
        graph = stages(seed=5)
        host.run(graph)
        graph["stitch"] = stitch(regions=["regions", 0], feather=9)
        run = host.run(graph)
        assert run.executed == {"stitch", "result"}

    def test_another_text_keeps_pose_regions_and_models(self, host):
        host.run(stages(seed=5))
        run = host.run(stages(seed=5, text="a blue shirt"))
        assert {"models", "pose", "regions", "start", "constraint"} <= run.cached
        assert "inversion" in run.executed


class TestBatches:
    def test_each_image_with_a_seed_of_its_own(self, host):
        graph = stages(probe_image(batch=3), seed=7)
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert [item["seed"] for item in report_of(run)["images"]] == [7, 8, 9]
        assert len(run.outputs["result"]["images"]) == 3

    def test_an_image_comes_out_as_it_does_alone(self, host):
        """The second of a batch of two equal photos is a single one with the next seed."""
        graph = stages(seed=7)
        twice = {"class_type": "RepeatImageBatch", "inputs": {"image": ["photo", 0], "amount": 2}}
        for name in ("pose", "regions", "start"):
            graph[name]["inputs"]["image"] = ["twice", 0]
        graph["twice"] = twice
        graph["second"] = node("ImageFromBatch", image=["inversion", 0], batch_index=1, length=1)
        graph["generated"] = node("ProbeDigest", value=["second", 0])
        pair, alone = host.run(graph), host.run(stages(seed=8))
        assert digest_of(pair)["bits"] == digest_of(alone)["bits"]

    def test_a_mask_of_one_serves_all(self, host):
        graph = stages(probe_image(batch=2))
        graph["mask"] = node("SolidMask", value=1.0, width=20, height=20)
        graph["stitch"] = stitch(mask=["mask", 0])
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert len(run.outputs["result"]["images"]) == 2


class TestStitch:
    @pytest.fixture
    def photo(self, host):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        return noise, node("LoadImage", image=host.put_input("noise.png", noise))

    def test_outside_the_mask_the_png_is_the_photo(self, host, photo):
        pixels, load = photo
        graph = stages(load)
        half = np.zeros((64, 64, 3), np.uint8)
        half[20:40, 10:50] = 255
        name = host.put_input("half.png", half)
        graph["mask"] = node("LoadImageMask", image=name, channel="red")
        graph["stitch"] = stitch(mask=["mask", 0], feather=3, grow=2)
        graph["as_image"] = node("MaskToImage", mask=["stitch", 1])
        graph["used"] = node("SaveImage", images=["as_image", 0], filename_prefix="mask")
        run = host.run(graph)
        assert run.ended == "success", run.error
        result = host.image(run.outputs["result"]["images"][0])
        used = host.image(run.outputs["used"]["images"][0])[..., 0]
        outside = used == 0
        assert outside.mean() > 0.4
        assert np.array_equal(result[outside], pixels[outside])
        assert not np.array_equal(result[used == 255], pixels[used == 255])

    def test_with_regions_too(self, host, photo):
        pixels, load = photo
        graph = stages(load)
        graph["as_image"] = node("MaskToImage", mask=["stitch", 1])
        graph["used"] = node("SaveImage", images=["as_image", 0], filename_prefix="mask")
        run = host.run(graph)
        assert run.ended == "success", run.error
        result = host.image(run.outputs["result"]["images"][0])
        outside = host.image(run.outputs["used"]["images"][0])[..., 0] == 0
        assert np.array_equal(result[outside], pixels[outside])

    def test_a_larger_photo_keeps_its_size(self, host):
        graph = stages(probe_image(256))
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert host.image(run.outputs["result"]["images"][0]).shape == (256, 256, 3)


class TestSizes:
    def test_a_large_photo_is_seen_like_a_small_one(self, host):
        """Networks know people at one size; the photo's must not matter."""
        graph = {
            "photo": node("LoadImage", image="fice_demo_photo.png"),
            "models": graphs.models("demo (built in)"),
        }
        for name, size in (("small", 128), ("large", 512)):
            graph[name] = node(
                "ImageScale",
                image=["photo", 0],
                upscale_method="area",
                width=size,
                height=size,
                crop="disabled",
            )
            graph[f"{name}_seen"] = node(
                "FICESegmentGarment", image=[name, 0], segmenter=["models", 4]
            )
            graph[f"{name}_mask"] = node("MaskToImage", mask=[f"{name}_seen", 1])
            graph[f"{name}_saved"] = node(
                "SaveImage", images=[f"{name}_mask", 0], filename_prefix=name
            )
        run = host.run(graph)
        assert run.ended == "success", run.error
        small, large = (
            host.image(run.outputs[f"{name}_saved"]["images"][0])[..., 0] > 127
            for name in ("small", "large")
        )
        large = large[2::4, 2::4]
        assert (small & large).sum() / (small | large).sum() > 0.95


class TestPersonBox:
    """A mask of the person tells DensePose where to look."""

    def test_finds_the_person_in_the_box_and_nobody_outside(self, host):
        """The demo photo in a corner of a larger one is charted there as it is alone."""
        graph = {
            "photo": node("LoadImage", image="fice_demo_photo.png"),
            "models": node("FICELoadModelSet", model_set="demo (built in)"),
            "alone": node("FICEDensePose", image=["photo", 0], densepose=["models", 3]),
            "small": node(
                "ImageScale",
                image=["photo", 0],
                upscale_method="area",
                width=256,
                height=256,
                crop="disabled",
            ),
            "wall": node("EmptyImage", width=512, height=512, batch_size=1, color=0x808080),
            "street": node(
                "ImageCompositeMasked",
                destination=["wall", 0],
                source=["small", 0],
                x=240,
                y=200,
                resize_source=False,
            ),
            "nothing": node("SolidMask", value=0.0, width=512, height=512),
            "patch": node("SolidMask", value=1.0, width=256, height=256),
            "mask": node(
                "MaskComposite",
                destination=["nothing", 0],
                source=["patch", 0],
                x=240,
                y=200,
                operation="add",
            ),
            "boxed": node(
                "FICEDensePose",
                image=["street", 0],
                densepose=["models", 3],
                person=["mask", 0],
            ),
        }
        for name in ("alone", "boxed"):
            graph[f"{name}_image"] = node("MaskToImage", mask=[name, 2])
            graph[f"{name}_body"] = node(
                "SaveImage", images=[f"{name}_image", 0], filename_prefix=name
            )
        run = host.run(graph)
        assert run.ended == "success", run.error
        alone, boxed = (
            host.image(run.outputs[f"{name}_body"]["images"][0])[..., 0]
            for name in ("alone", "boxed")
        )
        inside = boxed[200:456, 240:496] > 127
        assert (boxed > 127).sum() == inside.sum()
        step = len(alone) // 256
        expected = alone[step // 2 :: step, step // 2 :: step] > 127
        assert (inside & expected).sum() / (inside | expected).sum() > 0.9

    def test_each_photo_of_a_batch_and_the_inversion_look_into_the_box(self, host):
        graph = stages(probe_image(batch=2))
        name = host.put_input("person.png", _white(8, 40, 4, 60))
        graph["mask"] = node("LoadImageMask", image=name, channel="red")
        graph["pose"]["inputs"]["person"] = ["mask", 0]
        graph["body"] = node("MaskToImage", mask=["pose", 2])
        graph["seen"] = node("SaveImage", images=["body", 0], filename_prefix="body")
        run = host.run(graph)
        assert run.ended == "success", run.error
        bodies = [host.image(reference)[..., 0] for reference in run.outputs["seen"]["images"]]
        assert len(bodies) == 2
        for body in bodies:
            assert body[10:38, 6:58].min() > 127
            assert body[:6].max() == body[44:].max() == 0
        free = stages(probe_image(batch=2))
        assert digest_of(run)["bits"] != digest_of(host.run(free))["bits"]


def _white(top, bottom, left, right):
    """A black picture of 64 px with a white rectangle."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    return pixels


class TestOptionalInputs:
    @pytest.mark.parametrize(
        ("left_out", "term"),
        [
            ("pose", {"body_shape"}),
            ("regions", {"image", "head_shape"}),
            ("constraints", {"w_delta"}),
            ("start", set()),
        ],
    )
    def test_an_unlinked_input_leaves_its_terms_out(self, host, left_out, term):
        graph = stages()
        del graph["inversion"]["inputs"][left_out]
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert set(report_of(run)["images"][0]["losses"]) == ALL_TERMS - term

    def test_an_own_mask_takes_the_place_of_the_garment(self, host):
        graph = stages()
        graph["mask"] = node("SolidMask", value=1.0, width=64, height=64)
        graph["regions"]["inputs"]["mask"] = ["mask", 0]
        graph["digest"] = node("ProbeDigest", value=["regions", 1])
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert digest_of(run, "digest")["sum"] == 64 * 64

    def test_constraints_chain(self, host):
        graph = stages()
        graph["two"] = regularize("distance to mean", 0.1, constraints=["constraint", 0])
        graph["three"] = regularize("truncation pull", 0.1, constraints=["two", 0], first_layer=4)
        graph["four"] = regularize("w_delta", 0.1, constraints=["three", 0], last_layer=3)
        graph["inversion"]["inputs"]["constraints"] = ["four", 0]
        run = host.run(graph)
        losses = report_of(run)["images"][0]["losses"]
        assert {"w_delta", "distance to mean", "truncation pull", "w_delta 2"} <= set(losses)


class TestControls:
    def test_a_time_budget_ends_the_run_early(self, host):
        run = host.run(stages(steps=5000, time_budget=1.0, preview_every=0))
        assert run.ended == "success", run.error
        (item,) = report_of(run)["images"]
        assert 1 <= item["steps"] < 5000
        assert item["seconds"] < 5

    def test_locked_layers_stay(self, host):
        graph = stages(lock_pose=True, lock_shape=True, lock_texture=False, seed=11)
        free = stages(seed=11)
        for one in (graph, free):
            one["wplus"] = node("ProbeDigest", value=["inversion", 1])
        locked = host.run(graph)
        assert locked.ended == "success", locked.error
        moved = host.run(free)
        assert digest_of(locked, "wplus")["bits"] != digest_of(moved, "wplus")["bits"]


class TestLatents:
    def test_sample_and_generate(self, host):
        graph = {
            "models": graphs.models(),
            "sample": node(
                "FICESampleW",
                generator=["models", 0],
                seed=5,
                truncation_psi=0.7,
                batch_size=3,
            ),
            "draw": node("FICEGenerate", generator=["models", 0], wplus=["sample", 0]),
            "result": node("SaveImage", images=["draw", 0], filename_prefix="sample"),
            "digest": node("ProbeDigest", value=["draw", 0]),
        }
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert digest_of(run, "digest")["shape"] == [3, 64, 64, 3]

    def test_image_i_of_a_batch_is_the_figure_of_seed_plus_i(self, host):
        def sample(seed, count, index):
            return {
                "models": graphs.models(),
                "sample": node(
                    "FICESampleW",
                    generator=["models", 0],
                    seed=seed,
                    truncation_psi=1.0,
                    batch_size=count,
                ),
                "draw": node("FICEGenerate", generator=["models", 0], wplus=["sample", 0]),
                "one": node("ImageFromBatch", image=["draw", 0], batch_index=index, length=1),
                "digest": node("ProbeDigest", value=["one", 0]),
            }

        third = digest_of(host.run(sample(5, 3, 2)), "digest")
        alone = digest_of(host.run(sample(7, 1, 0)), "digest")
        assert third["sum"] == pytest.approx(alone["sum"], abs=1e-3)

    def test_a_sampled_figure_can_be_dressed(self, host):
        graph = stages()
        graph["sample"] = node(
            "FICESampleW", generator=["models", 0], seed=5, truncation_psi=0.7, batch_size=1
        )
        graph["photo"] = node("FICEGenerate", generator=["models", 0], wplus=["sample", 0])
        graph["inversion"]["inputs"]["start"] = ["sample", 0]
        del graph["start"]
        assert host.run(graph).ended == "success"


class TestSingleLoaders:
    def test_files_of_the_model_folders(self, host):
        graph = stages()
        del graph["models"]
        loaders = {
            "generator": "FICELoadStyleGAN2",
            "encoder": "FICELoadEncoder",
            "clip": "FICELoadCLIP",
            "densepose": "FICELoadDensePose",
            "segmenter": "FICELoadSegmenter",
        }
        for name, class_type in loaders.items():
            graph[name] = node(class_type, weights="tiny.safetensors")
        parts = list(loaders)
        for one in graph.values():
            for key, value in one["inputs"].items():
                if isinstance(value, list) and value[0] == "models":
                    one["inputs"][key] = [parts[value[1]], 0]
        run = host.run(graph)
        assert run.ended == "success", run.error

    def test_a_pickle_of_nvidia(self, host):
        """It is a choice of Load StyleGAN2, and draws what the library draws of the same file."""
        name, seed = "sg2_32_skip_nvidia.pkl", 5
        choices = host.get("/object_info/FICELoadStyleGAN2")["FICELoadStyleGAN2"]["input"]
        assert name in json.dumps(choices)
        graph = {
            "generator": node("FICELoadStyleGAN2", weights=name),
            "sample": node(
                "FICESampleW",
                generator=["generator", 0],
                seed=seed,
                truncation_psi=1.0,
                batch_size=1,
            ),
            "draw": node("FICEGenerate", generator=["generator", 0], wplus=["sample", 0]),
            "result": node("SaveImage", images=["draw", 0], filename_prefix="nvidia"),
        }
        run = host.run(graph)
        assert run.ended == "success", run.error
        drawn = host.image(run.outputs["result"]["images"][0]).astype(int)
        generator = load_generator(PARITY_DATA / name)
        z = torch.randn(1, generator.z_dim, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            expected = to_pixels(generator(z)[0]).astype(int)
        assert drawn.shape == (32, 32, 3)
        assert drawn.std() > 10, "a picture, not one colour"
        assert abs(drawn - expected).max() <= 1, "the host cuts fractions off, we round"


class TestOneNode:
    def test_same_bits_as_the_stages(self, host):
        """FICE Edit is the graph of the stages with the recipe's numbers."""
        in_one = host.run(graphs.edit(seed=2))
        assert in_one.ended == "success", in_one.error
        numbers = {**graphs.recipe_widgets(host), "text": graphs.TEXT, "seed": 2}
        by_stages = host.run(stages(**numbers))
        assert by_stages.ended == "success", by_stages.error
        assert digest_of(in_one)["bits"] == digest_of(by_stages)["bits"]

    def test_the_stages_agree_with_the_library(self, host):
        """Untouched widgets are the tuned recipe; only w_delta comes from W+ Regularize."""
        numbers = {**graphs.recipe_widgets(host), "text": graphs.TEXT, "seed": 2}
        by_stages = host.run(stages(**numbers))
        alone = host.run(graphs.library_edit(probe_image(), "tiny", seed=2))
        assert by_stages.ended == "success", by_stages.error
        assert digest_of(by_stages)["bits"] == digest_of(alone)["bits"]

    @pytest.mark.parametrize("recipe", ["tuned", "paper", "fast"])
    def test_same_bits_as_the_library(self, host, recipe):
        """Same frames, seeds and stitching for each photo of a batch, with every recipe."""
        photo = probe_image(batch=2)
        by_nodes = host.run(graphs.edit(photo, seed=5, recipe=recipe))
        alone = host.run(graphs.library_edit(photo, "tiny", seed=5, recipe=recipe))
        for run in (by_nodes, alone):
            assert run.ended == "success", run.error
        for what in ("generated", "edited"):
            assert digest_of(by_nodes, what)["bits"] == digest_of(alone, what)["bits"]

    @pytest.mark.parametrize("recipe", ["tuned", "paper", "fast"])
    def test_what_was_painted_is_what_may_change(self, host, recipe):
        """One rule in loss and stitch, with every recipe, by nodes and library alike."""
        pixels = np.zeros((64, 64, 3), np.uint8)
        pixels[20:40, 24:44] = 255
        mask = node("LoadImageMask", image=host.put_input("square.png", pixels), channel="red")
        by_nodes = graphs.edit(seed=6, recipe=recipe, mask=["mask", 0])
        by_nodes["before"] = node("SaveImage", images=["photo", 0], filename_prefix="before")
        alone = graphs.library_edit(probe_image(), "tiny", seed=6, recipe=recipe, mask=["mask", 0])
        free = graphs.edit(seed=6, recipe=recipe)
        runs = [host.run({**graph, "mask": mask}) for graph in (by_nodes, alone, free)]
        for run in runs:
            assert run.ended == "success", run.error
        for what in ("generated", "edited"):
            assert digest_of(runs[0], what)["bits"] == digest_of(runs[1], what)["bits"]
        # The loss knew of the mask as well.
        assert digest_of(runs[0])["bits"] != digest_of(runs[2])["bits"]
        before, after = (
            host.image(runs[0].outputs[name]["images"][0]) for name in ("before", "result")
        )
        changed = (before != after).any(2)
        assert changed.any()
        assert not changed[pixels[..., 0] == 0].any()

    def test_several_masks_for_one_photo_give_one_result_each(self, host):
        graph = graphs.edit(seed=7, mask=["masks", 0])
        left, right = np.zeros((2, 64, 64, 3), np.uint8)
        left[:, :32], right[:, 32:] = 255, 255
        for name, pixels in (("left", left), ("right", right)):
            graph[name] = node("LoadImage", image=host.put_input(f"{name}.png", pixels))
        graph["both"] = node("ImageBatch", image1=["left", 0], image2=["right", 0])
        graph["masks"] = node("ImageToMask", image=["both", 0], channel="red")
        graph["before"] = node("SaveImage", images=["photo", 0], filename_prefix="before")
        run = host.run(graph)
        assert run.ended == "success", run.error
        (before,) = (host.image(one) for one in run.outputs["before"]["images"])
        one, other = (host.image(picture) for picture in run.outputs["result"]["images"])
        assert np.array_equal(one[:, 32:], before[:, 32:])
        assert np.array_equal(other[:, :32], before[:, :32])
        assert not np.array_equal(one[:, :32], before[:, :32])

    def test_previews_show_on_the_node(self, host):
        run = host.run(graphs.edit(seed=20))
        assert run.ended == "success", run.error
        shown = {e["data"]["display_node_id"] for e in run.events if e["type"] == "preview"}
        assert "edit" in shown

    def test_another_text_does_not_load_or_look_again(self, host):
        host.run(graphs.edit(seed=21))
        run = host.run(graphs.edit(seed=21, text="a blue shirt"))
        ours = {"edit", "edited", "generated", "report", "result"}
        inner = set(run.executed) - ours
        assert run.ended == "success", run.error
        assert len(inner) == 2, run.executed
