"""What is said to a running ComfyUI: its queue, pictures to it, and pictures from it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any, cast

from ..base.errors import FiceError
from .workflow import Graph

TIMEOUT_S = 60.0
BYTES = "application/octet-stream"
FOLDER = "fice-batch"  # in the input folder of the host


class HostGoneError(Exception):
    """A host does not answer."""


class RefusedError(Exception):
    """A host does not take a workflow; says why."""


class Comfy:
    """A running ComfyUI.

    Attributes:
        url: its address, without a slash at the end.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT_S) -> None:
        """Takes `http` and `https` only.

        Raises:
            FiceError: if `url` is anything else.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise FiceError(
                f"--host {url} is no address of a ComfyUI; write e.g. http://127.0.0.1:8188."
            )
        self.url = url.rstrip("/")
        self._timeout = timeout

    def queue(self) -> list[str]:
        """The ids of all prompts that run or wait, whoever queued them."""
        said = self._json("/queue")
        return [str(one[1]) for part in ("queue_running", "queue_pending") for one in said[part]]

    def upload(self, name: str, content: bytes) -> str:
        """Puts a picture into the input folder; returns its name for Load Image."""
        mark = uuid.uuid4().hex
        fields = {"overwrite": "true", "type": "input", "subfolder": FOLDER}
        body = b"".join(_field(mark, key, value) for key, value in fields.items())
        head = f'form-data; name="image"; filename="{name}"\r\nContent-Type: {BYTES}'
        body += _part(mark, head, content) + f"--{mark}--\r\n".encode()
        said = self._json("/upload/image", body, f"multipart/form-data; boundary={mark}")
        folder = said.get("subfolder", "")
        return f"{folder}/{said['name']}" if folder else str(said["name"])

    def submit(self, graph: Graph) -> str:
        """Queues a workflow; returns its id.

        Raises:
            RefusedError: if the host does not take it.
        """
        body = json.dumps({"prompt": graph, "client_id": "fice-batch"}).encode()
        try:
            said = self._json("/prompt", body, "application/json")
        except urllib.error.HTTPError as error:
            raise RefusedError(_refusal(error)) from None
        if said.get("node_errors"):
            raise RefusedError(_messages(said))
        return str(said["prompt_id"])

    def history(self, prompt: str) -> Mapping[str, Any] | None:
        """What became of a prompt; None as long as it is not over."""
        return self._json(f"/history/{urllib.parse.quote(prompt)}").get(prompt)

    def picture(self, reference: Mapping[str, str]) -> bytes:
        """A picture of the outputs."""
        wanted = {key: reference.get(key, "") for key in ("filename", "subfolder", "type")}
        return self._bytes("/view?" + urllib.parse.urlencode(wanted))

    def forget(self, prompts: list[str]) -> None:
        """Takes prompts that wait out of the queue."""
        self._bytes("/queue", json.dumps({"delete": prompts}).encode(), "application/json")

    def _json(self, path: str, body: bytes | None = None, kind: str = "") -> dict[str, Any]:
        content = self._bytes(path, body, kind)
        try:
            return cast("dict[str, Any]", json.loads(content))
        except ValueError as error:
            raise HostGoneError(f"{self.url} does not answer as ComfyUI does: {error}") from None

    def _bytes(self, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        header = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(self.url + path, body, header)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as reply:
                return cast("bytes", reply.read())
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise
            raise HostGoneError(f"{self.url} answers with {error.code}") from None
        except (OSError, ValueError) as error:  # `URLError` is an `OSError`, and so are time-outs
            reason = getattr(error, "reason", error)
            raise HostGoneError(f"{self.url} does not answer: {reason}") from None


def _field(mark: str, name: str, value: str) -> bytes:
    return _part(mark, f'form-data; name="{name}"', value.encode())


def _part(mark: str, head: str, content: bytes) -> bytes:
    start = f"--{mark}\r\nContent-Disposition: {head}\r\n\r\n"
    return start.encode() + content + b"\r\n"


def _refusal(error: urllib.error.HTTPError) -> str:
    try:
        return _messages(json.loads(error.read()))
    except (ValueError, AttributeError, TypeError):
        return f"the host answers with {error.code}"


def _messages(said: Mapping[str, Any]) -> str:
    """What the host says of each input, in one line."""
    nodes = cast("Mapping[str, Any]", said.get("node_errors") or {})
    told = [
        f"node {key}: {one.get('message', '')} {one.get('details', '')}".strip()
        for key, node in nodes.items()
        for one in node.get("errors", [])
    ]
    error = said.get("error")
    general = error.get("message", "") if isinstance(error, dict) else str(error or "")
    return "; ".join(told) or general or "no reason is given"
