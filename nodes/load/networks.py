"""The nodes that load one network each from a file: a table, and a node for each of its lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comfy_api.latest import io
from torch import nn

from ...fice.base.errors import FiceError
from ...fice.checkpoints import (
    load_chart,
    load_clip,
    load_encoder,
    load_generator,
    load_segmenter,
)
from ...fice.checkpoints.built_in import built_in_segmenters
from ...fice.networks.perceptors.clip import OpenClip
from ..host.clip_halves import guide_of_host
from ..host.folders import (
    CHARTS,
    CLIP_GUIDES,
    ENCODERS,
    GENERATORS,
    SEGMENTERS,
)
from ..host.models import adopt, normal_tensors
from ..host.progress import Work
from ..host.wires import ChartNetworkWire, ClipWire, EncoderWire, GeneratorWire, SegmenterWire
from .weights import BUILT_IN, DEMO, Weights, fingerprint, problem


@dataclass(frozen=True)
class NetworkLoader:
    """A node that loads a network.

    Attributes:
        node_id: of the node.
        display_name: as the artist sees it.
        what: the network, in a few words.
        weights: the files that it offers.
        load: reads one.
        wire: what comes out.
        output: name of the output.
        tooltip: of the output.
        aliases: words under which the host finds the node.
        links: what may be linked in place of a file: all of it, or nothing.
        load_linked: makes the network of what is linked, by the names of `links`.
    """

    node_id: str
    display_name: str
    what: str
    weights: Weights
    load: Callable[[Any], nn.Module]
    wire: Any
    output: str
    tooltip: str
    aliases: tuple[str, ...]
    links: Callable[[], list[io.Input]] = list
    load_linked: Callable[..., nn.Module] | None = None


def clip_halves() -> list[io.Input]:
    """The host's own networks, of which a guide can be made."""
    return [
        io.ClipVision.Input(
            "clip_vision",
            display_name="clip vision",
            optional=True,
            tooltip="From Load CLIP Vision: with text encoder, the guide is made of the two, and "
            "no file is read.",
        ),
        io.Clip.Input(
            "text_encoder",
            display_name="text encoder",
            optional=True,
            tooltip="The CLIP of the same model, from Load CLIP or a checkpoint. The guide takes "
            "copies.",
        ),
    ]


def guide_of_linked(clip_vision: object = None, text_encoder: object = None) -> OpenClip:
    """The guide of two halves.

    Raises:
        FiceError: if one is missing, or they do not belong together.
    """
    if clip_vision is None or text_encoder is None:
        raise FiceError(
            "Load CLIP Guide needs both halves of a CLIP: link clip vision and text encoder, or "
            "neither, and choose a file."
        )
    return guide_of_host(clip_vision, text_encoder)


LOADERS = (
    NetworkLoader(
        "FICELoadStyleGAN2",
        "Load StyleGAN2",
        "a StyleGAN2 generator of people",
        Weights(GENERATORS, "generator"),
        lambda path: load_generator(path).freeze(),
        GeneratorWire,
        "generator",
        "Draws a person from W+.",
        ("stylegan", "generator"),
    ),
    NetworkLoader(
        "FICELoadEncoder",
        "Load W+ Encoder",
        "an encoder that finds the W+ of a photo",
        Weights(ENCODERS, "encoder"),
        load_encoder,
        EncoderWire,
        "encoder",
        "Finds the W+ of a photo, for the generator it was trained with.",
        ("e4e", "gan inversion"),
    ),
    NetworkLoader(
        "FICELoadCLIP",
        "Load CLIP Guide",
        "a CLIP model that compares pictures and texts",
        Weights(CLIP_GUIDES, "clip"),
        load_clip,
        ClipWire,
        "clip",
        "Compares pictures and texts.",
        ("open_clip", "text encoder", "clip vision"),
        clip_halves,
        guide_of_linked,
    ),
    NetworkLoader(
        "FICELoadDensePose",
        "Load DensePose",
        "a network that charts the body",
        Weights(CHARTS, "chart"),
        load_chart,
        ChartNetworkWire,
        "densepose",
        "Sees the parts of the body.",
        ("pose", "body parts"),
    ),
    NetworkLoader(
        "FICELoadSegmenter",
        "Load Garment Segmenter",
        "a network that finds garment, head and background",
        Weights(SEGMENTERS, "regions", built_in_segmenters()),
        load_segmenter,
        SegmenterWire,
        "segmenter",
        "Sees garment, head and background.",
        ("human parsing", "segmentation"),
    ),
)


def _tooltip(place: str, weights: Weights) -> str:
    """What may be chosen: files of `place`, and of other packs where those have some."""
    others = ", one that another pack keeps," if weights.folder.may_lie_elsewhere else ","
    if not weights.built_in:
        return f"A file of {place}{others} or the demo that comes with the pack."
    names = " and ".join(f"{name}{BUILT_IN}" for name in weights.built_in)
    return (
        f"A file of {place}{others} or what comes with the pack: the demo, for drawn figures, or "
        f"{names}, for photos of people."
    )


def loader_node(loader: NetworkLoader) -> type[io.ComfyNode]:
    """The node of a line of the table."""

    class LoadNetwork(io.ComfyNode):
        """Loads one network."""

        @classmethod
        def define_schema(cls) -> io.Schema:
            """What the host shows of the node."""
            place = f"models/{loader.weights.folder.category}"
            return io.Schema(
                node_id=loader.node_id,
                display_name=loader.display_name,
                category="FICE/load",
                description=f"Loads {loader.what}. Files lie in {place}.",
                search_aliases=[*loader.aliases, "load model", "fice"],
                inputs=[
                    io.Combo.Input(
                        "weights",
                        options=loader.weights.choices(),
                        default=DEMO,
                        tooltip=_tooltip(place, loader.weights),
                    ),
                    *loader.links(),
                ],
                outputs=[
                    loader.wire.Output(
                        loader.output, display_name=loader.output, tooltip=loader.tooltip
                    )
                ],
            )

        @classmethod
        def validate_inputs(cls, weights: str) -> bool | str:
            """Tells before the run that a file is missing."""
            return problem(loader.weights.find, weights)

        @classmethod
        def fingerprint_inputs(cls, weights: str) -> str:
            """Changes when the file does."""
            return fingerprint(loader.weights.find(weights))

        @classmethod
        def execute(cls, weights: str, **linked: object) -> io.NodeOutput:
            """Reads the file; the host moves the network when it is needed."""
            Work().part("Loading…")
            with normal_tensors():
                if linked and loader.load_linked:
                    network, name = loader.load_linked(**linked), "the two halves that are linked"
                else:
                    network, name = loader.load(loader.weights.find(weights)), f"'{weights}'"
                return io.NodeOutput(adopt(network, name))

    LoadNetwork.__name__ = LoadNetwork.__qualname__ = loader.node_id
    return LoadNetwork


NETWORK_NODES = tuple(loader_node(loader) for loader in LOADERS)
"""A node per network, in the order in which an edit needs them."""
