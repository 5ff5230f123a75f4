"""What operators do to a person's account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from tropeiro.kernel.errors import Conflict
from tropeiro.web.operating import people
from tropeiro.web.operating.access import Operator, operator_of
from tropeiro.web.screens.operator.door import for_operators


@require_POST
@for_operators
@never_cache
@sensitive_variables("password")
def give_password(request: Any, user: int) -> HttpResponse:
    """A new password, shown this one time."""
    try:
        password = people.give_password(operator_of(request.user.id), user)
    except Conflict as refused:
        return _refused(request, refused)
    # Not a redirect: the password would have to be kept somewhere for the page after it.
    return render(request, "operator/password.html", {"email": people.email_of(user), "password": password})


@require_POST
@for_operators
def reset_second_step(request: Any, user: int) -> HttpResponse:
    """No second step until the person adds one again."""
    return _do(request, people.reset_second_step, user, _("The second step of %(email)s is gone."))


@require_POST
@for_operators
def deactivate(request: Any, user: int) -> HttpResponse:
    """Switch the account off."""
    return _do(request, people.deactivate, user, _("The account of %(email)s is switched off."))


@require_POST
@for_operators
def activate(request: Any, user: int) -> HttpResponse:
    """Switch the account on."""
    return _do(request, people.activate, user, _("The account of %(email)s is switched on again."))


def _do(request: Any, act: Callable[[Operator, int], Any], user: int, done: str) -> HttpResponse:
    try:
        act(operator_of(request.user.id), user)
    except Conflict as refused:
        return _refused(request, refused)
    messages.success(request, done % {"email": people.email_of(user)})
    return redirect("operator-users")


def _refused(request: Any, refused: Conflict) -> HttpResponse:
    messages.error(request, f"{refused.message} {refused.hint}".strip())
    return redirect("operator-users")
