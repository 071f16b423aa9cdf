"""The forms with which a person changes their own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm

from portal.forms import Form, dress
from portal.forms.session import CodeForm
from portal.models import User


class PasswordForm(PasswordChangeForm):
    """The password that one has, and twice the new one."""

    error_messages = {
        "password_incorrect": "This is not your password. Type it again.",
        "password_mismatch": "The two new passwords differ. Type both again.",
    }

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        labels = {"old_password": "Password now", "new_password1": "New password"}
        for name, label in {**labels, "new_password2": "New password again"}.items():
            self.fields[name].label, self.fields[name].help_text = label, ""
        self.fields[
            "new_password1"
        ].help_text = "At least 12 characters, not a common one, and not like your name."
        dress(self)


class AppForm(Form):
    """The first code of an app."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="The one that the app shows now.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
            }
        ),
    )


class NameForm(Form):
    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="By which you tell it from another, such as “blue, on my key ring”.",
    )


class KeyForm(CodeForm):
    """What a new security key said, and how it is to be called."""

    field_order = ("name", "credential")
    code = None  # type: ignore[assignment]  # how a form leaves out a field of its base
    name = forms.CharField(
        label="Name",
        max_length=60,
        required=False,
        help_text="By which you tell it from another, such as “blue, on my key ring”.",
    )
