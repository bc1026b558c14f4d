"""Whoever calls the library names files as strings or as paths, in every public function."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator

import pytest
import torch

import fice
from fice.base.errors import FiceError
from fice.base.images import read_image, write_image
from fice.checkpoints import load_encoder, save_module
from fice.pipeline.model_files import DEMO_WEIGHTS

COMMAND_LINE = ("fice.commands", "fice.__main__")  # argparse makes the paths there
BARE_PATH = re.compile(r"\bPath\b")


def public_functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Name and function of all that other modules may call, methods included."""
    for module in pkgutil.walk_packages(fice.__path__, "fice."):
        if module.name.startswith(COMMAND_LINE) or module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if name.startswith("_") or getattr(value, "__module__", "") != module.name:
                continue
            if inspect.isfunction(value):
                yield f"{module.name}.{name}", value
            elif inspect.isclass(value):
                yield from _methods(f"{module.name}.{name}", value)


def _methods(owner: str, value: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, member in vars(value).items():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and (not name.startswith("_") or name == "__call__"):
            yield f"{owner}.{name}", function


def parameters(function: Callable[..., object]) -> dict[str, str]:
    """Annotations of the parameters, as they are written."""
    found = inspect.get_annotations(function)
    return {name: str(value) for name, value in found.items() if name != "return"}


FUNCTIONS = dict(public_functions())


def takes_one_path(function: Callable[..., object]) -> bool:
    """Whether a place is all that `function` has to be given."""
    known = inspect.signature(function).parameters.values()
    needed = [one.name for one in known if one.default is inspect.Parameter.empty]
    return [parameters(function).get(name) for name in needed] == ["StrPath"]


READERS = [name for name, function in FUNCTIONS.items() if takes_one_path(function)]


def test_no_public_function_wants_a_path_object():
    wanting = [
        f"{name}({parameter}: {annotation})"
        for name, function in FUNCTIONS.items()
        for parameter, annotation in parameters(function).items()
        if BARE_PATH.search(annotation) and not annotation.startswith("Callable")
    ]
    assert wanting == []


def test_the_walk_finds_them():
    assert {"fice.checkpoints.encoder.load_encoder", "fice.base.images.read_image"} <= set(READERS)
    assert "StrPath" in parameters(FUNCTIONS["fice.lab.evaluation.parts.read_part"]).values()


@pytest.mark.parametrize("name", READERS)
def test_string_that_leads_nowhere(name, tmp_path):
    """Refused in words, or by the system: a string is never taken for an object with methods."""
    with contextlib.suppress(FiceError, OSError):
        FUNCTIONS[name](str(tmp_path / "none.png"))


def test_strings_lead_where_paths_do(tmp_path):
    encoder = load_encoder(str(DEMO_WEIGHTS / "encoder.safetensors"))
    save_module(str(tmp_path / "e.safetensors"), "compact_encoder", encoder)
    assert load_encoder(str(tmp_path / "e.safetensors")).config == encoder.config
    image = torch.rand(3, 4, 5)
    write_image(str(tmp_path / "x.png"), image)
    assert read_image(str(tmp_path / "x.png")).allclose(image, atol=1 / 255)
