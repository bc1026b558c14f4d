"""Every container of torch, numpy and TorchScript, against what torch itself reads."""

from __future__ import annotations

import pickle
import pickletools
import re
import shutil
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from fice.base.errors import CheckpointError
from fice.checkpoints.pickle_machine import _OPERATIONS
from fice.checkpoints.pickle_values import PickledObject
from fice.checkpoints.reader import read_checkpoint

DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]


def _tensors():
    rng = torch.Generator().manual_seed(0)
    base = torch.randn(4, 6, 2, 3, generator=rng)
    values = {str(dtype): (base * 3).to(dtype) for dtype in DTYPES}
    return values | {
        "channels_last": base.to(memory_format=torch.channels_last),
        "view": base[1:3, ::2],
        "transposed": base.transpose(0, 3),
        "expanded": torch.ones(3, 1).expand(3, 4),
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "parameter": torch.nn.Parameter(base[0]),
    }


def _assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype, name
        assert found[name].shape == tensor.shape, name
        assert torch.equal(found[name], tensor.detach()), name


class TestTorch:
    @pytest.mark.parametrize("zipped", [True, False])
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_tensors_of_every_dtype_and_layout(self, zipped, protocol, tmp_path):
        torch.save(
            {"nested": [{"state": OrderedDict(_tensors())}], "n": 1, "f": 0.5, "s": "x", "t": (1,)},
            tmp_path / "x.pt",
            pickle_protocol=protocol,
            _use_new_zipfile_serialization=zipped,
        )
        checkpoint = read_checkpoint(tmp_path / "x.pt")
        assert checkpoint.container == ("torch zip" if zipped else "torch legacy")
        content = checkpoint.content
        assert (content["n"], content["f"], content["s"], content["t"]) == (1, 0.5, "x", (1,))
        _assert_same(content["nested"][0]["state"], _tensors())

    def test_strides_are_honoured_not_just_shapes(self, tmp_path):
        expected = _tensors()["channels_last"]
        torch.save(expected, tmp_path / "x.pt")
        found = read_checkpoint(tmp_path / "x.pt").content
        assert found.stride() == expected.stride()

    def test_plain_objects_become_inert_records(self, tmp_path):
        from argparse import Namespace

        content = {"args": Namespace(lr=0.1), "path": Path("a/b"), "set": {1}}
        torch.save(content, tmp_path / "x.pt")
        found = read_checkpoint(tmp_path / "x.pt").content
        assert isinstance(found["args"], PickledObject)
        assert str(found["args"].kind) == "argparse.Namespace"
        assert found["args"].state == {"lr": 0.1}
        assert "/".join(found["path"]) == "a/b"  # Python 3.13 keeps it in one piece
        assert found["set"] == [1]

    @pytest.mark.parametrize("module", ["pathlib", "pathlib._local"])
    def test_paths_of_any_python_and_system_are_read(self, module, tmp_path):
        # What pickle writes for {"path": WindowsPath("a", "b")}, whose class not every system has.
        named = f"c{module}\nWindowsPath\n".encode()
        words = [b"X\x04\x00\x00\x00path", b"X\x01\x00\x00\x00a", b"X\x01\x00\x00\x00b"]
        content = b"\x80\x02}" + words[0] + named + words[1] + words[2] + b"\x86Rs."
        (tmp_path / "x.pkl").write_bytes(content)
        assert read_checkpoint(tmp_path / "x.pkl").content["path"] == ("a", "b")


