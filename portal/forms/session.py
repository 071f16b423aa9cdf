"""The sign-in form."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

from portal.forms import dress


class SignInForm(AuthenticationForm):
    """Name and password of a local account. One sentence for every reason to refuse."""

    error_messages = {
        "invalid_login": (
            "This name and password do not fit together. Check both; capital letters matter."
        ),
        "inactive": (
            "This name and password do not fit together. Check both; capital letters matter."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        dress(self)
