"""Filters that people know from Jinja and Ansible, and what to write instead."""

from __future__ import annotations

FOREIGN_FILTERS = {
    "d": "Did you mean 'default'?",
    "count": "Did you mean 'length'?",
    "list": "Lists are lists already; for an object write | values.",
    "dictsort": "Write | items | sort('key').",
    "selectattr": "Write select('name', '==', value).",
    "rejectattr": "Write reject('name', '==', value).",
    "groupby": "Grouping is work for a service.",
    "format": "Join texts with ~.",
    "attr": "Write value['name'].",
    "strftime": "Did you mean 'date_format'?",
    "sha256": "Did you mean 'hash'?",
    "json": "Did you mean 'tojson'?",
    "b64encode": "Did you mean 'base64_encode'?",
    "b64decode": "Did you mean 'base64_decode'?",
    "regex_replace": "There are no patterns in expressions; see 'replace' and 'split'.",
    "e": "Nothing needs escaping here; what leaves as HTML is escaped where it is shown.",
    "escape": "Nothing needs escaping here; what leaves as HTML is escaped where it is shown.",
    "safe": "Nothing is escaped here, so nothing needs to be marked.",
}
