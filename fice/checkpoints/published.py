"""Public weights that FICE can use: where they are, whose they are, and where they go.

Only facts that their publishers state, or that were found in public sources (sizes and hashes of
mirrors). What nobody states (a size, a hash, a licence) is None or says so; nothing here was
guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .elsewhere import Part

MB = 1_000_000

HUGGING_FACE = "https://huggingface.co"
DRIVE = "https://drive.google.com/file/d"

NVIDIA_LICENCE = "NVIDIA Source Code License (non-commercial)"
NVIDIA_FILES = "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan2/versions/1/files"
NVIDIA_PAGE = "https://github.com/NVlabs/stylegan3"

STYLEGAN_HUMAN_PAGE = "https://github.com/stylegan-human/StyleGAN-Human"
STYLEGAN_HUMAN_LICENCE = (
    "not stated beside the files; its data (SHHQ) are for non-commercial research; ask the authors"
)
STYLEGAN_HUMAN_MIRROR = f"{HUGGING_FACE}/aaronb/StyleGAN2-pkl/resolve/main/human"

DENSEPOSE_FILES = "https://dl.fbaipublicfiles.com/densepose"
DENSEPOSE_PAGE = (
    "https://github.com/facebookresearch/detectron2/blob/main/projects/DensePose/doc/"
    "DENSEPOSE_IUV.md"
)
DENSEPOSE_LICENCE = "CC BY-SA 3.0"

SEGFORMER_LICENCE = f"stated as MIT; SegFormer itself: {NVIDIA_LICENCE}"
SEGFORMER_DESCRIPTIONS = ("config.json", "preprocessor_config.json")

CLIP_PAGE = "https://github.com/openai/CLIP"

FICE_MEMBERS = ("generator.pt", "e4e.pt", "segmentator.pt", "densepose.pkl")

PHOTOS = "photos"


@dataclass(frozen=True)
class PublicFile:
    """One file of a model set.

    Attributes:
        name: what it is called on disk.
        url: where its publisher lets it be downloaded without a browser, None = nowhere.
        link: the publisher's page of it, for people with a browser.
        mirrors: copies of third parties, tried in this order where `url` does not serve.
        size: in bytes, None = not published.
        about: size in bytes as far as it is known, where `size` is not; only to be said.
        sha256: 64 hex digits, None = not published.
        members: of an archive, the files that are unpacked from it; it is not kept.
        clip_model: open_clip's name of a CLIP whose tensors do not tell it; the download becomes
            a native file, which says so itself, and is not kept.
        instead: other weights of the same network, where this file cannot be had.
    """

    name: str
    url: str | None = None
    link: str | None = None
    mirrors: tuple[str, ...] = ()
    size: int | None = None
    about: int | None = None
    sha256: str | None = None
    members: tuple[str, ...] = ()
    clip_model: str | None = None
    instead: PublicFile | None = None

    @property
    def kept(self) -> tuple[str, ...]:
        """The files that are on disk in the end."""
        return self.members or (self.name,)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it can be downloaded, in the order in which that is tried."""
        return self.mirrors if self.url is None else (self.url, *self.mirrors)

    @property
    def bytes(self) -> int | None:
        """Its size, or about its size, if one is known."""
        return self.about if self.size is None else self.size


@dataclass(frozen=True)
class StandIn:
    """A file of another pack that does the same in an edit as a public one.

    Attributes:
        pattern: of the name under which it is found elsewhere, in lower case.
        sha256: 64 hex digits, None = not known; then the name is trusted.
    """

    pattern: str
    sha256: str | None = None


@dataclass(frozen=True)
class PublicModelSet:
    """Files that are fetched together.

    Attributes:
        name: for the command line.
        title: what it is.
        folder: where it goes, below the host's models folder.
        licence: as its publisher states it.
        page: of its publisher.
        files: what it consists of; the first of its weights stands for it.
        part: what it does in an edit, None = several things.
        sets: the sets that it consists of, by name, one for each part of an edit.
        stand_ins: what serves as well, where it is a part of another set and is not there.
    """

    name: str
    title: str
    folder: str
    licence: str
    page: str
    files: tuple[PublicFile, ...] = ()
    part: Part | None = None
    sets: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()


