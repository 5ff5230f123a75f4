"""From what a credential's form sent to its fields. Nothing of it stands in what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from tropeiro.web.credentials.actions import MAX_FIELDS
from tropeiro.web.screens.credentials.kinds import OTHER, Form

ROWS = 4
"""So many rows the form with fields of one's own shows at first."""
_KEY_FIELDS = ("type", "client_email", "private_key", "token_uri")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent."""

    fields: dict[str, Any]
    problems: dict[str, str]
    """By the name of the form's field; empty when all is well."""


def read_fields(form: Form, sent: Mapping[str, str]) -> Sent:
    """The credential's fields that the form describes."""
    if form.key == OTHER:
        return _own_fields(sent)
    fields: dict[str, Any] = dict(form.fixed)
    problems: dict[str, str] = {}
    for field in form.fields:
        text = sent.get(f"field-{field.name}", "")
        value = text.strip() if field.long or not field.secret else text
        if field.required and not value:
            problems[field.name] = _("Fill this in.")
        elif "\0" in value:
            problems[field.name] = _("This holds a character that cannot be stored.")
        fields[field.name] = value
    return _key_of_google(fields, problems) if form.key == "google" else Sent(fields, problems)


def _own_fields(sent: Mapping[str, str]) -> Sent:
    fields: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for row in range(MAX_FIELDS):
        name, value = sent.get(f"name-{row}", "").strip(), sent.get(f"value-{row}", "")
        if not name and not value:
            continue
        if not name:
            problems["own"] = _("A value has no name. Type all values again: they are not kept.")
        elif name in fields:
            problems["own"] = _("The name %(name)s stands there twice.") % {"name": name[:64]}
        fields[name] = value
    if not fields:
        problems["own"] = _("Fill in one field at least.")
    return Sent(fields, problems)


def _key_of_google(fields: dict[str, Any], problems: dict[str, str]) -> Sent:
    """The fields of a service account's key file, each as a field of the credential."""
    if problems:
        return Sent(fields, problems)
    # The decoder's own words would repeat a piece of the secret.
    try:
        key = msgspec.json.decode(fields["key"])
    except msgspec.DecodeError:
        key = None
    if not isinstance(key, dict):
        return Sent({}, {"key": _("This is not JSON. Take the whole text of the key file.")})
    missing = [name for name in _KEY_FIELDS if not isinstance(key.get(name), str) or not key[name]]
    if missing or key["type"] != "service_account":
        return Sent(
            {},
            {
                "key": _("This is not the key of a service account: %(fields)s is missing.")
                % {"fields": ", ".join(missing) or "type: service_account"}
            },
        )
    return Sent(key, {})
