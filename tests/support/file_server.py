"""A server on this machine that sends files, in part or wrongly if it is told to."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Sends `files` by their paths.

    Attributes:
        files: content by path; everything else is answered with 404.
        cut_after: bytes of a file after which the connection is lost, each time.
        asked: the paths that were asked for, with the range if there was one.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_after: dict[str, int] = {}
        self.asked: list[tuple[str, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.reply(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.http.server_address[1]}{path}"

    def serve(self, path: str, content: bytes, cut_after: int | None = None) -> str:
        """Sends `content` at `path` from now on; returns the address."""
        self.files[path] = content
        if cut_after is not None:
            self.cut_after[path] = cut_after
        return self.url(path)

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        path, wanted = handler.path, handler.headers.get("Range")
        self.asked.append((path, wanted))
        content = self.files.get(path)
        if content is None:
            handler.send_error(404)
            return
        known = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        start = int(known[1]) if known and "If-Range" not in handler.headers else 0
        if start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("ETag", f'"{path}"')
        handler.end_headers()
        handler.wfile.write(content[start : self.cut_after.get(path)])


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server that runs."""
    server = FileServer()
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def dead_address(path: str) -> str:
    """An address of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}{path}"
