"""An S3 of this machine: moto's server, with real requests over the network stack."""

from __future__ import annotations

import contextlib

import pytest

WITHOUT = "moto or s3fs is not installed: pip install 's3fs' 'moto[s3]' flask flask-cors"


@contextlib.contextmanager
def running_store():
    """Starts it; yields the environment in which every process finds it."""
    pytest.importorskip("s3fs", reason=WITHOUT)
    server = pytest.importorskip("moto.server", reason=WITHOUT, exc_type=ImportError)
    store = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    host, port = store.get_host_and_port()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }
    finally:
        store.stop()
