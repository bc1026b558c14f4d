"""A file in the wrong place: every loader says what it is and where it belongs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fice.base.errors import CheckpointError
from fice.checkpoints import (
    load_chart,
    load_clip,
    load_encoder,
    load_generator,
    load_segmenter,
)
from fice.checkpoints.convert import convert
from fice.edits.files import load_edit
from fice.lab.evaluation.arcface import load_arcface
from fice.pipeline.model_files import DEMO_WEIGHTS

DATA = Path(__file__).parents[1] / "parity" / "data"
LOADERS = {
    "generator": load_generator,
    "encoder": load_encoder,
    "clip": load_clip,
    "chart": load_chart,
    "segmenter": load_segmenter,
    "edit": load_edit,
    "arcface": load_arcface,
}
NETWORKS = ("generator", "encoder", "clip", "chart", "segmenter")

# Names of tensors as their authors' files have them, what they are, and where they belong.
FOREIGN = {
    "checkpoint": (
        ["model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.encoder.conv_in.bias"],
        "a checkpoint of Stable Diffusion",
        "models/checkpoints",
    ),
    "sdxl": (
        [
            "model.diffusion_model.input_blocks.0.0.weight",
            "conditioner.embedders.1.model.logit_scale",
        ],
        "a checkpoint of Stable Diffusion",
        "models/checkpoints",
    ),
    "flux": (["double_blocks.0.img_attn.qkv.weight"], "a diffusion model", "diffusion_models"),
    "unet": (["down_blocks.0.resnets.0.conv1.weight"], "a diffusion model", "diffusion_models"),
    "kohya": (["lora_unet_down_blocks_0.lora_down.weight"], "a LoRA", "models/loras"),
    "peft": (["diffusion_model.layers.0.to_q.lora_A.weight"], "a LoRA", "models/loras"),
    "vae": (["encoder.conv_in.weight", "decoder.conv_out.weight"], "a VAE", "models/vae"),
    "controlnet": (["control_model.input_hint_block.0.weight"], "a ControlNet", "controlnet"),
    "clip vision": (
        ["vision_model.encoder.layers.0.mlp.fc1.weight"],
        "is the image half of a CLIP model",
        "models/clip_vision|whole CLIP",
    ),
    "clip_l": (
        ["text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.weight"],
        "is the text half of a CLIP model",
        "models/text_encoders|whole CLIP",
    ),
    "siglip": (
        ["vision_model.head.probe", "text_model.encoder.layers.0.mlp.fc1.weight"],
        "a SigLIP model",
        "reads CLIP",
    ),
    "t5": (["encoder.block.0.layer.0.SelfAttention.q.weight"], "a text encoder", "text_encoders"),
    "esrgan": (["model.1.sub.0.RDB1.conv1.0.weight"], "an upscale model", "upscale_models"),
    "embedding": (["emb_params"], "a textual inversion", "models/embeddings"),
    "sam": (["mask_decoder.iou_token.weight"], "a Segment Anything model", "no use for it"),
    "ip adapter": (["image_proj.proj.weight"], "an IP-Adapter", "no use for it"),
    "detector": (
        ["backbone.bottom_up.stem.conv1.weight", "roi_heads.box_head.fc1.weight"],
        "a detector without body charts",
        "needs a DensePose",
    ),
    "stylegan3": (["synthesis.input.weight"], "StyleGAN3 generator", "StyleGAN2 file"),
    "schp": (
        ["module.context_encoding.bottleneck.0.weight", "module.fushion.0.weight"],
        "a human parser of SCHP",
        "segformer-b3-clothes",
    ),
    "lumina": (["noise_refiner.0.attention.qkv.weight"], "a diffusion model", "diffusion_models"),
    "hidream": (
        ["double_stream_blocks.0.block.attn1.to_q.weight"],
        "a diffusion model",
        "diffusion_models",
    ),
    "aura flow": (["double_layers.0.attn.w1q.weight"], "a diffusion model", "diffusion_models"),
    "qwen image": (
        ["transformer_blocks.0.attn.to_q.weight", "img_in.weight"],
        "a diffusion model",
        "diffusion_models",
    ),
    "diffusers vae": (
        ["encoder.conv_in.weight", "encoder.down_blocks.0.x", "decoder.conv_norm_out.weight"],
        "a VAE",
        "models/vae",
    ),
    "diffusers controlnet": (
        ["controlnet_cond_embedding.conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"],
        "a ControlNet",
        "controlnet",
    ),
    "oft": (["oft_unet_down_blocks.oft_blocks"], "a LoRA", "models/loras"),
    "flux lora": (
        ["transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight"],
        "a LoRA",
        "loras",
    ),
}


def refusal(load, path):
    with pytest.raises(CheckpointError) as error:
        load(path)
    text = str(error.value)
    assert path.name in text
    assert "\n" not in text
    return text


class TestForeign:
    @pytest.mark.parametrize("what", FOREIGN)
    @pytest.mark.parametrize("family", LOADERS)
    def test_every_loader_recognises_it(self, tmp_path, what, family):
        names, said, place = FOREIGN[what]
        save_file({name: torch.zeros(200, 200) for name in names}, tmp_path / "a.safetensors")
        text = refusal(LOADERS[family], tmp_path / "a.safetensors")
        assert said in text
        assert re.search(place, text)

    @pytest.mark.parametrize("what", FOREIGN)
    def test_convert(self, tmp_path, what):
        names, said, place = FOREIGN[what]
        torch.save({"state_dict": {name: torch.zeros(2) for name in names}}, tmp_path / "a.ckpt")
        text = refusal(
            lambda path: convert(path, tmp_path / "out.safetensors"), tmp_path / "a.ckpt"
        )
        assert said in text
        assert re.search(place, text)


OWN = {
    "generator": ("a StyleGAN2 generator", "models/stylegan2, where Load StyleGAN2"),
    "encoder": ("a W+ encoder", "models/fice_encoders, where Load W+ Encoder"),
    "clip": ("a CLIP model", "models/fice_clip, where Load CLIP Guide"),
    "chart": ("a DensePose", "models/densepose, where Load DensePose"),
    "segmenter": ("a garment segmenter", "models/fice_segmenters, where Load Garment Segmenter"),
}


@pytest.mark.parametrize("given", NETWORKS)
@pytest.mark.parametrize("family", LOADERS)
def test_native_file_of_another_family(given, family):
    if given == family:
        LOADERS[family](
            DEMO_WEIGHTS / f"{'regions' if given == 'segmenter' else given}.safetensors"
        )
        return
    path = DEMO_WEIGHTS / f"{'regions' if given == 'segmenter' else given}.safetensors"
    if given == family:
        LOADERS[family](path)
        return
    text = refusal(LOADERS[family], path)
    what, place = OWN[given]
    assert f"{path.name} is {what}" in text
    assert place in text


@pytest.mark.parametrize("family", ["encoder", "clip", "chart", "segmenter"])
@pytest.mark.parametrize(
    "file", ["rosinality_64.pt", "generator_64_fice_format.pt", "sghuman_64x32_rect.pkl"]
)
def test_generators_of_every_author(file, family):
    text = refusal(LOADERS[family], DATA / file)
    assert "is a StyleGAN2 generator, not a" in text
    assert "models/stylegan2" in text


@pytest.mark.parametrize("family", ["encoder", "clip", "chart", "segmenter"])
def test_alias_free_pickle(family):
    """The pickle of StyleGAN-Human v3 is of this kind."""
    text = refusal(LOADERS[family], DATA / "sg3t_64_alias_free.pkl")
    assert "is an alias-free StyleGAN3 generator" in text
    assert "fice models get stylegan-human-1024" in text


@pytest.mark.parametrize("family", NETWORKS)
def test_tensorflow_pickle(tmp_path, family):
    """StyleGAN-Human v1."""
    (tmp_path / "v1.pkl").write_bytes(b"\x80\x03cdnnlib.tflib.network\nNetwork\n)\x81.")
    text = refusal(LOADERS[family], tmp_path / "v1.pkl")
    assert "TensorFlow" in text
    assert "fice models get stylegan-human-1024" in text


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize("family", [*NETWORKS, "arcface"])
def test_torchscript_of_another_kind(tmp_path, family):
    """As comfyui_controlnet_aux keeps them of pose detectors."""
    network = torch.nn.Sequential(torch.nn.Linear(200, 200), torch.nn.Linear(200, 2))
    torch.jit.script(network).save(tmp_path / "dw-ll_ucoco.torchscript.pt")
    text = refusal(LOADERS[family], tmp_path / "dw-ll_ucoco.torchscript.pt")
    assert "is a TorchScript archive of another network" in text
    assert "OpenAI's CLIP" in text


def test_chart_read_as_segmenter(tmp_path):
    state = {"roi_heads.densepose_predictor.ann_index_lowres.weight": torch.zeros(2)}
    torch.save({"model": state}, tmp_path / "densepose.pkl")
    text = refusal(load_segmenter, tmp_path / "densepose.pkl")
    assert text.startswith("densepose.pkl is a DensePose, not a garment segmenter. It belongs in")


def test_segformer_without_its_description(tmp_path):
    save_file({"segformer.encoder.x.weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    assert "beside its config.json" in refusal(load_segmenter, tmp_path / "model.safetensors")


class TestFolder:
    @pytest.mark.parametrize("load", [LOADERS[family] for family in NETWORKS])
    def test_says_what_is_in_it(self, load, tmp_path):
        for name in ("a.pt", "b.safetensors"):
            (tmp_path / name).touch()
        assert "it is a folder. Give a file in it: a.pt, b.safetensors" in refusal(load, tmp_path)

    def test_convert_takes_the_only_weight_file(self, tmp_path):
        folder, target = tmp_path / "given", tmp_path / "out.safetensors"
        folder.mkdir()
        (folder / "g.pt").write_bytes((DATA / "rosinality_64.pt").read_bytes())
        (folder / "notes.txt").touch()
        convert(folder, target)
        convert(DATA / "rosinality_64.pt", tmp_path / "same.safetensors")
        one, other = load_generator(target), load_generator(tmp_path / "same.safetensors")
        assert one.fingerprint == other.fingerprint

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (["a.pt", "b.pth"], "Give a file in it: a.pt, b.pth"),
            (["notes.txt"], "without one .* it holds notes.txt"),
            ([], "it is empty"),
        ],
    )
    def test_convert_says_what_is_in_it(self, tmp_path, names, said):
        for name in names:
            (tmp_path / name).touch()
        with pytest.raises(CheckpointError, match=said):
            convert(tmp_path, tmp_path / "out.safetensors")
