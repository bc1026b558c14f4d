"""Measures what opening and converting a weight file costs in memory; not a test.

    python -m tools.weights.peak_memory [load|convert] [NAME ...]

Writes a file of each kind with random weights at real size and handles each in a process of its
own. Prints the largest memory that the process ever had, less what it had before, over the size of
the file, and of a loaded network over the size of its own tensors as well.
"""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn

from fice import checkpoints
from fice.checkpoints.clip_names import open_clip_config
from fice.checkpoints.convert import convert
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.deeplab import DeepLab
from fice.networks.stylegan2 import Generator, GeneratorConfig
from tools.weights.memory_growth import memory_growth
from tools.weights.weight_files import modules_of, nvidia_names, persistent

AGAIN = (sys.executable, "-m", "tools.weights.peak_memory")
DATA = Path(__file__).parents[2] / "tests" / "parity" / "data"
DENSEPOSE_KEYS = DATA / "densepose_full_keys.json"
SMALL = {  # loaded first, so that libraries are there that a first use brings in
    DATA / "generator_64_fice_format.pt": checkpoints.load_generator,
    DATA / "densepose_small_modelzoo_format.pkl": checkpoints.load_chart,
    DATA / "clip_tiny_torchscript.pt": checkpoints.load_clip,
}
LOADERS: Mapping[str, Callable[[Path], nn.Module]] = {
    "generator.pt": checkpoints.load_generator,
    "rosinality-legacy.pt": checkpoints.load_generator,
    "generator-nvidia.pkl": checkpoints.load_generator,
    "generator.safetensors": checkpoints.load_generator,
    "e4e.pt": checkpoints.load_encoder,
    "densepose.pkl": checkpoints.load_chart,
    "densepose-protocol2.pkl": checkpoints.load_chart,
    "densepose_fp16.torchscript": checkpoints.load_chart,
    "segmentator.pt": checkpoints.load_segmenter,
    "RN50x4.pt": checkpoints.load_clip,
}


def write(name: str, path: Path) -> None:
    """Writes the file `name` of `LOADERS`."""
    torch.manual_seed(0)
    if name.startswith(("generator", "rosinality")):
        _write_generator(name, path)
    elif name == "e4e.pt":  # at half the widths: a quarter of the file
        encoder = E4eEncoder(E4eConfig(14, ((32, 3), (64, 4), (128, 14), (256, 3)), 32))
        state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
        latent_avg = state.pop("encoder.latent_avg")
        torch.save({"state_dict": state, "latent_avg": latent_avg}, path)
    elif name.startswith("densepose"):
        shapes = json.loads(DENSEPOSE_KEYS.read_text())
        tensors = {key: torch.rand(size) for key, size in shapes.items()}
        if name.endswith(".pkl"):
            arrays = {key: value.numpy() for key, value in tensors.items()}
            protocol = 2 if "protocol2" in name else 3
            path.write_bytes(pickle.dumps({"model": arrays}, protocol=protocol))
        else:
            _write_script({f"model.{key}": value for key, value in tensors.items()}, path)
    elif name == "RN50x4.pt":
        facts = {"input_resolution": 288, "context_length": 77, "vocab_size": 49408}
        network = OpenClip(open_clip_config("RN50x4-quickgelu")).model
        facts = {key: torch.tensor(number) for key, number in facts.items()}
        _write_script({**network.state_dict(), **facts}, path)
    else:
        torch.save({"state": DeepLab().state_dict()}, path)


def _write_generator(name: str, path: Path) -> None:
    channels = {4 << i: min(16384 // (4 << i), 512) for i in range(7)}
    generator = Generator(GeneratorConfig(512, 512, 256, channels))
    if name.endswith(".safetensors"):
        checkpoints.save_generator(path, generator)
    elif name.endswith(".pkl"):
        with nvidia_names():
            content = {"G": persistent(deepcopy(generator)), "G_ema": persistent(generator)}
            path.write_bytes(pickle.dumps(content, protocol=3))
    else:
        content = {"G": generator.state_dict(), "G_kwargs": {}}
        torch.save(content, path, _use_new_zipfile_serialization="legacy" not in name)


def _write_script(state: Mapping[str, Tensor], path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        torch.jit.script(modules_of(state).half()).save(str(path))


def measure(task: str, name: str, path: Path) -> None:
    """Does `task` with `path` and prints the most memory that it took and the network's, bytes."""
    torch.set_num_threads(1)
    for small, load in SMALL.items():
        load(small)
    importlib.import_module("torchvision.models.segmentation")
    own = 0
    with memory_growth() as grown:
        if task == "convert":
            convert(path, path.with_name("converted.safetensors"))
        else:
            network = LOADERS[name](path)
            own = sum(t.nbytes for t in chain(network.parameters(), network.buffers()))
    sys.stdout.write(f"{grown.bytes} {own}\n")


def main() -> None:
    """Measures every kind, or those that are named."""
    if sys.argv[1:2] == ["measure"]:
        measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return
    task, *names = sys.argv[1:] or ["load"]
    native = "generator.safetensors"  # there is nothing to convert
    for name in names or [name for name in LOADERS if task == "load" or name != native]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(name, path)
            command = [*AGAIN, "measure", task, name, str(path)]
            printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            taken, own = (int(number) for number in printed.split())
            size = path.stat().st_size
            line = f"{name}: {size / 1e6:.0f} MB, {task} peak {taken / size:.2f} of it"
            sys.stdout.write(line + (f", {taken / own:.2f} of the network" if own else "") + "\n")


if __name__ == "__main__":
    main()
