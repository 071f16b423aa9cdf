"""Accounts: the list, one account with its roles, and what each role may do."""

from django.contrib import messages
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from portal import freshness, listing
from portal.actors import actor_of
from portal.forms.users import StandingForm, UserFilters
from portal.keyset import Order
from portal.models import User
from portal.roles import GRANTS, Permission, Role, may, who_may
from portal.users import changes


def user_list(request: HttpRequest) -> HttpResponse:
    held = Group.objects.filter(user=OuterRef("pk")).order_by("name").values("name")
    rows = User.objects.annotate(held_roles=ArraySubquery(held))
    order = Order("username", descending=False)
    page = listing.build(request, rows, UserFilters, order=order, noun="account")
    return listing.respond(request, "users/list.html", page)


def user_detail(request: HttpRequest, code: str) -> HttpResponse:
    user = get_object_or_404(User, code=code)
    return _detail(request, user, _form_of(user), status=200)


@require_POST
@freshness.required
def user_change(request: HttpRequest, code: str) -> HttpResponse:
    """Change the roles at once, or ask for it, as the policy says."""
    user = get_object_or_404(User, code=code)
    form = StandingForm(request.POST)
    if not form.is_valid():
        return _detail(request, user, form, status=422)
    given = form.cleaned_data
    roles = frozenset(Role(name) for name in given["roles"])
    after = changes.Standing(roles, given["active"] == "on")
    try:
        asked = changes.change(user, after, reason=given["reason"], actor=actor_of(request))
    except changes.CannotChange as problem:
        form.add_error(None, str(problem))
        return _detail(request, user, form, status=422)
    if asked is None:
        messages.success(request, f"{user.username} was changed.")
    else:
        messages.info(request, "Asked for. Another person must agree before anything changes.")
    return redirect("user-detail", code=user.code)


def role_list(request: HttpRequest) -> HttpResponse:
    """Who may do what, from the same table that lets requests in."""
    matrix = [
        (permission.value, [(role, role in GRANTS[permission]) for role in Role])
        for permission in Permission
        if permission in GRANTS
    ]
    return render(request, "users/roles.html", {"roles": list(Role), "matrix": matrix})


def _form_of(user: User) -> StandingForm:
    standing = changes.standing_of(user)
    roles = [role.value for role in standing.roles]
    return StandingForm(initial={"roles": roles, "active": "on" if standing.active else "off"})


def _detail(request: HttpRequest, user: User, form: StandingForm, *, status: int) -> HttpResponse:
    manages = may(request.user, Permission.MANAGE_USERS)
    context = {
        "account": user,
        "standing": changes.standing_of(user),
        "form": form if manages else None,
        "who_manages": "" if manages else who_may(Permission.MANAGE_USERS),
        "asked": changes.open_request(user),
        "tokens": list(user.tokens.order_by("-created_at")),
    }
    return render(request, "users/detail.html", context, status=status)
