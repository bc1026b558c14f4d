"""Measures what opening a weight file costs in memory, beside the program itself; not a test.

    python tests/checkpoints/peak_memory.py

Writes a file of each kind with random weights at real size, loads each in a process of its own, and
prints the largest memory that it ever had, less what it had before, over the size of the file.
"""

from __future__ import annotations

import importlib
import json
import pickle
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from fice import checkpoints
from fice.encoders.e4e import E4eConfig, E4eEncoder
from fice.perceptors.deeplab import DeepLab
from fice.stylegan2 import Generator, GeneratorConfig

DATA = Path(__file__).parents[1] / "parity" / "data"
DENSEPOSE_KEYS = DATA / "densepose_full_keys.json"
FICE = DATA / "generator_64_fice_format.pt"
MODEL_ZOO = DATA / "densepose_small_modelzoo_format.pkl"
LOADERS: Mapping[str, Callable[[Path], object]] = {
    "generator.pt": checkpoints.load_generator,
    "rosinality-legacy.pt": checkpoints.load_generator,
    "generator.safetensors": checkpoints.load_generator,
    "e4e.pt": checkpoints.load_encoder,
    "densepose.pkl": checkpoints.load_chart,
    "segmentator.pt": checkpoints.load_segmenter,
}


def write(name: str, path: Path) -> None:
    """Writes the file `name` of `LOADERS`."""
    torch.manual_seed(0)
    if name.startswith(("generator", "rosinality")):
        channels = {4 << i: min(16384 // (4 << i), 512) for i in range(7)}
        generator = Generator(GeneratorConfig(512, 512, 256, channels))
        if name.endswith(".safetensors"):
            checkpoints.save_generator(path, generator)
        else:
            content = {"G": generator.state_dict(), "G_kwargs": {}}
            torch.save(content, path, _use_new_zipfile_serialization="legacy" not in name)
    elif name == "e4e.pt":  # at half the widths: a quarter of the file
        encoder = E4eEncoder(E4eConfig(14, ((32, 3), (64, 4), (128, 14), (256, 3)), 32))
        state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
        latent_avg = state.pop("encoder.latent_avg")
        torch.save({"state_dict": state, "latent_avg": latent_avg}, path)
    elif name == "densepose.pkl":
        shapes = json.loads(DENSEPOSE_KEYS.read_text())
        arrays = {key: torch.rand(size).numpy() for key, size in shapes.items()}
        path.write_bytes(pickle.dumps({"model": arrays}, protocol=3))
    else:
        state: dict[str, Tensor] = DeepLab().state_dict()
        torch.save({"state": state}, path)


def load(name: str, path: Path) -> None:
    """Loads `path` and prints the most memory that it took, in bytes."""
    torch.set_num_threads(1)
    for warm, small in (("generator.pt", FICE), ("densepose.pkl", MODEL_ZOO)):
        LOADERS[warm](small)  # so that libraries are there that a first use brings in
    importlib.import_module("torchvision.models.segmentation")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
    before = resident()
    network = LOADERS[name](path)
    sys.stdout.write(f"{peak() - before}\n")
    del network


def resident() -> int:
    """Memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def peak() -> int:
    """Largest memory that this process had since its peak was reset, in bytes."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) * 1024


def main() -> None:
    """Measures every kind, or those that are named."""
    if sys.argv[1:2] == ["load"]:
        load(sys.argv[2], Path(sys.argv[3]))
        return
    for name in sys.argv[1:] or LOADERS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(name, path)
            command = [sys.executable, __file__, "load", name, str(path)]
            taken = int(subprocess.run(command, capture_output=True, check=True).stdout)
            size = path.stat().st_size
            sys.stdout.write(f"{name}: {size / 1e6:.0f} MB, peak {taken / size:.2f} of it\n")


if __name__ == "__main__":
    main()
