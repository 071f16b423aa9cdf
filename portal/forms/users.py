"""The filters of the list of accounts, and the forms that change one."""

from datetime import timedelta

from django import forms
from django.db.models import Q

from portal.forms import Form
from portal.forms.filters import FilterForm, Menu
from portal.roles import Role
from portal.users.tokens import MOST_DAYS, SCOPES
from provisioning.clocks import database_now

#: An account that nobody used for so long is one to turn off.
UNUSED_AFTER = timedelta(days=90)
ROLE_CHOICES = [(role.value, role.value.capitalize()) for role in Role]


class HeldRole(Menu):
    def condition(self, name: str, value: list[str]) -> Q:
        holds = Q(held_roles__overlap=[one for one in value if one != "none"])
        return holds | Q(held_roles=[]) if "none" in value else holds


class State(Menu):
    def condition(self, name: str, value: list[str]) -> Q:
        return Q(is_active__in=[one == "on" for one in value])


class Mfa(Menu):
    """Of people who sign in with Okta it is Okta that asks for a second factor."""

    def condition(self, name: str, value: list[str]) -> Q:
        local = Q(okta_id=None)
        asks = {"here": local & ~Q(factors=[]), "okta": ~local, "off": local & Q(factors=[])}
        return Q(*[asks[one] for one in value], _connector=Q.OR)


class Used(Menu):
    def condition(self, name: str, value: list[str]) -> Q:
        lately = Q(last_login__gte=database_now() - UNUSED_AFTER)
        never = Q(last_login=None)
        asks = {"lately": lately, "long ago": ~lately & ~never, "never": never}
        return Q(*[asks[one] for one in value], _connector=Q.OR)


class UserFilters(FilterForm):
    search_columns = ("username", "email", "first_name", "last_name")
    search_label = "Name or mail"
    role = HeldRole("Role", [*ROLE_CHOICES, ("none", "No role")])
    state = State("State", [("on", "On"), ("off", "Off")])
    mfa = Mfa("MFA", [("here", "Asked for here"), ("okta", "Asked for by Okta"), ("off", "Off")])
    used = Used(
        "Used",
        [("lately", "In 90 days"), ("long ago", "Not in 90 days"), ("never", "Never")],
    )


class StandingForm(Form):
    """Which roles an account shall hold, and whether it may sign in."""

    roles = forms.MultipleChoiceField(
        label="Roles",
        required=False,
        choices=ROLE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="An auditor holds no other role. Without a role nothing can be seen.",
    )
    active = forms.ChoiceField(
        label="Signing in", choices=[("on", "May sign in"), ("off", "May not sign in")]
    )
    reason = forms.CharField(label="Reason", max_length=500, help_text="Goes to the audit log.")


class TokenForm(Form):
    """A token for a machine."""

    name = forms.CharField(max_length=100, help_text="Which machine uses it, and for what.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(name, says[:1].upper() + says[1:]) for name, says in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label="Days it lives", min_value=1, max_value=MOST_DAYS, initial=90)
