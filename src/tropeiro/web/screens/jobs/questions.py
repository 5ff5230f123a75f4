"""The questions of a job as forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tropeiro.web.jobs.approvals import Approval
from tropeiro.web.screens.schema_form.form import Form, changed_form, new_form, sent_form
from tropeiro.web.screens.schema_form.texts import Sent


@dataclass(frozen=True, slots=True)
class Question:
    """An approval with the form of its answer; without one, only a yes is asked for."""

    path: str
    title: str
    form: Form | None
    due_at: datetime | None

    @property
    def answer(self) -> Any:
        """What the form says."""
        return True if self.form is None else self.form.value


def question_of(approval: Approval) -> Question:
    """An approval as a form to fill in."""
    return _question(approval, None if approval.form is None else new_form(approval.form))


def answered(approval: Approval, sent: Sent) -> Question:
    """An approval with the form as it was sent, checked; with one more entry or the like where that was asked for."""
    if approval.form is None:
        return _question(approval, None)
    do = sent.get("do", [""])[0]
    return _question(approval, changed_form(approval.form, sent, do) if do else sent_form(approval.form, sent))


def _question(approval: Approval, form: Form | None) -> Question:
    return Question(approval.path, approval.title, form, approval.due_at)
