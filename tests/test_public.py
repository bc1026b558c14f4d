"""The public face of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fice


@pytest.mark.parametrize("name", fice.__all__)
def test_every_public_name_is_there(name):
    assert getattr(fice, name) is not None
    assert name in dir(fice)


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fice.nonsense


def test_import_brings_no_heavy_package():
    heavy = {"torch", "cv2", "PIL", "open_clip", "numpy"}
    code = f"import sys, fice; print(sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
