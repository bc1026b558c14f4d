"""Feeds changed weight files to every loader for as long as it is told; a program, not a test.

    python -m tools.weights.fuzz_reader --minutes 10 --seed 1

Starts from small files of every container, and changes bytes, or whole steps of their pickles: a
step is removed, doubled, moved, or replaced by one of another file or of a list of nasty ones. A
file may load or be refused with one sentence (`CheckpointError`). Everything else is a finding and
is kept: another exception, more than `SECONDS` of processor time, more than `MEGABYTES` of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import pickle
import pickletools
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import transformers
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from safetensors.torch import save

from fice.base.errors import CheckpointError
from fice.checkpoints import (
    load_chart,
    load_clip,
    load_encoder,
    load_generator,
    load_segmenter,
    save_generator,
)
from fice.networks.stylegan2 import Generator, GeneratorConfig

DATA = Path(__file__).parents[2] / "tests" / "parity" / "data"
LOADERS = (load_generator, load_encoder, load_chart, load_segmenter, load_clip)
FITTING = {
    "e4e.pt": load_encoder,
    "clip_tiny_torchscript.pt": load_clip,
    "clip_transformers.bin": load_clip,
    "clip_transformers.safetensors": load_clip,
    "densepose_small_modelzoo_format.pkl": load_chart,
}  # the others hold generators
SECONDS = 20  # of one file; the largest seed loads in a tenth of a second
MEGABYTES = 3000  # more than at the start
EXAMPLES_PER_ROUND = 200
COUNTS = (1, 1, 1, 2, 3, 8)  # changes of one file; with many, its start is all that is ever read
LARGE_BYTES = 300_000  # seeds above this are taken less often, for they take longer
CONFIG = GeneratorConfig(z_dim=4, w_dim=5, resolution=16, channels={4: 4, 8: 3, 16: 3})

# What a mutation may insert: names that occur in weight files, numbers at the edges, references.
HASH_MODULUS = (1 << 61) - 1
NASTY = [
    *(f"c{name}\n".encode() for name in (
        "collections\nOrderedDict", "torch._utils\n_rebuild_tensor_v2", "torch\nFloatStorage",
        "torch._utils\n_rebuild_parameter", "torch.storage\n_load_from_bytes", "numpy\nndarray",
        "numpy.core.multiarray\n_reconstruct", "numpy.core.multiarray\nscalar", "numpy\ndtype",
        "_codecs\nencode", "copyreg\n_reconstructor", "argparse\nNamespace", "builtins\nset",
        "torch_utils.persistence\n_reconstruct_persistent_obj", "dnnlib.util\nEasyDict",
        "numpy.core.numeric\n_frombuffer", "torch\nSize", "torch\ndevice", "posix\nsystem",
    )),
    *(b"\x8a" + bytes([len(raw)]) + raw for raw in map(pickle.encode_long, (
        -1, 1 << 31, 1 << 62, 1 << 100, 7 * HASH_MODULUS,
    ))),
    *(b"h" + bytes([index]) for index in range(12)),
    b"K\x00", b"K\x05", b"N", b"\x88", b"G\x7f\xf8\x00\x00\x00\x00\x00\x00", b"}", b"]", b")",
    b"(", b"t", b"l", b"d", b"0", b"1", b"2", b"a", b"e", b"s", b"u", b"R", b"b", b"\x81", b"Q",
    b"\x85", b"\x86", b"\x87", b"q\x00", b"\x94", b"\x90", b"\x91", b"X\x02\x00\x00\x00fc", b".",
]  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Small files of every container that is read."""
    torch.manual_seed(0)
    generator = Generator(CONFIG).freeze()
    content = {"G": generator.state_dict(), "G_kwargs": {"synthesis_kwargs": {"conv_clamp": 1}}}
    arrays = {"model": {"a.weight": np.zeros((3, 2), np.float32), "b": np.float64(1)}}
    small = {
        "encoder.input_layer.0.weight": torch.zeros(2, 3, 3, 3),
        "encoder.latlayer2.weight": torch.zeros(1),
        "encoder.styles.0.linear.weight": torch.zeros(2, 2),
        "encoder.body.0.res_layer.3.weight": torch.zeros(2, 2, 3, 3),
        "decoder.input.input": torch.zeros(1, 2, 4, 2),
    }
    clip = _transformers_clip()
    found = {
        "fice.pt": _saved(content),
        "legacy.pt": _saved(content, _use_new_zipfile_serialization=False),
        "e4e.pt": _saved({"state_dict": small, "latent_avg": torch.zeros(2), "opts": {"a": 1}}),
        "clip_transformers.bin": _saved(clip),
        "clip_transformers.safetensors": save(clip),
    }
    for protocol in (2, 3, 4, 5):
        found[f"arrays{protocol}.pkl"] = pickle.dumps(arrays, protocol=protocol)
    # Above the size from which bytes stay in the file, which protocol 2 writes as text.
    long = {"model": {"a.weight": np.full((150, 150), 1.7, np.float32)}}
    found["long2.pkl"], found["long3.pkl"] = pickle.dumps(long, 2), pickle.dumps(long, 3)
    with tempfile.TemporaryDirectory() as folder:
        save_generator(Path(folder) / "a.safetensors", generator)
        found["native.safetensors"] = (Path(folder) / "a.safetensors").read_bytes()
    for name in (
        "sg2_32_skip_nvidia.pkl",
        "rosinality_64.pt",
        "clip_tiny_torchscript.pt",
        "densepose_small_modelzoo_format.pkl",
    ):
        found[name] = (DATA / name).read_bytes()
    return found


