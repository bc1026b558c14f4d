"""Files made to do harm, or damaged: each is refused with one sentence, quickly, and runs nothing.

Python's own unpickler would run every `Evil` here; `TestCorpusIsReal` proves that it would.
Set the environment variable FICE_MUTATIONS for a longer search with changed files.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fice.base.errors import CheckpointError
from fice.checkpoints import (
    load_chart,
    load_clip,
    load_encoder,
    load_generator,
    load_segmenter,
    save_module,
)
from fice.checkpoints.clip_layout import OPENAI_FACTS
from fice.checkpoints.native import save_native
from fice.checkpoints.reader import read_checkpoint
from fice.networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from tools.weights.memory_growth import memory_growth

pytestmark = [
    pytest.mark.filterwarnings("ignore:invalid escape sequence"),  # in changed text
    pytest.mark.filterwarnings("ignore:TypedStorage is deprecated"),
]

SECONDS = 20  # far more than any takes, far less than what the bombs are made for
MEGABYTES = 600
MUTATIONS = int(os.environ.get("FICE_MUTATIONS", "150"))  # per kind of file


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.fixture
def refuse(tmp_path):
    """Writes bytes to a file and returns why it is refused; checks time and memory."""

    def refuse(content, name="weights.pkl"):
        (tmp_path / name).write_bytes(content)
        start = time.process_time()  # wall time would measure the neighbours
        with memory_growth() as grown, pytest.raises(CheckpointError) as caught:
            load_generator(tmp_path / name)
        assert time.process_time() - start < SECONDS
        assert grown.bytes < MEGABYTES * 1_000_000
        message = str(caught.value)
        assert message.startswith(name)
        assert "\n" not in message
        assert len(message) < 400
        return message

    return refuse


@pytest.fixture
def mark(tmp_path):
    path = tmp_path / "mark"
    yield path
    assert not path.exists(), "code of the file was run"


def _zip(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def _torch_zip(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def _rewritten(archive, **changes):
    """`archive` with the content of some entries replaced, by the end of their name."""
    entries = []
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        for name in old.namelist():
            change = next((v for k, v in changes.items() if name.endswith(k)), None)
            entries.append((name, old.read(name) if change is None else change))
    return _zip(entries)


class TestCorpusIsReal:
    def test_python_would_run_it(self, tmp_path):
        pickle.loads(pickle.dumps(Evil(tmp_path / "mark")))
        assert (tmp_path / "mark").exists()


class TestCode:
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_pickle(self, refuse, mark, protocol):
        message = refuse(pickle.dumps({"G_ema": Evil(mark)}, protocol=protocol))
        assert "posix.system" in message or "nt.system" in message
        assert "nothing was run" in message

    def test_torch_zip(self, refuse, mark):
        assert "system" in refuse(_torch_zip({"G": Evil(mark)}))

    def test_torch_legacy(self, refuse, mark, legacy_bytes):
        assert "system" in refuse(legacy_bytes({"G": Evil(mark)}))

    def test_torchscript(self, refuse, mark):
        data = pickle.dumps(Evil(mark), protocol=2)
        archive = _zip([("x/data.pkl", data), ("x/constants.pkl", b""), ("x/version", b"3")])
        assert "system" in refuse(archive)

    def test_inside_of_an_embedded_storage(self, refuse, mark):
        """What `torch.storage._load_from_bytes` would run with the full power of pickle."""
        inner = pickle.dumps(Evil(mark))

        class Embedded:
            def __reduce__(self):
                return torch.storage._load_from_bytes, (inner,)

        refuse(pickle.dumps({"G_ema": Embedded()}))

    def test_behind_the_header_of_an_embedded_storage(self, refuse, mark, legacy_bytes):
        inner = legacy_bytes(Evil(mark))

        class Embedded:
            def __reduce__(self):
                return torch.storage._load_from_bytes, (inner,)

        assert "system" in refuse(pickle.dumps({"G_ema": Embedded()}))

    def test_embedded_storages_in_each_other(self, refuse, legacy_bytes):
        class Nested:
            def __init__(self, inner):
                self.inner = inner

            def __reduce__(self):
                return torch.storage._load_from_bytes, (self.inner,)

        value = legacy_bytes(torch.zeros(1).storage())
        for _ in range(3):
            value = legacy_bytes(Nested(value))
        assert "_load_from_bytes" in refuse(pickle.dumps(Nested(value)))

    def test_source_in_an_nvidia_pickle_is_ignored(self, writers, generator, tmp_path):
        writers["nvidia"](tmp_path / "g.pkl", generator)
        assert b"the source in the file was run" in (tmp_path / "g.pkl").read_bytes()
        load_generator(tmp_path / "g.pkl")

    @pytest.mark.parametrize(
        "name",
        [
            "builtins\neval",
            "builtins\ngetattr",
            "builtins\n__import__",
            "torch\nload",
            "torch.storage\n_load_from_bytes.__globals__",
            "numpy\nload",
            "collections\nOrderedDict.__class__",
            "torch_utils.persistence\nimport_hook",
            "fice.checkpoints\nload_generator",
            "__torch__.x\nY",
        ],
    )
    def test_other_names(self, refuse, name):
        assert "refused" in refuse(b"\x80\x02c" + name.encode() + b"\n.")

    def test_state_cannot_be_set_on_an_allowed_name(self, refuse):
        """`BUILD` on a function would change it for everybody."""
        refuse(b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb.")


class TestBombs:
    def test_compressed_entry(self, refuse):
        bomb = _zip([("x/data.pkl", b"\x80\x02}."), ("x/data/0", bytes(200_000_000))],
                    zipfile.ZIP_DEFLATED)  # fmt: skip
        assert len(bomb) < 1_000_000
        assert "compressed" in refuse(bomb)

    def test_entries_that_share_their_bytes(self, refuse):
        """Central directory entries that all point to the same data (a non-recursive zip bomb)."""
        archive = bytearray(_zip([("x/data.pkl", b"\x80\x02}."), ("x/data/0", bytes(10_000))]))
        end = archive.rindex(b"PK\x05\x06")
        count, size, start = struct.unpack_from("<HII", archive, end + 10)
        record = bytes(archive[archive.rindex(b"PK\x01\x02") : end])
        extra = b"".join(
            record.replace(b"x/data/0", b"x/" + f"{index:06}".encode()) for index in range(500)
        )
        archive[end:end] = extra
        end += len(extra)
        struct.pack_into("<HHII", archive, end + 8, *(count + 500,) * 2, size + len(extra), start)
        assert "more data than it has bytes" in refuse(bytes(archive))

    def test_more_elements_than_the_file_has_bytes(self, refuse, legacy_bytes):
        storage = torch.zeros(3).storage()
        raw = legacy_bytes(storage).replace(b"K\x03N", b"\x8a\x06" + b"\x00" * 5 + b"\x01N")
        assert raw != legacy_bytes(storage)

        class Embedded:
            def __reduce__(self):
                return torch.storage._load_from_bytes, (raw,)

        assert "larger than the rest" in refuse(pickle.dumps(Embedded()))

    @pytest.mark.parametrize(
        ("size", "stride", "offset"),
        [
            ((2**40,), (0,), 0),
            ((2**20, 2**20), (0, 0), 0),
            ((4,), (1,), 0),
            ((3,), (1,), 1),
            ((2,), (2**62,), 0),
            ((2,), (-1,), 1),
            ((-1,), (1,), 0),
            ((1,), (1,), -1),
            ((1,) * 100, (1,) * 100, 0),
            ((2, 1), (1,), 0),
        ],
    )
    def test_tensors_outside_of_their_storage(self, refuse, size, stride, offset):
        class Tensor:
            def __reduce__(self):
                storage = torch.zeros(3).storage()
                return torch._utils._rebuild_tensor_v2, (storage, offset, size, stride, False, {})

        assert "lies outside of its 3 elements" in refuse(pickle.dumps({"G": Tensor()}))

    def test_numpy_shapes(self, refuse):
        raw = pickle.dumps(np.zeros(4, np.float32))
        refuse(raw.replace(b"K\x04\x85", b"\x8a\x06" + b"\x00" * 5 + b"\x01\x85", 1))

    def test_huge_lengths_in_the_pickle(self, refuse):
        for opcode in (b"B\xff\xff\xff\x7f", b"\x8e" + b"\xff" * 7 + b"\x00", b"X\xff\xff\xff\xff"):
            refuse(b"\x80\x04" + opcode + b"abc.")

    def test_huge_memo_index(self, refuse):
        assert "is not a StyleGAN2 generator" in refuse(b"\x80\x02}r\xff\xff\xff\x7f.")

    def test_too_many_steps(self, refuse):
        assert "too many steps" in refuse(b"\x80\x02" + b"]" * 4_000_000)

    def test_copies_of_the_same_bytes(self, refuse):
        text = b"X\x00\x00\x10\x00" + b"a" * 0x100000 + b"q\x00"
        copy = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R"
        assert "far more data" in refuse(b"\x80\x02" + text + copy * 10_000 + b".")

    def test_a_key_that_takes_for_ever_to_hash(self, refuse):
        nested = b")" + b"2\x86" * 200
        assert "as a key" in refuse(b"\x80\x02}" + nested + b"K\x01s.")

    def test_deep_nesting(self, refuse):
        refuse(b"\x80\x02" + b"(" * 500_000 + b"t" * 499_999 + b".")

    def test_modules_that_are_shared_many_times(self, refuse, persistent_object):
        """100 parts, each with the same 100 parts, and so on: 10^12 paths in a small file."""
        module = persistent_object({"class_name": "Linear", "state": {}})
        for _ in range(6):
            modules = {str(index): module for index in range(100)}
            module = persistent_object({"class_name": "Block", "state": {"_modules": modules}})
        assert "more parts" in refuse(pickle.dumps({"G_ema": module}))


class TestArchives:
    @pytest.mark.parametrize("name", ["../x/data.pkl", "/x/data.pkl", "x\\..\\data.pkl", "C:/x/a"])
    def test_path_tricks(self, refuse, tmp_path, name):
        before = {path.name for path in tmp_path.parent.iterdir()}
        entries = [("x/data.pkl", b"\x80\x02}."), (name, b"\x80\x02}.")]
        assert "tampered" in refuse(_zip(entries))
        assert {path.name for path in tmp_path.parent.iterdir()} == before

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_entries_of_one_name(self, refuse):
        assert "tampered" in refuse(_zip([("x/data.pkl", b"\x80\x02}.")] * 2))

    def test_another_zip(self, refuse):
        assert "not one that torch saved" in refuse(_zip([("readme.txt", b"hello")]))

    def test_a_size_that_the_directory_makes_up(self, refuse):
        """Four terabytes, by the archive's own word; zip64 has numbers for that."""
        entry = zipfile.ZipInfo("x/data.pkl")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(entry, b"\x80\x02}.")
            entry.file_size = entry.compress_size = 1 << 42
        assert "more data than it has bytes" in refuse(buffer.getvalue())

    def test_missing_data(self, refuse):
        archive = _torch_zip({"G": {"a": torch.zeros(3)}})
        with zipfile.ZipFile(io.BytesIO(archive)) as old:
            entries = [(n, old.read(n)) for n in old.namelist() if not n.endswith("data/0")]
        assert "is missing" in refuse(_zip(entries))

    def test_too_little_data(self, refuse):
        archive = _torch_zip({"G": {"a": torch.zeros(3)}})
        assert "larger than the rest" in refuse(_rewritten(archive, **{"data/0": bytes(8)}))


