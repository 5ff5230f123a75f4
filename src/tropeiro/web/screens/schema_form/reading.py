"""What the text of one field says."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.schema_tree import MISSING
from tropeiro.web.screens.schema_form.shape import Shape

_INTEGER = re.compile(r"[+-]?[0-9]{1,38}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def read_text(kind: str, text: str, shape: Shape) -> tuple[Any, str]:
    """The value that the text of a field of this kind stands for, MISSING for none, and what keeps it from being read.

    A text that is no number stays a text: the schema's check will say so.
    """
    if kind == "json":
        return _json(text)
    if kind in ("text", "lines", "password"):
        return (text.replace("\r\n", "\n") if text else MISSING), ""
    text = text.strip()
    if not text:
        return MISSING, ""
    if kind == "choice":
        return next((option.value for option in shape.options if option.text == text), text), ""
    if kind == "yes_no":
        return {"true": True, "false": False}.get(text, text), ""
    if kind in ("integer", "number"):
        return _number(text), ""
    return (_moment(text) if kind == "moment" else text), ""


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) and len(text) < 100 else text


def _moment(text: str) -> str:
    """A moment with its distance from UTC, by the reader's clock where none is given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (timezone.make_aware(moment) if moment.tzinfo is None else moment).isoformat()


def _json(text: str) -> tuple[Any, str]:
    if not text.strip():
        return MISSING, ""
    try:
        return msgspec.json.decode(text), ""
    except (msgspec.DecodeError, RecursionError) as error:
        return text, _("This is not JSON: %(problem)s.") % {"problem": str(error)[:200].rstrip(".")}