def _transformers_clip() -> dict[str, torch.Tensor]:
    """A CLIP in the layout of transformers, of the smallest width that has a head."""
    tower = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1}
    config = transformers.CLIPConfig(
        text_config={
            **tower,
            "vocab_size": 8,
            "bos_token_id": 6,
            "eos_token_id": 7,
            "max_position_embeddings": 4,
        },
        vision_config={**tower, "image_size": 4, "patch_size": 2, "num_attention_heads": 1},
        projection_dim=2,
    )
    return transformers.CLIPModel(config).state_dict()


def _saved(content: object, **options: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def changed_bytes(content: bytes, rng: random.Random) -> bytes:
    """A few bytes removed, replaced or inserted; mostly near the start, where the structure is."""
    changed = bytearray(content)
    for _ in range(rng.choice(COUNTS)):
        place = int(len(changed) * rng.random() ** rng.choice((1, 4)))
        changed[place : place + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 8))
    return bytes(changed)


def changed_steps(content: bytes, rng: random.Random, donors: list[list[bytes]]) -> bytes:
    """Some steps of the first pickle in `content` removed, doubled, moved or replaced."""
    steps, end = split(content)
    for _ in range(rng.choice(COUNTS)):
        place = rng.randrange(len(steps) + 1)
        choice = rng.random()
        if choice < 0.25 and steps:
            del steps[place : place + rng.randint(1, 3)]
        elif choice < 0.5:
            steps[place:place] = steps[place : place + rng.randint(1, 4)] * rng.randint(1, 40)
        elif choice < 0.75:
            steps.insert(place, rng.choice(NASTY))
        else:
            donor = rng.choice(donors)
            start = rng.randrange(len(donor) + 1)
            steps[place:place] = donor[start : start + rng.randint(1, 12)]
    return b"".join(steps) + content[end:]


def split(content: bytes) -> tuple[list[bytes], int]:
    """The steps of the first pickle in `content`, as bytes, and where it ends."""
    places = [place for _, _, place in pickletools.genops(content) if place is not None]
    end = places[-1] + 1
    return [content[a:b] for a, b in zip(places, [*places[1:], end], strict=True)], end


def changed(name: str, content: bytes, rng: random.Random, donors: list[list[bytes]]) -> bytes:
    """A variant of the file `content`; pickles in archives keep a correct checksum."""
    if rng.random() < 0.3 or name.endswith(".safetensors"):
        return changed_bytes(content, rng)
    if not content.startswith(b"PK"):
        return changed_steps(content, rng, donors)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(entry, changed_steps(data, rng, donors) if "data.pkl" in entry else data)
    return buffer.getvalue()


def search(minutes: float, start_seed: int, findings: Path) -> int:
    """Runs until the time is over and returns how many findings there are."""
    known = seeds()
    donors = [split(content)[0] for name, content in known.items() if name.endswith(".pkl")]
    outcomes, worst, found = Counter[str](), 0.0, 0
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stop = time.monotonic() + 60 * minutes
    path = findings / "candidate"

    def check(name: str, rng: random.Random) -> None:
        nonlocal worst, found
        if time.monotonic() > stop:
            return
        path.write_bytes(changed(name, known[name], rng, donors))
        fitting = FITTING.get(name, load_generator)
        loader = rng.choice(LOADERS) if rng.random() < 0.3 else fitting
        begin = time.process_time()
        problem = None
        try:
            loader(path)
            outcomes["loaded"] += 1
        except CheckpointError as error:
            outcomes["refused"] += 1
            problem = "a message of several lines" if "\n" in str(error) else None
        except BaseException:
            problem = traceback.format_exc()
        worst = max(worst, time.process_time() - begin)
        if time.process_time() - begin > SECONDS:
            problem = f"{time.process_time() - begin:.0f} s"
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory > MEGABYTES * 1024:
            problem = "too much memory"
        if problem:
            found += 1
            path.rename(findings / f"finding-{found}")
            _say(f"finding {found}: {loader.__name__} of a changed {name}: {problem}")

    names = [n for n in sorted(known) for _ in range(1 if len(known[n]) > LARGE_BYTES else 4)]
    round_seed = start_seed
    while time.monotonic() < stop:
        _run_round(check, round_seed, names)
        round_seed += 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    _say(
        f"seeds {start_seed} to {round_seed - 1}, {minutes:g} minutes: {outcomes.total()} files, "
        f"{outcomes['refused']} refused, {outcomes['loaded']} loaded, {found} findings; slowest "
        f"{worst:.1f} s, memory grew by {grown:.0f} MB"
    )
    return found


def _run_round(check: object, round_seed: int, names: list[str]) -> None:
    @seed(round_seed)
    @settings(
        max_examples=EXAMPLES_PER_ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(names), st.randoms(use_true_random=False, note_method_calls=False))
    def one_round(name: str, rng: random.Random) -> None:
        check(name, random.Random(rng.getrandbits(64)))

    one_round()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Reads the command line; 0 = nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, help="folder for the files (default: a new one)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    findings = options.findings or Path(tempfile.mkdtemp(prefix="fice-fuzz-"))
    findings.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        (findings / "candidate").unlink()
    found = search(options.minutes, options.seed, findings)
    if found:
        _say(f"files: {findings}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
