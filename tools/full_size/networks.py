"""Random networks in the shapes of those for photos of people, written as files that load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fice.base.images import to_float
from fice.checkpoints import save_generator, save_module
from fice.checkpoints.clip_names import open_clip_config
from fice.demo.world.factors import decode, draw_z
from fice.demo.world.renderer import Renderer
from fice.networks.encoders.e4e import IR_SE50, E4eConfig, E4eEncoder
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import ClipConfig
from fice.networks.perceptors.densepose import DensePose, DensePoseConfig
from fice.networks.stylegan2 import Generator, GeneratorConfig

CERTAIN = 1.0  # logit by which DensePose sees a body everywhere; what it computes is 0
OUTSPOKEN = 10.0  # how far the logits of the segmenter vary over a picture
CLOTHES = (
    *("Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress"),
    *("Belt", "Left-shoe", "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm"),
    *("Right-arm", "Bag", "Scarf"),
)
"""Classes of segformer_b2_clothes."""
ENCODER_LOOKS_AT = (256, 128)


@dataclass(frozen=True)
class Shape:
    """How large the networks are.

    Attributes:
        generator: twice as high as wide.
        encoder: the stages of its trunk.
        densepose: its architecture.
        segformer: arguments of transformers' `SegformerConfig`.
        clip: its architecture.
    """

    generator: GeneratorConfig
    encoder: tuple[tuple[int, int], ...]
    densepose: DensePoseConfig
    segformer: Mapping[str, Any]
    clip: ClipConfig


def full_shape() -> Shape:
    """StyleGAN-Human v2 at 1024x512, its e4e, DensePose R50, SegFormer B2 and CLIP ViT-B-32."""
    return Shape(
        generator=_generator_config(1024, 512, most=512, base=32768),
        encoder=IR_SE50,
        densepose=DensePoseConfig(),
        segformer={
            "hidden_sizes": [64, 128, 320, 512],
            "depths": [3, 4, 6, 3],
            "num_attention_heads": [1, 2, 5, 8],
            "decoder_hidden_size": 768,
        },
        clip=open_clip_config("ViT-B-32-quickgelu"),
    )


def small_shape() -> Shape:
    """The same kinds of networks, for a test."""
    return Shape(
        generator=_generator_config(64, 16, most=8, base=512),
        encoder=((16, 1),) * 4,
        densepose=DensePoseConfig((1, 1, 1, 1), 4, (2, 2, 2, 2), (4, 6, 8, 10), 4, 4, 4, 6, 2),
        segformer={
            "hidden_sizes": [8, 8, 16, 16],
            "depths": [1, 1, 1, 1],
            "num_attention_heads": [1, 1, 2, 2],
            "decoder_hidden_size": 16,
        },
        clip=ClipConfig(
            embed_dim=16,
            vision_cfg={
                **{"image_size": 32, "layers": 1, "width": 16, "head_width": 8},
                "patch_size": 16,
            },
            text_cfg={"context_length": 77, "width": 16, "heads": 2, "layers": 1},
        ),
    )


def write_networks(models: Path, shape: Shape, name: str = "random people") -> dict[str, str]:
    """Writes the five networks into the folders where the loaders look.

    Args:
        models: the models folder of a host.
        shape: how large they are.
        name: of the files.

    Returns:
        What is chosen in each loader, by the id of its node.
    """
    torch.manual_seed(0)
    file = f"{name}.safetensors"
    folders = ("stylegan2", "fice_encoders", "fice_clip", "densepose", "fice_segmenters")
    for folder in folders:
        (models / folder).mkdir(parents=True, exist_ok=True)
    generator = Generator(shape.generator)
    generator.mapping.w_std = torch.ones(shape.generator.w_dim)
    save_generator(models / "stylegan2" / file, generator)
    save_module(models / "fice_encoders" / file, "e4e", _encoder(shape))
    save_module(models / "fice_clip" / file, "clip", OpenClip(shape.clip))
    save_module(models / "densepose" / file, "densepose", _densepose(shape.densepose))
    segformer = _write_segformer(models / "fice_segmenters" / name, shape.segformer)
    return {
        "FICELoadStyleGAN2": file,
        "FICELoadEncoder": file,
        "FICELoadCLIP": file,
        "FICELoadDensePose": file,
        "FICELoadSegmenter": segformer.relative_to(models / "fice_segmenters").as_posix(),
    }


def _generator_config(resolution: int, dim: int, *, most: int, base: int) -> GeneratorConfig:
    heights = [2**power for power in range(2, resolution.bit_length())]
    return GeneratorConfig(
        z_dim=dim,
        w_dim=dim,
        resolution=resolution,
        channels={height: min(base // height, most) for height in heights},
        conv_clamp=256.0,
        square=False,
    )


def _encoder(shape: Shape) -> E4eEncoder:
    config = E4eConfig(
        num_ws=shape.generator.num_ws,
        stages=shape.encoder,
        input_width=shape.encoder[0][0],
        image_size=ENCODER_LOOKS_AT,
        resize="bilinear",
    )
    return E4eEncoder(config)


def _densepose(config: DensePoseConfig) -> DensePose:
    """Sees a body everywhere, whose parts are noise."""
    network = DensePose(config)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):  # torch's default would fade out over fifty layers
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    coarse, fine = (
        network.get_submodule(f"roi_heads.densepose_predictor.{name}")
        for name in ("ann_index_lowres", "index_uv_lowres")
    )
    assert isinstance(coarse, nn.ConvTranspose2d)
    assert isinstance(fine, nn.ConvTranspose2d)
    with torch.no_grad():
        coarse.weight.zero_()
        assert coarse.bias is not None
        assert fine.bias is not None
        coarse.bias.copy_(torch.tensor([-CERTAIN, CERTAIN]))
        fine.weight[:, 0] = 0.0
        fine.bias[0] = -1000.0
    return network


def _write_segformer(folder: Path, arguments: Mapping[str, Any]) -> Path:
    """As transformers saves it; returns the file of its weights."""
    import transformers

    labels = dict(enumerate(CLOTHES))
    config = transformers.SegformerConfig(**arguments, id2label=labels)
    network = transformers.SegformerForSemanticSegmentation(config)
    network.eval()
    size = {"height": 512, "width": 512}
    last = network.decode_head.classifier
    with torch.no_grad():
        # All classes are as likely, by what the picture shows: some of it is garment.
        figure = to_float(Renderer(512).render(decode(draw_z(0))).image)[None]
        logits = network(pixel_values=(figure - 0.45) / 0.22).logits.flatten(2)[0]
        usual = logits.median(1).values
        factor = OUTSPOKEN / (logits - usual[:, None]).std()
        last.weight *= factor
        last.bias.copy_((last.bias - usual) * factor)
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": size}))
    return folder / "model.safetensors"
