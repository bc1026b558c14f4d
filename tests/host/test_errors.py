"""What goes wrong is one clear sentence on the node where it went wrong."""

from __future__ import annotations

import graphs
import pytest
from graphs import node, probe_image, regularize, stages, stitch

from tools.host.comfy_host import PromptRejectedError

pytestmark = pytest.mark.host

MOST_CHARACTERS = 400


def failing(host, graph, where):
    """The message of a run that has to fail at `where`."""
    run = host.run(graph)
    assert run.ended == "error"
    assert run.error["node_id"] == where
    message = run.error["exception_message"].strip()
    assert len(message) < MOST_CHARACTERS
    assert "\n" not in message
    return message


def rejected(host, graph):
    """The messages of a prompt that the host does not even start."""
    with pytest.raises(PromptRejectedError) as refusal:
        host.run(graph)
    return " ".join(refusal.value.messages)


def with_stitch_of_photo(graph):
    """Stitches the photo onto itself, so that no other node sees it before."""
    graph["mask"] = node("SolidMask", value=1.0, width=64, height=64)
    graph["stitch"] = stitch(generated=["photo", 0], mask=["mask", 0])
    return graph


def only(graph, name):
    """The part of `graph` that `name` needs, with something that makes the host compute it."""
    needed, found = {name}, set()
    while needed - found:
        current = (needed - found).pop()
        found.add(current)
        links = (v for v in graph[current]["inputs"].values() if isinstance(v, list))
        needed |= {link[0] for link in links}
    return {
        **{key: graph[key] for key in found},
        "end": node("PreviewAny", source=[name, 0]),
    }


class TestModels:
    @pytest.mark.parametrize(
        ("class_type", "folder"),
        [
            ("FICELoadStyleGAN2", "stylegan2"),
            ("FICELoadEncoder", "fice_encoders"),
            ("FICELoadCLIP", "fice_clip"),
            ("FICELoadDensePose", "densepose"),
            ("FICELoadSegmenter", "fice_segmenters"),
        ],
    )
    def test_missing_file_names_the_folder_and_where_to_get_it(self, host, class_type, folder):
        graph = {
            "load": node(class_type, weights="gone.safetensors"),
            "show": node("ProbeDigest", value=["load", 0]),
        }
        message = rejected(host, graph)
        assert "gone.safetensors" in message
        assert str(host.base / "models" / folder) in message
        assert "README" in message

    def test_missing_set(self, host):
        assert "models/fice" in rejected(host, stages(model_set="gone"))

    def test_no_way_out_of_the_folder(self, host):
        assert "There is no" in rejected(host, stages(model_set="../fice/tiny"))

    def test_broken_file(self, host):
        (host.base / "models" / "stylegan2" / "broken.safetensors").write_bytes(b"not weights")
        graph = {
            "load": node("FICELoadStyleGAN2", weights="broken.safetensors"),
            "show": node("ProbeDigest", value=["load", 0]),
        }
        assert "broken.safetensors" in failing(host, graph, "load")

    def test_encoder_of_another_generator(self, host):
        graph = stages()
        graph["others"] = graphs.models("other")
        graph["start"]["inputs"]["encoder"] = ["others", 1]
        assert "encoder" in failing(host, graph, "start")

    @pytest.mark.parametrize("model_set", ["other", "wide"])
    def test_w_plus_of_another_generator(self, host, model_set):
        graph = {
            "models": graphs.models(),
            "others": graphs.models(model_set),
            "sample": node(
                "FICESampleW", generator=["others", 0], seed=0, truncation_psi=1.0, batch_size=1
            ),
            "draw": node("FICEGenerate", generator=["models", 0], wplus=["sample", 0]),
            "show": node("ProbeDigest", value=["draw", 0]),
        }
        assert "made with another generator" in failing(host, graph, "draw")


class TestPictures:
    def test_nobody_in_it(self, host):
        assert "no person" in failing(host, stages(model_set="blind"), "pose")

    @pytest.mark.parametrize("where", ["pose", "regions", "start", "stitch"])
    @pytest.mark.parametrize(
        ("image", "says"),
        [
            (probe_image(channels=4), "Split Image with Alpha"),
            (probe_image(channels=1), "RGB"),
            (probe_image(1), "1 x 1 pixels"),
            (probe_image(8000), "8000 x 8000 pixels"),
        ],
        ids=["alpha", "grey", "1x1", "8000x8000"],
    )
    def test_unusable_pixels(self, host, image, says, where):
        graph = only(with_stitch_of_photo(stages(image)), where)
        assert says in failing(host, graph, where)

    def test_other_proportions(self, host):
        wide = node("ProbeImage", width=96, height=64, channels=3, batch=1)
        assert "proportions" in failing(host, stages(wide), "start")

    def test_batches_that_do_not_fit(self, host):
        graph = stages(probe_image(batch=2))
        graph["three"] = probe_image(batch=3)
        graph["pose"]["inputs"]["image"] = ["three", 0]
        assert "2 images" in failing(host, graph, "inversion")


