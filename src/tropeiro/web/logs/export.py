"""Lines as a file, the newest first, a stretch at a time, so that neither side ever holds all of it."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.web.logs.search import MOST, FoundLine, mark_from, search
from tropeiro.web.logs.wanted import Wanted
from tropeiro.web.member import Member

MOST_LINES = 50_000
MOST_SECONDS = 120.0
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Write = Callable[[FoundLine], str]


def json_lines(member: Member, wanted: Wanted) -> Iterator[str]:
    """JSON, one object a line. A last object says where it was cut, when it was."""
    return _chunks(member, wanted, "", _json, lambda told: f"{msgspec.json.encode({'cut': told}).decode()}\n")


def csv_lines(member: Member, wanted: Wanted, *, semicolons: bool) -> Iterator[str]:
    """A table for a spreadsheet, moments by the reader's clock. A last row says where it was cut, when it was."""

    def row(cells: list[str]) -> str:
        file = io.StringIO()
        writer = csv.writer(file, delimiter=";" if semicolons else ",", lineterminator="\r\n")
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
        return file.getvalue()

    head = [
        _("Time"), _("Level"), _("Project"), _("Automation"), _("Job"), _("Step"), _("Service"), _("Worker"),
        _("Message"), _("Fields"),
    ]  # fmt: skip
    return _chunks(member, wanted, "\ufeff" + row(head), lambda line: row(_cells(line)), lambda told: row([told]))


def _chunks(member: Member, wanted: Wanted, head: str, write: Write, cut: Callable[[str], str]) -> Iterator[str]:
    yield head
    over, count, mark = time.monotonic() + MOST_SECONDS, 0, ""
    while True:
        found = search(member, wanted, before=mark_from(mark), limit=min(MOST, MOST_LINES - count))
        yield "".join(write(line) for line in found.lines)
        count, mark = count + len(found.lines), found.next
        if not mark:
            return
        if count >= MOST_LINES or time.monotonic() >= over:
            yield cut(
                _("Cut after %(count)s lines, at %(moment)s. Ask for a shorter time to have the rest.")
                % {"count": count, "moment": timezone.localtime(found.searched_to).strftime("%Y-%m-%d %H:%M:%S %Z")}
            )
            return


def _json(line: FoundLine) -> str:
    value = {
        "at": line.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "level": line.level,
        "project": line.project,
        "automation": line.automation,
        "job": str(line.job),
        "step": line.path,
        "attempt": line.attempt,
        "service": line.service,
        "worker": line.worker,
        "message": line.message,
        "fields": line.fields,
    }
    return f"{msgspec.json.encode(value).decode()}\n"


def _cells(line: FoundLine) -> list[str]:
    fields = msgspec.json.encode(line.fields).decode() if line.fields else ""
    moment = timezone.localtime(line.at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return [
        moment, line.level, line.project, line.automation, str(line.job), line.path, line.service, line.worker,
        line.message, fields,
    ]  # fmt: skip
