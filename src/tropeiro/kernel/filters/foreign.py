"""Filters that people know from Jinja and Ansible, and what to write instead."""

from __future__ import annotations

from tropeiro.kernel.values import did_you_mean
from tropeiro.kernel.wording import phrase, says

_OTHER_NAMES = {
    "d": "default",
    "count": "length",
    "strftime": "date_format",
    "sha256": "hash",
    "json": "tojson",
    "b64encode": "base64_encode",
    "b64decode": "base64_decode",
}
_NO_ESCAPES = phrase("Nothing needs escaping here; what leaves as HTML is escaped where it is shown.")
_OTHER_WAYS = {
    "list": phrase("Lists are lists already; for an object write | values."),
    "dictsort": phrase("Write | items | sort('key')."),
    "selectattr": phrase("Write select('name', '==', value)."),
    "rejectattr": phrase("Write reject('name', '==', value)."),
    "groupby": phrase("Grouping is work for a service."),
    "format": phrase("Join texts with ~."),
    "attr": phrase("Write value['name']."),
    "regex_replace": phrase("There are no patterns in expressions; see 'replace' and 'split'."),
    "e": _NO_ESCAPES,
    "escape": _NO_ESCAPES,
    "safe": phrase("Nothing is escaped here, so nothing needs to be marked."),
}


def known_elsewhere(name: str) -> str:
    """What to write instead of a filter that other languages have; an empty text when it is not one of those."""
    if name in _OTHER_NAMES:
        return did_you_mean(_OTHER_NAMES[name])
    return says(_OTHER_WAYS[name]) if name in _OTHER_WAYS else ""
