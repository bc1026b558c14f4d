"""Headers that lie, are damaged or ask for too much: each is refused with one short sentence."""

import json
import time

import pytest
import torch

from fice.base.errors import CheckpointError
from fice.checkpoints.reader import read_checkpoint
from fice.checkpoints.safetensors_file import write_safetensors

SECONDS = 20


def file_of(header, data=bytes(16), length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(**changes):
    return {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16], **changes}


class TestHostileHeaders:
    @pytest.mark.parametrize(
        "content",
        [
            file_of({"a": entry(shape=[1 << 40, 1 << 40])}),
            file_of({"a": entry(shape=[0, 1 << 62], data_offsets=[0, 0])}),
            file_of({"a": entry(shape=[10**4000])}),
            file_of({"a": entry(shape=[2] * 2000)}),
            file_of({"a": entry(shape=[-2, -2])}),
            file_of({"a": entry(shape=[2.0, 2])}),
            file_of({"a": entry(shape="22")}),
            file_of({"a": entry(shape=[5])}),
            file_of({"a": entry(data_offsets=[0, 1 << 50])}),
            file_of({"a": entry(data_offsets=[-16, 0])}),
            file_of({"a": entry(data_offsets=[16, 0])}),
            file_of({"a": entry(data_offsets=[0, 8, 16])}),
            file_of({"a": entry(data_offsets=[])}),
            file_of({"a": entry(data_offsets=None)}),
            file_of({"a": entry(dtype="F8_E4M3")}),
            file_of({"a": entry(dtype=["F32"])}),
            file_of({"a": {}}),
            file_of({"a": 5}),
            file_of({"a": entry(), "b": entry()}),  # both in the same bytes
            file_of({f"a{i}": entry() for i in range(50_000)}),
            file_of({"../../x\n": entry()}),
            file_of({"a" * 10_000: entry()}),
            file_of({"__metadata__": {"k": 5}, "a": entry()}),
            file_of({"__metadata__": [], "a": entry()}),
            file_of(b"{" + b"[" * 100_000),
            file_of(b'{"a": NaN}'),
            file_of(b'{"a": ' + b"9" * 10_000 + b"}"),
            file_of(b"{\xff\xfe}"),
            file_of({"a": entry()}, length=1 << 63),
            file_of({"a": entry()}, length=200),
            file_of({"a": entry()}, data=bytes(15)),
            file_of({"a": entry()}, data=b""),
        ],
    )
    def test_refused(self, content, tmp_path):
        path = tmp_path / "x.safetensors"
        path.write_bytes(content)
        start = time.process_time()
        with pytest.raises(CheckpointError) as caught:
            read_checkpoint(path)
        assert time.process_time() - start < SECONDS
        message = str(caught.value)
        assert message.startswith("x.safetensors: ")
        assert len(message) < 400
        assert "\n" not in message

    def test_the_plain_one_is_read(self, tmp_path):
        path = tmp_path / "x.safetensors"
        path.write_bytes(file_of({"a": entry()}))
        assert read_checkpoint(path).content["a"].shape == (2, 2)

    @pytest.mark.parametrize("part", [0.01, 0.1, 0.5, 0.9, 0.99])
    def test_truncated(self, part, tmp_path):
        path = tmp_path / "x.safetensors"
        write_safetensors(path, {f"layer{i}": torch.rand(20, 20) for i in range(20)}, {"k": "v"})
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(CheckpointError):
            read_checkpoint(path)
