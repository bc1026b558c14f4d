import pytest
pytestmark = pytest.mark.host

def test_loads(host):
    log = host.log_text()
    assert "IMPORT FAILED" not in log, log
    info = host.get("/object_info")
    print(host.version, [k for k in info if k.startswith("FICE")])