class TestEndianness:
    def test_zip(self, refuse):
        archive = _torch_zip({"G": {}})
        assert "big-endian" in refuse(_rewritten(archive, byteorder=b"big"))

    def test_legacy(self, refuse, legacy_bytes):
        raw = legacy_bytes({"G": torch.zeros(1)}).replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89")  # fmt: skip # noqa: E501
        assert raw != legacy_bytes({"G": torch.zeros(1)})
        assert "big-endian" in refuse(raw)

    def test_numpy(self, refuse):
        assert "big-endian" in refuse(pickle.dumps({"model": np.zeros(2, ">f4")}))

    def test_numpy_objects(self, refuse):
        assert "not of numbers" in refuse(pickle.dumps(np.array([None, {}], dtype=object)))


FORMATS = ["native", "nvidia", "fice", "rosinality", "rosinality legacy"]


@pytest.mark.parametrize("name", FORMATS)
class TestDamaged:
    def test_truncated_anywhere(self, name, writers, generator, refuse, tmp_path):
        writers[name](tmp_path / "whole", generator)
        whole = (tmp_path / "whole").read_bytes()
        for part in (0.001, 0.1, 0.5, 0.9, 0.99):
            refuse(whole[: int(len(whole) * part)])
        refuse(whole[:-1])

    def test_changed_bytes_never_surprise(self, name, writers, generator, tmp_path):
        """Whatever is wrong with a file, it loads or is refused: no other error gets out."""
        writers[name](tmp_path / "whole", generator)
        whole = (tmp_path / "whole").read_bytes()
        _mutate(whole, tmp_path / "changed", lambda changed: changed)


