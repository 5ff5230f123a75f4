"""Words for the states of jobs and steps, as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tropeiro.kernel.states import JobState, StepState

JOB_STATES = {
    JobState.QUEUED: _("queued"),
    JobState.RUNNING: _("running"),
    JobState.WAITING: _("waiting"),
    JobState.PAUSED: _("paused"),
    JobState.SUCCEEDED: _("succeeded"),
    JobState.FAILED: _("failed"),
    JobState.CANCELLED: _("cancelled"),
    JobState.TIMED_OUT: _("timed out"),
}
STEP_STATES = {
    **{StepState(state.value): label for state, label in JOB_STATES.items()},
    StepState.SKIPPED: _("skipped"),
}
