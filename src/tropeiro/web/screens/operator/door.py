"""The door to the pages of operators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from tropeiro.web.screens.problems import page as problem_page
from tropeiro.web.screens.session import for_members


def for_operators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Ask to log in first; who is no operator gets what an address that does not exist gets."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_operator:
            return problem_page(request, 404)
        return view(request, *args, **kwargs)

    return for_members(wrapper)
