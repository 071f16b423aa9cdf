"""The forms of signing in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from portal.forms import Form, dress
from portal.models import User


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


class AgainForm(Form):
    """The password of whoever is signed in."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise forms.ValidationError("This is not your password. Type it again.")
        return password
