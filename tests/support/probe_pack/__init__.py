"""Nodes that look from inside at what the host and our nodes do; only the tests load them."""

from __future__ import annotations

import dataclasses
import gc
import importlib
import json
import sys
import time

import comfy.model_management as mm
import folder_paths
import torch
from comfy_api.latest import ComfyExtension, io

from .host_clip import CompareClip, HostClip

# What a pack does that has the body chart network in another form; it may load before or after us.
folder_paths.add_model_folder_path("densepose", folder_paths.models_dir + "/densepose")
folder_paths.folder_names_and_paths["densepose"][1].add(".onnx")

ANY = io.AnyType
MOST_PIXELS = 1 << 22  # larger pictures are plain, and take no memory


class Colours(io.ComfyNode):
    """Makes a batch of smooth pictures, or what a careless node may hand on."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeImage",
            category="probe",
            inputs=[
                io.Int.Input("width", default=64, min=1, max=10000),
                io.Int.Input("height", default=64, min=1, max=10000),
                io.Int.Input("channels", default=3, min=1, max=4),
                io.Int.Input("batch", default=1, min=1, max=8),
                io.Boolean.Input("half", default=False, optional=True),
            ],
            outputs=[io.Image.Output("image", display_name="image")],
        )

    @classmethod
    def execute(cls, width, height, channels, batch, half=False):
        if width * height > MOST_PIXELS:
            return io.NodeOutput(
                torch.full((1, 1, 1, 1), 0.5).expand(batch, height, width, channels)
            )
        x = torch.linspace(0, 1, width).view(1, 1, -1, 1)
        y = torch.linspace(0, 1, height).view(1, -1, 1, 1)
        waves = [torch.sin(6 * (x + (c + 1) * y) + c) * 0.5 + 0.5 for c in range(channels)]
        image = torch.cat(waves, -1)
        shades = [image * (1 - 0.2 * index) for index in range(batch)]
        made = torch.cat(shades)
        return io.NodeOutput(made.half() if half else made)


class MoveInInferenceMode(io.ComfyNode):
    """Does to a network what moving it between devices does, in the mode the host runs in.

    On a CPU `.to(device)` changes nothing, so a node that loads its networks wrongly would pass
    every test there. Another dtype and back makes new tensors, as another device would.
    """

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeMove",
            category="probe",
            inputs=[
                ANY.Input("network"),
                io.Boolean.Input("now", default=True),
                io.Boolean.Input("on_load", default=True),
            ],
            outputs=[ANY.Output("moved", display_name="moved")],
        )

    @classmethod
    def execute(cls, network, now, on_load):
        assert torch.is_inference_mode_enabled()
        module = network.patcher.model
        if now:
            _move(module)
        if on_load:
            mm.unload_all_models()
            module.to = lambda *_args, **_kwargs: _move(module)
        return io.NodeOutput(network)


def _move(module):
    kind = type(module)
    kind.to(module, torch.float64)
    return kind.to(module, torch.float32)


class Spoil(io.ComfyNode):
    """Makes latent codes unusable."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSpoil",
            category="probe",
            inputs=[ANY.Input("wplus")],
            outputs=[ANY.Output("spoilt", display_name="spoilt")],
        )

    @classmethod
    def execute(cls, wplus):
        return io.NodeOutput(dataclasses.replace(wplus, ws=wplus.ws * float("nan")))


class Digest(io.ComfyNode):
    """Says what came in: mode, values and gradients of a tensor; ends the graph."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeDigest",
            category="probe",
            is_output_node=True,
            inputs=[ANY.Input("value")],
            outputs=[],
        )

    @classmethod
    def execute(cls, value):
        tensor = getattr(value, "ws", value)
        found = {
            "shape": list(tensor.shape),
            "sum": float(tensor.double().sum()),
            "bits": hash(tensor.cpu().numpy().tobytes()),
            "requires_grad": tensor.requires_grad,
            "inference_mode": torch.is_inference_mode_enabled(),
        }
        return io.NodeOutput(ui={"found": [json.dumps(found)]})


class LibraryEdit(io.ComfyNode):
    """The same edit by the library alone, in this process and on these networks."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeLibraryEdit",
            category="probe",
            is_output_node=True,
            inputs=[
                io.Image.Input("image"),
                *(ANY.Input(name) for name in NETWORKS),
                io.String.Input("text"),
                io.Int.Input("seed"),
                io.String.Input("recipe"),
                io.Mask.Input("mask", optional=True),
            ],
            outputs=[
                io.Image.Output("generated", display_name="generated"),
                io.Image.Output("edited", display_name="edited"),
            ],
        )

    @classmethod
    def execute(cls, image, text, seed, recipe, mask=None, **networks):
        models = _library("pipeline.models").ModelSet(
            **{n: h.patcher.model for n, h in networks.items()}
        )
        photo = image.clone().movedim(-1, 1).contiguous()
        started = time.perf_counter()
        result = _library("pipeline.edit").edit(
            photo,
            text,
            models=models,
            seed=seed,
            recipe=_library("inversion").RECIPES[recipe],
            mask=None if mask is None else mask.clone().unsqueeze(1),
            memory=1,  # one image after another, as the nodes go: larger groups round otherwise
        )
        seconds = time.perf_counter() - started
        generated, edited = (one.movedim(1, -1) for one in (result.generated, result.image))
        return io.NodeOutput(generated, edited, ui={"found": [json.dumps({"seconds": seconds})]})


NETWORKS = ("generator", "encoder", "clip", "chart", "segmenter")


def _library(module):
    """A module of the library as our pack loads it."""
    pack = next(name for name in sys.modules if name.endswith("fice-nodes"))
    return importlib.import_module(f"{pack}.fice.{module}")


class Text(io.ComfyNode):
    """Shows a text; ends the graph."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeText",
            category="probe",
            is_output_node=True,
            inputs=[io.String.Input("text", force_input=True)],
            outputs=[],
        )

    @classmethod
    def execute(cls, text):
        return io.NodeOutput(ui={"text": [text]})


class Census(io.ComfyNode):
    """Counts the networks of ours that are alive, and those the host has loaded."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeCensus",
            category="probe",
            is_output_node=True,
            not_idempotent=True,
            inputs=[io.Int.Input("nonce", default=0)],
            outputs=[],
        )

    @classmethod
    def execute(cls, nonce):  # noqa: ARG003 - another number makes the host count again
        gc.collect()
        ours = [o for o in gc.get_objects() if _is_ours(o)]
        loaded = [type(m.model.model).__name__ for m in mm.current_loaded_models if m.model]
        found = {"alive": sorted(type(o).__name__ for o in ours), "loaded": sorted(loaded)}
        return io.NodeOutput(ui={"found": [json.dumps(found)]})


def _is_ours(thing):
    generators = {"Generator", "FrozenGenerator"}
    names = generators | {"CompactEncoder", "OpenClip", "CompactChart", "CompactRegions"}
    return type(thing).__name__ in names and isinstance(thing, torch.nn.Module)


class ProbeExtension(ComfyExtension):
    """What the host asks for."""

    async def get_node_list(self):
        seen = [Digest, LibraryEdit, Text, Census, CompareClip]
        return [Colours, MoveInInferenceMode, Spoil, HostClip, *seen]


async def comfy_entrypoint():
    return ProbeExtension()
