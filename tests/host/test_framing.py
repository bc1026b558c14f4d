"""From a photo of any size to the generator's crop, and back at full resolution."""

from __future__ import annotations

import json

import graphs
import numpy as np
import pytest
from graphs import crop, node, probe_image, stages, stitch

from fice.base.frame import overlap
from fice.demo.world.large_photo import Place, draw_large_photo

pytestmark = pytest.mark.host

LARGE = Place(10_900_103, 300, 120, 400)
ORANGE = (255, 115, 25)  # the line around the frame
SMALL = Place(10_900_101, 20, 40, 220)


@pytest.fixture(scope="module")
def photo(host):
    """Two people in a photo, as pixels and as a node."""
    pixels = draw_large_photo((600, 800), [LARGE, SMALL])
    return pixels, node("LoadImage", image=host.put_input("two_people.png", pixels))


def framed(photo, **inputs):
    """The demo networks and the crop of `photo`."""
    return {
        "photo": photo,
        "models": graphs.models("demo (built in)"),
        "frame": crop(["photo", 0], **inputs),
        "crop": node("SaveImage", images=["frame", 0], filename_prefix="crop"),
        "shown": node("SaveImage", images=["frame", 2], filename_prefix="shown"),
    }


def picture(host, run, name):
    return host.image(run.outputs[name]["images"][0])


def box_shown(host, run):
    """Where the orange line of the overview is, in pixels of the photo."""
    shown = picture(host, run, "shown")
    assert shown.shape == (384, 512, 3)
    rows, columns = np.nonzero((abs(shown.astype(int) - ORANGE) < 3).all(2))
    scale = 800 / 512
    edges = (columns.min(), rows.min(), columns.max(), rows.max())
    return tuple(round(scale * float(edge)) for edge in edges)


class TestCrop:
    def test_finds_a_person_with_the_segmenter(self, host, photo):
        _, load = photo
        run = host.run(framed(load, segmenter=["models", 4], encoder=["models", 1]))
        assert run.ended == "success", run.error
        assert picture(host, run, "crop").shape == (128, 128, 3)
        found = box_shown(host, run)
        assert max(overlap(found, place.box) for place in (LARGE, SMALL)) > 0.5

    @pytest.mark.parametrize(("person", "place"), [(0, LARGE), (1, SMALL)])
    def test_of_a_mask_the_largest_or_the_chosen_one(self, host, photo, person, place):
        _, load = photo
        people = np.zeros((600, 800, 3), np.uint8)
        for one in (LARGE, SMALL):
            left, top, right, bottom = one.box
            people[top:bottom, left + 60 : right - 60] = 255
        name = host.put_input("people.png", people)
        graph = framed(load, mask=["mask", 0], person=person)
        graph["mask"] = node("LoadImageMask", image=name, channel="red")
        by_hand = framed(load, frame_from="box by hand", **box_of(place))
        masked, boxed = host.run(graph), host.run(by_hand)
        assert masked.ended == boxed.ended == "success", masked.error
        one, other = (picture(host, run, "crop").astype(float) for run in (masked, boxed))
        assert abs(one - other).mean() < 16  # the same person; placed as STANDARD says

    def test_of_the_pose_whom_densepose_charted(self, host, photo):
        _, load = photo
        around = np.zeros((600, 800, 3), np.uint8)
        left, top, right, bottom = LARGE.box
        around[top:bottom, left:right] = 255
        name = host.put_input("around.png", around)
        graph = framed(load, pose=["pose", 0])
        graph["around"] = node("LoadImageMask", image=name, channel="red")
        graph["pose"] = node(
            "FICEDensePose", image=["photo", 0], densepose=["models", 3], person=["around", 0]
        )
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert overlap(box_shown(host, run), LARGE.box) > 0.5

    def test_a_box_at_scale_one_is_the_photo_itself(self, host, photo):
        pixels, load = photo
        box = {"left": 410, "top": 130, "width": 128, "height": 128}
        run = host.run(framed(load, frame_from="box by hand", **box))
        assert np.array_equal(picture(host, run, "crop"), pixels[130:258, 410:538])

    def test_whole_photo_has_borders(self, host, photo):
        _, load = photo
        run = host.run(framed(load, frame_from="whole photo", padding="white"))
        pixels = picture(host, run, "crop")
        assert (pixels[:13] >= 254).all()
        assert pixels[20].mean() < 240

    def test_nothing_to_find_a_person_with(self, host, photo):
        run = host.run(framed(photo[1]))
        assert run.ended == "error"
        assert "link a segmenter, the pose of DensePose or a mask" in run.error["exception_message"]


