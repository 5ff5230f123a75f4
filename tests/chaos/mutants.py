"""Mutants: copies of the product with one guard broken. Each names the drill that must notice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tropeiro
from chaos import drills
from chaos.drills import Drill
from chaos.outside import Outside

SOURCE = Path(tropeiro.__path__[0])
_SETTLE, _KEYS, _DUTIES = "sql/schema/050_settle.sql", "sql/schema/020_jobs.sql", "sql/schema/070_duties.sql"
_LEASE, _QUEUE, _MANAGER = "sql/schema/045_lease.sql", "sql/queue.sql", "runtime/job_manager.py"
_FUNCTION = "CREATE FUNCTION "


class DoesNotFit(Exception):
    """The text that a mutant replaces is not there exactly once: the product changed, and the mutant must follow."""


@dataclass(frozen=True)
class Edit:
    """One textual substitution."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A broken guard."""

    name: str
    drill: Drill
    edits: Sequence[Edit]
    ddl: Sequence[str] = ()
    """What an edit of a table's definition means for a database that is there already."""
    short: bool = False
    """Whether it is part of the short size."""

    def copy(self, folder: Path) -> Path:
        """A copy of the product with the guard broken; the folder for ``PYTHONPATH``. Raises `DoesNotFit`."""
        source = folder / "src"
        source.mkdir()
        # With modification times, so that what was compiled stays valid.
        subprocess.run([shutil.which("cp") or "cp", "-a", str(SOURCE), str(source / "tropeiro")], check=True)
        for edit in self.edits:
            file = source / "tropeiro" / edit.file
            text = file.read_text()
            if text.count(edit.old) != 1:
                raise DoesNotFit(f"mutant {self.name!r}: {text.count(edit.old)} times in {edit.file}: {edit.old!r}")
            file.write_text(text.replace(edit.old, edit.new))
        return source

    def alter(self, source: Path, outside: Outside) -> None:
        """Bring the functions and keys of the copy into a database that was made by the original."""
        for edit in self.edits:
            if edit.file.startswith("sql/schema/") and edit.file != _KEYS:
                outside.rows(_replacing((source / "tropeiro" / edit.file).read_text(), edit.new))
        for sql in self.ddl:
            outside.rows(sql)


def _replacing(text: str, changed: str) -> str:
    """The function in which ``changed`` stands, as a statement that replaces the one there."""
    at = text.index(changed)
    begin, end = text.rindex(_FUNCTION, 0, at), text.index("\n$$;", at) + len("\n$$;")
    return text[begin:end].replace(_FUNCTION, "CREATE OR REPLACE FUNCTION ", 1).replace("%", "%%")


_FENCE = "SELECT p_packet.token = p_token AND p_packet.state = 'leased' AND p_packet.worker_id = p_worker"
_NO_TOKEN = Edit(_SETTLE, _FENCE, "SELECT p_packet.state = 'leased' AND p_packet.worker_id = p_worker")
_STEP_KEY = Edit(_KEYS, "    PRIMARY KEY (job_id, path, round, attempt)\n", "    CHECK (true)\n")
_USAGE_KEY = Edit(_KEYS, "    PRIMARY KEY (job_id, path, round)\n", "    CHECK (true)\n")
_DROP_STEP_KEY = "ALTER TABLE tropeiro_step DROP CONSTRAINT tropeiro_step_pkey"
_DROP_USAGE_KEY = "ALTER TABLE tropeiro_usage DROP CONSTRAINT tropeiro_usage_pkey"

ALL = (
    Mutant("settling without the token", drills.LATE, [_NO_TOKEN], short=True),
    Mutant(
        "settling without the worker", drills.LATE,
        [Edit(_SETTLE, _FENCE, "SELECT p_packet.token = p_token AND p_packet.state = 'leased'")],
    ),
    Mutant(
        "hand-over without a new token", drills.LATE,
        [
            Edit(_SETTLE, "token = p.token + 1, due_answer = NULL,\n                state = CASE",
                 "due_answer = NULL,\n                state = CASE"),
            Edit(_QUEUE, "token = p.token + 1, due_answer = NULL, state = CASE", "due_answer = NULL, state = CASE"),
            Edit(_MANAGER, "packet=packet, token=leased.token + 1,", "packet=packet, token=leased.token,"),
        ],
        short=True,
    ),
    Mutant(
        "settling twice, and steps without their key", drills.LOST, [_NO_TOKEN, _STEP_KEY], [_DROP_STEP_KEY], short=True
    ),
    Mutant(
        "settling twice, and neither steps nor usage with their key", drills.LOST, [_NO_TOKEN, _STEP_KEY, _USAGE_KEY],
        [_DROP_STEP_KEY, _DROP_USAGE_KEY], short=True,
    ),
    Mutant(
        "going on before the commit", drills.HASTE,
        [
            Edit(
                _MANAGER, "verdict = await answer", "verdict = Verdict(accepted=True, now_ms=self._now_ms())",
            )
        ],
        short=True,
    ),
    Mutant(
        "attempts counted at failure", drills.POISON,
        [Edit(_LEASE, "token = p.token + 1, taken = p.taken + 1, since", "token = p.token + 1, since")], short=True,
    ),
    Mutant(
        "rescuer without state check", drills.CALM,
        [Edit(_DUTIES, "WHERE p.worker_id = w.id AND p.state = 'leased' AND w.state IN ('lost', 'stopped')",
              "WHERE p.worker_id = w.id AND p.state = 'leased'")],
        short=True,
    ),
    Mutant(
        "rescuer without lease check", drills.CALM,
        [Edit(_DUTIES, "WHERE w.lease_until < clock_timestamp() AND w.state", "WHERE w.state")],
    ),
    Mutant(
        "lease without lock", drills.CROWD,
        [
            Edit(_LEASE, "p.taken < 3) IS TRUE\n        FOR UPDATE SKIP LOCKED", "p.taken < 3) IS TRUE"),
            Edit(_LEASE, "p_share)))\n            FOR UPDATE SKIP LOCKED", "p_share)))"),
            Edit(_LEASE, "\n            FOR UPDATE OF p SKIP LOCKED\n        ),\n        picked AS (",
                 "\n        ),\n        picked AS ("),
        ],
        short=True,
    ),
    Mutant(
        "a heartbeat that hears nothing", drills.FROZEN,
        [Edit(_QUEUE, "    WHERE w.id = %(worker)s AND w.state IN ('up', 'draining')\n    RETURNING w.id",
              "    WHERE w.id = %(worker)s\n    RETURNING w.id")],
    ),
    Mutant(
        "waking before it is due", drills.PUNCTUAL,
        [Edit(_DUTIES, "WHERE p.due_at <= v_now AND p.state <> 'leased'",
              "WHERE p.due_at IS NOT NULL AND p.state <> 'leased'")],
    ),
    Mutant(
        "the end of a child job told to nobody", drills.KILLED,
        [Edit(_SETTLE, "WHERE p.id = g.caller_id AND p.state = 'parked'", "WHERE p.id = g.caller_id AND false")],
    ),
    Mutant(
        "a join that counts batches", drills.CALM,
        [Edit(_SETTLE, "SET arrived = j.arrived + a.n,", "SET arrived = j.arrived + 1,")],
    ),
)  # fmt: skip
