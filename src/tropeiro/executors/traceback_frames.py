"""The part of a traceback that a service's developer wrote."""

from __future__ import annotations

import traceback
from pathlib import Path

MAX_FRAMES = 20


def frames_inside(error: BaseException, folder: Path) -> list[str]:
    """``services.py:12 in fetch`` for each frame in a file below ``folder``, outermost first; the last `MAX_FRAMES`.

    Neither source lines nor values: both may hold secrets.
    """
    root = folder.resolve()
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_absolute() and path.resolve().is_relative_to(root):
            found.append(f"{path.resolve().relative_to(root).as_posix()}:{frame.lineno} in {frame.name}")
    return found[-MAX_FRAMES:]
