"""Django's settings as a module, from the environment, for tools that insist on one.

Tropeiro's own processes use `tropeiro.web.setup.configure`.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace

from tropeiro.config import load
from tropeiro.web.django_settings import settings_for

_config = load(os.environ)
if not _config.secret_key:
    # Tools sign nothing that has to last.
    _config = replace(_config, secret_key=secrets.token_urlsafe(48))

globals().update(settings_for(_config))
