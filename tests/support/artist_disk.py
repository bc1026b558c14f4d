"""The disk of an artist, drawn: folders and empty files as other packs leave them.

Names only; no file holds anything, so whoever opens one to list it fails.
"""

from __future__ import annotations

from pathlib import Path

SEGFORMER = ("config.json", "preprocessor_config.json", "model.safetensors")
TRAINED = (
    "optimizer.pt",
    "rng_state.pth",
    "scheduler.pt",
    "training_args.bin",
    "trainer_state.json",
)
AUX = "custom_nodes/comfyui_controlnet_aux/ckpts"
TORCHSCRIPT = "DensePose-TorchScript-with-hint-image"

FILES = (
    # the host's own
    "models/checkpoints/v1-5-pruned-emaonly-fp16.safetensors",
    "models/loras/shirt.safetensors",
    "models/vae/vae-ft-mse-840000-ema-pruned.safetensors",
    "models/text_encoders/clip_l.safetensors",
    "models/text_encoders/ViT-L-14-TEXT-detail-improved-hiT-GmP-HF.safetensors",
    "models/text_encoders/t5xxl_fp16.safetensors",
    "models/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors",
    "models/text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors",
    "models/clip/clip_g.safetensors",
    "models/clip/put_clip_or_text_encoder_models_here",
    # IPAdapter
    "models/clip_vision/CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors",
    "models/clip_vision/clip-vit-large-patch14.bin",
    "models/clip_vision/SD1.5/model.safetensors",
    "models/clip_vision/sigclip_vision_patch14_384.safetensors",
    "models/clip_vision/readme.txt",
    # ComfyUI-RMBG
    *(f"models/RMBG/segformer_clothes/{name}" for name in SEGFORMER),
    *(f"models/RMBG/segformer_fashion/{name}" for name in SEGFORMER),
    "models/RMBG/RMBG-2.0/model.safetensors",
    # LayerStyle
    *(f"models/segformer_b2_clothes/{name}" for name in (*SEGFORMER, *TRAINED)),
    "models/segformer_b2_clothes/pytorch_model.bin",
    "models/segformer_b3_fashion/config.json",
    "models/segformer_b3_fashion/pytorch_model.bin",
    # Cozy Human Parser
    "models/schp/exp-schp-201908301523-atr.pth",
    # ComfyUI-StyleGan
    "models/stylegan/stylegan2-ffhq-512x512.pkl",
    "models/stylegan/stylegan_human_v2_1024.pkl",
    "models/stylegan/notes.md",
    # IDM-VTON, CatVTON
    "models/CatVTON/DensePose/model_final_162be9.pkl",
    "custom_nodes/ComfyUI-IDM-VTON/ckpt/densepose/model_final_162be9.pkl",
    "custom_nodes/ComfyUI-IDM-VTON/ckpt/densepose/.cache/model_final_162be9.pkl",
    # comfyui_controlnet_aux
    f"{AUX}/LayerNorm/{TORCHSCRIPT}/densepose_r50_fpn_dl.torchscript",
    f"{AUX}/hr16/{TORCHSCRIPT}/densepose_r101_fpn_dl.torchscript",
    f"{AUX}/hr16/yolox-onnx/yolox_l.torchscript.pt",
    # ours
    "models/fice_segmenters/mine/model.safetensors",
    "models/fice_segmenters/cloned/pytorch_model.bin",
    *(f"models/fice_segmenters/cloned/{name}" for name in TRAINED),
    "models/fice_clip/RN50x4.pt",
)

ELSEWHERE: dict[str, list[str]] = {
    "generator": [
        "stylegan/stylegan2-ffhq-512x512.pkl",
        "stylegan/stylegan_human_v2_1024.pkl",
    ],
    "encoder": [],
    "clip": [
        "clip_vision/CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors",
        "clip_vision/SD1.5/model.safetensors",
        "clip_vision/clip-vit-large-patch14.bin",
        "text_encoders/ViT-L-14-TEXT-detail-improved-hiT-GmP-HF.safetensors",
        "text_encoders/clip_g.safetensors",
        "text_encoders/clip_l.safetensors",
    ],
    "chart": [
        "CatVTON/DensePose/model_final_162be9.pkl",
        "custom_nodes/ComfyUI-IDM-VTON/ckpt/densepose/model_final_162be9.pkl",
        f"{AUX}/LayerNorm/{TORCHSCRIPT}/densepose_r50_fpn_dl.torchscript",
        f"{AUX}/hr16/{TORCHSCRIPT}/densepose_r101_fpn_dl.torchscript",
    ],
    "segmenter": [
        "RMBG/segformer_clothes/model.safetensors",
        "RMBG/segformer_fashion/model.safetensors",
        "segformer_b2_clothes/model.safetensors",
        "segformer_b3_fashion/pytorch_model.bin",
    ],
}
"""What of it may be which part of an edit, by the names under which loaders offer it."""

OWN: dict[str, list[str]] = {
    "clip": ["RN50x4.pt"],
    "segmenter": ["cloned/pytorch_model.bin", "mine/model.safetensors"],
}
"""What lies in our own folders."""


def draw_disk(base: Path) -> Path:
    """Fills `base`, the folder of a host, and returns it."""
    for name in FILES:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return base
