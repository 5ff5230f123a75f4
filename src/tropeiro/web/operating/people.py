"""Helping a person back into an account, and switching an account off: what operators do to users."""

from __future__ import annotations

import logging
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, NotFound
from tropeiro.web.accounts.access import memberships
from tropeiro.web.accounts.actions import set_password
from tropeiro.web.accounts.login import forget_failures
from tropeiro.web.accounts.models import User
from tropeiro.web.audit.actions import record
from tropeiro.web.operating.access import Operator
from tropeiro.web.permissions import OperatorVerb
from tropeiro.web.tenancy import tenant

log = logging.getLogger(__name__)


def user_named(email: str) -> int:
    """The id of the user with this e-mail address. For the command line. Raises `NotFound`."""
    found = User.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(
            _("There is no user with the address %(email)s.") % {"email": email[:254]}, hint="See: tropeiro user list"
        )
    return int(found)


def email_of(user: int) -> str:
    """The e-mail address of a user. Raises `NotFound`."""
    return str(_held(user, lock=False).email)


def give_password(operator: Operator, user: int) -> str:
    """Give another person a new password, which is returned; ends their sessions and forgets their wrong attempts.

    Raises `NotFound`, and `Conflict` for the operator's own account.
    """
    with transaction.atomic():
        person = _held(user)
        _not_oneself(operator, person)
        password = set_password(person.email)
        forget_failures(person.email)
        _end_sessions(person)
        _note(operator, OperatorVerb.GIVE_PASSWORD, person)
        return password


def reset_second_step(operator: Operator, user: int) -> int:
    """Forget another person's authenticator app, passkeys and recovery codes; how many of them there were.

    It ends their sessions: the device that had them may be in other hands. Raises `NotFound`, and `Conflict` for the
    operator's own account and for somebody who has no second step.
    """
    with transaction.atomic():
        person = _held(user)
        _not_oneself(operator, person)
        removed = Authenticator.objects.filter(user_id=person.id).delete()[0]
        if not removed:
            raise Conflict(
                _("%(email)s has no second step.") % {"email": person.email}, hint=_("The password alone is enough.")
            )
        _end_sessions(person)
        _note(operator, OperatorVerb.RESET_SECOND_STEP, person)
        return int(removed)


def deactivate(operator: Operator, user: int) -> None:
    """Switch an account off: nobody logs in with it, its sessions have ended, its API tokens open nothing meanwhile.

    Raises `NotFound`, and `Conflict` for the operator's own account, for the only operator, and when it is off already.
    """
    with transaction.atomic():
        # All operators, so that of two who switch each other off one is refused.
        operators = list(
            User.objects.select_for_update().filter(is_operator=True, is_active=True).order_by("id").only("id")
        )
        person = _held(user)
        _not_oneself(operator, person)
        if not person.is_active:
            raise Conflict(_("The account of %(email)s is switched off already.") % {"email": person.email})
        if [one.id for one in operators] == [person.id]:
            raise Conflict(
                _("%(email)s is the only operator of this installation.") % {"email": person.email},
                hint=_("Make another operator first."),
            )
        User.objects.filter(id=person.id).update(is_active=False)
        _end_sessions(person)
        _note(operator, OperatorVerb.DEACTIVATE, person)


def activate(operator: Operator, user: int) -> None:
    """Switch an account on again. Sessions stay ended; API tokens that were not revoked open again.

    Raises `NotFound`, and `Conflict` when it is on.
    """
    with transaction.atomic():
        person = _held(user)
        if person.is_active:
            raise Conflict(_("The account of %(email)s is switched on.") % {"email": person.email})
        User.objects.filter(id=person.id).update(is_active=True)
        _note(operator, OperatorVerb.ACTIVATE, person)


def _held(user: int, *, lock: bool = True) -> Any:
    rows = User.objects.select_for_update() if lock else User.objects
    person = rows.filter(id=user).only("id", "email", "is_active").first()
    if person is None:
        raise NotFound(_("There is no such user."))
    return person


def _not_oneself(operator: Operator, person: Any) -> None:
    if operator.user == person.id:
        raise Conflict(
            _("This is your own account."), hint=_("Change it on the pages of your account, or ask another operator.")
        )


def _end_sessions(person: Any) -> None:
    keys = UserSession.objects.filter(user_id=person.id).values("session_key")
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user_id=person.id).delete()


def _note(operator: Operator, verb: OperatorVerb, person: Any) -> None:
    """Into the log of the process, and into the audit log of each organization that the person belongs to."""
    log.info("%s: %s %s", operator.label, verb, person.email)
    for _name, member in memberships(person.id, person.email):
        with tenant(member.organization):
            record(operator.within(member), verb, "user", person.id, person.email, operator=True)
