"""The forms of signing in."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from portal.accounts import factors
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


def typed_name(data: Mapping[str, Any]) -> str:
    """The name of the account that the form looks for: without spaces around it, and other forms
    of a letter are that letter. Whoever counts tries must count these as one."""
    name = str(UsernameField(max_length=150).to_python(data.get("username", "")))
    return name.replace("\x00", "")[:150]


class Credential(forms.JSONField):
    """What a browser says of a security key. It serves once, so a page never repeats it."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return None

    def prepare_value(self, value: Any) -> str:
        return ""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):  # numbers and depths that Python does not read
            raise forms.ValidationError("This is not what a security key says.") from None


class CodeForm(Form):
    """A second factor: a code that is typed, or what a security key said, as JSON."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=40,
        help_text="From your app, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )
    credential = Credential(required=False, widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        found = self.cleaned_data["credential"]
        if found and not isinstance(found, dict):
            raise forms.ValidationError("This is not what a security key says.")
        return found


class EnrolForm(CodeForm):
    """The first code of an app, or what a new security key said."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "The one that the app shows now."


class AgainForm(CodeForm):
    """The password of whoever is signed in, and the second factor if there is one."""

    field_order = ("password", "code")
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self.has_factor = bool(factors.kinds_of(user))
        self.fields["code"].widget.attrs.pop("autofocus")
        if not self.has_factor:
            del self.fields["code"], self.fields["credential"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise forms.ValidationError("This is not your password. Type it again.")
        return password
