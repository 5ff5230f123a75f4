"""The forms of credentials, one for each use that the built-in services and the sample know, and one for any fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretField:
    """One field of a form. What is typed into it is stored and never shown again."""

    name: str
    """The field of the credential, as services read it."""
    title: Any
    hint: Any = ""
    long: bool = False
    """Several lines."""
    secret: bool = True
    """Whether it is hidden while it is typed. A header's name and a user name are not; they do not come back either."""
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one use of a credential is asked for."""

    key: str
    kind: str
    """The credential's kind; what services say that they need."""
    title: Any
    about: Any
    icon: str
    fields: tuple[SecretField, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    """Fields that follow from the choice of the form."""


FORMS = {
    form.key: form
    for form in (
        Form(
            key="bearer",
            kind="http",
            title=_("Token"),
            about=_("Sent as “Authorization: Bearer …”. For core/http and most APIs."),
            icon="key",
            fields=(SecretField(name="token", title=_("Token")),),
            fixed=(("type", "bearer"),),
        ),
        Form(
            key="basic",
            kind="http",
            title=_("User name and password"),
            about=_("Sent as “Authorization: Basic …”. For core/http."),
            icon="user",
            fields=(
                SecretField(name="username", title=_("User name"), secret=False),
                SecretField(name="password", title=_("Password"), required=False),
            ),
            fixed=(("type", "basic"),),
        ),
        Form(
            key="header",
            kind="http",
            title=_("Header"),
            about=_("A header of your own with a secret value, such as X-Api-Key. For core/http."),
            icon="code",
            fields=(
                SecretField(name="name", title=_("Name of the header"), hint="X-Api-Key", secret=False),
                SecretField(name="value", title=_("Value")),
            ),
            fixed=(("type", "header"),),
        ),
        Form(
            key="query",
            kind="http",
            title=_("Parameter of the address"),
            about=_("A secret in the query of the address, such as ?key=…. For core/http."),
            icon="link",
            fields=(
                SecretField(name="name", title=_("Name of the parameter"), hint="key", secret=False),
                SecretField(name="value", title=_("Value")),
            ),
            fixed=(("type", "query"),),
        ),
        Form(
            key="notify",
            kind="notify",
            title=_("Where messages go"),
            about=_("Addresses of channels, mail or webhooks, one a line. For core/notify."),
            icon="bell",
            fields=(
                SecretField(
                    name="urls",
                    title=_("Addresses"),
                    hint=_("One a line, in Apprise's notation: slack://…, mailtos://…, https://…"),
                    long=True,
                ),
            ),
        ),
        Form(
            key="google",
            kind="google-service-account",
            title=_("Google service account"),
            about=_("The JSON key of a service account. For the Google Analytics project."),
            icon="brand-google",
            fields=(
                SecretField(
                    name="key",
                    title=_("JSON key"),
                    hint=_("The whole text of the file that Google gave you."),
                    long=True,
                ),
            ),
        ),
        Form(
            key="signing",
            kind="signing",
            title=_("Signing secret"),
            about=_("Signs the requests to HTTP services that name it (Standard Webhooks)."),
            icon="signature",
            fields=(SecretField(name="secret", title=_("Secret")),),
        ),
        Form(
            key=OTHER,
            kind="generic",
            title=_("Fields of your own"),
            about=_("Any names and values, for services that read them."),
            icon="list-details",
        ),
    )
}


def form_for(kind: str, fields: list[str]) -> Form:
    """The form that a stored credential was probably made with: told by its kind and by the names of its fields."""
    for form in FORMS.values():
        wanted = {field.name for field in form.fields} | {name for name, _value in form.fixed}
        if form.kind == kind and (wanted == set(fields) or form.key == "google"):
            return form
    return FORMS[OTHER]
