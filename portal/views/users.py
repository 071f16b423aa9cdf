"""Accounts: the list, one account with its roles, and what each role may do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from portal import freshness, listing
from portal.accounts import factors, open_sessions
from portal.accounts.signing import person_of
from portal.actors import actor_of
from portal.forms.users import StandingForm, UserFilters
from portal.keyset import Order
from portal.models import User
from portal.roles import GRANTS, Permission, Role, may, who_may
from portal.users import changes, reading


def user_list(request: HttpRequest) -> HttpResponse:
    order = Order("username", descending=False)
    page = listing.build(request, reading.accounts(), UserFilters, order=order, noun="account")
    shown = {"emergencies": reading.emergencies()}
    return listing.respond(request, "users/list.html", page, shown)


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


@require_POST
@freshness.required
def user_sessions_end(request: HttpRequest, code: str) -> HttpResponse:
    """Sign somebody else out everywhere, such as when a laptop is lost."""
    user = get_object_or_404(User, code=code)
    count = open_sessions.end_all(user, actor=actor_of(request))
    ended = f"{count} session{'' if count == 1 else 's'} of {user.username} ended"
    messages.success(request, f"{ended}. They may sign in again.")
    return redirect("user-detail", code=user.code)


def role_list(request: HttpRequest) -> HttpResponse:
    """Who may do what, from the same table that lets requests in, and how many hold it."""
    matrix = [
        (permission.value, [(role, role in GRANTS[permission]) for role in Role])
        for permission in Permission
        if permission in GRANTS
    ]
    held = reading.holders()
    context = {
        "roles": list(Role),
        "matrix": matrix,
        "holders": [(role, held.get(role, 0)) for role in Role],
        "may_read": may(request.user, Permission.READ_USERS),
    }
    return render(request, "users/roles.html", context)


def _form_of(user: User) -> StandingForm:
    standing = changes.standing_of(user)
    roles = [role.value for role in standing.roles]
    return StandingForm(initial={"roles": roles, "active": "on" if standing.active else "off"})


def _detail(request: HttpRequest, user: User, form: StandingForm, *, status: int) -> HttpResponse:
    manages = may(request.user, Permission.MANAGE_USERS)
    standing = changes.standing_of(user)
    context = {
        "account": user,
        "standing": standing,
        "permissions": reading.permissions_of(standing.roles) if standing.active else [],
        "factors": reading.factors_in_words(factors.kinds_of(user)),
        "sessions": open_sessions.count_of(user),
        "may_end": manages and user != person_of(request),
        "form": form if manages else None,
        "who_manages": "" if manages else who_may(Permission.MANAGE_USERS),
        "asked": changes.open_request(user),
        "tokens": list(user.tokens.order_by("-created_at")),
    }
    return render(request, "users/detail.html", context, status=status)
