"""Forms that allauth checks: what was refused comes back, under the status that says so."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS

TOO_MANY = "too_many_login_attempts"


class Refusing:
    """Before a form view of allauth: the form again, with what was wrong."""

    def form_invalid(self: Any, form: Any) -> Any:
        """The answer to a form that was refused."""
        return self.render_to_response(self.get_context_data(form=form), status=refused_status(form))


def refused_status(form: Any) -> int:
    """429 for who tried too often, else 400."""
    return 429 if any(form.has_error(name, TOO_MANY) for name in (NON_FIELD_ERRORS, *form.fields)) else 400
