"""The degradations: each file holds a step (frozen data) and the pure function that carries it out.

A function takes and gives H×W×3 float32 RGB, nominally 0..1, and never changes its argument. It draws
nothing: what is random about noise is a seed inside its step.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

UnitImage: TypeAlias = NDArray[np.float32]
"""H×W×3, RGB, float32, nominally 0..1: an image on its way through the steps."""

STEP = ConfigDict(extra="forbid", allow_inf_nan=False)
"""How steps check what they are given: no unknown field, no infinity, every bound of their annotations."""
