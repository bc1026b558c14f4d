"""Names for the array types used throughout the demo world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
ByteArray = NDArray[np.uint8]
CodeArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]
