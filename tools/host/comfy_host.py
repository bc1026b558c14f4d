"""A real ComfyUI: finds one, starts it with folders of its own, and talks to it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import websocket
from PIL import Image

PACK = Path(__file__).resolve().parents[2]
PACK_NAME = "fice-nodes"
TEXT_ON_NODE, PREVIEW_WITH_METADATA = 3, 4  # first four bytes of a binary websocket message
START_TIMEOUT_S = 300
HOW_TO_GET_A_HOST = (
    "no ComfyUI found: clone it to ~/comfy/ComfyUI (its Python in .venv), or set COMFYUI_DIR and "
    "COMFYUI_PYTHON; CONTRIBUTING tells how"
)

Graph = dict[str, dict[str, Any]]
"""A workflow in API format: node id to `class_type` and `inputs`."""
Json = Any
"""Whatever the host answers."""


def find_host() -> Path | None:
    """The checkout of ComfyUI to test with: `$COMFYUI_DIR`, the default place, or around us."""
    named = os.environ.get("COMFYUI_DIR")
    places = [Path(named)] if named else [Path.home() / "comfy" / "ComfyUI", *PACK.parents]
    return next((place for place in places if (place / "comfy_api").is_dir()), None)


def host_python(checkout: Path) -> str:
    """The interpreter that has the packages of the host."""
    own = checkout / ".venv" / "bin" / "python"
    return os.environ.get("COMFYUI_PYTHON") or (str(own) if own.exists() else sys.executable)


@dataclass
class Run:
    """What one prompt did.

    Attributes:
        prompt_id: its id in the history.
        events: the JSON messages of the websocket, in order.
        said: the words that nodes showed: id of the node, and text.
        previews: the pictures that arrived while it ran: seconds since the start, id of the node.
        seconds: from queueing to the end.
        outputs: `ui` results per node.
        error: the message of `execution_error`, if it ended so.
    """

    prompt_id: str
    events: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    previews: list[tuple[float, str]] = field(default_factory=list)
    preview_bytes: bytes = b""
    seconds: float = 0.0
    outputs: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    def named(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of one kind."""
        return [event["data"] for event in self.events if event["type"] == kind]

    @property
    def ended(self) -> str:
        """`success`, `error` or `interrupted`."""
        return self.events[-1]["type"].removeprefix("execution_")

    @property
    def executed(self) -> set[str]:
        """The nodes that were computed, not taken from the cache."""
        started = (event.get("node") for event in self.named("executing"))
        return {node for node in started if node}

    @property
    def cached(self) -> set[str]:
        """The nodes that were taken from the cache."""
        return {node for event in self.named("execution_cached") for node in event["nodes"]}

    @property
    def started_at(self) -> dict[str, float]:
        """Seconds since the start at which each node began."""
        return {e["data"]["node"]: e["at"] for e in self.events if e["type"] == "executing"}


class PromptRejectedError(Exception):
    """The host refused a prompt; `details` is its answer."""

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(json.dumps(details, indent=1))
        self.details = details

    @property
    def messages(self) -> list[str]:
        """What it says of each input."""
        nodes = self.details.get("node_errors", {}).values()
        return [f"{e['message']} {e['details']}" for node in nodes for e in node["errors"]]