@pytest.mark.parametrize("name", ["fice", "rosinality"])
def test_changed_pickles_in_archives_never_surprise(name, writers, generator, tmp_path):
    """As above with a correct checksum, so that the change is not noticed by the zip reader."""
    writers[name](tmp_path / "whole", generator)
    whole = (tmp_path / "whole").read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        data = archive.read("whole/data.pkl")
    _mutate(data, tmp_path / "changed", lambda changed: _rewritten(whole, **{"data.pkl": changed}))


def _mutate(whole, path, wrap):
    """Loads many variants of a file; one that loads or is refused is fine."""
    place = st.integers(0, len(whole) - 1)
    change = st.tuples(place, st.integers(0, 3), st.binary(max_size=8))

    @settings(
        max_examples=MUTATIONS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(change, min_size=1, max_size=6))
    def mutate(changes):
        content = bytearray(whole)
        for position, removed, inserted in changes:
            content[position : position + removed] = inserted
        path.write_bytes(wrap(bytes(content)))
        with contextlib.suppress(CheckpointError):
            load_generator(path)

    mutate()


def test_the_corpus_is_refused_before_any_network_is_built(tmp_path):
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(Evil(tmp_path / "mark")))
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "x.pkl")


P = (1 << 61) - 1  # Python hashes integers modulo this


