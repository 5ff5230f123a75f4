"""Who works on acts on many jobs: one thread of a web process, for as long as there is something to do."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, connection

from tropeiro.web.jobs.bulk import work

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
MOST_TROUBLES = 30
"""Troubles with the database in a row after which the thread gives up; the next visitor wakes it again."""


class BulkDesk:
    """Works when it is woken, until nothing is left. Any number of processes may have one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._again = False

    def wake(self) -> None:
        """Begin to work, unless that is so already. Returns at once."""
        with self._lock:
            self._again = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="acts on many jobs", daemon=True)
                self._thread.start()

    def wait(self, timeout: float) -> bool:
        """Whether there is nothing to do any more within ``timeout`` seconds."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _work(self) -> None:
        troubles = 0
        while True:
            with self._lock:
                self._again = False
            try:
                while work():
                    troubles = 0
            except DatabaseError as trouble:
                troubles += 1
                log.warning("an act on many jobs was held up: %s", trouble)
                connection.close()
                if troubles < MOST_TROUBLES:
                    time.sleep(PAUSE_SECONDS)
                    continue
            connection.close()
            with self._lock:
                if not self._again or troubles:
                    self._thread = None
                    return


desk = BulkDesk()