class TestMasks:
    @pytest.mark.parametrize("where", ["regions", "stitch"])
    def test_nothing_selected(self, host, where):
        graph = stages()
        graph["mask"] = node("SolidMask", value=0.0, width=64, height=64)
        graph[where]["inputs"]["mask"] = ["mask", 0]
        assert "Mask Editor" in failing(host, graph, where)

    def test_nothing_is_optimised_before_a_mask_is_refused(self, host):
        graph = stages()
        graph["mask"] = node("SolidMask", value=0.0, width=64, height=64)
        graph["stitch"]["inputs"]["mask"] = ["mask", 0]
        run = host.run(only(graph, "stitch"))
        assert run.error["node_id"] == "stitch"
        assert "inversion" not in run.executed

    def test_nobody_is_painted(self, host):
        graph = stages()
        graph["mask"] = node("SolidMask", value=0.0, width=64, height=64)
        graph["pose"]["inputs"]["person"] = ["mask", 0]
        assert "mask of the person selects nothing" in failing(host, graph, "pose")

    def test_stitch_without_a_region(self, host):
        assert "Segment Garment" in failing(host, {**stages(), "stitch": stitch()}, "stitch")


class TestTexts:
    @pytest.mark.parametrize("text", ["", "  \n "])
    def test_empty(self, host, text):
        assert "empty" in rejected(host, stages(text=text))
        assert "empty" in rejected(host, graphs.edit(text=text))

    def test_empty_and_linked(self, host):
        """What comes over a wire is not known before the run."""
        graph = stages(text=["words", 0])
        graph["words"] = node("PrimitiveStringMultiline", value=" ")
        assert "empty" in failing(host, graph, "inversion")

    def test_no_known_word(self, host):
        assert "xyzzy" in failing(host, stages(text="xyzzy"), "inversion")

    def test_some_unknown_words_are_reported(self, host):
        run = host.run(stages(text="a red dress with xyzzy"))
        assert '"xyzzy"' in run.outputs["report"]["text"][0]

    def test_too_long(self, host):
        graph = stages(text="red " * 200, complete="free (FICE)")
        assert "fewer words" in failing(host, graph, "inversion")


class TestNumbers:
    def test_not_a_number(self, host):
        graph = stages()
        graph["spoilt"] = node("ProbeSpoil", wplus=["start", 0])
        graph["inversion"]["inputs"]["start"] = ["spoilt", 0]
        assert "NaN" in failing(host, graph, "inversion")

    def test_all_weights_zero(self, host):
        zeros = dict.fromkeys(
            (
                *("clip_weight", "image_weight", "body_shape_weight", "head_shape_weight"),
                "start_prior_weight",
            ),
            0.0,
        )
        assert "weights are 0" in failing(host, stages(**zeros), "inversion")

    def test_all_layers_locked(self, host):
        locks = dict.fromkeys(("lock_pose", "lock_shape", "lock_texture"), True)
        assert "locked" in rejected(host, stages(**locks))

    def test_layers_that_the_generator_lacks(self, host):
        graph = stages()
        graph["constraint"] = regularize("w_delta", first_layer=40)
        assert "layers 0 to 9" in failing(host, graph, "inversion")

    def test_steps_out_of_range(self, host):
        assert "steps" in rejected(host, stages(steps=0))


class TestOneNode:
    def test_errors_show_on_it(self, host):
        assert "no person" in failing(host, graphs.edit(model_set="blind"), "edit")

    @pytest.mark.parametrize(
        ("photo", "mask", "says"),
        [
            (probe_image(), node("SolidMask", value=0.0, width=64, height=64), "selects nothing"),
            (probe_image(), node("SolidMask", value=1.0, width=96, height=64), "96 x 64 pixels"),
            (probe_image(channels=4), None, "Split Image with Alpha"),
            (probe_image(1), None, "1 x 1 pixels"),
            (node("EmptyImage", width=64, height=64, batch_size=1, color=0), None, "one colour"),
        ],
        ids=["black mask", "mask of another size", "alpha", "1x1", "one colour"],
    )
    def test_refused_before_any_network_is_loaded(self, host, photo, mask, says):
        host.free(free_memory=True, unload_models=True)
        graph = graphs.edit(photo)
        if mask is not None:
            graph["mask"] = mask
            graph["edit"]["inputs"]["mask"] = ["mask", 0]
        run = host.run(graph)
        assert run.error["node_id"] == "edit"
        assert says in run.error["exception_message"]
        assert run.said == []  # nor was anything loaded or looked at

    def test_an_empty_text_that_is_linked(self, host):
        host.free(free_memory=True, unload_models=True)
        graph = graphs.edit(text=["words", 0])
        graph["words"] = node("PrimitiveStringMultiline", value=" ")
        run = host.run(graph)
        assert "empty" in run.error["exception_message"]
        assert run.said == []

    def test_a_mask_that_is_white_all_over(self, host):
        graph = graphs.edit(seed=63)
        graph["mask"] = node("SolidMask", value=1.0, width=64, height=64)
        graph["edit"]["inputs"]["mask"] = ["mask", 0]
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert "white all over" in run.said[-1][1]
