"""A server that answers as ComfyUI does, and makes pictures out of nothing."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeComfy:
    """Runs prompts one after another.

    Attributes:
        seconds: what a prompt takes.
        uploads: what was sent, by name.
        prompts: the graphs that were queued.
        done: the texts of the prompts that ran, in order.
        errors: for a text, what to fail with: type and message, as often as they are listed.
        refuses: whether prompts are turned away.
        forgets: how many prompts are lost, as when a host is started anew.
    """

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.uploads = {}
        self.prompts = []
        self.done = []
        self.errors = {}
        self.refuses = False
        self.forgets = 0
        self.others = []  # prompts of somebody else
        self._pending = deque()
        self._running = []
        self._history = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.http = None
        self.start(0)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, port):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                fake.get(self)

            def do_POST(self):
                fake.post(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_):
                pass

        self._stop.clear()
        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        threading.Thread(target=self._work, daemon=True).start()

    def die(self):
        """Goes away with all that it had queued."""
        self._stop.set()
        self.http.shutdown()
        self.http.server_close()
        with self._lock:
            self._pending.clear()
            self._running.clear()
            self._history.clear()

    def get(self, handler):
        path = urllib.parse.urlsplit(handler.path)
        if path.path == "/queue":
            with self._lock:
                waiting = [[0, one] for one in self.others]
                waiting += [[0, one] for one, _ in self._pending]
                said = {"queue_running": [[0, one] for one, _ in self._running]}
            send(handler, {**said, "queue_pending": waiting})
        elif path.path.startswith("/history/"):
            key = path.path.rpartition("/")[2]
            with self._lock:
                entry = self._history.get(key)
            send(handler, {} if entry is None else {key: entry})
        elif path.path == "/view":
            wanted = urllib.parse.parse_qs(path.query)
            send(handler, content=f"picture {wanted['filename'][0]}".encode())

    def post(self, handler, body):
        if handler.path == "/upload/image":
            name = body.partition(b'filename="')[2].partition(b'"')[0].decode()
            self.uploads[name] = body
            send(handler, {"name": name, "subfolder": "fice-batch", "type": "input"})
        elif handler.path == "/prompt" and self.refuses:
            error = {"message": "Value not in list", "details": "model_set: 'x'"}
            send(
                handler,
                {"error": {"message": "bad"}, "node_errors": {"2": {"errors": [error]}}},
                400,
            )
        elif handler.path == "/prompt":
            graph = json.loads(body)["prompt"]
            self.prompts.append(graph)
            key = f"p{len(self.prompts)}"
            with self._lock:
                if self.forgets:
                    self.forgets -= 1
                else:
                    self._pending.append((key, graph))
            send(handler, {"prompt_id": key, "node_errors": {}})
        elif handler.path == "/queue":
            gone = set(json.loads(body)["delete"])
            with self._lock:
                self._pending = deque(one for one in self._pending if one[0] not in gone)
            send(handler, {})

    def _work(self):
        stop = self._stop
        while not stop.wait(0.002):
            with self._lock:
                if not self._pending:
                    continue
                self._running.append(self._pending.popleft())
            time.sleep(self.seconds)
            if stop.is_set():
                return
            with self._lock:
                key, graph = self._running.pop()
                self._history[key] = self._ran(key, graph)

    def _ran(self, key, graph):
        text = next(one["inputs"]["text"] for one in graph.values() if "text" in one["inputs"])
        errors = self.errors.get(text)
        if errors:
            kind, said = errors.pop(0)
            error = {"exception_type": kind, "exception_message": said, "node_type": "FICEEdit"}
            return {
                "outputs": {},
                "status": {
                    "status_str": "error",
                    "messages": [["execution_start", {}], ["execution_error", error]],
                },
            }
        self.done.append(text)
        picture = {"filename": f"{key}.png", "subfolder": "", "type": "output"}
        return {"outputs": {"3": {"images": [picture]}}, "status": {"status_str": "success"}}


def send(handler, said=None, status=200, content=b""):
    """Answers with JSON or bytes."""
    body = content or json.dumps(said).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
