"""The entry point of processes that `up` keeps: without what reads a command line for people, which costs them a tenth
of their start and stays in memory.

``python -m tropeiro.cli.child_main worker`` and ``… web --fd NUMBER``
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

from tropeiro.cli.boundary import guarded
from tropeiro.platform.child import follow_parent


def main() -> None:
    """Be the process that the arguments say, and exit as a command does."""
    follow_parent()
    # Ends the same way as Ctrl-C: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    debug = os.environ.get("TROPEIRO_DEBUG", "") not in ("", "0")
    sys.exit(guarded(lambda: _be(*sys.argv[1:]), json=False, debug=debug))


def _be(kind: str, *arguments: str) -> None:
    if kind == "worker":
        import_module("tropeiro.cli.working").work()
    else:
        import_module("tropeiro.cli.serving").serve(int(arguments[-1]))


if __name__ == "__main__":
    main()