@dataclass
class ComfyHost:
    """A running ComfyUI: its address and its folders."""

    checkout: Path
    base: Path
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Json:
        """The JSON at `path`."""
        return json.loads(self.get_bytes(path))

    def get_bytes(self, path: str) -> bytes:
        """The content at `path`."""
        with urllib.request.urlopen(self.url + path, timeout=60) as reply:
            return reply.read()

    def post(self, path: str, content: Mapping[str, Any]) -> Json:
        """Sends JSON; returns the JSON of the answer, or None if it has none."""
        data = json.dumps(content).encode()
        header = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, header)
        with urllib.request.urlopen(request, timeout=60) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    @property
    def version(self) -> tuple[int, ...]:
        """Version of ComfyUI."""
        text = self.get("/system_stats")["system"]["comfyui_version"]
        return tuple(int(part) for part in text.split(".")[:3])

    @property
    def rss(self) -> int:
        """Resident memory of the host, in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @contextlib.contextmanager
    def queued(
        self, graph: Graph, workflow: dict[str, Any] | None = None
    ) -> Iterator[tuple[Run, _Events]]:
        """Queues `graph` and yields the run with its stream of events, still under way.

        Raises:
            PromptRejectedError: if the host does not take it.
        """
        client = uuid.uuid4().hex
        address = self.url.replace("http:", "ws:") + f"/ws?clientId={client}"
        socket_ = websocket.create_connection(address, timeout=300)
        try:
            features = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
            socket_.send(json.dumps(features))
            extra = {"extra_pnginfo": {"workflow": workflow}} if workflow else {}
            prompt = {"prompt": graph, "client_id": client, "extra_data": extra}
            start = time.monotonic()
            try:
                answer = self.post("/prompt", prompt)
            except urllib.error.HTTPError as error:
                raise PromptRejectedError(json.loads(error.read())) from None
            run = Run(answer["prompt_id"])
            yield run, _Events(socket_, run, start)
        finally:
            socket_.close()

    def run(self, graph: Graph, workflow: dict[str, Any] | None = None) -> Run:
        """Queues `graph` and waits for its end."""
        with self.queued(graph, workflow) as (run, events):
            for _ in events:
                pass
        return self.finish(run)

    def finish(self, run: Run) -> Run:
        """Adds what the history says of a run that ended."""
        deadline = time.monotonic() + 10  # the history is written just after the last event
        while not (entry := self.get(f"/history/{run.prompt_id}")) and time.monotonic() < deadline:
            time.sleep(0.02)
        run.outputs = entry[run.prompt_id]["outputs"] if entry else {}
        return run

    def image(self, reference: Mapping[str, str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """A picture of the outputs, `[H, W, C]` 8-bit."""
        return np.asarray(Image.open(io.BytesIO(self.file(reference))))

    def file(self, reference: Mapping[str, str]) -> bytes:
        """A file of the outputs, as it lies on the disk of the host."""
        return self.get_bytes("/view?" + urllib.parse.urlencode(dict(reference)))

    def put_input(self, name: str, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> str:
        """Writes a PNG into the input folder and returns its name."""
        Image.fromarray(pixels).save(self.base / "input" / name)
        return name

    def interrupt(self) -> None:
        """What the Cancel button does."""
        self.post("/interrupt", {})

    def free(self, **what: bool) -> None:
        """`unload_models`, `free_memory`: what the buttons of the Manager do."""
        self.post("/free", what)
        time.sleep(1.0)  # the worker looks at the flags when it wakes up

    def log_text(self) -> str:
        """All that the host logged so far."""
        return self.log.read_text(errors="replace")


class _Events:
    """The messages of one prompt, read from the websocket until it ends."""

    def __init__(self, socket_: websocket.WebSocket, run: Run, start: float) -> None:
        self._socket = socket_
        self._run = run
        self._start = start

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            message = self._socket.recv()
            self._run.seconds = time.monotonic() - self._start
            event = self._read(message)
            if event is None:
                continue
            self._run.events.append(event)
            if event["type"] == "execution_error":
                self._run.error = event["data"]
            yield event
            if event["type"] in {"execution_success", "execution_error", "execution_interrupted"}:
                return

    def _read(self, message: str | bytes) -> dict[str, Any] | None:
        """The event of `message` if it belongs to our prompt; previews become events as well."""
        if isinstance(message, bytes):
            if int.from_bytes(message[:4], "big") == TEXT_ON_NODE:
                length = int.from_bytes(message[4:8], "big")
                node, text = message[8 : 8 + length].decode(), message[8 + length :].decode()
                self._run.said.append((node, text))
                return {"type": "text", "data": {"node": node, "text": text}}
            if int.from_bytes(message[:4], "big") != PREVIEW_WITH_METADATA:
                return None
            length = int.from_bytes(message[4:8], "big")
            data = json.loads(message[8 : 8 + length])
            self._run.previews.append((self._run.seconds, data["node_id"]))
            self._run.preview_bytes = message[8 + length :]
            return {"type": "preview", "data": data, "at": self._run.seconds}
        event = json.loads(message)
        data = event.get("data") or {}
        if data.get("prompt_id") != self._run.prompt_id:
            return None
        return {"type": event["type"], "data": data, "at": self._run.seconds}


def free_port() -> int:
    """A port of the local machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare_base(base: Path, *others: Path) -> None:
    """Makes the folders of a fresh host: the pack, the packs `others`, and no tutorial dialog."""
    for name in ("custom_nodes", "models", "input", "output", "temp", "user/default"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / "custom_nodes" / PACK_NAME).symlink_to(PACK, target_is_directory=True)
    for other in others:
        (base / "custom_nodes" / other.name).symlink_to(other, target_is_directory=True)
    settings = {
        "Comfy.TutorialCompleted": True,
        "Comfy.Minimap.Visible": False,
        "LiteGraph.Canvas.MinFontSizeForLOD": 0,  # text on screenshots of large graphs
    }
    (base / "user" / "default" / "comfy.settings.json").write_text(json.dumps(settings))


# Of the flags for video memory a host takes one, and --cpu is among them. Without a GPU this start
# script has it compute on the CPU all the same.
VIDEO_MEMORY_FLAGS = {"--gpu-only", "--highvram", "--lowvram", "--novram"}
WITHOUT_GPU = """
import runpy, torch
if not torch.cuda.is_available():
    torch.cuda.current_device = lambda: "cpu"
runpy.run_path("main.py", run_name="__main__")
"""


@contextlib.contextmanager
def running_host(checkout: Path, base: Path, flags: Sequence[str] = ()) -> Iterator[ComfyHost]:
    """Starts the host of `checkout` with the folders of `base`, and ends it afterwards.

    Args:
        checkout: its code.
        base: see `prepare_base`.
        flags: more of its command line, before `$COMFYUI_ARGS`.
    """
    port = free_port()
    start = ["-c", WITHOUT_GPU] if VIDEO_MEMORY_FLAGS & {*flags} else ["main.py", "--cpu"]
    command = [
        *(host_python(checkout), "-u", *start, *flags),
        *("--listen", "127.0.0.1", "--port", str(port), "--base-directory", str(base)),
        *("--disable-api-nodes", "--database-url", "sqlite:///:memory:"),
        *os.environ.get("COMFYUI_ARGS", "").split(),
    ]
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    log = base / "host.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=checkout, env=environment, stdout=sink, stderr=subprocess.STDOUT
        )
    host = ComfyHost(checkout, base, f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_until_ready(host)
        yield host
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(host: ComfyHost) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and host.process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            host.get("/system_stats")
            return
        time.sleep(0.25)
    raise RuntimeError(f"The host did not start:\n{host.log_text()[-4000:]}")