RN50X4 = PublicFile(
    "RN50x4.pt",
    # Reported to answer 404: openai/CLIP, issue 516.
    "https://openaipublic.azureedge.net/clip/models/"
    "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd/RN50x4.pt",
    sha256="7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd",
    instead=PublicFile(
        "RN50x4.safetensors",
        mirrors=(
            f"{HUGGING_FACE}/timm/resnet50x4_clip.openai/resolve/main/open_clip_model.safetensors",
        ),
        about=714 * MB,
        clip_model="RN50x4-quickgelu",
    ),
)


SEGFORMER_STAND_INS = tuple(
    StandIn(f"{folder}/*")
    for folder in ("segformer_b3_clothes", "rmbg/segformer_clothes", "segformer_b2_clothes")
)
DENSEPOSE_STAND_INS = (
    StandIn(
        "custom_nodes/*/densepose_r50_fpn_dl.torchscript",
        "4f7260daa498ce8d4b4679f0692ef2f1f426e39121a907181eab37b8b0585878",
    ),
    StandIn(
        "custom_nodes/*/densepose_r101_fpn_dl.torchscript",
        "4fe0d458d7ad25bd97d03605f693a2547219e4bae4de9aa727ebb7ecbaaf65a3",
    ),
)


def _stylegan_human(side: int, size: int, sha256: str, drive: str) -> PublicModelSet:
    name = f"stylegan_human_v2_{side}.pkl"
    return PublicModelSet(
        f"stylegan-human-{side}",
        f"StyleGAN-Human v2, {side}x{side // 2}, whole people",
        "stylegan2",
        STYLEGAN_HUMAN_LICENCE,
        STYLEGAN_HUMAN_PAGE,
        (
            PublicFile(
                name,
                link=f"{DRIVE}/{drive}/view",
                mirrors=(f"{STYLEGAN_HUMAN_MIRROR}/{name}",),
                size=size,
                sha256=sha256,
            ),
        ),
        "generator",
    )


def _segformer(name: str, author: str, weights: PublicFile) -> PublicModelSet:
    page = f"{HUGGING_FACE}/{author}/{name}"
    files = f"{page}/resolve/main"
    return PublicModelSet(
        name.replace("_", "-"),
        f"SegFormer {name.split('_')[1].upper()} that tells 18 classes of clothes and body apart",
        f"fice_segmenters/{name}",
        SEGFORMER_LICENCE,
        page,
        (
            PublicFile(
                weights.name,
                f"{files}/{weights.name}",
                about=weights.about,
                sha256=weights.sha256,
            ),
            *(PublicFile(one, f"{files}/{one}") for one in SEGFORMER_DESCRIPTIONS),
        ),
        "segmenter",
        stand_ins=SEGFORMER_STAND_INS,
    )


