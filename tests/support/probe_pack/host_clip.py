"""The host's own CLIP Vision and CLIP with random weights, and how close a guide is to them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import comfy.clip_vision
import comfy.sd
import comfy.sd1_clip
import comfy.sdxl_clip
import torch
from comfy_api.latest import io

ANY = io.AnyType
SMALL_IMAGE = {
    "hidden_size": 96,
    "intermediate_size": 384,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
SMALL_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
WIDE_IMAGE = {  # ViT-L-14 with two layers
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 2,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
}
WIDE_TEXT = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 2,
    "num_attention_heads": 12,
}
STEP = 1e-4  # of the difference that stands for a derivative


class HostClip(io.ComfyNode):
    """What Load CLIP Vision and Load CLIP put on their wires, made of random numbers."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeHostClip",
            category="probe",
            inputs=[
                io.Boolean.Input("wide", default=False),
                io.String.Input("activation", default="quick_gelu"),
                io.String.Input("image_activation", default=""),
                io.Int.Input("image_features", default=0),
                io.Combo.Input("vision", options=["clip", "siglip", "bare"], default="clip"),
                io.Combo.Input("projection", options=["own", "zeros", "identity"], default="own"),
                io.String.Input("source", default=""),
                io.Boolean.Input("sdxl", default=False),
                io.Boolean.Input("lora", default=False),
            ],
            outputs=[
                io.ClipVision.Output("made_vision", display_name="clip_vision"),
                io.Clip.Output("made_clip", display_name="clip"),
            ],
        )

    @classmethod
    def execute(cls, projection, lora, source, **asked):
        torch.manual_seed(0)
        vision, clip = _vision(**asked), _clip(**asked)
        weight = clip.cond_stage_model.clip_l.transformer.text_projection.weight
        if projection != "own":
            weight.zero_()
        if projection == "identity":
            weight.fill_diagonal_(1.0)
        if source:
            clip.patcher.cached_patcher_init = (None, ([source], None))
        if lora:
            key = "clip_l.transformer.text_projection.weight"
            clip.add_patches({key: ("diff", (torch.ones_like(weight),))})
        return io.NodeOutput(vision, clip)


def _vision(*, wide, activation, image_activation, image_features, vision, **_):
    config = {
        **(WIDE_IMAGE if wide else SMALL_IMAGE),
        "hidden_act": image_activation or activation,
        "projection_dim": image_features or (WIDE_TEXT if wide else SMALL_TEXT)["hidden_size"],
        "model_type": f"{vision if vision == 'siglip' else 'clip'}_vision_model",
        "num_channels": 3,
    }
    if vision == "bare":
        del config["projection_dim"]
    made = comfy.clip_vision.ClipVisionModel(config)
    _fill(made.model)
    return made


def _clip(*, wide, activation, sdxl, **_):
    target = SimpleNamespace(
        params={},
        clip=comfy.sdxl_clip.SDXLClipModel if sdxl else comfy.sd1_clip.SD1ClipModel,
        tokenizer=comfy.sdxl_clip.SDXLTokenizer if sdxl else comfy.sd1_clip.SD1Tokenizer,
    )
    text = {**(WIDE_TEXT if wide else SMALL_TEXT), "hidden_act": activation}
    larger = {**SMALL_TEXT, "hidden_size": 128}
    options = {"clip_l_model_config": text, "clip_g_model_config": larger}
    clip = comfy.sd.CLIP(target, model_options=options)
    _fill(clip.cond_stage_model)
    return clip


def _fill(network):
    """Weights that are larger than at birth, so that errors show; in half precision, as loaded."""
    for name, weight in network.named_parameters():
        if weight.ndim >= 2 and "embedding" not in name:
            weight.copy_(torch.randn(weight.shape) / weight[0].numel() ** 0.5)
        else:
            norm = "norm" in name and name.endswith("weight")
            weight.copy_(0.1 * torch.randn(weight.shape) + norm)


class CompareClip(io.ComfyNode):
    """How far the features and the gradient of a guide are from those of the host's networks."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeCompareClip",
            category="probe",
            is_output_node=True,
            inputs=[
                io.ClipVision.Input("clip_vision"),
                io.Clip.Input("text_encoder"),
                ANY.Input("guide"),
                io.String.Input("text"),
            ],
            outputs=[],
        )

    @classmethod
    def execute(cls, clip_vision, text_encoder, guide, text):
        with torch.inference_mode(False):
            model = guide.model
            tokens = text_encoder.tokenize(text)["l"]
            tower = text_encoder.cond_stage_model.clip_l
            tower.set_clip_options({"projected_pooled": True})
            with torch.no_grad():
                said = _unit(tower.encode_token_weights(tokens)[1])
            image = torch.rand(1, 3, *model.config.image_size)

            def looked(x):
                return _unit(clip_vision.model(pixel_values=model.preprocess(x))[2])

            with torch.no_grad():
                seen = looked(image)
                found = {
                    "image": _error(model.encode_image(image), seen),
                    "text": _error(model.encode_text([text]), said),
                }
            mine = image.clone().requires_grad_()
            with torch.enable_grad():
                (model.encode_image(mine) * said).sum().backward()
            # The host's network passes no gradient: a difference in double precision says it.
            way = (mine.grad / mine.grad.norm()).double()
            with torch.no_grad():
                ends = [looked(image.double() + s * STEP * way) for s in (1, -1)]
                slope = ((ends[0] - ends[1]) * said).sum() / (2 * STEP)
            found["slope"] = abs(float(slope / mine.grad.norm()) - 1)
            found["gradient"] = float(mine.grad.norm())
        return io.NodeOutput(ui={"found": [json.dumps(found)]})


def _unit(features):
    return features / features.norm(dim=-1, keepdim=True)


def _error(ours, theirs):
    return float((ours - theirs).abs().max() / theirs.abs().max())
