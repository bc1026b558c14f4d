"""Against a server on this machine that loses the connection, refuses, and sends wrong files."""

from __future__ import annotations

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import fice.commands.download
from fice.base.errors import FiceError
from fice.commands.download import Expected, download, take

CONTENT = bytes(range(256)) * 40


class Server:
    """Serves `content`; `cut_after` bytes of each reply it drops the connection."""

    def __init__(self):
        self.content = CONTENT
        self.cut_after: int | None = None
        self.ranges_known = True
        self.status: int | None = None
        self.location: str | None = None
        self.requests: list[str | None] = []
        self.tag: str | None = None
        self.shift = 0  # of the part that is sent against the one that was asked for
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.reply(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}/weights.pkl"

    def reply(self, handler):
        asked = handler.headers.get("Range")
        self.requests.append(asked)
        if self.location or self.status:
            handler.send_response(302 if self.location else self.status)
            handler.send_header("Location", self.location or "")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.ranges_known else 0
        if start and handler.headers.get("If-Range", self.tag) != self.tag:
            start = 0
        if start >= len(self.content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(self.content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        body = self.content[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body)))
        if start:
            first = start + self.shift
            handler.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/*")
        if self.tag:
            handler.send_header("ETag", self.tag)
        handler.end_headers()
        handler.wfile.write(body[: self.cut_after])

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(fice.commands.download, "RETRY_SECONDS", 0.0)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "models" / "weights.pkl"


@pytest.fixture
def partial(target):
    return target.with_name("weights.pkl.part")


SHA256 = hashlib.sha256(CONTENT).hexdigest()
WHOLE = Expected(len(CONTENT), SHA256)


def fetch(server, target, expected=WHOLE):
    seen = []
    download(server.url, target, expected, lambda done, total: seen.append((done, total)))
    return seen


class TestDownload:
    @pytest.mark.parametrize("expected", [WHOLE, Expected()])
    def test_whole(self, server, target, partial, expected):
        assert fetch(server, target, expected)[-1] == (len(CONTENT), len(CONTENT))
        assert target.read_bytes() == CONTENT
        assert not partial.exists()
        assert server.requests == [None]

    def test_goes_on_after_a_cut(self, server, target):
        server.cut_after = 4000
        fetch(server, target)
        assert target.read_bytes() == CONTENT
        assert server.requests == [None, "bytes=4000-", "bytes=8000-"]

    def test_goes_on_from_an_earlier_run(self, server, target, partial):
        partial.parent.mkdir()
        partial.write_bytes(CONTENT[:1234])
        assert fetch(server, target)[0][0] > 1234
        assert target.read_bytes() == CONTENT
        assert server.requests == ["bytes=1234-"]

    def test_complete_partial_of_unknown_size(self, server, target, partial):
        partial.parent.mkdir()
        partial.write_bytes(CONTENT)
        fetch(server, target, Expected(sha256=SHA256))
        assert target.read_bytes() == CONTENT

    @pytest.mark.parametrize("tag", ['"one"', 'W/"one"', None])
    def test_file_that_was_replaced_meanwhile(self, server, target, tag):
        server.tag, server.cut_after = tag, 4000
        old, server.content = CONTENT, b"x" * len(CONTENT)
        server.ranges_known = False  # so that every try ends at the same place
        with pytest.raises(FiceError, match="4000 bytes are kept"):
            fetch(server, target)
        server.ranges_known, server.cut_after, server.content = True, None, old
        server.tag = tag and tag.replace("one", "two")
        if tag == '"one"':
            fetch(server, target, Expected())
            assert target.read_bytes() == old, "half of each would be in it"
            assert [path.name for path in target.parent.iterdir()] == [target.name]
        else:  # this server does not say which version it sends: the hash has to tell
            with pytest.raises(FiceError, match="SHA-256"):
                fetch(server, target)

    def test_file_that_became_shorter(self, server, target, partial):
        partial.parent.mkdir()
        partial.write_bytes(b"x" * (len(CONTENT) + 5))
        fetch(server, target, Expected())
        assert target.read_bytes() == CONTENT

    def test_another_part_than_was_asked_for(self, server, target, partial):
        server.shift = 1
        partial.parent.mkdir()
        partial.write_bytes(CONTENT[:1234])
        fetch(server, target)
        assert target.read_bytes() == CONTENT
        assert server.requests == ["bytes=1234-", None]

    def test_server_without_ranges(self, server, target, partial):
        server.ranges_known = False
        partial.parent.mkdir()
        partial.write_bytes(b"x" * 1234)
        fetch(server, target)
        assert target.read_bytes() == CONTENT

    def test_lost_for_good_keeps_what_came(self, server, target, partial):
        server.cut_after = 0
        partial.parent.mkdir()
        partial.write_bytes(CONTENT[:1234])
        with pytest.raises(FiceError, match=r"lost .* 1234 bytes are kept; run the same command"):
            fetch(server, target)
        assert not target.exists()
        assert partial.read_bytes() == CONTENT[:1234]
        assert len(server.requests) == fice.commands.download.ATTEMPTS

    def test_server_error_is_tried_again(self, server, target):
        server.status = 503
        with pytest.raises(FiceError, match="503"):
            fetch(server, target)
        assert len(server.requests) == fice.commands.download.ATTEMPTS

    def test_not_found(self, server, target):
        server.status = 404
        with pytest.raises(FiceError, match=r"answers 404 .* by hand and give it with --from"):
            fetch(server, target)
        assert len(server.requests) == 1
        assert not target.exists()

    def test_wrong_hash(self, server, target, partial):
        wrong = "0" * 64
        with pytest.raises(FiceError, match=rf"weights\.pkl has the SHA-256 {SHA256}, expected 0+"):
            fetch(server, target, Expected(sha256=wrong))
        assert not target.exists()
        assert not partial.exists(), "going on from a wrong file could never succeed"

    def test_wrong_size(self, server, target, partial):
        with pytest.raises(FiceError, match=f"has {len(CONTENT)} bytes, expected 7"):
            fetch(server, target, Expected(size=7))
        assert not target.exists()
        assert not partial.exists()

    def test_old_file_stays_on_failure(self, server, target):
        target.parent.mkdir()
        target.write_text("old")
        with pytest.raises(FiceError):
            fetch(server, target, Expected(size=7))
        assert target.read_text() == "old"

    @pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "http://a.org/x"])
    def test_other_schemes(self, server, target, url):
        with pytest.raises(FiceError, match="not an https address"):
            download(url, target, Expected(), lambda *_: None)
        server.location = url
        with pytest.raises(FiceError, match=r"not an https address|is not allowed"):
            fetch(server, target)
        assert not target.exists()

    def test_nobody_listens(self, server, target):
        server.http.server_close()
        with pytest.raises(FiceError, match=r"connection to 127\.0\.0\.1:\d+ was lost"):
            fetch(server, target)

    def test_place_that_cannot_be_written(self, server, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(FiceError, match="cannot be written"):
            fetch(server, tmp_path / "file" / "weights.pkl")


class TestTake:
    def test_checked_copy(self, tmp_path, target):
        (tmp_path / "mine.pkl").write_bytes(CONTENT)
        take(tmp_path / "mine.pkl", target, WHOLE)
        assert target.read_bytes() == CONTENT
        take(target, target, WHOLE)
        assert target.read_bytes() == CONTENT

    def test_wrong_hash(self, tmp_path, target):
        (tmp_path / "mine.pkl").write_bytes(CONTENT[:-1])
        with pytest.raises(FiceError, match=r"mine\.pkl has the SHA-256"):
            take(tmp_path / "mine.pkl", target, Expected(sha256=SHA256))
        assert not target.exists()
        assert (tmp_path / "mine.pkl").exists()

    def test_missing(self, tmp_path, target):
        with pytest.raises(FiceError, match="There is no file"):
            take(tmp_path / "none.pkl", target, Expected())
