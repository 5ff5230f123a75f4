"""Speaking JSON with the editor's scripts: bodies are read into their shapes, errors are problem documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput, Problem, TropeiroError
from tropeiro.web.problem_document import TooLarge, Unauthenticated, of_error
from tropeiro.web.screens.session import ORGANIZATION, chosen_member
from tropeiro.web.workflows.draft_state import DraftState
from tropeiro.web.workflows.drafts import Draft, DraftChanged

Shape = TypeVar("Shape")


def for_scripts(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the request its member; whatever is refused becomes a problem document, also that nobody is logged in."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                raise Unauthenticated(_("You are not logged in any more."), hint=_("Log in again in another tab."))
            organization = request.session.get(ORGANIZATION, "")
            request.member, request.organizations = chosen_member(request.user.id, request.user.email, organization)
            return view(request, *args, **kwargs)
        except DraftChanged as error:
            return of_error(error, draft=draft_json(Draft(error.state, ())))
        except Conflict as error:
            more = error.details if isinstance(error.details, dict) else {}
            return of_error(error, **more)
        except TropeiroError as error:
            return of_error(error)

    return wrapper


def answer(value: Any, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(msgspec.json.encode(value), status=status, content_type="application/json")


def sent(request: Any, shape: type[Shape]) -> Shape:
    """The request's body. Raises `InvalidInput` for what does not have the shape, `TooLarge`."""
    try:
        return msgspec.json.decode(request.body, type=shape)
    except RequestDataTooBig:
        raise TooLarge(_("What was sent is too large.")) from None
    except msgspec.DecodeError as error:
        raise InvalidInput(_("What was sent is not what is expected here: %(why)s.") % {"why": error}) from None


def number(text: str) -> int:
    """A whole number of an address; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def uuid_or_none(text: str) -> UUID | None:
    """An id of an address; ``None`` for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def draft_json(draft: Draft) -> dict[str, Any]:
    """A draft as the scripts know it."""
    state = draft.state
    return {**_where(state), "text": state.text, "problems": problems_json(draft.problems)}


def _where(state: DraftState) -> dict[str, Any]:
    return {
        "revision": state.revision,
        "base": state.base,
        "newest": state.newest,
        "changed_by": state.changed_by,
        "changed_at": state.changed_at,
        "same": state.published and state.text == state.document,
    }


def problems_json(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Problems with all their fields, also the empty ones."""
    return [
        {
            "code": one.code,
            "pointer": one.pointer,
            "message": one.message,
            "hint": one.hint,
            "line": one.line,
            "column": one.column,
        }
        for one in problems
    ]