PUBLIC_MODEL_SETS: tuple[PublicModelSet, ...] = (
    PublicModelSet(
        PHOTOS,
        "StyleGAN-Human (photos): generator, encoder, CLIP, DensePose and segmenter for an edit",
        f"fice/{PHOTOS}",
        "of each of its sets, below",
        STYLEGAN_HUMAN_PAGE,
        sets=(
            "stylegan-human-1024",
            "stylegan-human-encoder",
            "clip-rn50x4",
            "densepose-r50",
            "segformer-b3-clothes",
        ),
    ),
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
    _stylegan_human(
        1024,
        362_022_337,
        "16946ec5dd1718daa236999e1ceed3b5a40b8faa8c3de3ad5fda396620f29e7a",
        "1FlAb1rYa0r_--Zj_ML8e6shmaF28hQb5",
    ),
    _stylegan_human(
        512,
        352_745_981,
        "7af33f638e3b3aba7bf99456eec3e9d4a022d8a7dd67683a3605a7dd37665a3b",
        "1dlFEHbu-WzQWJl7nBBZYcTyo000H9hVm",
    ),
    PublicModelSet(
        "stylegan-human-encoder",
        "the W+ encoder (e4e) of StyleGAN-Human, for its v2 at 1024x512",
        "fice_encoders",
        STYLEGAN_HUMAN_LICENCE,
        STYLEGAN_HUMAN_PAGE,
        (PublicFile("e4e_w+.pt", link=f"{DRIVE}/1NUfSJqLhsrU7c9PwAtlZ9xtrxhzS_6tu/view"),),
        "encoder",
    ),
    *(
        PublicModelSet(
            f"stylegan2-{data}",
            f"NVIDIA StyleGAN2, {title}",
            "stylegan2",
            NVIDIA_LICENCE,
            NVIDIA_PAGE,
            (PublicFile(f"stylegan2-{data}.pkl", f"{NVIDIA_FILES}/stylegan2-{data}.pkl"),),
            "generator",
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
            (
                PublicFile(
                    f"densepose_rcnn_{title}.pkl",
                    f"{DENSEPOSE_FILES}/{path}",
                    about=about,
                    sha256=sha256,
                ),
            ),
            "chart",
            stand_ins=DENSEPOSE_STAND_INS,
        )
        for name, title, path, about, sha256 in (
            (
                "r50",
                "R_50_FPN_s1x",
                "densepose_rcnn_R_50_FPN_s1x/165712039/model_final_162be9.pkl",
                256 * MB,
                "b8a7382001b16e453bad95ca9dbc68ae8f2b839b304cf90eaf5c27fbdb4dae91",
            ),
            (
                "r101",
                "R_101_FPN_s1x",
                "densepose_rcnn_R_101_FPN_s1x/165712084/model_final_c6ab63.pkl",
                None,
                None,
            ),
            (
                "r50-dl",
                "R_50_FPN_DL_s1x",
                "densepose_rcnn_R_50_FPN_DL_s1x/165712097/model_final_0ed407.pkl",
                None,
                None,
            ),
            (
                "r101-dl",
                "R_101_FPN_DL_s1x",
                "densepose_rcnn_R_101_FPN_DL_s1x/165712116/model_final_844d15.pkl",
                None,
                None,
            ),
        )
    ),
    _segformer("segformer_b2_clothes", "mattmdjaga", PublicFile("model.safetensors")),
    _segformer(
        "segformer_b3_clothes",
        "sayeed99",
        PublicFile(
            "model.safetensors",
            about=189 * MB,
            sha256="f70ae566c5773fb335796ebaa8acc924ac25eb97222c2b2967d44d2fc11568e6",
        ),
    ),
    PublicModelSet(
        "clip-rn50x4",
        "OpenAI's CLIP RN50x4, the guide of the paper",
        "fice_clip",
        "MIT",
        CLIP_PAGE,
        (RN50X4,),
        "clip",
    ),
    PublicModelSet(
        "clip-fashion",
        "Marqo's FashionCLIP, a ViT-B-16 that knows clothes",
        "fice_clip",
        "Apache-2.0",
        f"{HUGGING_FACE}/Marqo/marqo-fashionCLIP",
        (
            PublicFile(
                "marqo-fashionCLIP.safetensors",
                f"{HUGGING_FACE}/Marqo/marqo-fashionCLIP/resolve/main/open_clip_model.safetensors",
                about=599 * MB,
                clip_model="ViT-B-16",
            ),
        ),
        "clip",
    ),
)


def set_with(
    name: str, folder: str, sets: Sequence[PublicModelSet] = PUBLIC_MODEL_SETS
) -> PublicModelSet | None:
    """The public set that puts `name`, a file or a folder of a set, below models/`folder`."""
    wanted = f"{folder}/{name}".replace("\\", "/")
    for one in sets:
        files = (f"{one.folder}/{kept}" for file in one.files for kept in file.kept)
        if wanted == one.folder or wanted in files:
            return one
    return None