def box_of(place):
    left, top, right, bottom = place.box
    return {"left": left, "top": top, "width": right - left, "height": bottom - top}


def framed_edit(load, **stitching):
    """All stages on a crop by hand, put back into the photo."""
    graph = stages(load)
    graph["frame"] = crop(["photo", 0], frame_from="box by hand", **box_of(LARGE))
    for name in ("pose", "regions", "start"):
        graph[name]["inputs"]["image"] = ["frame", 0]
    graph["stitch"] = stitch(regions=["regions", 0], frame=["frame", 1], **stitching)
    graph["outside"] = node("PreviewAny", source=["stitch", 2])
    graph["as_image"] = node("MaskToImage", mask=["stitch", 1])
    graph["used"] = node("SaveImage", images=["as_image", 0], filename_prefix="used")
    return graph


class TestPutBack:
    @pytest.mark.parametrize("seam", ["alpha", "pyramid", "poisson", "colour match"])
    def test_the_rest_of_the_photo_is_untouched(self, host, photo, seam):
        pixels, load = photo
        run = host.run(framed_edit(load, seam=seam, mode="all but the head (FICE)"))
        assert run.ended == "success", run.error
        result, used = picture(host, run, "result"), picture(host, run, "used")[..., 0]
        assert result.shape == pixels.shape
        outside = used == 0
        left, top = LARGE.box[:2]
        assert outside[:top].all()
        assert outside[:, :left].all()
        assert np.array_equal(result[outside], pixels[outside])
        assert (result != pixels).any(2)[used > 0].mean() > 0.5
        assert float(run.outputs["outside"]["text"][0]) == 0.0

    def test_a_mask_of_the_photo_follows_the_crop(self, host, photo):
        """Segment Garment crops it, and Stitch takes it as it is."""
        load = photo[1]
        own = np.zeros((600, 800, 3), np.uint8)
        own[300:420, 420:560] = 255
        graph = framed_edit(load, mask=["mask", 0], grow=0, feather=0)
        graph["mask"] = node("LoadImageMask", image=host.put_input("own.png", own), channel="red")
        graph["regions"]["inputs"] |= {"mask": ["mask", 0], "frame": ["frame", 1]}
        graph["seen"] = node("MaskToImage", mask=["regions", 1])
        graph["garment"] = node("SaveImage", images=["seen", 0], filename_prefix="seen")
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert np.array_equal(picture(host, run, "used"), own)
        garment = picture(host, run, "garment")[..., 0] > 127
        expected = own[120:520, 300:700, 0].mean() / 255
        assert garment.mean() == pytest.approx(expected, abs=0.01)

    def test_frame_of_another_photo(self, host, photo):
        graph = framed_edit(photo[1])
        graph["other"] = probe_image(256)
        graph["stitch"]["inputs"]["original"] = ["other", 0]
        run = host.run(graph)
        assert run.ended == "error"
        assert "link the photo that Crop to Generator Frame saw" in run.error["exception_message"]


def test_one_node_edit_of_a_photo_that_is_no_square(host, photo):
    """Crop by the demo segmenter; a tiny set could not find anybody.

    It finds the smaller one and cuts her head, so that the guard would stop here.
    """
    graph = graphs.edit(photo[1], model_set="demo (built in)", recipe="tuned", anyway=True)
    del graph["report"]
    with host.queued(graph) as (run, events):
        for event in events:
            if event["type"] == "preview":  # the inversion has begun: all before it fitted
                host.interrupt()
    assert run.ended == "interrupted", json.dumps(run.error)