def _long(number):
    raw = pickle.encode_long(number)
    return b"\x8b" + struct.pack("<i", len(raw)) + raw


def _text(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _storage(numel=3):
    """`_load_from_bytes` of zeros, as protocol 3 writes it."""
    buffer = io.BytesIO()
    torch.save(torch.zeros(numel).storage(), buffer, _use_new_zipfile_serialization=False)
    raw = buffer.getvalue()
    return b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(raw)) + raw + b"\x85R"


class TestBombsOfTime:
    """Small files that would take hours, found by reading the reader as an attacker would."""

    def test_keys_that_collide(self, refuse):
        pairs = b"".join(_long(k * P) + b"N" for k in range(1, 60_000))
        assert "as a key" in refuse(b"\x80\x02}(" + pairs + b"u.")

    def test_memo_indices_that_collide(self, refuse):
        refuse(b"\x80\x02N" + b"".join(b"p%d\n" % (k * P) for k in range(1, 60_000)) + b".")

    def test_products_of_endless_numbers(self, refuse):
        shape = b"(" + b"h\x00" * 20_000 + b"t"
        rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n(" + _storage() + b"K\x00" + shape + shape
        number = _long(1 << 8_000_000) + b"q\x000"
        assert "longer than any" in refuse(b"\x80\x03" + number + rebuild + b"\x89}tR.")

    def test_the_same_large_storage_again_and_again(self, refuse):
        raw = _storage(0)
        raw = raw[raw.index(b"B") + 5 : -2] + bytes(20_000_000)
        large = b"B" + struct.pack("<I", len(raw)) + raw + b"q\x000("
        again = b"ctorch.storage\n_load_from_bytes\nh\x00\x85R" * 15_000
        padding = _text("x" * 64) + b"0"  # else the magic number stands at the start
        assert "far more data" in refuse(b"\x80\x03" + padding + large + again + b"l.")

    def test_shapes_without_elements(self, refuse):
        shape = b"(K\x00" + _long(1 << 62) * 2 + b"t"
        rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n(" + _storage() + b"K\x00" + shape
        assert "lies outside" in refuse(b"\x80\x03" + rebuild + b"(K\x01K\x01K\x01t\x89}tR.")


class TestBombsOfMemory:
    NAMESPACE = b"cargparse\nNamespace\n"

    def test_the_same_attributes_of_many_objects(self, refuse):
        attributes = b"}(" + b"".join(_text(f"k{i}") + b"N" for i in range(10_000)) + b"uq\x000"
        objects = self.NAMESPACE + b"q\x01(" + b"h\x01)\x81h\x00b" * 20_000
        assert "far more data" in refuse(b"\x80\x02" + attributes + objects + b"l.")

    @pytest.mark.parametrize("length", [1, 1_000_000])
    def test_a_network_inside_of_itself(self, refuse, length):
        modules = _text("_modules") + b"}" + _text("x" * length) + b"h\x00s"
        parameters = _text("_parameters") + b"}" + _text("w") + b"Ns"
        network = self.NAMESPACE + b")\x81q\x00}(" + modules + parameters + b"ub0"
        message = refuse(b"\x80\x02" + network + b"}" + _text("G_ema") + b"h\x00s.")
        assert "impossible name" in message

    def test_networks_that_share_a_large_table(self, refuse, persistent_object):
        table = {f"p{index}": None for index in range(10_000)}
        state = {"_parameters": table, "_modules": {}}
        children = {
            f"m{index}": persistent_object({"class_name": "Linear", "state": state})
            for index in range(900)
        }
        module = persistent_object({"class_name": "G", "state": {"_modules": children}})
        assert "more parts" in refuse(pickle.dumps({"G_ema": module}))

    def test_a_directory_of_millions_of_entries(self, refuse):
        archive = bytearray(_zip([("x/data.pkl", b"\x80\x02}.")]))
        end = archive.rindex(b"PK\x05\x06")
        entry = bytes(archive[archive.rindex(b"PK\x01\x02") : end])
        extra = entry * (10_000_000 // len(entry))
        archive[end:end] = extra
        size = struct.unpack_from("<I", archive, end + len(extra) + 12)[0]
        struct.pack_into("<I", archive, end + len(extra) + 12, size + len(extra))
        assert "directory is too large" in refuse(bytes(archive))

    def test_options_that_are_endless_when_printed(self, tmp_path):
        """A tuple of two of a tuple of two of ...: 2^60 brackets."""
        endless = b")" + b"2\x86" * 60
        names = ("input_layer.0.weight", "latlayer2.weight", "styles.0.linear.weight")
        state = {f"encoder.{name}": torch.zeros(1) for name in names}
        archive = _torch_zip({"state_dict": state, "opts": {"encoder_type": "MARK"}})
        with zipfile.ZipFile(io.BytesIO(archive)) as old:
            data = old.read("archive/data.pkl")
        data = data.replace(_text("MARK"), endless)
        (tmp_path / "e.pt").write_bytes(_rewritten(archive, **{"data.pkl": data}))
        with pytest.raises(CheckpointError, match="holds a tuple"):
            load_encoder(tmp_path / "e.pt")


class TestNetworksOutOfProportion:
    """The file is small; the network that it describes is not."""

    def test_widths(self, tmp_path):
        names = ("input_layer.0.weight", "latlayer2.weight", "styles.0.linear.weight")
        state = {f"encoder.{name}": torch.zeros(1, 1) for name in names}
        state["encoder.body.0.res_layer.3.weight"] = torch.zeros(500_000, 1)
        torch.save({"state_dict": state, "latent_avg": torch.zeros(500_000)}, tmp_path / "e.pt")
        with pytest.raises(CheckpointError, match="far more data"):
            load_encoder(tmp_path / "e.pt")

    @pytest.mark.parametrize(
        "config",
        [
            {"num_ws": 10**9},
            {"num_ws": 14, "stages": [[64, 10**9]]},
            {"num_ws": 14, "stages": [[10**9, 2]]},
            {"num_ws": 14, "input_width": 10**12},
            {"num_ws": -1},
            {"num_ws": "x"},
        ],
    )
    def test_our_own_format(self, tmp_path, config):
        start = time.process_time()
        save_native(tmp_path / "e.safetensors", "e4e", config, {"x": torch.zeros(1)})
        with pytest.raises(CheckpointError):
            load_encoder(tmp_path / "e.safetensors")
        assert time.process_time() - start < SECONDS

    def test_nan_in_any_network(self, tmp_path):
        encoder = CompactEncoder(
            CompactEncoderConfig(num_ws=2, w_dim=4, widths=(4, 4), hidden=4, image_size=(16, 16))
        )
        next(encoder.parameters()).data.fill_(float("nan"))
        save_module(tmp_path / "e.safetensors", "compact_encoder", encoder)
        with pytest.raises(CheckpointError, match="NaN"):
            load_encoder(tmp_path / "e.safetensors")


DATA = Path(__file__).parents[1] / "parity" / "data"


class TestOtherNetworks:
    """The corpus above is given to the generator's loader; the others refuse it as well."""

    LOADERS = (load_generator, load_encoder, load_chart, load_segmenter, load_clip)

    @pytest.mark.parametrize("load", LOADERS)
    @pytest.mark.parametrize("kind", ["pickle", "zip", "legacy", "page", "json", "bomb", "cut"])
    def test_refused_by_every_loader(self, load, kind, mark, legacy_bytes, tmp_path):
        script = (DATA / "clip_tiny_torchscript.pt").read_bytes()
        content = {
            "pickle": pickle.dumps({"model": Evil(mark)}),
            "zip": _torch_zip({"state_dict": Evil(mark)}),
            "legacy": legacy_bytes({"state_dict": Evil(mark)}),
            "page": b"\xef\xbb\xbf<!DOCTYPE html><title>Google Drive - Virus scan warning</title>",
            "json": b'{"message": "Not Found"}',
            "bomb": _zip([("x/data.pkl", bytes(50_000_000))], zipfile.ZIP_DEFLATED),
            "cut": script[: len(script) // 2],
        }[kind]
        (tmp_path / "x.pkl").write_bytes(content)
        start = time.process_time()
        with pytest.raises(CheckpointError, match=r"^x\.pkl") as caught:
            load(tmp_path / "x.pkl")
        assert time.process_time() - start < SECONDS
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    @pytest.mark.parametrize("name", ["chart", "clip"])
    def test_numbers_that_are_none(self, name, value, tmp_path):
        file, load = {
            "chart": ("densepose_small_modelzoo_format.pkl", load_chart),
            "clip": ("clip_tiny_torchscript.pt", load_clip),
        }[name]
        content = read_checkpoint(DATA / file).content
        facts = {key: torch.tensor(1) for key in OPENAI_FACTS}
        state = content["model"] if name == "chart" else {**content, **facts}
        key = next(key for key in state if key.endswith(("fpn_lateral3.bias", "ln_final.bias")))
        state[key].flatten()[0] = value
        torch.save(state, tmp_path / "x.pt")
        with pytest.raises(CheckpointError, match=f"{key} holds NaN"):
            load(tmp_path / "x.pt")

    @pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9, 0.999])
    def test_truncated(self, part, tmp_path):
        for file, load in (
            ("densepose_small_modelzoo_format.pkl", load_chart),
            ("clip_tiny_torchscript.pt", load_clip),
            ("sghuman_64x32_rect.pkl", load_generator),
        ):
            whole = (DATA / file).read_bytes()
            (tmp_path / file).write_bytes(whole[: int(len(whole) * part)])
            with pytest.raises(CheckpointError, match=file):
                load(tmp_path / file)


class TestNames:
    def test_keys_that_are_no_names(self, refuse):
        refuse(_torch_zip({"G": {"mapping.fc0.weight": torch.zeros(1), 5: torch.zeros(1)}}))

    def test_lines_in_a_name(self, refuse):
        refuse(_torch_zip({"G": {"mapping.fc0.weight": torch.zeros(1), "a\nb": torch.zeros(1)}}))
