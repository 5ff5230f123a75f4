"""Imported by Python at its start when this folder is on its path: the wall clock of this process is off.

``CHAOS_CLOCK_SECONDS`` says by how much. The monotonic clock only counts differences, and is off by as much too.
"""

from __future__ import annotations

import datetime
import os
import time

_OFF = float(os.environ["CHAOS_CLOCK_SECONDS"])
_time, _time_ns, _monotonic = time.time, time.time_ns, time.monotonic


class _Type(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Right)


_Right = datetime.datetime


class _Wrong(_Right, metaclass=_Type):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return _Right.now(tz) + datetime.timedelta(seconds=_OFF)


time.time = lambda: _time() + _OFF
time.time_ns = lambda: _time_ns() + int(_OFF * 1e9)
time.monotonic = lambda: _monotonic() + _OFF
datetime.datetime = _Wrong  # type: ignore[misc]
