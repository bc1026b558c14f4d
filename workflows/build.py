"""Builds the workflow files, their thumbnails, and the pictures of the documentation.

The graphs are written here in API format; the real frontend turns them into the files that it would
save itself. Needs a ComfyUI checkout and Chromium (see CONTRIBUTING):

    .venv/bin/python workflows/build.py [--only files|blueprint|pictures|help]
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import Frontend, open_frontend  # noqa: E402
from comfy_host import PACK_NAME, ComfyHost, find_host, prepare_base, running_host  # noqa: E402
from PIL import Image  # noqa: E402
from workflow_files import ui_to_api  # noqa: E402

PHOTO = "fice_demo_photo.png"
DEMO = "demo (built in)"
THUMBNAIL = (400, 400)
HOST_VERSION = "0.33.0"
VERSION = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
PICTURES = ROOT / "docs" / "pictures"
HELP = ROOT / "nodes" / "web" / "docs"


@dataclass(frozen=True)
class Placed:
    """A node of a graph: what it is, where it lies, how large it is."""

    kind: str
    at: tuple[int, int]
    size: tuple[int, int]
    inputs: dict[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Scene:
    """A workflow as it is written by hand.

    Attributes:
        nodes: by name; a link is `("name", output)`.
        note: what the artist reads first, Markdown.
        note_at: where, and how large.
        groups: title, and left, top, width, height.
        result: the node whose picture becomes the thumbnail.
        app: the widgets, `(node, widget)`, and result nodes of the form view.
        as_app: whether it opens in the form view.
    """

    nodes: dict[str, Placed]
    note: str
    note_at: tuple[int, int, int, int]
    result: str
    groups: tuple[tuple[str, tuple[int, int, int, int]], ...] = ()
    app: tuple[tuple[tuple[str, str], ...], tuple[str, ...]] | None = None
    as_app: bool = False


def photo(at: tuple[int, int]) -> Placed:
    """The demo photo."""
    return Placed("LoadImage", at, (300, 330), {"image": PHOTO}, "Photo")


def show(source: tuple[str, int], at: tuple[int, int], title: str, size: tuple[int, int] = (260, 280)) -> Placed:
    """A preview."""
    return Placed("PreviewImage", at, size, {"images": source}, title)


def save(source: tuple[str, int], at: tuple[int, int], title: str, size: tuple[int, int] = (400, 440)) -> Placed:
    """A result."""
    return Placed("SaveImage", at, size, {"images": source, "filename_prefix": "fice"}, title)


def near(at: tuple[int, int], size: tuple[int, int] = (260, 130)) -> Placed:
    """The second constraint of the tuned recipe, chained to the first."""
    inputs = {"mode": "distance to start", "weight": 0.1, "constraints": ("constraint", 0)}
    return Placed("FICEWPlusRegularize", at, size, inputs)


def inversion(at: tuple[int, int], text: str, links: dict[str, Any], *, seed: int = 0, title: str = "") -> Placed:
    """The stage that takes the time; all its numbers stay as they are."""
    inputs = {**links, "text": text, "seed": seed}
    return Placed("FICEClipGuidedInversion", at, (340, 960), inputs, title)


LOADERS = {
    "generator": ("FICELoadStyleGAN2", "Load StyleGAN2"),
    "encoder": ("FICELoadEncoder", "Load W+ Encoder"),
    "clip": ("FICELoadCLIP", "Load CLIP Guide"),
    "densepose": ("FICELoadDensePose", "Load DensePose"),
    "segmenter": ("FICELoadSegmenter", "Load Garment Segmenter"),
}


def step_by_step() -> Scene:
    """All six stages, every network from a loader of its own."""
    loaders = {
        name: Placed(kind, (0, 420 + 130 * row), (300, 90), {"weights": DEMO}, title)
        for row, (name, (kind, title)) in enumerate(LOADERS.items())
    }
    nodes = {
        "photo": photo((0, 0)),
        **loaders,
        "pose": Placed("FICEDensePose", (380, 0), (260, 110), {"image": ("photo", 0), "densepose": ("densepose", 0)}),
        "regions": Placed("FICESegmentGarment", (380, 440), (260, 130), {"image": ("photo", 0), "segmenter": ("segmenter", 0)}),
        "start": Placed("FICEInvertImage", (380, 830), (260, 130), {"image": ("photo", 0), "generator": ("generator", 0), "encoder": ("encoder", 0)}),
        "constraint": Placed("FICEWPlusRegularize", (700, 830), (280, 130), {"mode": "w_delta", "weight": 0.02}),
        "near": near((700, 1000), (280, 130)),
        "inversion": inversion((1060, 0), "a red and white striped shirt with short sleeves", {
            "generator": ("generator", 0), "clip": ("clip", 0), "start": ("start", 0), "pose": ("pose", 0),
            "regions": ("regions", 0), "constraints": ("near", 0)}),
        "stitch": Placed("FICEStitch", (1980, 0), (420, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "chart": show(("pose", 1), (700, 0), "Body parts"),
        "garment": Placed("MaskPreview", (700, 440), (260, 280), {"mask": ("regions", 1)}, "Garment"),
        "generated": show(("inversion", 0), (1480, 0), "Generated figure", (420, 440)),
        "losses": show(("inversion", 2), (1480, 530), "Losses", (420, 300)),
        "result": save(("stitch", 0), (1980, 260), "Result", (420, 480)),
        "report": Placed("PreviewAny", (1980, 830), (420, 240), {"source": ("inversion", 3)}, "Report"),
    }
    note = (
        "## Change the garment by words\nWrite what the person should wear into **text** of *CLIP-Guided Inversion* and press "
        "**Run**; the figure changes while you watch.\n\n1. **DensePose** and **Segment Garment** look at the photo.\n"
        "2. **Invert Image** finds its latent codes.\n3. **CLIP-Guided Inversion** moves them towards the text.\n"
        "4. **Stitch** puts the new garment into the photo; all else stays as it was, pixel for pixel.\n\n"
        "Unlink *pose* or *regions* to see what they hold in place."
    )
    return Scene(nodes, note, (-420, 0, 380, 330), "result")


def one_node() -> Scene:
    """The whole edit in one node, as an app too."""
    nodes = {
        "photo": photo((0, 0)),
        "edit": Placed("FICEEdit", (360, 0), (360, 420), {"image": ("photo", 0), "text": "a green dress with long sleeves", "model_set": DEMO}),
        "result": save(("edit", 0), (780, 0), "Result"),
    }
    note = "## One node\nLoad a photo, write a text, press **Run**. The **Apps** tab shows the same as a form."
    app = ((("photo", "image"), ("edit", "text")), ("result",))
    return Scene(nodes, note, (0, 400, 300, 130), "result", app=app)


def _look(top: int) -> dict[str, Placed]:
    """Models and all that is seen in the photo, once for several inversions."""
    return {
        "models": Placed("FICELoadModelSet", (0, top + 420), (300, 150), {"model_set": DEMO}),
        "pose": Placed("FICEDensePose", (380, top), (260, 110), {"image": ("photo", 0), "densepose": ("models", 3)}),
        "regions": Placed("FICESegmentGarment", (380, top + 180), (260, 130), {"image": ("photo", 0), "segmenter": ("models", 4)}),
        "start": Placed("FICEInvertImage", (380, top + 380), (260, 130), {"image": ("photo", 0), "generator": ("models", 0), "encoder": ("models", 1)}),
        "constraint": Placed("FICEWPlusRegularize", (380, top + 580), (260, 130), {"mode": "w_delta", "weight": 0.02}),
        "near": near((380, top + 750)),
    }


SEEN = {
    "generator": ("models", 0), "clip": ("models", 2), "start": ("start", 0), "pose": ("pose", 0),
    "regions": ("regions", 0), "constraints": ("near", 0),
}


def four_texts() -> Scene:
    """The photo is looked at once; each text has an inversion of its own."""
    texts = ("a yellow dress with dots", "a blue shirt with long sleeves", "a red and white striped shirt", "a green sleeveless top")
    nodes = {"photo": photo((0, 0)), **_look(0)}
    for column, text in enumerate(texts):
        x = 720 + 400 * column
        nodes[f"inversion{column}"] = inversion((x, 0), text, SEEN)
        nodes[f"stitch{column}"] = Placed("FICEStitch", (x, 1040), (340, 170), {"original": ("photo", 0), "generated": (f"inversion{column}", 0), "regions": ("regions", 0)})
        nodes[f"result{column}"] = save((f"stitch{column}", 0), (x, 1290), text, (340, 400))
    note = "## One photo, four texts\nThe photo is looked at once. Change one text: only that column runs again."
    return Scene(nodes, note, (0, 640, 300, 150), "result0")


def made_up_figure() -> Scene:
    """A figure from the generator, dressed in something else."""
    nodes = {
        "models": Placed("FICELoadModelSet", (0, 200), (300, 150), {"model_set": DEMO}),
        "sample": Placed("FICESampleW", (0, 0), (300, 150), {"generator": ("models", 0), "seed": 3, "truncation_psi": 0.7, "batch_size": 1}),
        "figure": Placed("FICEGenerate", (360, 0), (260, 80), {"generator": ("models", 0), "wplus": ("sample", 0)}),
        "before": show(("figure", 0), (360, 150), "Made-up figure", (300, 330)),
        "pose": Placed("FICEDensePose", (700, 0), (260, 110), {"image": ("figure", 0), "densepose": ("models", 3)}),
        "regions": Placed("FICESegmentGarment", (700, 180), (260, 130), {"image": ("figure", 0), "segmenter": ("models", 4)}),
        "constraint": Placed("FICEWPlusRegularize", (700, 380), (260, 130), {"mode": "w_delta", "weight": 0.02}),
        "near": near((700, 550)),
        "inversion": inversion((1020, 0), "a blue dress with white dots", {**SEEN, "start": ("sample", 0)}),
        "stitch": Placed("FICEStitch", (1420, 0), (300, 170), {"original": ("figure", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1420, 240), "Result"),
    }
    note = "## A figure that never was\n**Sample W+** makes up a person; the edit starts from her own latent codes, so nothing has to be inverted."
    return Scene(nodes, note, (0, 420, 300, 150), "result")


def regularised() -> Scene:
    """The same edit with and without a constraint on W+."""
    text = "a yellow shirt with black stripes"
    free = {k: v for k, v in SEEN.items() if k != "constraints"}
    nodes = {"photo": photo((0, 0)), **_look(0)}
    nodes["constraint"] = Placed("FICEWPlusRegularize", (380, 580), (260, 130), {"mode": "distance to mean", "weight": 0.05})
    for column, (name, links) in enumerate((("off", free), ("on", SEEN))):
        x = 720 + 800 * column
        nodes[f"inversion_{name}"] = inversion((x, 0), text, links, title=f"CLIP-Guided Inversion: W+ Regularize {name}")
        nodes[f"generated_{name}"] = show((f"inversion_{name}", 0), (x + 380, 0), f"Generated, {name}", (340, 400))
        nodes[f"stitch_{name}"] = Placed("FICEStitch", (x + 380, 460), (340, 170), {"original": ("photo", 0), "generated": (f"inversion_{name}", 0), "regions": ("regions", 0)})
        nodes[f"result_{name}"] = save((f"stitch_{name}", 0), (x + 380, 700), f"Result, {name}", (340, 400))
    note = "## W+ Regularize off and on\nThe same photo, text and seed. The constraint keeps the latent codes where the generator has seen people."
    return Scene(nodes, note, (0, 640, 300, 150), "result_on")


SCENES = {
    "FICE - change the garment by words": step_by_step,
    "FICE - edit in one node": one_node,
    "FICE - edit in one node.app": lambda: replace(one_node(), as_app=True),
    "FICE - one photo, four texts": four_texts,
    "FICE - dress a made-up figure": made_up_figure,
    "FICE - W+ Regularize off and on": regularised,
}

BLUEPRINT = "FICE edit"
# The frontend exposes the seed by itself.
EXPOSED = (("models", "model_set"), ("inversion", "text"), ("inversion", "negative_text"))

# Runs in the frontend: makes one node of the stages and returns it as a blueprint.
TO_BLUEPRINT = """([inner, exposed, name, pack, version]) => {
  const nodes = app.graph.nodes.filter(node => inner.includes(String(node.id)));
  const {subgraph, node} = app.graph.convertToSubgraph(new Set(nodes));
  for (const other of [...app.graph.nodes]) if (other !== node) app.graph.remove(other);
  subgraph.name = name;
  node.title = name;
  node.pos = [0, 0];
  for (const [id, widget] of exposed) {
    const owner = subgraph.nodes.find(one => String(one.id) === id);
    const slot = owner.inputs.find(one => one.widget?.name === widget);
    subgraph.addInput(widget, slot.type).connect(slot, owner);
  }
  node.setSize([380, 320]);
  for (const one of subgraph.nodes) {
    one.properties['cnr_id'] = pack; one.properties['ver'] = version;
    const control = one.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  return JSON.stringify(app.graph.serialize());
}"""


def blueprint() -> Scene:
    """The stages of an edit around a photo, to become one node that can be opened."""
    nodes = {
        "photo": photo((-400, 0)),
        **_look(0),
        "inversion": inversion((720, 0), "a green dress with long sleeves", SEEN),
        "stitch": Placed("FICEStitch", (1120, 0), (340, 170), {"original": ("photo", 0), "generated": ("inversion", 0), "regions": ("regions", 0)}),
        "result": save(("stitch", 0), (1520, 0), "Result"),
    }
    return Scene(nodes, "", (0, 0, 0, 0), "result")


def build_blueprint(host: ComfyHost, frontend: Frontend) -> None:
    """Writes the subgraph that the host lists among its blueprints."""
    scene = blueprint()
    api, layout = numbered(scene, host)
    frontend.load_api(api, BLUEPRINT)
    frontend.page.evaluate(LAYOUT, [layout, HOST_VERSION, VERSION, PACK_NAME])
    number = {node: str(index + 1) for index, node in enumerate(scene.nodes)}
    inner = [number[name] for name in scene.nodes if name not in ("photo", "result")]
    exposed = [[number[name], widget] for name, widget in EXPOSED]
    saved = json.loads(frontend.page.evaluate(TO_BLUEPRINT, [inner, exposed, BLUEPRINT, PACK_NAME, VERSION]))
    saved.pop("id", None)
    (ROOT / "subgraphs").mkdir(exist_ok=True)
    text = json.dumps(saved, indent=1, ensure_ascii=False)
    (ROOT / "subgraphs" / f"{BLUEPRINT}.json").write_text(text + "\n", encoding="utf-8")


# Runs in the frontend: gives the loaded graph its layout and returns what it would save.
LAYOUT = """([scene, core, version, pack]) => {
  for (const node of app.graph.nodes) {
    const plan = scene.nodes[node.id];
    node.pos = plan.at;
    const needed = node.computeSize();
    node.setSize(plan.size.map((side, axis) => Math.max(side, needed[axis])));
    if (plan.title) node.title = plan.title;
    const ours = node.type.startsWith('FICE');
    node.properties['cnr_id'] = ours ? pack : 'comfy-core';
    node.properties['ver'] = ours ? version : core;
    const control = node.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  if (scene.note) {
  const note = LiteGraph.createNode('MarkdownNote');
  app.graph.add(note);
  note.pos = scene.note_at.slice(0, 2); note.setSize(scene.note_at.slice(2));
  note.title = 'Read me'; note.widgets[0].value = scene.note;
  note.properties['cnr_id'] = 'comfy-core'; note.properties['ver'] = core;
  }
  if (scene.app) {
    app.graph.extra.linearMode = scene.as_app;
    app.graph.extra.linearData = scene.app;
  }
  const saved = app.graph.serialize();
  saved.extra = {...saved.extra, ds: {scale: 0.6, offset: [460, 80]}};
  return JSON.stringify(saved);
}"""


def numbered(scene: Scene, host: ComfyHost) -> tuple[dict[str, Any], dict[str, Any]]:
    """The scene in API format, and the layout, both by number."""
    number = {name: str(index + 1) for index, name in enumerate(scene.nodes)}
    api, layout = {}, {}
    for name, placed in scene.nodes.items():
        inputs = defaults(host, placed.kind)
        for key, value in placed.inputs.items():
            inputs[key] = [number[value[0]], value[1]] if isinstance(value, tuple) else value
        api[number[name]] = {"class_type": placed.kind, "inputs": inputs}
        layout[number[name]] = {"at": placed.at, "size": placed.size, "title": placed.title}
    app = None
    if scene.app:
        widgets, results = scene.app
        app = {
            "inputs": [[int(number[node]), widget] for node, widget in widgets],
            "outputs": [int(number[node]) for node in results],
        }
    return api, {"nodes": layout, "note": scene.note, "note_at": scene.note_at, "app": app, "as_app": scene.as_app}


def defaults(host: ComfyHost, kind: str) -> dict[str, Any]:
    """What the widgets of a node show before somebody touches them."""
    groups = host.get(f"/object_info/{kind}")[kind]["input"]
    specs = {**groups.get("required", {}), **groups.get("optional", {})}
    known = {name: spec[1] for name, spec in specs.items() if len(spec) > 1}
    return {name: options["default"] for name, options in known.items() if "default" in options}


def build_files(host: ComfyHost, frontend: Frontend) -> None:
    """Writes the workflow files."""
    for name, make in SCENES.items():
        api, layout = numbered(make(), host)
        frontend.load_api(api, name)
        arguments = [layout, HOST_VERSION, VERSION, PACK_NAME]
        saved = json.loads(frontend.page.evaluate(LAYOUT, arguments))
        saved.pop("id", None)
        text = json.dumps(saved, indent=1, ensure_ascii=False)
        (ROOT / "workflows" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def build_pictures(host: ComfyHost, frontend: Frontend) -> None:
    """Runs each workflow, and takes its thumbnail and a screenshot."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, make in SCENES.items():
        workflow = json.loads((ROOT / "workflows" / f"{name}.json").read_text(encoding="utf-8"))
        number = {node: str(index + 1) for index, node in enumerate(make().nodes)}
        run = host.run(ui_to_api(workflow))
        if run.ended != "success":
            raise RuntimeError(f"{name}: {run.error}")
        (reference, *_) = run.outputs[number[make().result]]["images"]
        result = Image.open(io.BytesIO(host.file(reference))).convert("RGB")
        before = Image.open(ROOT / "workflows" / "assets" / PHOTO).convert("RGB")
        thumbnail(before, result).save(ROOT / "workflows" / f"{name}.jpg", quality=88)
        host.free(free_memory=True, unload_models=True)  # so that the previews appear
        frontend.load(workflow, name)
        frontend.run()
        slug = name.removeprefix("FICE - ").lower().replace(" ", "-").replace(",", "").replace("+", "plus")
        frontend.screenshot(PICTURES / f"{slug}.jpg")


def thumbnail(before: Image.Image, after: Image.Image) -> Image.Image:
    """Both pictures, half of each."""
    width, height = THUMBNAIL
    canvas = Image.new("RGB", THUMBNAIL, "white")
    for left, picture in ((0, before), (width // 2, after)):
        scaled = picture.resize((height, height), Image.LANCZOS)
        margin = (height - width // 2) // 2
        canvas.paste(scaled.crop((margin, 0, margin + width // 2, height)), (left, 0))
    return canvas


def build_help(host: ComfyHost, frontend: Frontend) -> None:
    """Takes a picture of each node for its help page."""
    kinds = sorted(kind for kind in host.get("/object_info") if kind.startswith("FICE"))
    for kind in kinds:
        frontend.picture_of_node(kind, HELP / f"{kind}.png")


def main() -> None:
    """Builds what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("files", "blueprint", "pictures", "help"))
    only = parser.parse_args().only
    checkout = find_host()
    if checkout is None:
        raise SystemExit("no ComfyUI found; see CONTRIBUTING")
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            steps = {"files": build_files, "blueprint": build_blueprint, "pictures": build_pictures, "help": build_help}
            for name, step in steps.items():
                if only in (None, name):
                    step(host, frontend)


if __name__ == "__main__":
    main()
