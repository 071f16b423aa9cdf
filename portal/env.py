"""Reading the environment as `.env.example` says it is read."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUTHS = ("true", "on", "yes", "y", "ok", "1", "false", "off", "no", "n", "0")


class Env(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """A variable without a value keeps the default, and one that cannot be read is named."""

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,
    ) -> Any:
        given = self.ENVIRON.get(var, "").strip()
        # A name that no variable has leads to the default.
        name = var if given else ""
        if given and cast is bool and given.lower() not in _TRUTHS:
            raise ImproperlyConfigured(f"{var}={given} is neither true nor false.")
        try:
            return super().get_value(name, cast, default, parse_default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}={given} cannot be read: {error}.") from None
