"""The simulation stands on the random workflows and the reference interpreter of the kernel's tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "kernel"))