class TestPickle:
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_numpy_arrays_become_tensors(self, protocol, tmp_path):
        arrays = {
            dtype: (np.arange(24).reshape(2, 3, 4) % 2).astype(dtype)
            for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?")
        }
        arrays["fortran"] = np.asfortranarray(arrays["f4"])
        arrays["empty"] = np.zeros((0, 2), np.float32)
        content = {"model": arrays, "scalar": np.float32(1.5), "__author__": "x"}
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
        found = read_checkpoint(tmp_path / "x.pkl").content
        assert (found["scalar"], found["__author__"]) == (1.5, "x")
        _assert_same(found["model"], {k: torch.from_numpy(v) for k, v in arrays.items()})

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_arrays_that_are_left_in_the_file_until_needed(self, protocol, tmp_path):
        """Every byte value occurs, so that text takes one or two bytes for a character."""
        array = np.random.default_rng(0).standard_normal((700, 500)).astype(np.float32)
        content = {"model": {"a": array, "b": array.T[:3].copy(), "again": array}}
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
        found = read_checkpoint(tmp_path / "x.pkl").content
        _assert_same(found["model"], {k: torch.from_numpy(v) for k, v in content["model"].items()})

    @pytest.mark.parametrize("bad", ["\u0100", "\ud800"])
    def test_long_text_that_is_no_bytes(self, bad, tmp_path):
        text = ("x" * 100_000 + bad).encode("utf-8", "surrogatepass")
        name, order = b"c_codecs\nencode\n", b"X\x06\x00\x00\x00latin1"
        data = b"X" + struct.pack("<I", len(text)) + text
        dtype = b"cnumpy\ndtype\nX\x02\x00\x00\x00u1\x85R"
        buffer = b"cnumpy.core.numeric\n_frombuffer\n("
        shape = b"K\x01\x85X\x01\x00\x00\x00CtR."
        raw = name + data + order + b"\x86R"
        (tmp_path / "x.pkl").write_bytes(b"\x80\x02" + buffer + raw + dtype + shape)
        with pytest.raises(CheckpointError, match="damaged"):
            read_checkpoint(tmp_path / "x.pkl")

    def test_python_2_text_bytes(self, tmp_path):
        """Old model-zoo files store an array's bytes as a latin1 string."""
        raw = pickle.dumps(np.array([1.5, -2.0], np.float32), protocol=2)
        data = np.array([1.5, -2.0], np.float32).tobytes()
        encoded = rb"h\x03X....[^q]*q.h\x05\x86q.Rq."
        old, count = re.subn(encoded, lambda _: b"U" + bytes([len(data)]) + data, raw, flags=re.S)
        assert count == 1
        (tmp_path / "x.pkl").write_bytes(old)
        assert read_checkpoint(tmp_path / "x.pkl").content.tolist() == [1.5, -2.0]

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_tensors_in_a_plain_pickle(self, protocol, tmp_path):
        """Each storage is embedded as bytes that Python would run as a pickle of their own."""
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(_tensors(), protocol=protocol))
        _assert_same(read_checkpoint(tmp_path / "x.pkl").content, _tensors())

    def test_shared_and_recursive_values(self, tmp_path):
        shared = [1]
        shared.append(shared)
        (tmp_path / "x.pkl").write_bytes(pickle.dumps({"a": shared, "b": shared}))
        found = read_checkpoint(tmp_path / "x.pkl").content
        assert found["a"] is found["b"] is found["a"][1]

    def test_every_opcode_is_decided(self):
        assert set(_OPERATIONS) | {"STOP"} == {opcode.name for opcode in pickletools.opcodes}


class TestTorchScript:
    @pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
    def test_the_state_dict_without_running_torch_jit(self, tmp_path, monkeypatch):
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
        torch.jit.script(module).save(str(tmp_path / "x.pt"))
        monkeypatch.setattr(torch.jit, "load", None)
        checkpoint = read_checkpoint(tmp_path / "x.pt")
        assert checkpoint.container == "torchscript"
        found = {k: v for k, v in checkpoint.content.items() if k in module.state_dict()}
        _assert_same(found, module.state_dict())


class TestSafetensors:
    def test_tensors_and_metadata(self, tmp_path):
        save_file({"a": torch.ones(2)}, tmp_path / "x.safetensors", metadata={"k": "v"})
        checkpoint = read_checkpoint(tmp_path / "x.safetensors")
        assert (checkpoint.container, dict(checkpoint.metadata)) == ("safetensors", {"k": "v"})
        assert torch.equal(checkpoint.content["a"], load_file(tmp_path / "x.safetensors")["a"])


class TestMistaken:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "x.pkl: the file is empty"),
            (b"\n <!DOCTYPE html><html>404</html>", "x.pkl: this is a web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "git lfs pull"),
            (b"\xfd7zXZ\x00" + bytes(50), "unpack it"),
            (b"\x1f\x8b" + bytes(50), "unpack it"),
            (b"just some text", "not a weight file"),
            (b"Invalid username or password.", "It begins with 'Invalid username or password.'"),
            (b'{"error":"Access to\n it is restricted"}', "a text, not a weight file"),
            (b"\x08\x07\x12\x07pytorch\x1a\x051.9.0" + bytes(50), "this is an ONNX file"),
            (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5 file, as TensorFlow"),
            (b"Rar!\x1a\x07\x01\x00" + bytes(50), "unpack it"),
            (bytes(1000), "not a weight file"),
            (b"\x80\x04", "damaged or incomplete"),
            (b"PK\x03\x04" + bytes(100), "damaged or incomplete archive"),
        ],
    )
    def test_says_what_it_is(self, content, message, tmp_path):
        (tmp_path / "x.pkl").write_bytes(content)
        with pytest.raises(CheckpointError, match=message):
            read_checkpoint(tmp_path / "x.pkl")

    def test_missing_and_folder(self, tmp_path):
        for path in (tmp_path / "x.pkl", tmp_path):
            with pytest.raises(CheckpointError, match=f"no weight file {path.name}"):
                read_checkpoint(path)


def test_the_file_is_not_held_open(tmp_path):
    torch.save(_tensors(), tmp_path / "x.pt")
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(_tensors()))
    for name in ("x.pt", "x.pkl"):
        content = read_checkpoint(tmp_path / name).content
        Path(tmp_path / name).write_bytes(b"")
        _assert_same(content, _tensors())
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_large_arrays_are_decoded_from_the_file(tmp_path, protocol):
    """Their bytes are not kept beside the tensors; one that occurs twice is read twice."""
    array = np.random.default_rng(0).random((300, 100))
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([array, "x", array.T, array], protocol))
    first, word, second, third = read_checkpoint(tmp_path / "a.pkl").content
    assert word == "x"
    assert np.array_equal(first.numpy(), array)
    assert np.array_equal(second.numpy(), array.T)
    assert np.array_equal(third.numpy(), array)
