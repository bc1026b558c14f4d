"""Public weights that FICE can use: where they are, whose they are, and where they go.

Only facts that their publishers state. What they do not state (a size, a hash, a licence) is None
or says so; nothing here was guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

NVIDIA_LICENCE = "NVIDIA Source Code License (non-commercial)"
NVIDIA_FILES = "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan2/versions/1/files"
NVIDIA_PAGE = "https://github.com/NVlabs/stylegan3"

STYLEGAN_HUMAN_PAGE = "https://github.com/stylegan-human/StyleGAN-Human"
STYLEGAN_HUMAN_LICENCE = "not stated beside the files; ask the authors"

DENSEPOSE_FILES = "https://dl.fbaipublicfiles.com/densepose"
DENSEPOSE_PAGE = (
    "https://github.com/facebookresearch/detectron2/blob/main/projects/DensePose/doc/"
    "DENSEPOSE_IUV.md"
)
DENSEPOSE_LICENCE = "CC BY-SA 3.0"

SEGFORMER_PAGE = "https://huggingface.co/mattmdjaga/segformer_b2_clothes"
SEGFORMER_FILES = f"{SEGFORMER_PAGE}/resolve/main"

FICE_MEMBERS = ("generator.pt", "e4e.pt", "segmentator.pt", "densepose.pkl")


@dataclass(frozen=True)
class PublicFile:
    """One file of a model set.

    Attributes:
        name: what it is called on disk.
        url: where it can be downloaded without a browser, None = only by hand from `link`.
        link: for people, where there is no `url`.
        size: in bytes, None = not published.
        sha256: 64 hex digits, None = not published.
        members: of an archive, the files that are unpacked from it; it is not kept.
    """

    name: str
    url: str | None = None
    link: str | None = None
    size: int | None = None
    sha256: str | None = None
    members: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The files that are on disk in the end."""
        return self.members or (self.name,)


@dataclass(frozen=True)
class PublicModelSet:
    """Files that are fetched together.

    Attributes:
        name: for the command line.
        title: what it is.
        folder: where it goes, below the host's models folder.
        licence: as its publisher states it.
        page: of its publisher.
        files: what it consists of.
    """

    name: str
    title: str
    folder: str
    licence: str
    page: str
    files: tuple[PublicFile, ...]


RN50X4 = PublicFile(
    "RN50x4.pt",
    "https://openaipublic.azureedge.net/clip/models/"
    "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd/RN50x4.pt",
    sha256="7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd",
)

PUBLIC_MODEL_SETS: tuple[PublicModelSet, ...] = (
    PublicModelSet(
        "fice-viton-256",
        "the authors' set of FICE: generator, encoder, DensePose, segmenter; and CLIP RN50x4",
        "fice/fice-viton-256",
        "not stated by FICE's authors; parts derive from NVIDIA's non-commercial code. CLIP: MIT",
        "https://github.com/MartinPernus/FICE",
        (
            PublicFile(
                "checkpoints.tar.xz",
                "https://www.dropbox.com/s/qx9mag5hh7tleso/checkpoints.tar.xz?dl=1",
                members=FICE_MEMBERS,
            ),
            RN50X4,
        ),
    ),
    PublicModelSet(
        "stylegan-human-1024",
        "StyleGAN-Human v2, 1024x512, whole people",
        "stylegan2",
        STYLEGAN_HUMAN_LICENCE,
        STYLEGAN_HUMAN_PAGE,
        (
            PublicFile(
                "stylegan_human_v2_1024.pkl",
                link="https://drive.google.com/file/d/1FlAb1rYa0r_--Zj_ML8e6shmaF28hQb5/view",
            ),
        ),
    ),
    PublicModelSet(
        "stylegan-human-512",
        "StyleGAN-Human v2, 512x256, whole people",
        "stylegan2",
        STYLEGAN_HUMAN_LICENCE,
        STYLEGAN_HUMAN_PAGE,
        (
            PublicFile(
                "stylegan_human_v2_512.pkl",
                link="https://drive.google.com/file/d/1dlFEHbu-WzQWJl7nBBZYcTyo000H9hVm/view",
            ),
        ),
    ),
    *(
        PublicModelSet(
            f"stylegan2-{data}",
            f"NVIDIA StyleGAN2, {title}",
            "stylegan2",
            NVIDIA_LICENCE,
            NVIDIA_PAGE,
            (PublicFile(f"stylegan2-{data}.pkl", f"{NVIDIA_FILES}/stylegan2-{data}.pkl"),),
        )
        for data, title in (
            ("ffhq-1024x1024", "faces at 1024 px"),
            ("ffhq-512x512", "faces at 512 px"),
            ("ffhq-256x256", "faces at 256 px"),
        )
    ),
    *(
        PublicModelSet(
            f"densepose-{name}",
            f"DensePose {title} of detectron2's model zoo",
            "densepose",
            DENSEPOSE_LICENCE,
            DENSEPOSE_PAGE,
            (PublicFile(f"densepose_rcnn_{title}.pkl", f"{DENSEPOSE_FILES}/{path}"),),
        )
        for name, title, path in (
            (
                "r50",
                "R_50_FPN_s1x",
                "densepose_rcnn_R_50_FPN_s1x/165712039/model_final_162be9.pkl",
            ),
            (
                "r101",
                "R_101_FPN_s1x",
                "densepose_rcnn_R_101_FPN_s1x/165712084/model_final_c6ab63.pkl",
            ),
            (
                "r50-dl",
                "R_50_FPN_DL_s1x",
                "densepose_rcnn_R_50_FPN_DL_s1x/165712097/model_final_0ed407.pkl",
            ),
            (
                "r101-dl",
                "R_101_FPN_DL_s1x",
                "densepose_rcnn_R_101_FPN_DL_s1x/165712116/model_final_844d15.pkl",
            ),
        )
    ),
    PublicModelSet(
        "segformer-b2-clothes",
        "SegFormer B2 that tells 18 classes of clothes and body apart",
        "fice_segmenters/segformer_b2_clothes",
        f"stated as MIT; SegFormer itself: {NVIDIA_LICENCE}",
        SEGFORMER_PAGE,
        tuple(
            PublicFile(name, f"{SEGFORMER_FILES}/{name}")
            for name in ("config.json", "preprocessor_config.json", "model.safetensors")
        ),
    ),
    PublicModelSet(
        "clip-rn50x4",
        "OpenAI's CLIP RN50x4, the guide of the paper",
        "fice_clip",
        "MIT",
        "https://github.com/openai/CLIP",
        (RN50X4,),
    ),
)
