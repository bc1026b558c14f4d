"""The template for photos of people, with other files, and what shows that nothing else changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.host.comfy_host import Graph
from tools.host.workflow_files import WORKFLOWS, read_workflow, ui_to_api

TEMPLATE = "FICE 17 - edit a photo of a person.json"
FINDS_PEOPLE = "photos (built in)"
STAGES = {
    "FICECropToFrame": "frame",
    "FICEInvertImage": "start",
    "FICEDensePose": "pose",
    "FICESegmentGarment": "regions",
    "FICEClipGuidedInversion": "inversion",
    "FICEStitch": "stitch",
    "FICELoadStyleGAN2": "load generator",
    "FICELoadEncoder": "load encoder",
    "FICELoadCLIP": "load CLIP",
    "FICELoadDensePose": "load DensePose",
    "FICELoadSegmenter": "load segmenter",
    "LoadImage": "photo",
    "SaveImage": "save",
}
"""What the stages are called here, by the ids of their nodes."""


def photo_graph(files: Mapping[str, str], photo: str, **numbers: float) -> Graph:
    """The template as an artist would queue it, its nodes named by `STAGES`.

    A segmenter with random weights finds nobody, so the one that comes with the pack frames the
    person; what else looks at the photo is of `files`.

    Args:
        files: what each loader reads, by the id of its node.
        photo: name of the input.
        numbers: widgets of the inversion.
    """
    template = ui_to_api(read_workflow(WORKFLOWS / TEMPLATE))
    names = {key: STAGES.get(one["class_type"], key) for key, one in template.items()}

    def renamed(value: object) -> object:
        return [names[value[0]], value[1]] if isinstance(value, list) else value

    graph: Graph = {}
    for key, node in template.items():
        kind = node["class_type"]
        inputs = {name: renamed(value) for name, value in node["inputs"].items()}
        if kind in files:
            inputs["weights"] = files[kind]
        graph[names[key]] = {"class_type": kind, "inputs": inputs}
    graph["photo"]["inputs"]["image"] = photo
    graph["inversion"]["inputs"] |= numbers
    graph["load finder"] = _node("FICELoadSegmenter", weights=FINDS_PEOPLE)
    graph["frame"]["inputs"]["segmenter"] = ["load finder", 0]
    return graph | {
        "outside": _node("PreviewAny", source=["stitch", 2]),
        "mask as image": _node("MaskToImage", mask=["stitch", 1]),
        "mask": _node("SaveImage", images=["mask as image", 0], filename_prefix="mask"),
        "inversion report": _node("PreviewAny", source=["inversion", 3]),
        "start report": _node("PreviewAny", source=["start", 4]),
    }


def _node(class_type: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}
